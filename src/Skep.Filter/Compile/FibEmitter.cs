using System;
using Skep.Filter.Model;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Filter.Compile;

/// <summary>
/// Emits forwarding by the kernel's routing table. What the kernel would do more with than route it is left to the kernel: it is passed,
/// unchanged. The order of the tests is that of ip_rcv, ip_route_input and ip_forward (net/ipv4), ip6_rcv and ip6_forward (net/ipv6).
/// </summary>
internal sealed class FibEmitter(Assembler code, FilterPlan plan)
{
    // struct bpf_fib_lookup (include/uapi/linux/bpf.h), 64 bytes.
    private const short Family = 0, Protocol = 1, SourcePort = 2, DestinationPort = 4, TotalLength = 6, IfIndex = 8, Tos = 12, Source = 16,
        Destination = 32, SourceMac = 52, DestinationMac = 58;
    private const int Bytes = 64;

    // Until the lookup writes an address there.
    private const short Longest = SourceMac;

    private const short Forth = Slots.Key, Back = Slots.Key + Bytes;
    private const int Inet = 2, Inet6 = 10;
    private const int Ip = 14, Ip6 = 14;

    // BPF_FIB_LKUP_RET_*: blackhole, unreachable and prohibit are 1 to 3.
    private const int Prohibit = 3, NoNeighbour = 7;

    private readonly Label _pass = code.DefineLabel("left to the kernel");
    private readonly Label _drop = code.DefineLabel("no way there");
    private readonly Label _lookup = code.DefineLabel("look up");

    /// <summary>Emits the decision on a packet with an IP header; the action is left in its register.</summary>
    internal void Emit()
    {
        var (ip6, end) = (code.DefineLabel("forward IPv6"), code.DefineLabel("forwarded"));
        Load(Registers.Packet, 0);
        Load(Registers.PacketEnd, 4);
        PassIf(Presence.Vlan | Presence.Malformed);
        for (short at = 0; at < 2 * Bytes; at += 8) code.Store(MemorySize.Double, R10, (short)(Forth + at), 0);
        Load(R1, 12);
        code.Store(MemorySize.Word, R10, Forth + IfIndex, R1).Store(MemorySize.Word, R10, Back + IfIndex, R1);
        EmitReceiver();
        EmitPorts();
        code.Load(MemorySize.Word, R1, R10, Slots.Protocol + 4).Store(MemorySize.Byte, R10, Forth + Protocol, R1)
            .Store(MemorySize.Byte, R10, Back + Protocol, R1)
            .Mov(R1, Registers.Presence).And(R1, Presence.Ip).JumpIf(Condition.Equal, R1, 0, ip6);
        EmitIp();
        code.Jump(_lookup).Bind(ip6);
        EmitIp6();
        code.Bind(_lookup);
        EmitLookup();
        EmitRewrite();
        code.Mov(Registers.Action, XdpAction.Redirect).Jump(end)
            .Bind(_pass).Mov(Registers.Action, XdpAction.Pass).Jump(end)
            .Bind(_drop).Mov(Registers.Action, XdpAction.Drop).Bind(end);
    }

    /// <summary>Frames to other addresses than the device's are not for this host to forward.</summary>
    private void EmitReceiver()
    {
        code.LoadMapIndex(R1, plan.MapFor(MapRole.Receivers)).Mov(R2, R10).Add(R2, Forth + IfIndex)
            .Call(Helpers.MapLookup).JumpIf(Condition.Equal, R0, 0, _pass)
            .Load(MemorySize.Word, R1, R0, Receivers.LongestIp).Store(MemorySize.Word, R10, Forth + Longest, R1)
            .Load(MemorySize.Word, R1, R0, Receivers.LongestIp6).Store(MemorySize.Word, R10, Back + Longest, R1)
            .Load(MemorySize.Double, R1, R0, Receivers.Address);
        if (plan.Receiver is { } layout) PresentAddress.Emit(code, layout, Back + Source);
        Check(14);
        code.Load(MemorySize.Word, R2, Registers.Packet).Load(MemorySize.Half, R3, Registers.Packet, 4).Lsh(R3, 32).Or(R2, R3)
            .JumpIf(Condition.NotEqual, R1, R2, _pass);
    }

    /// <summary>Ports, which rules and hashes over several paths go by. Fragments have none (net/core/flow_dissector.c).</summary>
    private void EmitPorts()
    {
        var none = code.DefineLabel("no ports");
        code.Mov(R1, Registers.Presence).And(R1, Presence.Tcp | Presence.Udp | Presence.Sctp).JumpIf(Condition.Equal, R1, 0, none)
            .Mov(R1, Registers.Presence).And(R1, Presence.FirstFragment | Presence.LaterFragment).JumpIf(Condition.NotEqual, R1, 0, none)
            .Load(MemorySize.Word, R1, R10, Slots.Upper + 4).And(R1, 0x7fff).Mov(R2, Registers.Packet).Add(R2, R1)
            .Mov(R1, R2).Add(R1, 4).JumpIf(Condition.Greater, R1, Registers.PacketEnd, none);
        code.Load(MemorySize.Half, R1, R2).Store(MemorySize.Half, R10, Forth + SourcePort, R1)
            .Store(MemorySize.Half, R10, Back + DestinationPort, R1)
            .Load(MemorySize.Half, R1, R2, 2).Store(MemorySize.Half, R10, Forth + DestinationPort, R1)
            .Store(MemorySize.Half, R10, Back + SourcePort, R1)
            .Bind(none);
    }

    private void EmitIp()
    {
        Check(Ip + 20);

        // Options, a TTL that ends here, a wrong checksum and a length beyond the frame are the kernel's.
        Byte(R1, Ip);
        code.JumpIf(Condition.NotEqual, R1, 0x45, _pass);
        Byte(R1, Ip + 8);
        code.JumpIf(Condition.LessOrEqual, R1, 1, _pass).Mov(R2, 0);
        for (short at = 0; at < 20; at += 4) code.Load(MemorySize.Word, R1, Registers.Packet, (short)(Ip + at)).Add(R2, R1);
        for (var i = 0; i < 3; i++) code.Mov(R1, R2).Rsh(R1, 16).And(R2, 0xffff).Add(R2, R1);
        code.JumpIf(Condition.NotEqual, R2, 0xffff, _pass).Load(MemorySize.Half, R2, Registers.Packet, Ip + 2).ToBigEndian(R2, 16);
        EmitLength(Forth);

        // Sources in 0/8, 127/8, 224/3 and destinations in 0/8 are martians.
        Byte(R1, Ip + 12);
        code.JumpIf(Condition.Equal, R1, 0, _pass).JumpIf(Condition.Equal, R1, 127, _pass).JumpIf(Condition.GreaterOrEqual, R1, 224, _pass);
        Byte(R1, Ip + 16);
        code.JumpIf(Condition.Equal, R1, 0, _pass);
        code.Store(MemorySize.Byte, R10, Forth + Family, Inet).Store(MemorySize.Byte, R10, Back + Family, Inet);
        Byte(R1, Ip + 1);
        code.Store(MemorySize.Byte, R10, Forth + Tos, R1).Store(MemorySize.Byte, R10, Back + Tos, R1);
        foreach (var (from, forth, back) in ((short, short, short)[])[(Ip + 12, Source, Destination), (Ip + 16, Destination, Source)])
        {
            code.Load(MemorySize.Word, R1, Registers.Packet, from)
                .Store(MemorySize.Word, R10, (short)(Forth + forth), R1).Store(MemorySize.Word, R10, (short)(Back + back), R1);
        }
    }

    private void EmitIp6()
    {
        Check(Ip6 + 40);

        // Hop-by-hop options and a hop limit that ends here are the kernel's.
        Byte(R1, Ip6 + 7);
        code.JumpIf(Condition.LessOrEqual, R1, 1, _pass);
        Byte(R1, Ip6 + 6);
        code.JumpIf(Condition.Equal, R1, 0, _pass).Load(MemorySize.Half, R2, Registers.Packet, Ip6 + 4).ToBigEndian(R2, 16).Add(R2, 40);
        EmitLength(Back);

        // Unspecified, loopback and mapped addresses have 64 zero bits in front.
        foreach (var at in (short[])[Ip6 + 8, Ip6 + 24])
        {
            code.Load(MemorySize.Word, R1, Registers.Packet, at).Load(MemorySize.Word, R2, Registers.Packet, (short)(at + 4)).Or(R1, R2)
                .JumpIf(Condition.Equal, R1, 0, _pass);
        }
        code.Store(MemorySize.Byte, R10, Forth + Family, Inet6)

            // IPV6_FLOWINFO_MASK in the packet's byte order: all but the version.
            .Load(MemorySize.Word, R1, Registers.Packet, Ip6).And(R1, unchecked((int)0xffffff0f))
            .Store(MemorySize.Word, R10, Forth + Tos, R1);
        for (short at = 0; at < 32; at += 4)
            code.Load(MemorySize.Word, R1, Registers.Packet, (short)(Ip6 + 8 + at))
                .Store(MemorySize.Word, R10, (short)(Forth + Source + at), R1);
    }

    /// <summary>R2 is the IP packet's length: what is longer than the frame, or than a route may let pass, is the kernel's.</summary>
    private void EmitLength(int at) =>
        code.Mov(R3, Registers.PacketEnd).Sub(R3, Registers.Packet).Sub(R3, 14).JumpIf(Condition.Greater, R2, R3, _pass)
        .Load(MemorySize.Word, R3, R10, (short)(at + Longest)).JumpIf(Condition.Greater, R2, R3, _pass)
        .Store(MemorySize.Half, R10, Forth + TotalLength, R2);

    private void EmitLookup()
    {
        var routed = code.DefineLabel("routed");
        Lookup(Forth);
        code.JumpIf(Condition.Equal, R0, 0, routed).JumpIf(Condition.Greater, R0, Prohibit, _pass).Jump(_drop).Bind(routed);

        // Back where it came from: the kernel would send the sender an ICMP redirect.
        Load(R2, 12);
        code.Load(MemorySize.Word, R1, R10, Forth + IfIndex).JumpIf(Condition.Equal, R1, R2, _pass);

        // The source's way back leads elsewhere, or it is an own address: the kernel judges it by rp_filter (fib_validate_source). IPv6 has
        // no such.
        var (send, known) = (code.DefineLabel("send"), code.DefineLabel("way back"));
        code.Mov(R1, Registers.Presence).And(R1, Presence.Ip).JumpIf(Condition.Equal, R1, 0, send);
        Lookup(Back);
        code.JumpIf(Condition.Equal, R0, 0, known).JumpIf(Condition.NotEqual, R0, NoNeighbour, _pass).Bind(known);
        Load(R2, 12);
        code.Load(MemorySize.Word, R1, R10, Back + IfIndex).JumpIf(Condition.NotEqual, R1, R2, _pass).Bind(send)

            // A device that cannot send frames of XDP is not in the map.
            .LoadMapIndex(R1, plan.MapFor(MapRole.Forwarders)).Load(MemorySize.Word, R2, R10, Forth + IfIndex).Mov(R3, XdpAction.Pass)
            .Call(Helpers.RedirectMap)
            .JumpIf(Condition.NotEqual, R0, XdpAction.Redirect, _pass);
    }

    private void EmitRewrite()
    {
        var (ip6, mac, carried) = (code.DefineLabel("hop limit"), code.DefineLabel("addresses"), code.DefineLabel("no carry"));
        Check(Ip + 20);
        code.Mov(R1, Registers.Presence).And(R1, Presence.Ip).JumpIf(Condition.Equal, R1, 0, ip6);
        Byte(R1, Ip + 8);
        code.Add(R1, -1).Store(MemorySize.Byte, Registers.Packet, Ip + 8, R1)

            // ip_decrease_ttl (include/net/ip.h): htons(0x0100) is 1 on a little-endian machine.
            .Load(MemorySize.Half, R1, Registers.Packet, Ip + 10).Add(R1, 1).JumpIf(Condition.Less, R1, 0xffff, carried).Add(R1, 1)
            .Bind(carried)
            .Store(MemorySize.Half, Registers.Packet, Ip + 10, R1).Jump(mac).Bind(ip6);
        Byte(R1, Ip6 + 7);
        code.Add(R1, -1).Store(MemorySize.Byte, Registers.Packet, Ip6 + 7, R1).Bind(mac);
        for (short at = 0; at < 6; at += 2)
        {
            code.Load(MemorySize.Half, R1, R10, (short)(Forth + DestinationMac + at)).Store(MemorySize.Half, Registers.Packet, at, R1)
                .Load(MemorySize.Half, R1, R10, (short)(Forth + SourceMac + at)).Store(MemorySize.Half, Registers.Packet, (short)(6 + at),
                    R1);
        }
    }

    private void Lookup(short at) =>
        code.Mov(R1, Registers.Context).Mov(R2, R10).Add(R2, at).Mov(R3, Bytes).Mov(R4, 0).Call(Helpers.FibLookup);

    /// <summary>Loads a word of <c>struct xdp_md</c>: data at 0, data_end at 4, ingress_ifindex at 12.</summary>
    private void Load(Register into, short at) => code.Load(MemorySize.Word, into, Registers.Context, at);

    private void Byte(Register into, short at) => code.Load(MemorySize.Byte, into, Registers.Packet, at);

    private void PassIf(int bits) => code.Mov(R1, Registers.Presence).And(R1, bits).JumpIf(Condition.NotEqual, R1, 0, _pass);

    private void Check(int bytes) =>
        code.Mov(R0, Registers.Packet).Add(R0, bytes).JumpIf(Condition.Greater, R0, Registers.PacketEnd, _pass);
}
