using Skep.Filter.Model;
using Skep.Filter.Syntax;

namespace Skep.Filter.Check;

/// <summary>Reads feeds: one element a line; what follows <c>#</c> or <c>;</c> is a comment; doubles and overlaps are merged.</summary>
internal static class FeedParser
{
    private const int MaxShownErrors = 10;

    internal static ElementList Parse(string path, string text, Set set, DiagnosticBag diagnostics)
    {
        SourceText? source = null;
        var elements = new ElementListBuilder(set.Types.Count);
        var row = new Interval[set.Types.Count];
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
                if (TryParseLine(trimmed, set, row)) elements.Add(row, null);
                else if (++errors <= MaxShownErrors)
                {
                    source ??= new(path, text);
                    var span = new SourceSpan(start + text.AsSpan(start, end - start).IndexOf(trimmed), trimmed.Length);
                    Explain(source, span, trimmed.ToString(), set, diagnostics);
                }
            }
            start = end + 1;
        }
        if (errors > MaxShownErrors)
            diagnostics.Error(source!, new(0, 0), $"{errors - MaxShownErrors} more lines of the feed are not elements of set {set.Name}");
        return elements.Build();
    }

    private static bool TryParseLine(ReadOnlySpan<char> line, Set set, Interval[] row)
    {
        for (var i = 0; i < row.Length; i++)
        {
            var end = line.IndexOfAny(' ', '\t');
            var word = end < 0 ? line : line[..end];
            line = end < 0 ? [] : line[end..].TrimStart();
            var bits = DataTypeInfo.BitsOf(set.Types[i]);
            if (ValueText.TryParseInterval(word, set.Types[i], bits, new(0, Interval.Mask(bits)), out row[i], out _) != ValueError.None) return false;
            if (i == row.Length - 1) break;
            if (line.IsEmpty || line[0] != '.') return false;
            line = line[1..].TrimStart();
        }
        return line.IsEmpty;
    }

    private static void Explain(SourceText source, SourceSpan span, string line, Set set, DiagnosticBag diagnostics)
    {
        var types = string.Join(" . ", set.Types.Select(DataTypeInfo.NameOf));
        string? suggestion = null;
        if (set.Types is [DataType.Ipv4Addr] && AddressText.TryParseIpv6(line.Split('/')[0], out _)) suggestion = "put IPv6 addresses into a feed and a set of their own";
        if (set.Types is [DataType.Ipv6Addr] && AddressText.TryParseIpv4(line.Split('/')[0], out _)) suggestion = "put IPv4 addresses into a feed and a set of their own";
        diagnostics.Error(source, span, $"not an element of set {set.Name}, whose type is {types}", suggestion ?? "write one element a line, and comments behind #");
    }
}
