using System.Runtime.InteropServices;
using System.Text;

namespace Skep.Testing;

/// <summary>
/// A tun device of a network namespace, whose packets begin with their IP header, seen from the program that it belongs to. Removed when
/// disposed.
/// </summary>
public sealed class TunDevice : IDisposable
{
    // include/uapi/linux/if_tun.h, linux/sched.h, asm-generic/fcntl.h.
    private const nuint TUNSETIFF = 0x400454ca, TUNSETLINK = 0x400454cd;
    private const short IFF_TUN = 1, IFF_TAP = 2, IFF_NO_PI = 0x1000;
    private const int CLONE_NEWNET = 0x40000000, O_RDWR = 2, O_NONBLOCK = 0x800, O_CLOEXEC = 0x80000, RequestBytes = 40, NameBytes = 16;

    private readonly int _file;

    /// <summary>Makes it.</summary>
    /// <param name="netns">The network namespace, by a name of ip(8).</param>
    /// <param name="name">Its name.</param>
    /// <param name="isTap">Whether it is a tap instead, with an Ethernet header.</param>
    public TunDevice(string netns, string name, bool isTap = false)
    {
        var file = -1;
        var thread = new Thread(() => file = Open($"/run/netns/{netns}"));
        thread.Start();
        thread.Join();
        _file = file;
        byte[] request = new byte[RequestBytes];
        Encoding.ASCII.GetBytes(name).CopyTo(request, 0);
        MemoryMarshal.Write(request.AsSpan(NameBytes), (short)((isTap ? IFF_TAP : IFF_TUN) | IFF_NO_PI));
        Check(ioctl(_file, TUNSETIFF, request), "TUNSETIFF");
    }

    /// <summary>Sets its hardware type (include/uapi/linux/if_arp.h); it has to be down.</summary>
    public void SetType(ushort type) => Check(ioctl(_file, TUNSETLINK, type), "TUNSETLINK");

    /// <summary>Makes it receive a packet.</summary>
    public void Receive(byte[] packet) => Check((int)write(_file, packet, (nuint)packet.Length), "write");

    /// <summary>Waits for a packet that it sends.</summary>
    /// <returns>Null when no such came in time.</returns>
    public byte[]? Sent(Func<byte[], bool> isWanted, int milliseconds = 3000)
    {
        byte[] buffer = new byte[65536];
        for (long end = Environment.TickCount64 + milliseconds; Environment.TickCount64 < end;)
        {
            nint length = read(_file, buffer, (nuint)buffer.Length);
            if (length < 0) Thread.Sleep(5);
            else if (isWanted(buffer[..(int)length])) return buffer[..(int)length];
        }

        return null;
    }

    public void Dispose() => _ = close(_file);

    private static int Open(string netns)
    {
        int space = open(netns, O_CLOEXEC);
        if (space < 0 || setns(space, CLONE_NEWNET) < 0) return -1;
        _ = close(space);
        return open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    }

    private static void Check(int result, string call)
    {
        if (result < 0) throw new InvalidOperationException($"{call} of a tun device: error {Marshal.GetLastPInvokeError()}");
    }

    [DllImport("libc", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int open([MarshalAs(UnmanagedType.LPStr)] string path, int flags);

    [DllImport("libc")]
    private static extern int setns(int file, int type);

    [DllImport("libc", SetLastError = true)]
    private static extern int ioctl(int file, nuint request, byte[] argument);

    [DllImport("libc", SetLastError = true)]
    private static extern int ioctl(int file, nuint request, nuint argument);

    [DllImport("libc", SetLastError = true)]
    private static extern nint write(int file, byte[] bytes, nuint count);

    [DllImport("libc", SetLastError = true)]
    private static extern nint read(int file, byte[] bytes, nuint count);

    [DllImport("libc")]
    private static extern int close(int file);
}
