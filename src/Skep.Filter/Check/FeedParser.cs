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
        hasRanges = false;
        SourceText? source = null;
        var elements = new ElementListBuilder(form.Types.Count, keepsRows: form.MayCount);
        var row = new Interval[form.Types.Count];
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
                if (ReadElement(trimmed, set, form, row, out var timeout, out var count) is not { } fault)
                {
                    elements.Add(row, timeout, count ?? form.Start);
                    hasRanges |= !ElementChecker.AreSingle(row);
                }
                else if (++errors <= MaxShownErrors)
                {
                    source ??= new(path, text) { MayBeQuoted = false };
                    var span = new SourceSpan(start + text.AsSpan(start, end - start).IndexOf(trimmed), trimmed.Length);
                    diagnostics.Error(source, span, fault.Message, fault.Remedy);
                }
            }
            start = end + 1;
        }
        if (errors > MaxShownErrors)
            diagnostics.Error(source!, new(0, 0), $"{errors - MaxShownErrors} more lines of the feed are not elements of set {set}");
        return elements.Build();
    }

    /// <summary>Reads an element, what it counts from and its time.</summary>
    /// <param name="text">The text.</param>
    /// <param name="set">The set's name.</param>
    /// <param name="form">What its elements may be.</param>
    /// <param name="row">Takes the element's parts.</param>
    /// <param name="timeout">Its time.</param>
    /// <param name="count">What it counts from.</param>
    /// <param name="mayLackWord">Whether its time may stand alone, without the word before it, also as a number of seconds.</param>
    /// <returns>Why it is no element of the set; null when it is one.</returns>
    internal static ElementFault? ReadElement(ReadOnlySpan<char> text, string set, ElementForm form, Interval[] row, out TimeSpan? timeout,
        out ElementCount? count, bool mayLackWord = false)
    {
        if (!TryParseLine(text, form.Types, row, out timeout, out count, mayLackWord)) return Explain(text.ToString(), set, form.Types);
        if (!form.MayTimeOut && timeout is not null) return new($"the elements of set {set} do not run out", ElementText.TimeoutRemedy);
        if (!form.MayCount && count is not null) return new($"the elements of set {set} do not count", CounterText.Remedy);
        if (!form.MayHaveRanges && !ElementChecker.AreSingle(row))
            return new($"set {set} takes single values", ElementText.IntervalRemedy);
        return null;
    }

    private static bool TryParseLine(ReadOnlySpan<char> line, ValueList<DataType> types, Interval[] row, out TimeSpan? timeout,
        out ElementCount? count, bool mayLackWord)
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
            TimeSpan time;
            var word = CounterText.NextWord(ref line);
            switch (word)
            {
                case "timeout" when timeout is null:
                    if (!DurationText.TryParse(CounterText.NextWord(ref line), out time)) return false;
                    timeout = time;
                    break;
                case CounterText.Keyword when count is null:
                    if (!CounterText.TryRead(ref line, out var read)) return false;
                    count = read;
                    break;
                default:
                    if (!mayLackWord || timeout is not null) return false;
                    if (!DurationText.TryParse(word, out time) && !DurationText.TryParse($"{word}s", out time)) return false;
                    timeout = time;
                    break;
            }
        }
        return true;
    }

    private static ElementFault Explain(string line, string set, ValueList<DataType> types)
    {
        string? remedy = null;
        if (types is [DataType.Ipv4Addr] && AddressText.TryParseIpv6(line.Split('/')[0], out _))
            remedy = "put IPv6 addresses into a feed and a set of their own";
        if (types is [DataType.Ipv6Addr] && AddressText.TryParseIpv4(line.Split('/')[0], out _))
            remedy = "put IPv4 addresses into a feed and a set of their own";
        return new($"not an element of set {set}, whose type is {string.Join(" . ", types.Select(DataTypeInfo.NameOf))}",
            remedy ?? "write one element a line, with timeout 1h behind it where it runs out, and comments behind #");
    }
}

/// <summary>Why a text is no element of a set.</summary>
/// <param name="Message">Why.</param>
/// <param name="Remedy">What to do about it.</param>
internal readonly record struct ElementFault(string Message, string Remedy);
