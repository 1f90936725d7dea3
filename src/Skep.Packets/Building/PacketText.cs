using System;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Skep.Packets.Headers;
using Skep.Packets.Values;

namespace Skep.Packets.Building;

/// <summary>
/// Packets as one line: <c>udp 10.0.0.1:5 > 10.0.0.2:53</c>, with <c>vlan N</c> or <c>vlan N pcp N</c> before it and options behind it
/// (<c>ether MAC > MAC</c>, <c>ttl N</c>, <c>dscp NAME</c>, <c>flags syn,ack</c>, <c>type NAME</c>, <c>code N</c>,
/// <c>frag first|later</c>, <c>payload BYTES</c>).
/// </summary>
public static class PacketText
{
    private const int MaxPayload = 9000;

    /// <summary>Reads a line.</summary>
    /// <param name="text">The line.</param>
    /// <param name="spec">The packet to be made.</param>
    /// <param name="error">What is wrong with the line, and what to write.</param>
    /// <returns>True when it can be made.</returns>
    public static bool TryParse(string text, out PacketSpec spec, out string error) =>
        TryParse(text, new(), out spec, out error, out _);

    /// <summary>Reads a line that leaves out what is as in another packet.</summary>
    /// <param name="text">The line.</param>
    /// <param name="basis">The other packet.</param>
    /// <param name="spec">The packet to be made.</param>
    /// <param name="error">What is wrong with the line, and what to write.</param>
    /// <param name="word">Which word is wrong, from 0.</param>
    /// <returns>True when it can be made.</returns>
    public static bool TryParse(string text, PacketSpec basis, out PacketSpec spec, out string error, out int word)
    {
        var words = new Queue<string>(text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        var count = words.Count;
        spec = basis;
        var isRead = TryParse(words, ref spec, out error);
        word = Math.Max(0, count - words.Count - 1);
        return isRead;
    }

    private static bool TryParse(Queue<string> words, ref PacketSpec spec, out string error)
    {
        error = "";
        var tags = new List<VlanTag>();
        while (words.TryPeek(out var first) && first == "vlan")
        {
            words.Dequeue();
            if (!words.TryDequeue(out var id) || !ushort.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || number > 4095)
                return Fail("vlan needs a number from 0 to 4095", out error);
            byte priority = 0;
            if (words.TryPeek(out var next) && next == "pcp")
            {
                words.Dequeue();
                if (!words.TryDequeue(out var pcp) || !byte.TryParse(pcp, NumberStyles.None, CultureInfo.InvariantCulture, out priority)
                    || priority > 7)
                    return Fail("pcp needs a number from 0 to 7", out error);
            }
            tags.Add(new(0x8100, priority, number));
        }
        if (tags.Count > 0) spec = spec with { Tags = [.. tags] };
        if (!words.TryDequeue(out var protocol)) return Fail("the packet is empty (write udp 10.0.0.1:5 > 10.0.0.2:53)", out error);
        if (protocol == "ether")
        {
            if (!words.TryDequeue(out var typeWord)
                || ValueText.TryParse(typeWord, DataType.EtherType, new(0, 0xffff), out var type) != ValueError.None
                || (ushort)type is 0x0800 or 0x86dd)
                return Fail("ether needs an EtherType other than IP's, like arp (for IP write the protocol: udp 10.0.0.1:5 > 10.0.0.2:53)",
                    out error);
            spec = spec with { EtherType = (ushort)type };
        }
        else if (!TryParseFlow(protocol, words, ref spec, out error))
        {
            return false;
        }
        while (words.TryDequeue(out var option))
            if (!TryParseOption(option, words, ref spec, out error)) return false;
        return true;
    }

    /// <summary>
    /// Writes what is in a packet's headers as one line, for people; much of it reads back with
    /// <see cref="TryParse(string, out PacketSpec, out string)"/>.
    /// </summary>
    /// <param name="packet">The packet.</param>
    /// <param name="start">What it begins with.</param>
    /// <returns>The line.</returns>
    public static string Format(ReadOnlySpan<byte> packet, PacketStart start = PacketStart.Ethernet) =>
        Format(packet, packet.Length, start);

    /// <summary>Writes the headers of a packet of which only the first bytes are there.</summary>
    /// <param name="packet">The first bytes of the packet.</param>
    /// <param name="length">The packet's length.</param>
    /// <param name="start">What it begins with.</param>
    /// <returns>The line; headers beyond those bytes are not in it.</returns>
    public static string Format(ReadOnlySpan<byte> packet, int length, PacketStart start = PacketStart.Ethernet)
    {
        var headers = PacketHeaders.Walk(packet, start);
        var text = new StringBuilder();
        if (headers.Vlan >= 0) text.Append(CultureInfo.InvariantCulture, $"vlan {Word(packet, headers.Vlan) & 0xfff} ");
        if (headers.InnerVlan >= 0) text.Append(CultureInfo.InvariantCulture, $"vlan {Word(packet, headers.InnerVlan) & 0xfff} ");
        if (headers.Ip >= 0 || headers.Ip6 >= 0) FormatFlow(packet, headers, text);
        else if (headers.EtherType >= 0)
            text.Append("ether ").Append(ValueText.Format(Word(packet, headers.EtherType), DataType.EtherType));
        else text.Append(start == PacketStart.Ip ? "packet" : "frame");
        text.Append(CultureInfo.InvariantCulture, $" length {length}");
        if (packet.Length == length && headers.Malformed is { } malformed) text.Append(" malformed: ").Append(malformed);
        return text.ToString();
    }

    private static void FormatFlow(ReadOnlySpan<byte> packet, PacketHeaders headers, StringBuilder text)
    {
        var isIp6 = headers.Ip6 >= 0;
        var (source, destination) = isIp6
            ? (BinaryPrimitives.ReadUInt128BigEndian(packet[(headers.Ip6 + 8)..]), BinaryPrimitives.ReadUInt128BigEndian(
                packet[(headers.Ip6 + 24)..]))
            : (BinaryPrimitives.ReadUInt32BigEndian(packet[(headers.Ip + 12)..]), BinaryPrimitives.ReadUInt32BigEndian(
                packet[(headers.Ip + 16)..]));
        var type = isIp6 ? DataType.Ipv6Addr : DataType.Ipv4Addr;
        var name =
            headers.Protocol switch
            {
                < 0 => isIp6 ? "ip6" : "ip",
                58 => "icmpv6",
                _ => ValueText.Format((UInt128)headers.Protocol, DataType.InetProto)
            };
        var hasPorts = headers.Transport >= 0 && headers.Protocol is 6 or 17 or 132;
        text.Append(name).Append(' ')
            .Append(Endpoint(ValueText.Format(source, type), isIp6, hasPorts ? Word(packet, headers.Transport) : null));
        text.Append(" > ")
            .Append(Endpoint(ValueText.Format(destination, type), isIp6, hasPorts ? Word(packet, headers.Transport + 2) : null));
        if (headers.Fragment > 0) text.Append(" frag ").Append(headers.Fragment == 1 ? "first" : "later");
        if (headers is { Transport: >= 0, Protocol: 6 })
            text.Append(" flags ").Append(ValueText.FormatFlags(packet[headers.Transport + 13]).Replace('|', ','));
        if (headers.Transport < 0 || headers.Protocol is not (1 or 58)) return;
        var icmpType = headers.Protocol == 1 ? DataType.IcmpType : DataType.Icmpv6Type;
        text.Append(CultureInfo.InvariantCulture,
            $" type {ValueText.Format(packet[headers.Transport], icmpType)} code {packet[headers.Transport + 1]}");
    }

    private static ushort Word(ReadOnlySpan<byte> packet, int at) => BinaryPrimitives.ReadUInt16BigEndian(packet[at..]);

    private static string Endpoint(string address, bool isIp6, ushort? port) => port is null ? address
        : isIp6 ? string.Create(CultureInfo.InvariantCulture, $"[{address}]:{port}")
        : string.Create(CultureInfo.InvariantCulture, $"{address}:{port}");

    private static bool TryParseFlow(string protocolWord, Queue<string> words, ref PacketSpec spec, out string error)
    {
        if (ValueText.TryParse(protocolWord, DataType.InetProto, new(0, 255), out var protocol) != ValueError.None)
            return Fail($"{protocolWord} is not a protocol (write tcp, udp, sctp, icmp, icmpv6, ether TYPE or a number)", out error);
        if (!words.TryDequeue(out var source) || !words.TryDequeue(out var arrow) || arrow != ">" || !words.TryDequeue(out var destination))
            return Fail($"{protocolWord} needs two ends (write {protocolWord} 10.0.0.1 > 10.0.0.2, with ports: 10.0.0.1:5 > 10.0.0.2:53)",
                out error);
        var hasPorts = protocol == 6 || protocol == 17 || protocol == 132;
        if (!TryParseEndpoint(source, hasPorts, out var from, out var fromIp6, out var sport))
            return Fail($"{source} is not {Expected(hasPorts)}", out error);
        if (!TryParseEndpoint(destination, hasPorts, out var to, out var toIp6, out var dport))
            return Fail($"{destination} is not {Expected(hasPorts)}", out error);
        if (fromIp6 != toIp6) return Fail("one end is IPv4 and the other IPv6", out error);
        spec = spec with
        {
            EtherType = (ushort)(fromIp6 ? 0x86dd : 0x0800),
            Protocol = (byte)protocol,
            Source = from,
            Destination = to,
            SourcePort = sport,
            DestinationPort = dport,
            IcmpType = protocol == spec.Protocol && fromIp6 == spec.IsIp6 ? spec.IcmpType : (byte)(protocol == 58 ? 128 : 8),
        };
        error = "";
        return true;
    }

    private static string Expected(bool hasPorts) =>
        hasPorts ? "an address with a port (write 10.0.0.1:53 or [2001:db8::1]:53)" : "an address (write 10.0.0.1 or 2001:db8::1)";

    private static bool TryParseEndpoint(string text, bool hasPort, out UInt128 address, out bool isIp6, out ushort port)
    {
        port = 0;
        isIp6 = false;
        if (hasPort)
        {
            var colon = text.LastIndexOf(':');
            address = 0;
            if (colon < 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port))
                return false;
            text = text[..colon];
            isIp6 = text.StartsWith('[') && text.EndsWith(']');
            if (isIp6) text = text[1..^1];
            else if (text.Contains(':')) return false;
        }
        else
        {
            isIp6 = text.Contains(':');
        }
        return ValueText.TryParse(text, isIp6 ? DataType.Ipv6Addr : DataType.Ipv4Addr, default, out address) == ValueError.None;
    }

    private static bool TryParseOption(string option, Queue<string> words, ref PacketSpec spec, out string error)
    {
        if (!words.TryDequeue(out var value)) return Fail($"{option} needs a value", out error);
        error = "";
        if (option == "ether")
        {
            if (ValueText.TryParse(value, DataType.EtherAddr, default, out var source) == ValueError.None && words.TryDequeue(out var arrow)
                && arrow == ">"
                && words.TryDequeue(out var to)
                && ValueText.TryParse(to, DataType.EtherAddr, default, out var destination) == ValueError.None)
            {
                spec = spec with { EtherSource = (ulong)source, EtherDestination = (ulong)destination };
                return true;
            }
            return Fail("ether needs two addresses (write ether 52:54:00:00:00:01 > 52:54:00:00:00:02)", out error);
        }
        var isIcmp6 = spec.Protocol == 58;
        (DataType Type, uint Highest)? kind = option switch
        {
            "ttl" => (DataType.Integer, 255),
            "dscp" => (DataType.Dscp, 63),
            "type" => (isIcmp6 ? DataType.Icmpv6Type : DataType.IcmpType, 255),
            "code" => (isIcmp6 ? DataType.Icmpv6Code : DataType.IcmpCode, 255),
            "frag" => (DataType.Fragment, 2),
            "payload" => (DataType.Integer, MaxPayload),
            _ => null,
        };
        if (option == "flags")
        {
            var flags = 0;
            foreach (var flag in value.Split(',', '|'))
            {
                if (ValueText.TryParse(flag, DataType.TcpFlag, new(0, 255), out var bit) != ValueError.None)
                    return Fail($"{flag} is not a TCP flag", out error);
                flags |= (int)bit;
            }
            spec = spec with { TcpFlags = (byte)flags };
            return true;
        }
        if (kind is not { } known)
            return Fail($"there is no option {option} (the options are ether, ttl, dscp, flags, type, code, frag and payload)", out error);
        if (ValueText.TryParse(value, known.Type, new(0, known.Highest), out var number) != ValueError.None)
            return Fail($"{value} is not a value for {option} (write {ValueText.Describe(known.Type, new(0, known.Highest))})", out error);
        spec = option switch
        {
            "ttl" => spec with { Ttl = (byte)number },
            "dscp" => spec with { Dscp = (byte)number },
            "type" => spec with { IcmpType = (byte)number },
            "code" => spec with { IcmpCode = (byte)number },
            "payload" => spec with { PayloadLength = (int)number },
            _ => spec with { MoreFragments = number == 1, FragmentOffset = (ushort)(number == 2 ? 185 : 0) },
        };
        return true;
    }

    private static bool Fail(string message, out string error)
    {
        error = message;
        return false;
    }
}
