using System.Globalization;
using Skep.Filter.Model;
using Skep.Filter.Syntax;

namespace Skep.Filter.Check;

/// <summary>Reads what an element begins to count from: <c>counter packets N bytes N</c>.</summary>
internal static class CounterText
{
    internal const string Keyword = "counter", Packets = "packets", Bytes = "bytes";
    internal const string Remedy = "declare it with counter, and apply the file";

    internal static bool TryCheck(CounterSyntax syntax, SourceText source, DiagnosticBag diagnostics, out ElementCount count)
    {
        count = default;
        if (!TryCheck(syntax.Packets, source, diagnostics, out var packets)
            || !TryCheck(syntax.Bytes, source, diagnostics, out var bytes)) return false;
        count = new(packets, bytes);
        return true;
    }

    /// <summary>Reads it from the start of a text, behind the keyword.</summary>
    internal static bool TryRead(ref ReadOnlySpan<char> text, out ElementCount count)
    {
        count = default;
        var (hasPackets, hasBytes) = (false, false);
        while (true)
        {
            var rest = text;
            var word = NextWord(ref rest);
            if (word is not (Packets or Bytes)) return true;
            ref var isKnown = ref word is Packets ? ref hasPackets : ref hasBytes;
            if (isKnown || !TryParse(NextWord(ref rest), out var number)) return false;
            isKnown = true;
            count = word is Packets ? count with { Packets = number } : count with { Bytes = number };
            text = rest;
        }
    }

    /// <summary>Takes a word from the start of a text, and the white space around it.</summary>
    internal static ReadOnlySpan<char> NextWord(ref ReadOnlySpan<char> text)
    {
        text = text.TrimStart();
        var end = text.IndexOfAny(' ', '\t');
        var word = end < 0 ? text : text[..end];
        text = text[word.Length..].TrimStart();
        return word;
    }

    private static bool TryCheck(Token? word, SourceText source, DiagnosticBag diagnostics, out ulong number)
    {
        number = 0;
        if (word is not { } token || TryParse(token.Text, out number)) return true;
        diagnostics.Error(source, token.Span, $"{token.Text} is not a number that a counter begins from",
            $"the highest is {ulong.MaxValue}");
        return false;
    }

    private static bool TryParse(ReadOnlySpan<char> word, out ulong number) =>
        ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
