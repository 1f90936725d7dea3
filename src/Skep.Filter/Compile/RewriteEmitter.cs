using System;
using System.Buffers.Binary;
using Skep.Filter.Model;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Filter.Compile;

/// <summary>
/// Emits writes into packets with their checksums. Sums are made of words as the machine reads them: a sum of 16-bit words
/// does not depend on their byte order (RFC 1071, 2(B)), and 32-bit words fold into the same.
/// </summary>
internal sealed class RewriteEmitter(Assembler code, FieldAccess fields, Slots slots, Label unreachable)
{
    /// <summary>Writes a value.</summary>
    internal void EmitSet(Field field, UInt128 value)
    {
        EmitPointer(field);
        var info = FieldInfo.Of(field);
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        bytes = bytes[^info.Bytes..];
        var at = (short)(StartOf(info.Header) + info.Offset);
        if (info.IsCoveredByTransport)
        {
            for (var i = 0; i < info.Bytes; i += 4)
            {
                code.Mov32(R0,
                    info.Bytes == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadInt32LittleEndian(bytes[i..]))
                    .Store(MemorySize.Word, R10, (short)(Slots.Key + i), R0);
            }
            EmitCovered(info);
        }
        else if (info.Header == Header.Ether)
        {
            code.Mov32(R0, BinaryPrimitives.ReadInt32LittleEndian(bytes)).Store(MemorySize.Word, R4, at, R0)
                .Store(MemorySize.Half, R4, (short)(at + 4), BinaryPrimitives.ReadInt16LittleEndian(bytes[4..]));
        }
        else if (info.Header == Header.Ip)
        {
            // The checksum is one of words: of two bytes, the first is the high one.
            var shift = info.Bytes == 1 && at % 2 == 0 ? 8 : 0;
            EmitIpWord((short)(at & ~1), 0xffff & ~(info.Mask << shift), (int)value << (info.Shift + shift));
        }
        else if (info is { Bytes: 1, Bits: 8 })
        {
            code.Store(MemorySize.Byte, R4, at, (int)value);
        }
        else
        {
            EmitWord(at, 0xffff & ~info.Mask, (int)value << info.Shift);
        }
        fields.Note(field, value);
    }

    /// <summary>Exchanges source and destination: two writes, of the source and then of the destination.</summary>
    internal void EmitSwap(Header header)
    {
        var (source, destination) = HeaderPairs.Of(header);
        EmitPointer(source);
        if (header == Header.Ether)
        {
            foreach (var (size, at) in ((MemorySize, short)[])[(MemorySize.Word, 0), (MemorySize.Half, 4)])
            {
                code.Load(size, R0, R4, at).Load(size, R1, R4, (short)(at + 6))
                    .Store(size, R4, at, R1).Store(size, R4, (short)(at + 6), R0);
            }
        }
        else
        {
            var (from, to) = (FieldInfo.Of(source), FieldInfo.Of(destination));
            CopyToKey(from, at: 16);
            CopyToKey(to, at: 0);
            EmitCovered(from);
            for (var i = 0; i < from.Bytes; i += 4)
                code.Load(MemorySize.Word, R0, R10, (short)(Slots.Key + 16 + i)).Store(MemorySize.Word, R10, (short)(Slots.Key + i), R0);
            EmitCovered(to);
        }
        Exchange(source, destination);
    }

    private void Exchange(Field source, Field destination)
    {
        // Both fields have a slot when a rule reads either.
        if (!slots.TryFind(source, out var first) || !slots.TryFind(destination, out var second)) return;
        for (var at = Slots.IsWord(source) ? 4 : 0; at < (Slots.IsWide(source) ? 16 : 8); at += 4)
        {
            code.Load(MemorySize.Word, R0, R10, (short)(first + at)).Load(MemorySize.Word, R1, R10, (short)(second + at))
                .Store(MemorySize.Word, R10, (short)(first + at), R1).Store(MemorySize.Word, R10, (short)(second + at), R0);
        }
    }

    private void CopyToKey(FieldInfo from, int at)
    {
        for (var i = 0; i < from.Bytes; i += 4)
        {
            code.Load(from.Bytes == 2 ? MemorySize.Half : MemorySize.Word, R0, R4, (short)(from.Offset + i))
                .Store(MemorySize.Word, R10, (short)(Slots.Key + at + i), R0);
        }
    }

    /// <summary>Points R4 at the header of a field, R8 and R9 at the packet and its end.</summary>
    private void EmitPointer(Field field)
    {
        code.Load(MemorySize.Word, Registers.Packet, Registers.Context).Load(MemorySize.Word, Registers.PacketEnd, Registers.Context, 4);
        var header = FieldInfo.Of(field).Header;
        var bytes = header switch { Header.Ether => 14, Header.Vlan => 18, Header.Ip => 20, Header.Ip6 => 40, Header.Tcp => 20, _ => 8 };
        if (header is Header.Ether or Header.Vlan) code.Mov(R4, Registers.Packet);
        else Point(R4, header is Header.Ip or Header.Ip6 ? Slots.Network : Slots.Upper);
        Check(R4, bytes);
    }

    private void Point(Register pointer, short slot) =>
        code.Load(MemorySize.Word, R0, R10, (short)(slot + 4)).And(R0, 0x7fff).Mov(pointer, Registers.Packet).Add(pointer, R0);

    // The walk has found the bytes there: the verifier wants to see it again.
    private void Check(Register pointer, int bytes) =>
        code.Mov(R0, pointer).Add(R0, bytes).JumpIf(Condition.Greater, R0, Registers.PacketEnd, unreachable);

    private void EmitWord(short at, int keep, int value) =>
        code.Load(MemorySize.Half, R0, R4, at).ToBigEndian(R0, 16).And(R0, keep).Or(R0, value).ToBigEndian(R0, 16)
            .Store(MemorySize.Half, R4, at, R0);

    private void EmitIpWord(short at, int keep, int value)
    {
        code.Load(MemorySize.Half, R2, R4, at).Mov(R3, R2).ToBigEndian(R3, 16).And(R3, keep).Or(R3, value).ToBigEndian(R3, 16)
            .Store(MemorySize.Half, R4, at, R3)
            .Xor(R2, 0xffff).Add(R2, R3);
        UpdateSum(R4, 10);
    }

    // R4 points at the frame for the fields of a VLAN tag, whose control information is behind the addresses and the type of tag.
    private static int StartOf(Header header) => header == Header.Vlan ? 14 : 0;

    /// <summary>Writes what stands at the key into the field, R4 pointing at its header.</summary>
    private void EmitCovered(FieldInfo field)
    {
        // R2 is what the sum changes by: ~m + m', word by word.
        code.Mov(R2, 0);
        for (var i = 0; i < field.Bytes; i += 4)
        {
            var (size, mask) = field.Bytes == 2 ? (MemorySize.Half, 0xffff) : (MemorySize.Word, -1);
            code.Load(size, R0, R4, (short)(field.Offset + i)).Xor32(R0, mask).Add(R2, R0)
                .Load(MemorySize.Word, R0, R10, (short)(Slots.Key + i)).Add(R2, R0).Store(size, R4, (short)(field.Offset + i), R0);
        }
        if (field.Header == Header.Ip)
        {
            code.Mov(R5, R2);
            UpdateSum(R4, 10);
            code.Mov(R2, R5);
        }
        UpdateTransport(field.Field);
    }

    private void UpdateTransport(Field field)
    {
        var done = code.DefineLabel("summed");
        var any = code.DefineLabel("not UDP");
        code.Mov(R1, Registers.Presence).And(R1, Presence.Checksum).JumpIf(Condition.Equal, R1, 0, done);

        // RFC 8200 8.1: with a routing header the checksum covers the final destination.
        if (field == Field.Ip6Daddr) code.Mov(R1, Registers.Presence).And(R1, Presence.Routed).JumpIf(Condition.NotEqual, R1, 0, done);
        Point(R1, Slots.Checksum);
        Check(R1, 2);
        code.Mov(R0, Registers.Presence).And(R0, Presence.Udp).JumpIf(Condition.Equal, R0, 0, any)
            .Load(MemorySize.Half, R0, R1).JumpIf(Condition.Equal, R0, 0, done).Bind(any);
        UpdateSum(R1, 0);

        // RFC 768: a sum of zero is sent as all ones, since zero means that there is none.
        code.JumpIf(Condition.NotEqual, R0, 0, done).Mov(R3, Registers.Presence).And(R3, Presence.Udp | Presence.UdpLite)
            .JumpIf(Condition.Equal, R3, 0, done)
            .Mov(R0, 0xffff).Store(MemorySize.Half, R1, 0, R0).Bind(done);
    }

    /// <summary>HC' = ~(~HC + R2) (RFC 1624, equation 3), left in R0. Uses R2.</summary>
    private void UpdateSum(Register header, short at)
    {
        code.Load(MemorySize.Half, R0, header, at).Xor(R0, 0xffff).Add(R0, R2);

        // Four 32-bit words and their complements make 36 bits: three times leave 16.
        for (var i = 0; i < 3; i++) code.Mov(R2, R0).Rsh(R2, 16).And(R0, 0xffff).Add(R0, R2);
        code.Xor(R0, 0xffff).Store(MemorySize.Half, header, at, R0);
    }
}
