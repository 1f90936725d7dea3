using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Handles;
using Skep.Linux.Interop;
using Skep.Linux.Kernel;

namespace Skep.Linux.Containers;

/// <summary>
/// Files of the host, of the root that its first process has: this process may be in a container, whose files anybody in it may have
/// written. Nothing is read where the first process cannot be seen.
/// </summary>
public sealed unsafe partial class HostFiles
{
    // PROC_PID_INIT_INO (include/linux/proc_ns.h): the first PID namespace.
    private const string FirstPidNamespace = "pid:[4026531836]";
    private const ulong NoMagicLinks = 2, InRoot = 0x10;
    private const uint WritableByOthers = 0x12; // 0022

    private readonly string? _root;

    private HostFiles(string? root) => _root = root;

    /// <summary>Those of the machine.</summary>
    public static HostFiles OfMachine()
    {
        if (KernelFile.Link("/proc/self/ns/pid").Value != FirstPidNamespace) return new HostFiles(null);
        if (KernelFile.Exists("/proc/1/root/")) return new HostFiles("/proc/1/root");

        // Its root may be entered by those only who may trace it (proc_pid_get_link); its mounts may be read by all.
        return new HostFiles(RootOf("self") is { } own && own == RootOf("1") ? "/" : null);
    }

    // The line of the mount at the root: its first field is an id that no two mounts have, in whatever namespaces.
    private static string? RootOf(string process) =>
        KernelFile.Lines($"/proc/{process}/mountinfo").Value?.FirstOrDefault(line => line.Split(' ') is [_, _, _, _, "/", ..]);

    /// <summary>Those below a directory.</summary>
    public static HostFiles Below(string root) => new(root);

    /// <summary>
    /// The bytes of a file that nobody but root can write; null when there is none, or it is longer than the limit. Symbolic links stay
    /// within the root.
    /// </summary>
    internal byte[]? Read(string path, int mostBytes)
    {
        using FileHandle? file = Open(path, Libc.O_RDONLY | Libc.O_NONBLOCK);
        if (file is null) return null;
        FileStatus status = FileStatus.Of(file);
        if (!status.IsRegular || !status.IsOurs || (status.Permissions & WritableByOthers) != 0) return null;
        if (status.Size > (ulong)mostBytes) return null;
        byte[] bytes = new byte[status.Size];
        using var use = new FdUse(file);
        int length = 0;
        while (length < bytes.Length)
        {
            nint read;
            fixed (byte* into = &bytes[length]) read = Libc.read(use.Number, into, (nuint)(bytes.Length - length));
            if (read > 0) length += (int)read;
            else if (read == 0 || Marshal.GetLastPInvokeError() != Errno.EINTR) break;
        }

        return bytes[..length];
    }

    /// <summary>The names in a directory; empty when it cannot be read.</summary>
    internal IReadOnlyList<string> Names(string directory)
    {
        using FileHandle? opened = Open(directory, Libc.O_RDONLY | Processor.This.O_DIRECTORY);
        if (opened is null) return [];
        using var use = new FdUse(opened);
        return KernelDirectory.Names($"/proc/self/fd/{use.Number}").Value ?? [];
    }

    /// <summary>The user whose a directory is; null where there is none.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="isOurs">Whether it is root's, or of the user who runs this process.</param>
    internal uint? OwnerOf(string directory, out bool isOurs)
    {
        isOurs = false;
        using FileHandle? file = Open(directory, Libc.O_PATH | Processor.This.O_DIRECTORY);
        if (file is null) return null;
        FileStatus status = FileStatus.Of(file);
        isOurs = status.IsOurs;
        return status.Owner;
    }

    private FileHandle? Open(string path, int flags)
    {
        if (_root is null) return null;
        int root = Libc.open(_root, Libc.O_PATH | Processor.This.O_DIRECTORY | Libc.O_CLOEXEC);
        if (root < 0) return null;
        using FileHandle directory = FileHandle.Own(root, _root);
        var how = new OpenHow { flags = (uint)(flags | Libc.O_CLOEXEC), resolve = InRoot | NoMagicLinks };
        nint name = Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            int fd = (int)Libc.syscall(Processor.Openat2, root, name, (nint)(&how), sizeof(OpenHow), 0);
            return fd < 0 ? null : FileHandle.Own(fd, path);
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }

    // include/uapi/linux/openat2.h
    private struct OpenHow
    {
        public ulong flags, mode, resolve;
    }
}
