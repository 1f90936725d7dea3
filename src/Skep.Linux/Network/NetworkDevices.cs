using System.Runtime.InteropServices;
using Skep.Linux.Errors;

namespace Skep.Linux.Network;

/// <summary>A network device.</summary>
/// <param name="IfIndex">Its index in its network namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Xdp">The programs that XDP runs on it: one, or one of each mode.</param>
public sealed record NetworkDevice(uint IfIndex, string Name, IReadOnlyList<XdpProgram> Xdp)
{
    /// <summary>Its link-layer address: 6 bytes of an Ethernet device; empty for none.</summary>
    public byte[] Address { get; init; } = [];

    /// <summary>What its packets begin with, as ARP numbers hardware (include/uapi/linux/if_arp.h): 1 is Ethernet.</summary>
    public ushort Type { get; init; }

    /// <summary>
    /// The kind that <c>ip link add</c> names: <c>veth</c>, <c>tun</c>, <c>wireguard</c>; empty for a device of hardware.
    /// </summary>
    public string Kind { get; init; } = "";

    /// <summary>Its broadcast address; of a tunnel the address of the other end.</summary>
    public byte[] Broadcast { get; init; } = [];

    /// <summary>Whether a device of kind <c>tun</c> is a tap, with an Ethernet header; null for other kinds.</summary>
    public bool? IsTap { get; init; }

    /// <summary>Whether it is up (<c>ip link set DEV up</c>).</summary>
    public bool IsUp { get; init; }

    /// <summary>The longest packet that it sends, without its link-layer header.</summary>
    public uint Mtu { get; init; }

    /// <summary>The index of the device that it is linked to: the other end of a veth, the device below a VLAN; 0 for none.</summary>
    public uint Link { get; init; }

    /// <summary>The network namespace of <see cref="Link"/>, by its number in this one; null for the same.</summary>
    public int? LinkNamespace { get; init; }
}

/// <summary>A program that a filter or an action of tc runs.</summary>
/// <param name="Kind">
/// Where, as bpftool says it: <c>clsact/ingress</c>, <c>clsact/egress</c>, <c>root</c>, or the kind of the class.
/// </param>
/// <param name="Name">The name that tc was given: <c>prog.o:[section]</c>; null for none.</param>
/// <param name="ProgramId">The program; 0 for classic BPF.</param>
/// <param name="Actions">The programs of its actions.</param>
public sealed record TcFilter(string Kind, string? Name, uint ProgramId, IReadOnlyList<TcAction> Actions);

/// <summary>A BPF action of a tc filter.</summary>
/// <param name="Name">The name that tc was given; null for none.</param>
/// <param name="ProgramId">The program; 0 for classic BPF.</param>
public readonly record struct TcAction(string? Name, uint ProgramId);

/// <summary>Devices and tc filters of this thread's network namespace (rtnetlink(7)).</summary>
public static class NetworkDevices
{
    // include/uapi/linux/rtnetlink.h, if_link.h, pkt_sched.h, pkt_cls.h, tc_act/tc_bpf.h.
    private const ushort RTM_NEWLINK = 16, RTM_GETLINK = 18, RTM_NEWTCLASS = 40, RTM_GETTCLASS = 42, RTM_NEWTFILTER = 44,
        RTM_GETTFILTER = 46;
    private const ushort IFLA_ADDRESS = 1, IFLA_BROADCAST = 2, IFLA_IFNAME = 3, IFLA_MTU = 4, IFLA_LINK = 5, IFLA_LINKINFO = 18,
        IFLA_LINK_NETNSID = 37, IFLA_XDP = 43, IFLA_TARGET_NETNSID = 46;
    private const ushort IFLA_INFO_KIND = 1, IFLA_INFO_DATA = 2, IFLA_TUN_TYPE = 3;
    private const byte IFF_TAP = 2;
    private const ushort IFLA_XDP_ATTACHED = 2, IFLA_XDP_PROG_ID = 4, IFLA_XDP_DRV_PROG_ID = 5, IFLA_XDP_SKB_PROG_ID = 6,
        IFLA_XDP_HW_PROG_ID = 7;
    private const byte XDP_ATTACHED_DRV = 1, XDP_ATTACHED_SKB = 2, XDP_ATTACHED_HW = 3, XDP_ATTACHED_MULTI = 4;
    private const ushort TCA_KIND = 1, TCA_OPTIONS = 2;
    private const ushort TCA_BPF_ACT = 1, TCA_BPF_NAME = 7, TCA_BPF_ID = 11;
    private const ushort TCA_ACT_KIND = 1, TCA_ACT_OPTIONS = 2, TCA_ACT_BPF_NAME = 6, TCA_ACT_BPF_ID = 9;
    private const uint TC_H_ROOT = 0xffffffff, ClsactIngress = 0xfffffff2, ClsactEgress = 0xfffffff3;
    private const uint IFF_UP = 1;
    private const int AttributeOfNumber = 8, InterfaceHeader = 16, TypeOffset = 2, FlagsOffset = 8, TcHeader = 20, IndexOffset = 4,
        TcHandleOffset = 8, TcParentOffset = 12;

    private static readonly (uint Handle, string Kind)[] Places =
        [(TC_H_ROOT, "root"), (ClsactIngress, "clsact/ingress"), (ClsactEgress, "clsact/egress")];

    /// <summary>All devices, by index.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public static IReadOnlyList<NetworkDevice> List()
    {
        var devices = new List<NetworkDevice>();
        using RouteSocket socket = RouteSocket.Open();
        Span<byte> header = stackalloc byte[InterfaceHeader];
        header.Clear();
        socket.Dump(RTM_GETLINK, header, (type, message) =>
        {
            if (type == RTM_NEWLINK && message.Length >= InterfaceHeader) devices.Add(ReadDevice(message));
        });
        return devices;
    }

    /// <summary>One device.</summary>
    /// <param name="index">Its index.</param>
    /// <returns>Null when there is none of that index.</returns>
    /// <exception cref="KernelException">The socket failed.</exception>
    public static NetworkDevice? Find(uint index) => Find(index, null);

    /// <summary>The device that another is linked to, which may be in another network namespace.</summary>
    /// <param name="device">The other.</param>
    /// <returns>Null when there is none, or its namespace is not to be asked: that wants CAP_NET_ADMIN there.</returns>
    /// <exception cref="KernelException">The socket failed.</exception>
    public static NetworkDevice? FindLink(NetworkDevice device) => device.Link == 0 ? null : Find(device.Link, device.LinkNamespace);

    private static NetworkDevice? Find(uint index, int? space)
    {
        NetworkDevice? found = null;
        using RouteSocket socket = RouteSocket.Open();
        Span<byte> header = stackalloc byte[InterfaceHeader + AttributeOfNumber];
        header.Clear();
        MemoryMarshal.Write(header[IndexOffset..], index);
        MemoryMarshal.Write(header[InterfaceHeader..], (ushort)AttributeOfNumber);
        MemoryMarshal.Write(header[(InterfaceHeader + 2)..], IFLA_TARGET_NETNSID);
        MemoryMarshal.Write(header[(InterfaceHeader + 4)..], space.GetValueOrDefault());
        if (space is null) header = header[..InterfaceHeader];
        socket.Get(RTM_GETLINK, header, (type, message) =>
        {
            if (type == RTM_NEWLINK && message.Length >= InterfaceHeader) found = ReadDevice(message);
        });
        return found;
    }

    /// <summary>The BPF filters of a device, of all its classes and of its ingress and egress.</summary>
    /// <exception cref="KernelException">The socket failed.</exception>
    public static IReadOnlyList<TcFilter> Filters(uint ifIndex)
    {
        using RouteSocket socket = RouteSocket.Open();
        var places = new List<(uint Handle, string Kind)>();
        Span<byte> header = stackalloc byte[TcHeader];
        header.Clear();
        MemoryMarshal.Write(header[IndexOffset..], ifIndex);
        socket.Dump(RTM_GETTCLASS, header, (type, message) =>
        {
            if (type == RTM_NEWTCLASS && message.Length >= TcHeader)
                places.Add((MemoryMarshal.Read<uint>(message[TcHandleOffset..]), Kind(message)));
        });
        places.AddRange(Places);

        var filters = new List<TcFilter>();
        foreach ((uint handle, string kind) in places)
        {
            MemoryMarshal.Write(header[TcParentOffset..], handle);
            socket.Dump(RTM_GETTFILTER, header, (type, message) =>
            {
                if (type == RTM_NEWTFILTER && message.Length >= TcHeader && ReadFilter(message[TcHeader..], kind) is { } filter)
                    filters.Add(filter);
            });
        }

        return filters;
    }

    private static NetworkDevice ReadDevice(ReadOnlySpan<byte> message)
    {
        uint index = MemoryMarshal.Read<uint>(message[IndexOffset..]);
        string name = "", kind = "";
        byte[] address = [], broadcast = [];
        bool? isTap = null;
        uint mtu = 0, link = 0;
        int? linkNamespace = null;
        IReadOnlyList<XdpProgram> programs = [];
        var attributes = new RouteAttributes(message[InterfaceHeader..]);
        while (attributes.Next())
        {
            if (attributes.Type == IFLA_ADDRESS) address = attributes.Value.ToArray();
            else if (attributes.Type == IFLA_BROADCAST) broadcast = attributes.Value.ToArray();
            else if (attributes.Type == IFLA_IFNAME) name = attributes.Text;
            else if (attributes.Type == IFLA_MTU) mtu = attributes.U32;
            else if (attributes.Type == IFLA_LINK) link = attributes.U32;
            else if (attributes.Type == IFLA_LINK_NETNSID) linkNamespace = (int)attributes.U32;
            else if (attributes.Type == IFLA_LINKINFO) (kind, isTap) = ReadKind(attributes.Nested);
            else if (attributes.Type == IFLA_XDP) programs = ReadXdp(attributes.Nested);
        }

        ushort type = MemoryMarshal.Read<ushort>(message[TypeOffset..]);
        return new NetworkDevice(index, name, programs)
        {
            Address = address, Broadcast = broadcast, Type = type, Kind = kind,
            IsTap = isTap,
            IsUp = (MemoryMarshal.Read<uint>(message[FlagsOffset..]) & IFF_UP) != 0,
            Mtu = mtu,
            Link = link,
            LinkNamespace = linkNamespace,
        };
    }

    private static (string Kind, bool? IsTap) ReadKind(RouteAttributes attributes)
    {
        string kind = "";
        bool? isTap = null;
        while (attributes.Next())
        {
            if (attributes.Type == IFLA_INFO_KIND) kind = attributes.Text;
            else if (attributes.Type == IFLA_INFO_DATA && kind == "tun") isTap = IsTap(attributes.Nested);
        }

        return (kind, isTap);
    }

    private static bool? IsTap(RouteAttributes attributes)
    {
        while (attributes.Next())
            if (attributes.Type == IFLA_TUN_TYPE && attributes.Value.Length > 0) return attributes.Value[0] == IFF_TAP;
        return null;
    }

    private static List<XdpProgram> ReadXdp(RouteAttributes attributes)
    {
        byte mode = 0;
        uint one = 0, generic = 0, driver = 0, offload = 0;
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case IFLA_XDP_ATTACHED when attributes.Value.Length > 0:
                    mode = attributes.Value[0];
                    break;
                case IFLA_XDP_PROG_ID:
                    one = attributes.U32;
                    break;
                case IFLA_XDP_SKB_PROG_ID:
                    generic = attributes.U32;
                    break;
                case IFLA_XDP_DRV_PROG_ID:
                    driver = attributes.U32;
                    break;
                case IFLA_XDP_HW_PROG_ID:
                    offload = attributes.U32;
                    break;
            }
        }

        if (mode != XDP_ATTACHED_MULTI) (generic, driver, offload) = mode switch
        {
            XDP_ATTACHED_SKB => (one, 0u, 0u),
            XDP_ATTACHED_DRV => (0u, one, 0u),
            XDP_ATTACHED_HW => (0u, 0u, one),
            _ => (0u, 0u, 0u),
        };
        var programs = new List<XdpProgram>();
        if (generic != 0) programs.Add(new XdpProgram(XdpProgramMode.Generic, generic));
        if (driver != 0) programs.Add(new XdpProgram(XdpProgramMode.Driver, driver));
        if (offload != 0) programs.Add(new XdpProgram(XdpProgramMode.Offload, offload));
        return programs;
    }

    private static string Kind(ReadOnlySpan<byte> message)
    {
        var attributes = new RouteAttributes(message[TcHeader..]);
        while (attributes.Next())
            if (attributes.Type == TCA_KIND) return attributes.Text;
        return "";
    }

    private static TcFilter? ReadFilter(ReadOnlySpan<byte> message, string place)
    {
        bool isBpf = false;
        ReadOnlySpan<byte> options = default;
        var attributes = new RouteAttributes(message);
        while (attributes.Next())
        {
            if (attributes.Type == TCA_KIND) isBpf = attributes.Text == "bpf";
            else if (attributes.Type == TCA_OPTIONS) options = attributes.Value;
        }

        // The first message of a filter's chain has no options.
        if (!isBpf || options.IsEmpty) return null;
        string? name = null;
        uint id = 0;
        IReadOnlyList<TcAction> actions = [];
        attributes = new RouteAttributes(options);
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case TCA_BPF_NAME:
                    name = attributes.Text;
                    break;
                case TCA_BPF_ID:
                    id = attributes.U32;
                    break;
                case TCA_BPF_ACT:
                    actions = ReadActions(attributes.Nested);
                    break;
            }
        }

        return new TcFilter(place, name, id, actions);
    }

    private static List<TcAction> ReadActions(RouteAttributes list)
    {
        var actions = new List<TcAction>();
        while (list.Next())
        {
            bool isBpf = false;
            string? name = null;
            uint id = 0;
            RouteAttributes action = list.Nested;
            while (action.Next())
            {
                if (action.Type == TCA_ACT_KIND) isBpf = action.Text == "bpf";
                if (action.Type != TCA_ACT_OPTIONS || !isBpf) continue;
                RouteAttributes options = action.Nested;
                while (options.Next())
                {
                    if (options.Type == TCA_ACT_BPF_NAME) name = options.Text;
                    else if (options.Type == TCA_ACT_BPF_ID) id = options.U32;
                }
            }

            if (isBpf) actions.Add(new TcAction(name, id));
        }

        return actions;
    }
}
