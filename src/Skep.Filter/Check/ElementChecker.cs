using System;
using System.Globalization;
using Skep.Filter.Model;
using Skep.Filter.Syntax;
using Skep.Output;
using Skep.Packets.Values;

namespace Skep.Filter.Check;

/// <summary>What one part of an element has to be.</summary>
internal readonly record struct PartType(DataType Type, int Bits, Interval Domain)
{
    internal static PartType Of(Field field)
    {
        var info = FieldInfo.Of(field);
        return new(info.Type, info.Bits, info.Domain);
    }

    internal static PartType Of(DataType type)
    {
        var bits = DataTypeInfo.BitsOf(type);
        return new(type, bits, new(0, Interval.Mask(bits)));
    }
}

/// <summary>Turns written values into ranges.</summary>
internal sealed class ElementChecker(SourceText source, DiagnosticBag diagnostics)
{
    /// <summary>Reads an element's parts.</summary>
    /// <param name="element">The element.</param>
    /// <param name="types">What each part has to be.</param>
    /// <param name="row">Takes one range a part.</param>
    /// <returns>False after an error.</returns>
    internal bool TryCheck(ElementSyntax element, ReadOnlySpan<PartType> types, Span<Interval> row)
    {
        if (element.Parts.Length != types.Length)
        {
            diagnostics.Error(source, element.Span,
                $"the element has {element.Parts.Length} {(element.Parts.Length == 1 ? "part" : "parts")} where {types.Length} "
                + $"{(types.Length == 1 ? "is" : "are")} needed",
                types.Length == 1 ? "write one value" : "join the parts with dots: 10.0.0.1 . 53");
            return false;
        }
        for (var i = 0; i < row.Length; i++)
        {
            if (CheckPart(element.Parts[i], types[i]) is not { } range) return false;
            row[i] = range;
        }
        return true;
    }

    /// <summary>Whether each range of a row is one value.</summary>
    internal static bool AreSingle(ReadOnlySpan<Interval> row)
    {
        foreach (var range in row)
            if (!range.IsSingle) return false;
        return true;
    }

    internal Interval? CheckPart(PartSyntax part, PartType type)
    {
        if (part.Flags is { } flags)
        {
            if (type.Type == DataType.TcpFlag) return CheckFlags(flags) is { } value ? new(value, value) : null;
            diagnostics.Error(source, part.Span, "only TCP flags are joined by |", "write several values in braces: { 80, 443 }");
            return null;
        }
        if (type.Type == DataType.TcpFlag)
            return CheckFlags([part.Value]) is { } single ? new(single, single) : null;
        var error = ValueText.TryParseInterval(part.Value.Content, type.Type, type.Bits, type.Domain, out var range, out var hostBits);
        if (error != ValueError.None)
        {
            Explain(error, part, type);
            return null;
        }
        if (hostBits)
        {
            var prefix = ValueText.Format(range, type.Type, type.Bits).First();
            diagnostics.Warn(source, part.Span, $"the address has bits set behind its prefix length; it is read as {prefix}",
                $"write {prefix}");
        }
        return range;
    }

    internal byte? CheckFlags(List<Token> words)
    {
        var flags = 0;
        foreach (var word in words)
        {
            if (ValueText.TryParse(word.Content, DataType.TcpFlag, new(0, 255), out var value) != ValueError.None)
            {
                diagnostics.Error(source, word.Span, $"{word.Text} is not a TCP flag",
                    Spelling.DidYouMean(word.Text, ValueNames.NamesOf(DataType.TcpFlag))
                    ?? "the flags are fin, syn, rst, psh, ack, urg, ecn and cwr");
                return null;
            }
            flags |= (int)value;
        }
        return (byte)flags;
    }

    private void Explain(ValueError error, PartSyntax part, PartType type)
    {
        var what = ValueText.Describe(type.Type, type.Domain);
        var (message, suggestion) = error switch
        {
            ValueError.Range =>
                (string.Create(CultureInfo.InvariantCulture,
                    $"{part.Text} is too large; the highest value is {type.Domain.High}"), (string?)null),
            ValueError.Order => ($"the range {part.Text} ends before it begins", "write the lower value first"),
            ValueError.Prefix when type.Type is DataType.Ipv4Addr or DataType.Ipv6Addr =>
                ($"the prefix of {part.Text} is longer than the address", $"the longest is /{type.Bits}"),
            ValueError.Prefix => ($"{part.Text} is a prefix, and only IP addresses have prefixes", $"write {what}"),
            _ => ($"{part.Text} is not {what}", SuggestValue(part.Text, type)),
        };
        diagnostics.Error(source, part.Span, message, suggestion);
    }

    private static string? SuggestValue(string text, PartType type)
    {
        var address = text.Split('/')[0];
        switch (type.Type)
        {
            case DataType.Ipv4Addr when AddressText.TryParseIpv6(address, out _):
                return "this is an IPv6 address: write ip6 saddr or ip6 daddr";
            case DataType.Ipv6Addr when AddressText.TryParseIpv4(address, out _):
                return "this is an IPv4 address: write ip saddr or ip daddr";
            case DataType.Ipv4Addr when text.Contains('/') && AddressText.TryParseIpv4(text.AsSpan(text.IndexOf('/') + 1), out var mask):
                var hostBits = (int)uint.TrailingZeroCount(mask);
                return mask == (hostBits == 32 ? 0 : uint.MaxValue << hostBits)
                    ? $"write {address}/{32 - hostBits}"
                    : "masks with holes are not matched; write a prefix like 10.0.0.0/8";
            case DataType.Ipv4Addr when text.Contains(':') && AddressText.TryParseIpv4(text.Split(':')[0], out _):
                return "match the port on its own: tcp dport 80 or udp dport 53";
            case DataType.Ipv4Addr or DataType.Ipv6Addr when text.Any(char.IsAsciiLetter):
                return "names of hosts are not looked up";
        }
        if (type.Type == DataType.InetProto && text == "icmp6") return "did you mean icmpv6?";
        return Spelling.DidYouMean(text, ValueNames.NamesOf(type.Type));
    }
}
