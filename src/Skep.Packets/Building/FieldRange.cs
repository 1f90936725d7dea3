using System.Globalization;
using Skep.Packets.Values;

namespace Skep.Packets.Building;

/// <summary>A field of which a series of packets takes a range of values.</summary>
public enum RangedField
{
    /// <summary>The IP source.</summary>
    SourceAddress,

    /// <summary>The IP destination.</summary>
    DestinationAddress,

    /// <summary>The source port.</summary>
    SourcePort,

    /// <summary>The destination port.</summary>
    DestinationPort,
}

/// <summary>The values of a field, as one word: <c>saddr=10.0.0.1-10.0.0.9</c>, <c>dport=1-1024</c>.</summary>
/// <param name="Field">The field.</param>
/// <param name="Low">The lowest value.</param>
/// <param name="High">The highest value.</param>
/// <param name="IsIp6">Whether they are addresses of IPv6.</param>
public sealed record FieldRange(RangedField Field, UInt128 Low, UInt128 High, bool IsIp6)
{
    /// <summary>Whether it is a port.</summary>
    public bool IsPort => Field is RangedField.SourcePort or RangedField.DestinationPort;

    /// <summary>The field's word.</summary>
    public string Name => Field switch
    {
        RangedField.SourceAddress => "saddr",
        RangedField.DestinationAddress => "daddr",
        RangedField.SourcePort => "sport",
        _ => "dport",
    };

    /// <summary>Reads a range.</summary>
    /// <param name="text">The word.</param>
    /// <param name="range">The range.</param>
    /// <param name="error">What is wrong with the word, and what to write.</param>
    /// <returns>True when it is one.</returns>
    public static bool TryParse(string text, out FieldRange range, out string error)
    {
        range = new(RangedField.SourceAddress, 0, 0, false);
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        RangedField? field = equals < 0 ? null : text[..equals] switch
        {
            "saddr" => RangedField.SourceAddress,
            "daddr" => RangedField.DestinationAddress,
            "sport" => RangedField.SourcePort,
            "dport" => RangedField.DestinationPort,
            _ => null,
        };
        error = "write saddr, daddr, sport or dport, then =LOW-HIGH: saddr=10.0.0.1-10.0.0.9";
        if (field is null) return false;
        range = range with { Field = field.Value };
        var values = text[(equals + 1)..];
        var dash = values.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0) return false;
        if (!TryParseValue(values[..dash], range.IsPort, out var low, out var lowIs6)
            || !TryParseValue(values[(dash + 1)..], range.IsPort, out var high, out var highIs6)
            || lowIs6 != highIs6)
        {
            error = range.IsPort ? $"{range.Name} takes two ports: {range.Name}=1-1024"
                : $"{range.Name} takes two addresses: {range.Name}=10.0.0.1-10.0.0.9";
            return false;
        }
        if (low > high)
        {
            error = "its first value is above its last";
            return false;
        }
        range = range with { Low = low, High = high, IsIp6 = lowIs6 };
        error = "";
        return true;
    }

    /// <summary>Why a packet cannot take its values; null when it can.</summary>
    /// <param name="spec">The packet.</param>
    public string? ReasonAgainst(PacketSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (spec.EtherType is not (0x0800 or 0x86dd)) return $"{Name}: the packet is not an IP packet";
        if (IsPort)
            return spec.Protocol is 6 or 17 or 132 && spec.FragmentOffset == 0 ? null : $"{Name}: the packet has no ports";
        return IsIp6 == spec.IsIp6 ? null : $"{Name}: the range and the packet are of different IP versions";
    }

    /// <summary>The packet with one of the values.</summary>
    /// <param name="spec">The packet.</param>
    /// <param name="value">The value.</param>
    public PacketSpec Put(PacketSpec spec, UInt128 value) => Field switch
    {
        RangedField.SourceAddress => spec with { Source = value },
        RangedField.DestinationAddress => spec with { Destination = value },
        RangedField.SourcePort => spec with { SourcePort = (ushort)value },
        _ => spec with { DestinationPort = (ushort)value },
    };

    private static bool TryParseValue(string text, bool isPort, out UInt128 value, out bool isIp6)
    {
        isIp6 = !isPort && text.Contains(':', StringComparison.Ordinal);
        if (!isPort) return ValueText.TryParse(text, isIp6 ? DataType.Ipv6Addr : DataType.Ipv4Addr, default, out value) == ValueError.None;
        var isNumber = ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port);
        value = port;
        return isNumber;
    }
}
