using System.Buffers.Binary;

namespace Skep.Testing;

/// <summary>Makes packets of either version of IP with some values of fields, and any values elsewhere.</summary>
internal static class PacketNear
{
    internal static byte[] Build(Dictionary<string, UInt128> wanted, Random random)
    {
        var packet = new byte[160];
        UInt128 Value(string field, int bits) =>
            wanted.TryGetValue(field, out var value) ? value & (UInt128.MaxValue >> (128 - bits))
            : new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64()) & (UInt128.MaxValue >> (128 - bits));
        bool Has(string header) => wanted.Keys.Any(f => f.StartsWith(header + " ", StringComparison.Ordinal));
        Span<byte> wide = stackalloc byte[16];
        foreach (var (at, field) in (ReadOnlySpan<(int, string)>)[(0, "ether daddr"), (6, "ether saddr")])
        {
            BinaryPrimitives.WriteUInt128BigEndian(wide, Value(field, 48));
            wide[10..].CopyTo(packet.AsSpan(at));
        }
        var end = 12;
        for (var tags = Has("vlan") ? 1 : random.Next(8) == 0 ? random.Next(1, 3) : 0; tags > 0; tags--)
        {
            Put(packet, ref end, tags == 2 ? 0x88a8u : 0x8100u);
            Put(packet, ref end, (uint)Value("vlan id", 12) | (uint)Value("vlan pcp", 3) << 13);
        }
        var isIp6 = Has("ip6") || Has("icmpv6") || !Has("ip") && !Has("icmp") && random.Next(2) == 0;
        if (random.Next(30) == 0)
        {
            Put(packet, ref end, random.Next(2) == 0 ? 0x0806u : 0x88cc);
            return packet[..Math.Max(14, random.Next(end, 120))];
        }
        Put(packet, ref end, isIp6 ? 0x86dd : 0x0800u);
        var protocol = Has("tcp") ? 6 : Has("udp") ? 17 : Has("sctp") ? 132 : Has("icmp") || Has("icmpv6") ? (isIp6 ? 58 : 1)
            : (byte)Value(wanted.ContainsKey("meta l4proto") ? "meta l4proto" : isIp6 ? "ip6 nexthdr" : "ip protocol", 8);
        if (protocol > 150 || random.Next(30) == 0) protocol = random.Next(2) == 0 ? 6 : 17;
        var (ip, payload) = (end, 8 + random.Next(60));
        var length = wanted.TryGetValue("meta length", out var all) && all < 150 ? (int)all : 0;
        var fragment = random.Next(12) switch { 0 => 0x2000, 1 => 0x0010, _ => 0 };
        if (isIp6)
        {
            packet[ip] = 0x60;
            var dscp = (uint)Value("ip6 dscp", 6);
            packet[ip] |= (byte)(dscp >> 2);
            packet[ip + 1] = (byte)(dscp << 6);
            packet[ip + 6] = (byte)protocol;
            packet[ip + 7] = (byte)Value("ip6 hoplimit", 8);
            BinaryPrimitives.WriteUInt128BigEndian(packet.AsSpan(ip + 8), Value("ip6 saddr", 128));
            BinaryPrimitives.WriteUInt128BigEndian(packet.AsSpan(ip + 24), Value("ip6 daddr", 128));
            end = ip + 40;
            if (fragment != 0)
            {
                packet[ip + 6] = 44;
                packet[end] = (byte)protocol;
                BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(end + 2), (ushort)(fragment == 0x2000 ? 1 : 0x80));
                end += 8;
            }
            payload = wanted.TryGetValue("ip6 length", out var own) && own < 80 ? (int)own : end - ip - 40 + 20 + payload % 40;
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(ip + 4), (ushort)payload);
            payload += ip + 40 - end;
        }
        else
        {
            packet[ip] = 0x45;
            packet[ip + 1] = (byte)((uint)Value("ip dscp", 6) << 2);
            packet[ip + 8] = (byte)Value("ip ttl", 8);
            packet[ip + 9] = (byte)protocol;
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(ip + 6), (ushort)fragment);
            BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(ip + 12), (uint)Value("ip saddr", 32));
            BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(ip + 16), (uint)Value("ip daddr", 32));
            end = ip + 20;
            var total = wanted.TryGetValue("ip length", out var own) && own < 100 ? (int)own : 40 + payload % 50;
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(ip + 2), (ushort)total);
            payload = total - 20;
        }
        var name = protocol switch { 6 => "tcp", 17 => "udp", 132 => "sctp", _ => "" };
        if (name.Length > 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(end), (ushort)Value(name + " sport", 16));
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(end + 2), (ushort)Value(name + " dport", 16));
        }
        else
        {
            packet[end] = (byte)Value(isIp6 ? "icmpv6 type" : "icmp type", 8);
            packet[end + 1] = (byte)Value(isIp6 ? "icmpv6 code" : "icmp code", 8);
        }
        if (protocol == 6) (packet[end + 12], packet[end + 13]) = (0x50, (byte)random.Next(random.Next(4) == 0 ? 256 : 32));
        if (protocol == 17) BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(end + 4), (ushort)Math.Max(8, payload));
        if (length == 0) length = end + Math.Max(0, payload) + (random.Next(4) == 0 ? random.Next(20) : 0);
        return packet[..Math.Clamp(length, 14, packet.Length)];
    }

    private static void Put(byte[] packet, ref int at, uint value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(at), (ushort)value);
        at += 2;
    }
}
