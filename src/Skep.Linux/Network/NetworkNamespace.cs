using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Handles;
using Skep.Linux.Interop;
using Skep.Linux.Kernel;

namespace Skep.Linux.Network;

/// <summary>A network namespace, by its file. Code runs in it on a thread of its own, so no other thread is moved.</summary>
public sealed partial class NetworkNamespace : IDisposable
{
    private const int CLONE_NEWNET = 0x40000000;

    private readonly FileHandle _file;

    private NetworkNamespace(FileHandle file, string name)
    {
        _file = file;
        Name = name;
    }

    /// <summary>What it was opened by.</summary>
    public string Name { get; }

    /// <summary>The inode of the calling thread's network namespace; null where /proc does not show it.</summary>
    public static ulong? Current() => FileIdentity.Inode("/proc/thread-self/ns/net");

    /// <summary>A namespace in text: <c>netns 4026531840</c>.</summary>
    /// <param name="inode">Its inode in nsfs.</param>
    public static string Text(uint inode) => $"netns {inode}";

    /// <summary>Opens a network namespace.</summary>
    /// <param name="reference">A name of <c>ip netns</c>, a process id, or a path of a namespace's file.</param>
    /// <exception cref="KernelException">There is none, or it may not be opened.</exception>
    public static NetworkNamespace Open(string reference)
    {
        ArgumentException.ThrowIfNullOrEmpty(reference);
        string path = reference.Contains('/', StringComparison.Ordinal) ? reference
            : reference.All(char.IsAsciiDigit) ? $"/proc/{reference}/ns/net"
            : $"/run/netns/{reference}";
        FileHandle file =
            FileHandle.Own(Libc.open(path, Libc.O_RDONLY | Libc.O_NONBLOCK | Libc.O_CLOEXEC),
                $"open network namespace {reference} ({path})");
        return new NetworkNamespace(file, reference);
    }

    /// <summary>Runs code in a namespace by its reference as <see cref="Open"/> takes it, or here for an empty one.</summary>
    public static T RunIn<T>(string reference, Func<T> code)
    {
        ArgumentNullException.ThrowIfNull(code);
        if (string.IsNullOrEmpty(reference)) return code();
        using NetworkNamespace space = Open(reference);
        return space.Run(code);
    }

    /// <summary>
    /// Runs code in the namespace, on a thread made for it, and gives its result. What the code opens there may be used elsewhere.
    /// </summary>
    /// <exception cref="KernelException">The namespace may not be entered (CAP_SYS_ADMIN).</exception>
    public T Run<T>(Func<T> code)
    {
        ArgumentNullException.ThrowIfNull(code);
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var use = new FdUse(_file);
                if (setns(use.Number, CLONE_NEWNET) < 0)
                    throw new KernelException($"enter network namespace {Name}", new Errno(Marshal.GetLastPInvokeError()));
                result = code();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        })
        {
            IsBackground = true,
            Name = "netns",
        };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setns(int fd, int nstype);
}
