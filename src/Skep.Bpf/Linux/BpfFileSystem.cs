using System.Runtime.InteropServices;
using Skep.Bpf.Interop;

namespace Skep.Bpf;

/// <summary>A bpffs of one's own, where links are pinned.</summary>
public static partial class BpfFileSystem
{
    static BpfFileSystem() => NativeLibraries.Register();

    private const nuint MS_NOSUID = 2, MS_NODEV = 4, MS_NOEXEC = 8;

    /// <summary>Mounts a bpffs at a directory, which is made, unless one is mounted there.</summary>
    /// <param name="path">The directory.</param>
    /// <exception cref="BpfException">It may not be mounted (CAP_SYS_ADMIN).</exception>
    public static void EnsureMounted(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Directory.CreateDirectory(path);
        if (IsMounted(path)) return;
        if (mount("bpf", path, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") < 0)
            throw new BpfException($"mount a bpffs at {path}", new Errno(Marshal.GetLastPInvokeError()));
    }

    /// <summary>Whether a bpffs is mounted at a directory.</summary>
    /// <param name="path">The directory, without symbolic links.</param>
    public static bool IsMounted(string path)
    {
        // proc(5), /proc/PID/mounts: source, directory, type, ...
        foreach (string line in File.ReadLines("/proc/self/mounts"))
            if (line.Split(' ') is [_, var directory, "bpf", ..] && directory == path) return true;
        return false;
    }

    // https://man7.org/linux/man-pages/man2/mount.2.html
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string source, string target, string filesystemtype, nuint mountflags, string data);
}
