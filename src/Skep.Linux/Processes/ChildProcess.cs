using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Linux.Processes;

/// <summary>
/// A child of this process, started by posix_spawnp(3) and reaped by <see cref="Wait"/>. It has this process's standard streams and
/// directory, the environment that this process was given, no signal blocked and the default handling of all.
/// </summary>
public sealed unsafe partial class ChildProcess
{
    private const short POSIX_SPAWN_SETSIGDEF = 4, POSIX_SPAWN_SETSIGMASK = 8;
    private const int StandardOutput = 1, StandardError = 2;
    private const int NoChild = 10;

    // sizeof of glibc's opaque types on 64-bit Linux are 80, 336 and 128 bytes (spawn.h, bits/types/__sigset_t.h).
    private const int FileActionsSize = 80, AttributesSize = 336, SignalSetSize = 128;

    private int? _status;

    private ChildProcess(int pid) => Pid = pid;

    /// <summary>Its process id.</summary>
    public int Pid { get; }

    /// <summary>Starts a program.</summary>
    /// <param name="file">A path, or a name that is looked up in PATH.</param>
    /// <param name="arguments">The arguments after the program's name.</param>
    /// <param name="outputToError">Whether its standard output goes to this process's standard error.</param>
    /// <exception cref="KernelException">There is no such program (<c>ENOENT</c>), it may not be executed (<c>EACCES</c>), ...</exception>
    public static ChildProcess Start(string file, ReadOnlySpan<string> arguments, bool outputToError = false) =>
        Start(file, arguments, actions =>
        {
            if (outputToError) Check(posix_spawn_file_actions_adddup2((byte*)actions, StandardError, StandardOutput), file);
        });

    /// <summary>Starts a program that reads nothing, and prints into a file.</summary>
    /// <param name="file">A path, or a name that is looked up in PATH.</param>
    /// <param name="arguments">The arguments after the program's name.</param>
    /// <param name="output">Where its standard output and standard error go.</param>
    /// <param name="inherited">Descriptors that it gets, by their numbers.</param>
    /// <exception cref="KernelException">There is no such program, ...</exception>
    public static ChildProcess StartApart(
        string file, ReadOnlySpan<string> arguments, SafeHandle output, params ReadOnlySpan<SafeHandle> inherited)
    {
        const int standardInput = 0;
        SafeHandle[] handles = [output, .. inherited];
        return Start(file, arguments, actions =>
        {
            using var nothing = new NativeStrings(["/dev/null"]);
            Check(posix_spawn_file_actions_addopen((byte*)actions, standardInput, nothing.First, 0, 0), file);
            using (var use = new FdUse(output))
            {
                Check(posix_spawn_file_actions_adddup2((byte*)actions, use.Number, StandardOutput), file);
                Check(posix_spawn_file_actions_adddup2((byte*)actions, use.Number, StandardError), file);
            }

            // To itself: it loses the flag that closes it.
            foreach (SafeHandle handle in handles)
            {
                using var use = new FdUse(handle);
                Check(posix_spawn_file_actions_adddup2((byte*)actions, use.Number, use.Number), file);
            }
        });
    }

    /// <summary>Starts the program that this process runs, apart as <see cref="StartApart"/>.</summary>
    /// <param name="arguments">The arguments after the program's name.</param>
    /// <param name="output">Where its standard output and standard error go.</param>
    /// <exception cref="KernelException">It cannot be started.</exception>
    public static ChildProcess StartSelf(ReadOnlySpan<string> arguments, SafeHandle output)
    {
        // As this one runs: the runtime, where it is the executable, gets what to run as an argument.
        string[] program = Path.GetFileName(Environment.ProcessPath) == "dotnet"
            ? [Path.GetFullPath(Environment.GetCommandLineArgs()[0])] : [];
        return StartApart("/proc/self/exe", [.. program, .. arguments], output);
    }

    /// <summary>Starts a program that reads a file from its beginning, and whose output nobody reads.</summary>
    /// <param name="file">A path, or a name that is looked up in PATH.</param>
    /// <param name="arguments">The arguments after the program's name.</param>
    /// <param name="path">Its standard input, by a path that the child sees: of a file in memory the one among this process's own.</param>
    /// <exception cref="KernelException">There is no such program, ...</exception>
    public static ChildProcess StartReading(string file, ReadOnlySpan<string> arguments, string path)
    {
        const int standardInput = 0, writeOnly = 1;
        return Start(file, arguments, actions =>
        {
            // Opened anew: the place to read at is the child's own.
            using var paths = new NativeStrings([path, "/dev/null"]);
            Check(posix_spawn_file_actions_addopen((byte*)actions, standardInput, paths.Array[0], 0, 0), file);
            Check(posix_spawn_file_actions_addopen((byte*)actions, StandardOutput, paths.Array[1], writeOnly, 0), file);
            Check(posix_spawn_file_actions_adddup2((byte*)actions, StandardOutput, StandardError), file);
        });
    }

    private static ChildProcess Start(string file, ReadOnlySpan<string> arguments, Action<nint> prepare)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        byte* actions = stackalloc byte[FileActionsSize];
        byte* attributes = stackalloc byte[AttributesSize];
        byte* signals = stackalloc byte[SignalSetSize];
        using var strings = new NativeStrings([file, .. arguments]);
        using NativeStrings environment = NativeStrings.Environment();
        Check(posix_spawn_file_actions_init(actions), file);
        try
        {
            Check(posix_spawnattr_init(attributes), file);
            try
            {
                prepare((nint)actions);
                Check(sigemptyset(signals), file);
                Check(posix_spawnattr_setsigmask(attributes, signals), file);
                Check(sigfillset(signals), file);
                Check(posix_spawnattr_setsigdefault(attributes, signals), file);
                Check(posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK), file);
                int pid;
                Check(posix_spawnp(&pid, strings.First, actions, attributes, strings.Array, environment.Array), file);
                return new ChildProcess(pid);
            }
            finally
            {
                _ = posix_spawnattr_destroy(attributes);
            }
        }
        finally
        {
            _ = posix_spawn_file_actions_destroy(actions);
        }
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit status as shells give it: 0 to 255, or 128 and the number of the signal that ended it.</returns>
    public int Wait() => TryWait(0, out int status) ? status : throw new KernelException($"wait for process {Pid}", new Errno(NoChild));

    /// <summary>Looks whether it has ended, without waiting.</summary>
    /// <param name="status">Its exit status as shells give it, when it has ended.</param>
    public bool HasEnded(out int status)
    {
        const int noHang = 1;
        return TryWait(noHang, out status);
    }

    /// <summary>Sends it a signal. Nothing happens when it has been reaped.</summary>
    /// <param name="signal">The number: 2 is SIGINT, 15 SIGTERM.</param>
    public void Signal(int signal)
    {
        if (_status is null) _ = kill(Pid, signal);
    }

    /// <summary>The shell's number for a status of waitpid(2).</summary>
    internal static int ShellStatus(int status) => (status & 0x7f) == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f);

    private bool TryWait(int options, out int status)
    {
        status = _status ?? 0;
        if (_status is not null) return true;
        while (true)
        {
            int raw;
            int result = waitpid(Pid, &raw, options);
            if (result == Pid)
            {
                status = ShellStatus(raw);
                _status = status;
                return true;
            }

            if (result == 0) return false;
            int error = Marshal.GetLastPInvokeError();
            if (error != Errno.EINTR) throw new KernelException($"wait for process {Pid}", new Errno(error));
        }
    }

    private static void Check(int error, string file)
    {
        if (error != 0)
        {
            throw new KernelException(
                $"start {file}", new Errno(error), error is Errno.ENOENT or Errno.EACCES ? "give the path of an executable file" : null);
        }
    }

    [LibraryImport("libc")]
    private static partial int posix_spawnp(int* pid, byte* file, byte* actions, byte* attributes, byte** argv, byte** envp);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_init(byte* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_destroy(byte* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_adddup2(byte* actions, int fd, int newfd);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_addopen(byte* actions, int fd, byte* path, int oflag, uint mode);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_init(byte* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_destroy(byte* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setflags(byte* attributes, short flags);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigmask(byte* attributes, byte* set);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigdefault(byte* attributes, byte* set);

    [LibraryImport("libc")]
    private static partial int sigemptyset(byte* set);

    [LibraryImport("libc")]
    private static partial int sigfillset(byte* set);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int waitpid(int pid, int* status, int options);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int signal);
}
