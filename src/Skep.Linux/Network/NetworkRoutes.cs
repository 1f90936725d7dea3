using System.Net;
using System.Runtime.InteropServices;
using Skep.Linux.Errors;

namespace Skep.Linux.Network;

/// <summary>A program of a route.</summary>
/// <param name="Hook"><c>in</c>, <c>out</c> or <c>xmit</c> of a bpf tunnel; <c>End.BPF</c> of a seg6local one.</param>
/// <param name="Name">The name that ip was given: <c>prog.o:[section]</c>; null for none.</param>
/// <param name="ProgramId">The program; 0 where the kernel does not tell it, for bpf tunnels.</param>
public readonly record struct RouteProgram(string Hook, string? Name, uint ProgramId);

/// <summary>A route that runs programs on its packets.</summary>
/// <param name="Destination">The prefix; <c>default</c> for all.</param>
/// <param name="Table">The routing table.</param>
/// <param name="IfIndex">The device; 0 for none.</param>
/// <param name="Encapsulation"><c>bpf</c> or <c>seg6local</c>.</param>
/// <param name="Programs">Its programs.</param>
public sealed record ProgramRoute(string Destination, uint Table, uint IfIndex, string Encapsulation, IReadOnlyList<RouteProgram> Programs);

/// <summary>Routes with programs of this thread's network namespace (rtnetlink(7); net/core/lwt_bpf.c, net/ipv6/seg6_local.c).</summary>
public static class NetworkRoutes
{
    private const ushort RTM_NEWROUTE = 24, RTM_GETROUTE = 26;
    private const ushort RTA_DST = 1, RTA_OIF = 4, RTA_MULTIPATH = 9, RTA_TABLE = 15, RTA_ENCAP_TYPE = 21, RTA_ENCAP = 22;
    private const ushort LWTUNNEL_ENCAP_BPF = 6, LWTUNNEL_ENCAP_SEG6_LOCAL = 7;
    private const ushort LWT_BPF_IN = 1, LWT_BPF_OUT = 2, LWT_BPF_XMIT = 3, LWT_BPF_PROG_NAME = 2;
    private const ushort SEG6_LOCAL_BPF = 8, SEG6_LOCAL_BPF_PROG = 1, SEG6_LOCAL_BPF_PROG_NAME = 2;
    private const int RouteHeader = 12, NextHopHeader = 8;

    /// <summary>The routes of all families that run programs.</summary>
    /// <exception cref="KernelException">The socket failed.</exception>
    public static IReadOnlyList<ProgramRoute> List()
    {
        var routes = new List<ProgramRoute>();
        using RouteSocket socket = RouteSocket.Open();
        Span<byte> header = stackalloc byte[RouteHeader];
        header.Clear();
        socket.Dump(RTM_GETROUTE, header, (type, message) =>
        {
            if (type == RTM_NEWROUTE && message.Length >= RouteHeader) Add(routes, message);
        });
        return routes;
    }

    /// <summary>Reads a message: what follows <c>struct nlmsghdr</c>.</summary>
    internal static void Add(List<ProgramRoute> routes, ReadOnlySpan<byte> message)
    {
        byte length = message[1];
        uint table = message[4], device = 0;
        string destination = "default";
        ReadOnlySpan<byte> hops = default, encapsulation = default;
        ushort kind = 0;
        var attributes = new RouteAttributes(message[RouteHeader..]);
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case RTA_DST when attributes.Value.Length is 4 or 16:
                    destination = $"{new IPAddress(attributes.Value)}/{length}";
                    break;
                case RTA_OIF:
                    device = attributes.U32;
                    break;
                case RTA_TABLE:
                    table = attributes.U32;
                    break;
                case RTA_MULTIPATH:
                    hops = attributes.Value;
                    break;
                case RTA_ENCAP_TYPE when attributes.Value.Length >= sizeof(ushort):
                    kind = MemoryMarshal.Read<ushort>(attributes.Value);
                    break;
                case RTA_ENCAP:
                    encapsulation = attributes.Value;
                    break;
            }
        }

        Add(routes, destination, table, device, kind, encapsulation);

        // struct rtnexthop: length, flags, hops, device; attributes.
        while (hops.Length >= NextHopHeader)
        {
            int size = MemoryMarshal.Read<ushort>(hops);
            if (size < NextHopHeader || size > hops.Length) return;
            kind = 0;
            encapsulation = default;
            attributes = new RouteAttributes(hops[NextHopHeader..size]);
            while (attributes.Next())
            {
                if (attributes.Type == RTA_ENCAP_TYPE && attributes.Value.Length >= sizeof(ushort))
                    kind = MemoryMarshal.Read<ushort>(attributes.Value);
                else if (attributes.Type == RTA_ENCAP) encapsulation = attributes.Value;
            }

            Add(routes, destination, table, MemoryMarshal.Read<uint>(hops[4..]), kind, encapsulation);
            hops = hops[Math.Min((size + 3) & ~3, hops.Length)..];
        }
    }

    private static void Add(List<ProgramRoute> routes, string destination, uint table, uint device, ushort kind,
        ReadOnlySpan<byte> encapsulation)
    {
        var programs = new List<RouteProgram>();
        var attributes = new RouteAttributes(encapsulation);
        while (kind is LWTUNNEL_ENCAP_BPF or LWTUNNEL_ENCAP_SEG6_LOCAL && attributes.Next())
        {
            string? hook = (kind, attributes.Type) switch
            {
                (LWTUNNEL_ENCAP_BPF, LWT_BPF_IN) => "in",
                (LWTUNNEL_ENCAP_BPF, LWT_BPF_OUT) => "out",
                (LWTUNNEL_ENCAP_BPF, LWT_BPF_XMIT) => "xmit",
                (LWTUNNEL_ENCAP_SEG6_LOCAL, SEG6_LOCAL_BPF) => "End.BPF",
                _ => null,
            };
            if (hook is not null) programs.Add(Program(hook, kind == LWTUNNEL_ENCAP_SEG6_LOCAL, attributes.Nested));
        }

        if (programs.Count > 0)
            routes.Add(new ProgramRoute(destination, table, device, kind == LWTUNNEL_ENCAP_BPF ? "bpf" : "seg6local", programs));
    }

    private static RouteProgram Program(string hook, bool isSegment, RouteAttributes attributes)
    {
        string? name = null;
        uint id = 0;
        while (attributes.Next())
        {
            if (attributes.Type == (isSegment ? SEG6_LOCAL_BPF_PROG_NAME : LWT_BPF_PROG_NAME)) name = attributes.Text;
            else if (isSegment && attributes.Type == SEG6_LOCAL_BPF_PROG) id = attributes.U32;
        }

        return new RouteProgram(hook, name, id);
    }
}
