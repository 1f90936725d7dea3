using System.Buffers.Binary;
using System.Numerics;
using Skep.Packets.Headers;

namespace Skep.Packets.Building;

/// <summary>Makes frames.</summary>
public static class PacketBuilder
{
    /// <summary>Makes a frame.</summary>
    /// <param name="spec">What is to be in it.</param>
    /// <returns>Its bytes from the Ethernet header on, without padding.</returns>
    public static byte[] Build(PacketSpec spec)
    {
        var frame = new List<byte>();
        PutNumber(frame, spec.EtherDestination, 6);
        PutNumber(frame, spec.EtherSource, 6);
        foreach (var tag in spec.Tags)
        {
            PutNumber(frame, tag.Type, 2);
            PutNumber(frame, (UInt128)((tag.Pcp << 13) | tag.Id), 2);
        }
        PutNumber(frame, spec.EtherType, 2);
        var isIp = spec.EtherType is 0x0800 or 0x86dd;
        var payload = isIp && spec.FragmentOffset == 0 ? BuildTransport(spec) : Payload(spec.PayloadLength);
        if (spec.EtherType == 0x0800) PutIp(frame, spec, payload.Length);
        if (spec.EtherType == 0x86dd) PutIp6(frame, spec, payload.Length);
        frame.AddRange(payload);
        return [.. frame];
    }

    private static void PutIp(List<byte> frame, PacketSpec spec, int payload)
    {
        var header = new List<byte>();
        PutNumber(header, (UInt128)((4 << 4) | (5 + spec.Options.Count / 4)), 1);
        PutNumber(header, (UInt128)((spec.Dscp << 2) | spec.Ecn), 1);
        PutNumber(header, (UInt128)(20 + spec.Options.Count + payload), 2);
        PutNumber(header, 0x1234, 2);
        PutNumber(header, (UInt128)((spec.MoreFragments ? 0x2000 : 0) | spec.FragmentOffset), 2);
        header.AddRange([spec.Ttl, spec.Protocol, 0, 0]);
        PutNumber(header, spec.Source, 4);
        PutNumber(header, spec.Destination, 4);
        header.AddRange(spec.Options);
        var bytes = header.ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(10), (ushort)~Checksum.Sum(bytes));
        frame.AddRange(bytes);
    }

    private static void PutIp6(List<byte> frame, PacketSpec spec, int payload)
    {
        var chain = new List<ExtensionHeader>(spec.Extensions);
        if (spec.MoreFragments || spec.FragmentOffset > 0)
        {
            var offset = (spec.FragmentOffset << 3) | (spec.MoreFragments ? 1 : 0);
            chain.Add(new(44, [0, (byte)(offset >> 8), (byte)offset, 0, 0, 0x12, 0x34]));
        }
        PutNumber(frame, (UInt128)((6u << 28) | ((uint)spec.Dscp << 22) | ((uint)spec.Ecn << 20)), 4);
        PutNumber(frame, (UInt128)(payload + chain.Sum(e => e.Body.Count + 1)), 2);
        frame.Add(chain.Count > 0 ? chain[0].Type : spec.Protocol);
        frame.Add(spec.Ttl);
        PutNumber(frame, spec.Source, 16);
        PutNumber(frame, spec.Destination, 16);
        for (var i = 0; i < chain.Count; i++)
        {
            frame.Add(i + 1 < chain.Count ? chain[i + 1].Type : spec.Protocol);
            frame.AddRange(chain[i].Body);
        }
    }

    private static byte[] BuildTransport(PacketSpec spec)
    {
        var header = new List<byte>();
        if (spec.Protocol is 6 or 17 or 132)
        {
            PutNumber(header, spec.SourcePort, 2);
            PutNumber(header, spec.DestinationPort, 2);
        }
        var checksumAt = -1;
        switch (spec.Protocol)
        {
            case 6:
                PutNumber(header, 1, 4);
                PutNumber(header, 0, 4);
                header.AddRange([5 << 4, spec.TcpFlags, 0xff, 0xff, 0, 0, 0, 0]);
                checksumAt = 16;
                break;
            case 17:
                PutNumber(header, (UInt128)(8 + spec.PayloadLength), 2);
                PutNumber(header, 0, 2);
                checksumAt = 6;
                break;
            case 132:
                PutNumber(header, 0x01020304, 4);
                PutNumber(header, 0, 4);
                break;
            case 1 or 58:
                header.AddRange([spec.IcmpType, spec.IcmpCode, 0, 0, 0, 1, 0, 1]);
                checksumAt = (spec.Protocol == 58) == spec.IsIp6 ? 2 : -1;
                break;
        }
        var bytes = (byte[])[.. header, .. Payload(spec.PayloadLength)];
        if (checksumAt >= 0) PutChecksum(spec, bytes, checksumAt);
        if (spec.Protocol == 132) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Crc32C(bytes));
        return bytes;
    }

    private static void PutChecksum(PacketSpec spec, byte[] bytes, int at)
    {
        var sum = 0u;
        if (spec.Protocol != 1)
        {
            var pseudo = new List<byte>();
            PutNumber(pseudo, spec.Source, spec.IsIp6 ? 16 : 4);
            PutNumber(pseudo, spec.Destination, spec.IsIp6 ? 16 : 4);
            PutNumber(pseudo, spec.Protocol, 4);
            PutNumber(pseudo, (UInt128)bytes.Length, 4);
            sum = Checksum.Sum([.. pseudo]);
        }
        var checksum = (ushort)~Checksum.Sum(bytes, sum);
        if (spec.Protocol == 17 && checksum == 0) checksum = 0xffff;
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(at), checksum);
    }

    private static uint Crc32C(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes) crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }

    private static byte[] Payload(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++) bytes[i] = (byte)i;
        return bytes;
    }

    private static void PutNumber(List<byte> bytes, UInt128 value, int count)
    {
        for (var i = count - 1; i >= 0; i--) bytes.Add((byte)(value >> (8 * i)));
    }
}
