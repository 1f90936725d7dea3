using System;
using Skep.Filter.Model;
using Skep.Isa;
using Skep.Packets.Headers;
using static Skep.Isa.Register;

namespace Skep.Filter.Compile;

/// <summary>
/// Emits the walk over a packet's headers, as docs/filter.md describes it: it sets the presence bits and reads the fields
/// that rules use. In it R3 is the current header's offset, R4 points there, R5 is the IP packet's end as an offset.
/// </summary>
/// <param name="code">Takes the instructions.</param>
/// <param name="slots">Where values stand.</param>
/// <param name="plan">What packets begin with, and whether they may have several buffers.</param>
/// <param name="needsTransport">Whether the transport header is looked at.</param>
/// <param name="keepsOffsets">Whether rules rewrite packets, and need to know where headers are.</param>
internal sealed class HeaderWalk(Assembler code, Slots slots, FilterPlan plan, bool needsTransport, bool keepsOffsets)
{
    // Raw 16-bit loads of a little-endian machine.
    private const int Tag8021Q = 0x0081, Tag8021Ad = 0xa888, RawIp = 0x0008, RawIp6 = 0xdd86, RawArp = 0x0608;
    private const int MaxExtensions = 8;

    private readonly Label _malformed = code.DefineLabel("malformed");
    private readonly Label _done = code.DefineLabel("walked");
    private readonly Label _transport = code.DefineLabel("transport");

    internal void Emit()
    {
        code.Mov(Registers.Context, R1)
            .Load(MemorySize.Word, Registers.Packet, R6)
            .Load(MemorySize.Word, Registers.PacketEnd, R6, 4)
            .Mov(Registers.Presence, 0);
        PacketLength.Emit(code, plan.HasFrags, plan.BufferFlags);
        code.Store(MemorySize.Word, R10, Slots.Length + 4, R0);
        ClearSlots();
        if (plan.Start == PacketStart.Ip) EmitVersion();
        else EmitEthernet();
        EmitIp();
        EmitIp6();
        if (needsTransport) EmitTransport();
        else code.Bind(_transport).Jump(_done);
        code.Bind(_malformed).Or(Registers.Presence, Presence.Malformed).Bind(_done);
        EmitUnknown(R0);
        code.Xor(Registers.Presence, R0).Xor(Registers.Presence, R0);
    }

    // Kernels before 6.3 refuse to read a slot that some way has not written. Zeros would make each way a state of its own.
    private void ClearSlots()
    {
        EmitUnknown(R0);
        foreach (var slot in keepsOffsets
            ? (ReadOnlySpan<short>)[Slots.Network, Slots.Upper, Slots.Checksum, Slots.Protocol] : [Slots.Protocol])
            code.Store(MemorySize.Word, R10, (short)(slot + 4), R0);
        foreach (var slot in slots.Words) code.Store(MemorySize.Word, R10, slot, R0);
    }

    /// <summary>Loads <c>rx_queue_index</c>, which is near: 32 bits of which the verifier knows none.</summary>
    private void EmitUnknown(Register register) => code.Load(MemorySize.Word, register, Registers.Context, 16);

    /// <summary>
    /// Without a link-layer header the first half byte is all that there is of a type: R1 becomes the EtherType that it stands for.
    /// </summary>
    private void EmitVersion()
    {
        var (ip6, known) = (code.DefineLabel("version 6"), code.DefineLabel("version"));
        CheckFixed(1);
        code.Load(MemorySize.Byte, R0, Registers.Packet).Rsh(R0, 4).Mov(R3, 0)
            .Mov(R1, RawIp).JumpIf(Condition.Equal, R0, 4, known)
            .JumpIf(Condition.Equal, R0, 6, ip6).Jump(_done)
            .Bind(ip6).Mov(R1, RawIp6).Bind(known);
    }

    private void EmitEthernet()
    {
        var typed = code.DefineLabel("ethertype");
        CheckFixed(14);
        ReadFields(Header.Ether, Registers.Packet);
        code.Load(MemorySize.Half, R1, Registers.Packet, 12).Mov(R4, Registers.Packet).Add(R4, 14);

        var tagged = code.DefineLabel("tagged");
        code.JumpIf(Condition.Equal, R1, Tag8021Q, tagged).JumpIf(Condition.NotEqual, R1, Tag8021Ad, typed).Bind(tagged);
        CheckFixed(18);
        code.Load(MemorySize.Half, R1, Registers.Packet, 16).Mov(R4, Registers.Packet).Add(R4, 18);
        var tag = code.DefineLabel("tag");
        code.JumpIf(Condition.Equal, R1, Tag8021Q, tag);
        var second = code.DefineLabel("one tag");
        code.JumpIf(Condition.NotEqual, R1, Tag8021Ad, second).Bind(tag);
        CheckFixed(22);
        code.Load(MemorySize.Half, R1, Registers.Packet, 20).Mov(R4, Registers.Packet).Add(R4, 22).Bind(second);
        code.Or(Registers.Presence, Presence.Vlan);
        ReadFields(Header.Vlan, Registers.Packet, start: 14);

        code.Bind(typed).Or(Registers.Presence, Presence.Ether);
        code.Mov(R3, R4).Sub(R3, Registers.Packet).And(R3, 0x3f);
        if (slots.TryFind(Field.EtherType, out var slot))
            code.Mov(R0, R1).ToBigEndian(R0, 16).Store(MemorySize.Word, R10, (short)(slot + 4), R0);
    }

    private void EmitIp()
    {
        var other = code.DefineLabel("not IPv4");
        code.JumpIf(Condition.NotEqual, R1, RawIp, other);
        Point(20);
        code.Load(MemorySize.Byte, R1, R4).Mov(R2, R1).Rsh(R2, 4).JumpIf(Condition.NotEqual, R2, 4, _malformed)
            .And(R1, 15).Lsh(R1, 2).JumpIf(Condition.Less, R1, 20, _malformed)
            .Mov(R0, R3).Add(R0, R1).Load(MemorySize.Word, R5, R10, Slots.Length + 4).JumpIf(Condition.Greater, R0, R5, _malformed)
            .Load(MemorySize.Half, R2, R4, 2).ToBigEndian(R2, 16).JumpIf(Condition.Less, R2, R1, _malformed)
            .Or(Registers.Presence, Presence.Ip | Presence.Upper);
        Keep(Slots.Network, R3);
        LimitEnd(R2, R3);
        ReadFields(Header.Ip, R4);
        KeepProtocol(9);

        var whole = code.DefineLabel("whole");
        var notLater = code.DefineLabel("not a later fragment");
        code.Load(MemorySize.Half, R0, R4, 6).ToBigEndian(R0, 16).Mov(R2, R0).And(R2, 0x1fff).JumpIf(Condition.Equal, R2, 0, notLater)
            .Or(Registers.Presence, Presence.LaterFragment).Jump(_done).Bind(notLater)
            .And(R0, 0x2000).JumpIf(Condition.Equal, R0, 0, whole).Or(Registers.Presence, Presence.FirstFragment).Bind(whole)
            .Load(MemorySize.Byte, R2, R4, 9).Add(R3, R1).Jump(_transport).Bind(other);
    }

    private void EmitIp6()
    {
        var other = code.DefineLabel("not IPv6");
        var ip6 = code.DefineLabel("IPv6");
        code.JumpIf(Condition.Equal, R1, RawIp6, ip6).JumpIf(Condition.NotEqual, R1, RawArp, other)
            .Or(Registers.Presence, Presence.Arp).Bind(other).Jump(_done).Bind(ip6);
        Point(40);
        code.Load(MemorySize.Byte, R1, R4).Rsh(R1, 4).JumpIf(Condition.NotEqual, R1, 6, _malformed)
            .Or(Registers.Presence, Presence.Ip6);
        Keep(Slots.Network, R3);
        ReadFields(Header.Ip6, R4);

        var sized = code.DefineLabel("has a length");
        var limited = code.DefineLabel("limited");
        code.Load(MemorySize.Half, R1, R4, 4).ToBigEndian(R1, 16).Load(MemorySize.Byte, R2, R4, 6)
            .Load(MemorySize.Word, R5, R10, Slots.Length + 4).Add(R3, 40)
            .JumpIf(Condition.NotEqual, R1, 0, sized).JumpIf(Condition.Equal, R2, 0, limited).Bind(sized)
            .Add(R1, R3).JumpIf(Condition.LessOrEqual, R5, R1, limited).Mov(R5, R1).Bind(limited);

        var end = code.DefineLabel("end of extension headers");
        var later = code.DefineLabel("later IPv6 fragment");
        for (var i = 0; i < MaxExtensions; i++) EmitExtension(end, later);
        foreach (var type in (ReadOnlySpan<int>)[0, 43, 44, 51, 60]) code.JumpIf(Condition.Equal, R2, type, _malformed);
        code.Bind(end).Or(Registers.Presence, Presence.Upper).Store(MemorySize.Word, R10, Slots.Protocol + 4, R2).Jump(_transport);
        // A fragment header before this one may have been a first one's.
        code.Bind(later).And(Registers.Presence, ~Presence.FirstFragment).Or(Registers.Presence, Presence.Upper | Presence.LaterFragment);
        KeepProtocol(0);
        code.Jump(_done);
    }

    private void EmitExtension(Label end, Label later)
    {
        var options = code.DefineLabel("options");
        var routing = code.DefineLabel("routing");
        var authentication = code.DefineLabel("authentication");
        var fragment = code.DefineLabel("fragment");
        var walk = code.DefineLabel("extension");
        var next = code.DefineLabel("next");
        code.JumpIf(Condition.Equal, R2, 0, walk).JumpIf(Condition.Equal, R2, 60, walk).JumpIf(Condition.Equal, R2, 43, walk)
            .JumpIf(Condition.Equal, R2, 44, walk).JumpIf(Condition.NotEqual, R2, 51, end).Bind(walk)
            .Mov(R0, R3).Add(R0, 8).JumpIf(Condition.Greater, R0, R5, _malformed);
        Point(8);
        code.Load(MemorySize.Byte, R1, R4, 1)
            .JumpIf(Condition.Equal, R2, 44, fragment).JumpIf(Condition.Equal, R2, 51, authentication)
            .JumpIf(Condition.Equal, R2, 43, routing)
            .Bind(options).Add(R1, 1).Lsh(R1, 3).Jump(next)
            .Bind(routing).Load(MemorySize.Byte, R0, R4, 3).JumpIf(Condition.Equal, R0, 0, options);

        // A routing header that does not fit makes the packet malformed; the bit is then not looked at, since no header follows.
        code.Or(Registers.Presence, Presence.Routed).Jump(options)
            .Bind(authentication).Add(R1, 2).Lsh(R1, 2).Jump(next)
            .Bind(fragment).Load(MemorySize.Half, R0, R4, 2).ToBigEndian(R0, 16)
            .Mov(R1, R0).And(R1, 0xfff8).JumpIf(Condition.NotEqual, R1, 0, later)
            .Mov(R1, 8).And(R0, 1).JumpIf(Condition.Equal, R0, 0, next).Or(Registers.Presence, Presence.FirstFragment)
            .Bind(next).Add(R3, R1).JumpIf(Condition.Greater, R3, R5, _malformed).Load(MemorySize.Byte, R2, R4);
    }

    private void EmitTransport()
    {
        code.Bind(_transport);
        Keep(Slots.Upper, R3);
        Protocol(6, EmitTcp);
        Protocol(17, EmitUdp);
        Protocol(132, () => EmitSimple(Header.Sctp, 12, 0, Presence.Sctp));
        Protocol(1, () => EmitSimple(Header.Icmp, 8, Presence.Ip, Presence.Icmp));
        Protocol(58, () => EmitSimple(Header.Icmpv6, 8, Presence.Ip6, Presence.Icmpv6 | Presence.Checksum));
        Protocol(33, () => EmitCovered(0));
        Protocol(136, () => EmitCovered(Presence.UdpLite));
        code.Jump(_done);
    }

    private void EmitTcp()
    {
        Fits(20);
        code.Load(MemorySize.Byte, R1, R4, 12).Rsh(R1, 4).Lsh(R1, 2).JumpIf(Condition.Less, R1, 20, _malformed)
            .Add(R1, R3).JumpIf(Condition.Greater, R1, R5, _malformed)
            .Or(Registers.Presence, Presence.Tcp | Presence.Checksum);
        KeepChecksum(16);
        ReadFields(Header.Tcp, R4);
    }

    private void EmitUdp()
    {
        var right = code.DefineLabel("length right");
        Fits(8);
        code.Load(MemorySize.Half, R1, R4, 4).ToBigEndian(R1, 16).JumpIf(Condition.GreaterOrEqual, R1, 8, right)
            .JumpIf(Condition.NotEqual, R1, 0, _malformed).Mov(R1, Registers.Presence).And(R1, Presence.Ip6)
            .JumpIf(Condition.Equal, R1, 0, _malformed)
            .Bind(right).Or(Registers.Presence, Presence.Udp | Presence.Checksum);
        KeepChecksum(6);
        ReadFields(Header.Udp, R4);
    }

    private void EmitSimple(Header header, int bytes, int behind, int bits)
    {
        if (behind != 0) code.Mov(R1, Registers.Presence).And(R1, behind).JumpIf(Condition.Equal, R1, 0, _done);
        Fits(bytes);
        code.Or(Registers.Presence, bits);
        if (header == Header.Icmpv6) KeepChecksum(2);
        ReadFields(header, R4);
    }

    /// <summary>A protocol without a header in the language, whose checksum covers the addresses.</summary>
    private void EmitCovered(int bits)
    {
        code.Mov(R0, R3).Add(R0, 8).JumpIf(Condition.Greater, R0, R5, _done);
        if (plan.HasFrags) Point(8);
        code.Or(Registers.Presence, Presence.Checksum | bits);
        KeepChecksum(6);
    }

    private void Protocol(int number, Action body)
    {
        var other = code.DefineLabel($"not {number}");
        code.JumpIf(Condition.NotEqual, R2, number, other);
        body();
        code.Jump(_done).Bind(other);
    }

    /// <summary>Malformed unless the transport header's bytes are within the IP packet.</summary>
    private void Fits(int bytes)
    {
        code.Mov(R0, R3).Add(R0, bytes).JumpIf(Condition.Greater, R0, R5, _malformed);
        Point(bytes);
    }

    private void KeepChecksum(int at)
    {
        if (!keepsOffsets) return;
        code.Mov(R0, R3).Add(R0, at);
        Keep(Slots.Checksum, R0);
    }

    private void Keep(short slot, Register offset)
    {
        if (keepsOffsets) code.Store(MemorySize.Word, R10, (short)(slot + 4), offset);
    }

    /// <summary>Points R4 at offset R3 and checks that so many bytes are in the frame.</summary>
    private void Point(int bytes) =>
        code.And(R3, 0x7fff).Mov(R4, Registers.Packet).Add(R4, R3).Mov(R0, R4).Add(R0, bytes)
            .JumpIf(Condition.Greater, R0, Registers.PacketEnd, _malformed);

    // Nothing but the malformed bit has been set when a frame ends within its Ethernet header or tags.
    private void CheckFixed(int bytes) =>
        code.Mov(R0, Registers.Packet).Add(R0, bytes).JumpIf(Condition.Greater, R0, Registers.PacketEnd, _malformed);

    /// <summary>R5 holds the frame's length: cuts it to where an IPv4 packet ends.</summary>
    private void LimitEnd(Register total, Register start)
    {
        var cut = code.DefineLabel("cut");
        code.Add(total, start).JumpIf(Condition.LessOrEqual, R5, total, cut).Mov(R5, total).Bind(cut);
    }

    // A load of its own: of a copy of the register, the verifier would learn the value where the register is compared.
    private void KeepProtocol(short at) => code.Load(MemorySize.Byte, R0, R4, at).Store(MemorySize.Word, R10, Slots.Protocol + 4, R0);

    /// <summary>Reads the fields of a header that rules use.</summary>
    /// <param name="header">The header.</param>
    /// <param name="at">Points at it, or before it.</param>
    /// <param name="start">How far before it.</param>
    private void ReadFields(Header header, Register at, int start = 0)
    {
        foreach (var field in FieldInfo.In(header))
            if (slots.TryFind(field.Field, out var slot)) Read(field, at, (short)(start + field.Offset), slot);
    }

    private void Read(FieldInfo field, Register at, short offset, short slot)
    {
        switch (field.Bytes)
        {
            case 1 or 2:
                var isByte = field.Bytes == 1;
                code.Load(isByte ? MemorySize.Byte : MemorySize.Half, R0, at, offset);
                if (!isByte) code.ToBigEndian(R0, 16);
                if (field.Shift != 0) code.Rsh(R0, field.Shift);
                if (field.Bits + field.Shift < 8 * field.Bytes) code.And(R0, field.Mask >> field.Shift);
                code.Store(MemorySize.Word, R10, (short)(slot + 4), R0);
                break;
            case 4:
                ReadWord(at, offset, (short)(slot + 4));
                break;
            case 6:
                code.Load(MemorySize.Half, R0, at, offset).ToBigEndian(R0, 16).Store(MemorySize.Word, R10, (short)(slot + 4), R0);
                ReadWord(at, (short)(offset + 2), slot);
                break;
            default:
                for (var half = 0; half < 16; half += 8)
                {
                    ReadWord(at, (short)(offset + half), (short)(slot + half + 4));
                    ReadWord(at, (short)(offset + half + 4), (short)(slot + half));
                }
                break;
        }
    }

    private void ReadWord(Register at, short offset, short into) =>
        code.Load(MemorySize.Word, R0, at, offset).ToBigEndian(R0, 32).Store(MemorySize.Word, R10, into, R0);
}
