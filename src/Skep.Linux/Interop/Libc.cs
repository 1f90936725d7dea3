using System.Runtime.InteropServices;

namespace Skep.Linux.Interop;

/// <summary>
/// The C library's calls that more than one folder needs. Each is documented by its page in section 2 or 3 of the manual.
/// </summary>
internal static unsafe partial class Libc
{
    internal const int PROT_READ = 1;
    internal const int PROT_WRITE = 2;
    internal const int MAP_SHARED = 1;
    internal const int MAP_FIXED = 0x10;
    internal const int MAP_POPULATE = 0x8000;
    internal const int MAP_FIXED_NOREPLACE = 0x100000;
    internal const int F_DUPFD_CLOEXEC = 1030;
    internal const int O_RDONLY = 0;
    internal const int O_WRONLY = 1;
    internal const int O_CREAT = 0x40;
    internal const int O_EXCL = 0x80;
    internal const int O_APPEND = 0x400;
    internal const int O_NONBLOCK = 0x800;
    internal const int O_CLOEXEC = 0x80000;
    internal const int O_PATH = 0x200000;
    internal const int O_NOCTTY = 0x100;
    internal const int AT_FDCWD = -100;
    internal const short POLLOUT = 4;
    internal const nint MapFailed = -1;

    static Libc() => NativeLibraries.Register();

    [LibraryImport("libc")]
    internal static partial int close(int fd);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fcntl(int fd, int cmd, nint arg);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint mmap(nint addr, nuint length, int prot, int flags, int fd, nint offset);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int munmap(nint addr, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint read(int fd, byte* buf, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint write(int fd, byte* buf, nuint count);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int open(string path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int openat(int dirfd, string path, int flags, uint mode);

    /// <summary>poll(2) of one descriptor.</summary>
    /// <param name="fd">The descriptor.</param>
    /// <param name="events">What is waited for; errors and hang-ups are in any case.</param>
    /// <param name="timeout">Milliseconds.</param>
    /// <returns>What there is; 0 when time is up, or a signal came.</returns>
    internal static short Poll(int fd, short events, int timeout)
    {
        var polled = new PollFd { fd = fd, events = events };
        return poll(&polled, 1, timeout) > 0 ? polled.revents : (short)0;
    }

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fchmod(int fd, uint mode);

    /// <summary>syscall(2): for the calls that the C library does not wrap.</summary>
    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint syscall(nint number, nint a, nint b, nint c, nint d, nint e);

    [LibraryImport("libc")]
    internal static partial void free(nint ptr);

    [LibraryImport("libc")]
    internal static partial int vasprintf(byte** text, byte* format, nint arguments);

    /// <summary>malloc_trim(3): gives freed heap back to the kernel.</summary>
    [LibraryImport("libc")]
    internal static partial int malloc_trim(nuint pad);

    [LibraryImport("libc")]
    private static partial int poll(PollFd* fds, nuint count, int timeout);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollFd
    {
        public int fd;
        public short events, revents;
    }
}
