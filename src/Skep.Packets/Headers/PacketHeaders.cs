using System.Buffers.Binary;

namespace Skep.Packets.Headers;

/// <summary>
/// Where the headers of a packet are. An absent header has offset -1: its protocol is another, it is in another fragment,
/// or it, or one before it, is malformed.
/// </summary>
/// <param name="Length">The frame's length in bytes.</param>
public readonly record struct PacketHeaders(int Length)
{
    /// <summary>The offset of the first VLAN tag's control information.</summary>
    public int Vlan { get; init; } = -1;

    /// <summary>The offset of the second VLAN tag's control information.</summary>
    public int InnerVlan { get; init; } = -1;

    /// <summary>The offset of the EtherType behind the tags, or -1 when the Ethernet header or a tag is cut short.</summary>
    public int EtherType { get; init; } = -1;

    /// <summary>The offset of the IPv4 header.</summary>
    public int Ip { get; init; } = -1;

    /// <summary>The offset of the IPv6 header.</summary>
    public int Ip6 { get; init; } = -1;

    /// <summary>The upper protocol, or -1 when it is not known.</summary>
    public int Protocol { get; init; } = -1;

    /// <summary>The place in a fragmented datagram: 0 none, 1 first, 2 later, or -1 when it is not known.</summary>
    public int Fragment { get; init; } = -1;

    /// <summary>The offset of what the upper protocol begins with, or -1 in a later fragment and where it is not known.</summary>
    public int Upper { get; init; } = -1;

    /// <summary>The offset behind the last byte of the IP packet that is in the frame.</summary>
    public int End { get; init; }

    /// <summary>The offset of the TCP, UDP, SCTP, ICMP or ICMPv6 header, of <see cref="Protocol"/>.</summary>
    public int Transport { get; init; } = -1;

    /// <summary>The index of the interface that the packet came in by.</summary>
    public uint IfIndex { get; init; }

    /// <summary>Whether an IPv6 routing header has segments left, so that the destination is not the checksum's.</summary>
    public bool IsRouted { get; init; }

    /// <summary>What is wrong with the first header that is cut short or impossible, or null.</summary>
    public string? Malformed { get; init; }

    /// <summary>Walks the headers of a packet.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="start">What it begins with.</param>
    /// <returns>Where they are.</returns>
    public static PacketHeaders Walk(ReadOnlySpan<byte> packet, PacketStart start = PacketStart.Ethernet) =>
        Walk(packet, packet.Length, start);

    /// <summary>Walks the headers of a packet of several buffers.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="first">The bytes in the first buffer, where all headers have to be.</param>
    /// <param name="start">What it begins with.</param>
    /// <returns>Where they are.</returns>
    public static PacketHeaders Walk(ReadOnlySpan<byte> packet, int first, PacketStart start = PacketStart.Ethernet)
    {
        var headers = new PacketHeaders(packet.Length) { End = packet.Length };
        return start == PacketStart.Ip ? WalkVersion(packet, headers, first) : WalkEthernet(packet, headers, first);
    }

    private static PacketHeaders WalkVersion(ReadOnlySpan<byte> packet, PacketHeaders headers, int first)
    {
        if (first < 1) return headers with { Malformed = "IP header cut short" };
        return (packet[0] >> 4) switch
        {
            4 => WalkIp(packet, headers, 0, first),
            6 => WalkIp6(packet, headers, 0, first),
            _ => headers,
        };
    }

    private static PacketHeaders WalkEthernet(ReadOnlySpan<byte> packet, PacketHeaders headers, int first)
    {
        if (first < 14) return headers with { Malformed = "Ethernet header cut short" };
        var type = 12;
        for (var tags = 0; tags < 2 && BinaryPrimitives.ReadUInt16BigEndian(packet[type..]) is 0x8100 or 0x88a8; tags++)
        {
            if (first < type + 6) return new(packet.Length) { End = packet.Length, Malformed = "VLAN tag cut short" };
            headers = tags == 0 ? headers with { Vlan = type + 2 } : headers with { InnerVlan = type + 2 };
            type += 4;
        }
        headers = headers with { EtherType = type };
        return BinaryPrimitives.ReadUInt16BigEndian(packet[type..]) switch
        {
            0x0800 => WalkIp(packet, headers, type + 2, first),
            0x86dd => WalkIp6(packet, headers, type + 2, first),
            _ => headers,
        };
    }

    private static PacketHeaders WalkIp(ReadOnlySpan<byte> packet, PacketHeaders headers, int at, int first)
    {
        if (first < at + 20) return headers with { Malformed = "IPv4 header cut short" };
        if (packet[at] >> 4 != 4) return headers with { Malformed = "IPv4 version is not 4" };
        var length = (packet[at] & 15) * 4;
        if (length < 20) return headers with { Malformed = "IPv4 header length below 20" };
        if (packet.Length < at + length) return headers with { Malformed = "IPv4 options cut short" };
        var total = BinaryPrimitives.ReadUInt16BigEndian(packet[(at + 2)..]);
        if (total < length) return headers with { Malformed = "IPv4 total length below the header length" };

        var fragment = BinaryPrimitives.ReadUInt16BigEndian(packet[(at + 6)..]);
        headers = headers with
        {
            Ip = at,
            Protocol = packet[at + 9],
            Fragment = (fragment & 0x1fff) != 0 ? 2 : (fragment & 0x2000) != 0 ? 1 : 0,
            End = Math.Min(packet.Length, at + total),
        };
        return headers.Fragment == 2 ? headers : WalkTransport(packet, headers with { Upper = at + length }, first);
    }

    private static PacketHeaders WalkIp6(ReadOnlySpan<byte> packet, PacketHeaders headers, int at, int first)
    {
        if (first < at + 40) return headers with { Malformed = "IPv6 header cut short" };
        if (packet[at] >> 4 != 6) return headers with { Malformed = "IPv6 version is not 6" };
        var payload = BinaryPrimitives.ReadUInt16BigEndian(packet[(at + 4)..]);
        int next = packet[at + 6];
        // RFC 2675: a jumbogram has its length in a hop-by-hop option and 0 here.
        var isJumbo = payload == 0 && next == 0;
        headers = headers with { Ip6 = at, End = isJumbo ? packet.Length : Math.Min(packet.Length, at + 40 + payload) };

        at += 40;
        var place = 0;
        for (var walked = 0; next is 0 or 43 or 44 or 51 or 60; walked++)
        {
            if (walked == 8) return headers with { Malformed = "more than 8 IPv6 extension headers" };
            if (headers.End < at + 8 || first < at + 8) return headers with { Malformed = "IPv6 extension header cut short" };
            var length = next switch { 44 => 8, 51 => (packet[at + 1] + 2) * 4, _ => (packet[at + 1] + 1) * 8 };
            if (headers.End < at + length) return headers with { Malformed = "IPv6 extension header cut short" };
            if (next == 43 && packet[at + 3] != 0) headers = headers with { IsRouted = true };
            if (next == 44)
            {
                var fragment = BinaryPrimitives.ReadUInt16BigEndian(packet[(at + 2)..]);
                if ((fragment & 0xfff8) != 0) return headers with { Protocol = packet[at], Fragment = 2 };
                if ((fragment & 1) != 0) place = 1;
            }
            next = packet[at];
            at += length;
        }
        return WalkTransport(packet, headers with { Protocol = next, Fragment = place, Upper = at }, first);
    }

    private static PacketHeaders WalkTransport(ReadOnlySpan<byte> packet, PacketHeaders headers, int first)
    {
        var at = headers.Upper;
        var have = headers.End - at;

        // The fixed part of a header has to be in the first buffer.
        var near = Math.Min(have, first - at);
        switch (headers.Protocol)
        {
            case 6:
                if (near < 20) return headers with { Malformed = "TCP header cut short" };
                var length = (packet[at + 12] >> 4) * 4;
                if (length < 20) return headers with { Malformed = "TCP data offset below 20" };
                if (have < length) return headers with { Malformed = "TCP options cut short" };
                break;
            case 17:
                if (near < 8) return headers with { Malformed = "UDP header cut short" };
                var total = BinaryPrimitives.ReadUInt16BigEndian(packet[(at + 4)..]);
                if (total < 8 && !(total == 0 && headers.Ip6 >= 0)) return headers with { Malformed = "UDP length below 8" };
                break;
            case 132:
                if (near < 12) return headers with { Malformed = "SCTP header cut short" };
                break;
            case 1 when headers.Ip >= 0:
                if (near < 8) return headers with { Malformed = "ICMP header cut short" };
                break;
            case 58 when headers.Ip6 >= 0:
                if (near < 8) return headers with { Malformed = "ICMPv6 header cut short" };
                break;
            case 33 or 136 when have >= 8 && near < 8:
                return headers with
                {
                    Malformed =
                    headers.Protocol == 33 ? "DCCP header behind the first buffer" : "UDP-Lite header behind the first buffer"
                };
            default:
                return headers;
        }
        return headers with { Transport = at };
    }
}
