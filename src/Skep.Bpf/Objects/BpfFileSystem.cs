using System.Runtime.InteropServices;
using Skep.Bpf.Interop;
using Skep.Linux.Errors;

namespace Skep.Bpf;

/// <summary>A bpffs of one's own, where links are pinned.</summary>
public static partial class BpfFileSystem
{
    static BpfFileSystem() => BpfLibraries.Register();

    // include/uapi/linux/magic.h; struct statfs has 120 bytes on 64-bit Linux, f_type first.
    private const long BPF_FS_MAGIC = 0xcafe4a11;
    private const int StatfsSize = 120;

    private const nuint MS_NOSUID = 2, MS_NODEV = 4, MS_NOEXEC = 8;

    /// <summary>Mounts a bpffs at a directory, unless one is mounted there.</summary>
    /// <param name="path">The directory.</param>
    /// <exception cref="BpfException">It may not be mounted (CAP_SYS_ADMIN).</exception>
    public static void EnsureMounted(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (IsMounted(path)) return;
        if (mount("bpf", path, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") < 0)
            throw new BpfException($"mount a bpffs at {path}", new Errno(Marshal.GetLastPInvokeError()));
    }

    /// <summary>Whether a directory is in a bpffs. A mount that another covers does not count.</summary>
    /// <param name="path">The directory.</param>
    public static unsafe bool IsMounted(string path)
    {
        byte* buffer = stackalloc byte[StatfsSize];
        return statfs(path, buffer) == 0 && *(long*)buffer == BPF_FS_MAGIC;
    }

    // https://man7.org/linux/man-pages/man2/statfs.2.html
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int statfs(string path, byte* buf);

    // https://man7.org/linux/man-pages/man2/mount.2.html
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string source, string target, string filesystemtype, nuint mountflags, string data);
}
