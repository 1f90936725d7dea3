using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Handles;
using Skep.Linux.Interop;

namespace Skep.Linux.Network;

/// <summary>
/// A NETLINK_ROUTE or NETLINK_GENERIC socket of the network namespace of the thread that opens it; it only asks (rtnetlink(7)).
/// </summary>
internal sealed unsafe partial class RouteSocket : IDisposable
{
    private const int AF_NETLINK = 16, SOCK_RAW = 3, SOCK_CLOEXEC = 0x80000, NETLINK_ROUTE = 0, NETLINK_GENERIC = 16;
    private const ushort NLM_F_REQUEST = 1, NLM_F_DUMP = 0x300, NLMSG_ERROR = 2, NLMSG_DONE = 3;
    private const int HeaderLength = 16, FlagsOffset = 6;

    // The kernel fills at most 32 kB of a dump's message (net/netlink/af_netlink.c).
    private const int BufferLength = 1 << 16;

    private readonly FileHandle _socket;
    private readonly byte[] _buffer = new byte[BufferLength];
    private uint _sequence;

    private RouteSocket(FileHandle handle) => _socket = handle;

    /// <summary>Takes a message of a dump: its type, and what follows <c>struct nlmsghdr</c>.</summary>
    public delegate void Visit(ushort type, ReadOnlySpan<byte> message);

    public static RouteSocket Open() => Open(NETLINK_ROUTE);

    public static RouteSocket OpenGeneric() => Open(NETLINK_GENERIC);

    /// <summary>Asks for a dump and hands over each of its messages.</summary>
    /// <param name="type"><c>RTM_GET*</c>.</param>
    /// <param name="header">The family's header: <c>struct ifinfomsg</c>, <c>struct tcmsg</c>.</param>
    /// <param name="visit">Takes the messages.</param>
    /// <returns>False when the kernel refused: no such device, no such handle.</returns>
    /// <exception cref="KernelException">The socket failed.</exception>
    public bool Dump(ushort type, ReadOnlySpan<byte> header, Visit visit) => Ask(type, NLM_F_DUMP, header, visit);

    /// <summary>Asks for one thing and hands over the message with it, as <see cref="Dump"/> does.</summary>
    public bool Get(ushort type, ReadOnlySpan<byte> header, Visit visit) => Ask(type, 0, header, visit);

    private bool Ask(ushort type, ushort flags, ReadOnlySpan<byte> header, Visit visit)
    {
        Span<byte> request = stackalloc byte[HeaderLength + header.Length];
        request.Clear();
        MemoryMarshal.Write(request, request.Length);
        MemoryMarshal.Write(request[4..], type);
        MemoryMarshal.Write(request[FlagsOffset..], (ushort)(NLM_F_REQUEST | flags));
        MemoryMarshal.Write(request[8..], ++_sequence);
        header.CopyTo(request[HeaderLength..]);
        using var use = new FdUse(_socket);
        fixed (byte* bytes = request)
            if (Libc.write(use.Number, bytes, (nuint)request.Length) < 0) throw Failure("ask the kernel for network devices");
        while (true)
        {
            nint length;
            fixed (byte* bytes = _buffer) length = Libc.read(use.Number, bytes, BufferLength);
            if (length < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR) continue;
            if (length < 0) throw Failure("read the kernel's network devices");
            if (Take(_buffer.AsSpan(0, (int)length), visit, isDump: flags != 0) is { } done) return done;
        }
    }

    public void Dispose() => _socket.Dispose();

    private static RouteSocket Open(int protocol) =>
        new(FileHandle.Own(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), "open a netlink socket"));

    // Null when more is to come.
    private bool? Take(ReadOnlySpan<byte> bytes, Visit visit, bool isDump)
    {
        while (bytes.Length >= HeaderLength)
        {
            int length = MemoryMarshal.Read<int>(bytes);
            if (length < HeaderLength || length > bytes.Length) return false;
            ushort type = MemoryMarshal.Read<ushort>(bytes[4..]);
            if (MemoryMarshal.Read<uint>(bytes[8..]) == _sequence)
            {
                if (type == NLMSG_DONE) return true;
                if (type == NLMSG_ERROR) return false;
                visit(type, bytes[HeaderLength..length]);
                if (!isDump) return true;
            }

            bytes = bytes[Math.Min((length + 3) & ~3, bytes.Length)..];
        }

        return null;
    }

    private static KernelException Failure(string what) => new(what, new Errno(Marshal.GetLastPInvokeError()));

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int domain, int type, int protocol);
}
