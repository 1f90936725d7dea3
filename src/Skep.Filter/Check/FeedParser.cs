using Skep.Filter.Model;
using Skep.Filter.Syntax;
using Skep.Packets.Values;

namespace Skep.Filter.Check;

/// <summary>Reads feeds: one element a line; what follows <c>#</c> or <c>;</c> is a comment; doubles and overlaps are merged.</summary>
internal static class FeedParser
{
    private const int MaxShownErrors = 10;

    internal static ElementList Parse(
        string path, string text, string set, ElementForm form, DiagnosticBag diagnostics, out bool hasRanges)
    {
        var types = form.Types;
        hasRanges = false;
        SourceText? source = null;
        var elements = new ElementListBuilder(types.Count, keepsRows: form.MayCount);
        var row = new Interval[types.Count];
        var errors = 0;
        var start = 0;
        while (start < text.Length)
        {
            var end = text.IndexOf('\n', start);
            if (end < 0) end = text.Length;
            var line = text.AsSpan(start, end - start);
            if (line.IndexOfAny('#', ';') is >= 0 and var comment) line = line[..comment];
            if (start == 0) line = line.TrimStart('\uFEFF');
            var trimmed = line.Trim();
            if (!trimmed.IsEmpty)
            {
                var isElement = TryParseLine(trimmed, types, row, out var timeout, out var count);
                var isSingle = ElementChecker.AreSingle(row);
                if (isElement && (form.MayHaveRanges || isSingle) && (form.MayTimeOut || timeout is null)
                    && (form.MayCount || count is null))
                {
                    elements.Add(row, timeout, count ?? form.Start);
                    hasRanges |= !isSingle;
                }
                else if (++errors <= MaxShownErrors)
                {
                    source ??= new(path, text) { MayBeQuoted = false };
                    var span = new SourceSpan(start + text.AsSpan(start, end - start).IndexOf(trimmed), trimmed.Length);
                    if (isElement && !form.MayTimeOut && timeout is not null)
                        diagnostics.Error(source, span, $"the elements of set {set} do not run out", ElementText.TimeoutRemedy);
                    else if (isElement && !form.MayCount && count is not null)
                        diagnostics.Error(source, span, $"the elements of set {set} do not count", CounterText.Remedy);
                    else if (isElement) diagnostics.Error(source, span, $"set {set} takes single values", ElementText.IntervalRemedy);
                    else Explain(source, span, trimmed.ToString(), set, types, diagnostics);
                }
            }
            start = end + 1;
        }
        if (errors > MaxShownErrors)
            diagnostics.Error(source!, new(0, 0), $"{errors - MaxShownErrors} more lines of the feed are not elements of set {set}");
        return elements.Build();
    }

    private static bool TryParseLine(
        ReadOnlySpan<char> line, ValueList<DataType> types, Interval[] row, out TimeSpan? timeout, out ElementCount? count)
    {
        (timeout, count) = (null, null);
        for (var i = 0; i < row.Length; i++)
        {
            var end = line.IndexOfAny(' ', '\t');
            var word = end < 0 ? line : line[..end];
            line = end < 0 ? [] : line[end..].TrimStart();
            var bits = DataTypeInfo.BitsOf(types[i]);
            if (ValueText.TryParseInterval(word, types[i], bits, new(0, Interval.Mask(bits)), out row[i], out _) != ValueError.None)
                return false;
            if (i == row.Length - 1) break;
            if (line.IsEmpty || line[0] != '.') return false;
            line = line[1..].TrimStart();
        }
        while (!line.IsEmpty)
        {
            switch (CounterText.NextWord(ref line))
            {
                case "timeout" when timeout is null:
                    if (!DurationText.TryParse(CounterText.NextWord(ref line), out var time)) return false;
                    timeout = time;
                    break;
                case CounterText.Keyword when count is null:
                    if (!CounterText.TryRead(ref line, out var read)) return false;
                    count = read;
                    break;
                default:
                    return false;
            }
        }
        return true;
    }

    private static void Explain(SourceText source, SourceSpan span, string line, string set, ValueList<DataType> types,
        DiagnosticBag diagnostics)
    {
        string? suggestion = null;
        if (types is [DataType.Ipv4Addr] && AddressText.TryParseIpv6(line.Split('/')[0], out _))
            suggestion = "put IPv6 addresses into a feed and a set of their own";
        if (types is [DataType.Ipv6Addr] && AddressText.TryParseIpv4(line.Split('/')[0], out _))
            suggestion = "put IPv4 addresses into a feed and a set of their own";
        diagnostics.Error(source, span,
            $"not an element of set {set}, whose type is {string.Join(" . ", types.Select(DataTypeInfo.NameOf))}",
            suggestion ?? "write one element a line, with timeout 1h behind it where it runs out, and comments behind #");
    }
}
