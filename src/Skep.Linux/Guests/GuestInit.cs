using System.Runtime.InteropServices;
using System.Text;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Linux.Guests;

/// <summary>What the first process of a virtual machine does: it mounts the kernel's file systems, answers, and ends the machine.</summary>
public static unsafe partial class GuestInit
{
    private static readonly (string Type, string Path)[] FileSystems =
        [("proc", "/proc"), ("sysfs", "/sys"), ("bpf", "/sys/fs/bpf"), ("tracefs", "/sys/kernel/tracing")];

    /// <summary>Directories, which the archive has, that file systems are mounted on.</summary>
    public static IReadOnlyList<string> Directories { get; } = ["proc", "sys"];

    /// <summary>Mounts the kernel's file systems, those that it has, and turns its JIT compiler on where it can be turned on.</summary>
    public static void Mount()
    {
        foreach ((string type, string path) in FileSystems) _ = mount(type, path, type, 0, null);
        Write("/proc/sys/net/core/bpf_jit_enable", "1"u8);
    }

    /// <summary>Writes to a device or a setting.</summary>
    /// <returns>Whether all was written.</returns>
    public static bool Write(string path, ReadOnlySpan<byte> bytes)
    {
        int fd = Libc.open(path, Libc.O_WRONLY | Libc.O_NOCTTY | Libc.O_CLOEXEC);
        if (fd < 0) return false;
        try
        {
            while (!bytes.IsEmpty)
            {
                nint written;
                fixed (byte* from = bytes) written = Libc.write(fd, from, (nuint)bytes.Length);
                if (written > 0) bytes = bytes[(int)written..];
                else if (Marshal.GetLastPInvokeError() != Errno.EINTR) return false;
            }

            return true;
        }
        finally
        {
            // Of a serial line it waits until all is sent.
            _ = Libc.close(fd);
        }
    }

    /// <summary>Writes text and the end of its line.</summary>
    public static bool WriteLine(string path, string line) => Write(path, Encoding.UTF8.GetBytes(line + '\n'));

    /// <summary>Ends the machine; does not return.</summary>
    public static void Reboot()
    {
        const int restart = 0x1234567;
        while (true)
        {
            _ = reboot(restart);
            Thread.Sleep(Timeout.Infinite);
        }
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string source, string target, string type, ulong flags, byte* options);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int reboot(int command);
}
