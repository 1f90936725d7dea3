using System.Runtime.InteropServices;
using Skep.Linux.Errors;

namespace Skep.Linux.Network;

/// <summary>
/// The smallest MTU that a route sets. <c>bpf_fib_lookup</c> goes by the device's MTU, and by that of a route only where it is locked
/// (ip_mtu_from_fib_result in net/ipv4/route.c, ip6_mtu_from_fib6 in net/ipv6/route.c), while the kernel forwards by either.
/// </summary>
/// <param name="Ip">Of routes of IPv4; <see cref="None"/> when none sets one.</param>
/// <param name="Ip6">Of routes of IPv6.</param>
public readonly record struct RouteMtu(uint Ip, uint Ip6)
{
    /// <summary>The longest IP packet.</summary>
    public const uint None = 0xffff;

    private const ushort RTM_NEWROUTE = 24, RTM_GETROUTE = 26, RTA_METRICS = 8, RTAX_LOCK = 1, RTAX_MTU = 2;
    private const byte AF_INET = 2, AF_INET6 = 10, RTN_UNICAST = 1;
    private const int RouteHeader = 12, TypeOffset = 7;

    /// <summary>
    /// Reads the routes of all tables of this thread's network namespace whose MTU is not locked (ip-route(8), <c>mtu</c>).
    /// </summary>
    /// <exception cref="KernelException">The socket failed.</exception>
    public static RouteMtu Least()
    {
        var least = new RouteMtu(None, None);
        using RouteSocket socket = RouteSocket.Open();
        Span<byte> header = stackalloc byte[RouteHeader];
        header.Clear();
        socket.Dump(RTM_GETROUTE, header, (type, message) =>
        {
            if (type == RTM_NEWROUTE && message.Length >= RouteHeader) least = least.With(message);
        });
        return least;
    }

    /// <summary>Takes in a message: what follows <c>struct nlmsghdr</c>.</summary>
    internal RouteMtu With(ReadOnlySpan<byte> message)
    {
        if (message[TypeOffset] != RTN_UNICAST || MtuOf(message[RouteHeader..]) is not { } mtu) return this;
        return message[0] switch
        {
            AF_INET => this with { Ip = Math.Min(Ip, mtu) },
            AF_INET6 => this with { Ip6 = Math.Min(Ip6, mtu) },
            _ => this,
        };
    }

    private static uint? MtuOf(ReadOnlySpan<byte> attributes)
    {
        var route = new RouteAttributes(attributes);
        while (route.Next())
        {
            if (route.Type != RTA_METRICS) continue;
            uint mtu = 0, locked = 0;
            var metrics = new RouteAttributes(route.Value);
            while (metrics.Next())
            {
                if (metrics.Value.Length < sizeof(uint)) continue;
                if (metrics.Type == RTAX_MTU) mtu = MemoryMarshal.Read<uint>(metrics.Value);
                else if (metrics.Type == RTAX_LOCK) locked = MemoryMarshal.Read<uint>(metrics.Value);
            }

            return mtu == 0 || (locked & 1u << RTAX_MTU) != 0 ? null : mtu;
        }

        return null;
    }
}
