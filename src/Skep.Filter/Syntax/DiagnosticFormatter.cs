using System;
using System.Globalization;
using System.Text;

namespace Skep.Filter.Syntax;

/// <summary>Writes findings as a compiler does: place, message, the line, the part meant underlined, the suggestion.</summary>
public static class DiagnosticFormatter
{
    private const int MaxWidth = 160;

    /// <summary>Writes one finding.</summary>
    /// <param name="diagnostic">The finding.</param>
    /// <returns>One or more lines, the last without an end. Control characters of the source are replaced.</returns>
    public static string Format(Diagnostic diagnostic)
    {
        var (line, column) = diagnostic.Source.PositionOf(diagnostic.Span.Start);
        var severity = diagnostic.Severity == Severity.Error ? "error" : "warning";
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"{Clean(diagnostic.Source.Name)}:{line}:{column}: {severity}: {Clean(diagnostic.Message)}");

        if (diagnostic.Source.MayBeQuoted) Underline(text, diagnostic, line, column);
        if (diagnostic.Suggestion is { } suggestion) text.Append("\n    (").Append(Clean(suggestion)).Append(')');
        return text.ToString();
    }

    private static void Underline(StringBuilder text, Diagnostic diagnostic, int line, int column)
    {
        var source = diagnostic.Source.LineText(line);
        var start = Math.Min(column - 1, source.Length);
        var length = Math.Clamp(diagnostic.Span.Length, 1, Math.Max(1, source.Length - start));
        var from = source.Length <= MaxWidth ? 0 : Math.Clamp(start - MaxWidth / 2, 0, source.Length - MaxWidth);
        var shown = source.Slice(from, Math.Min(MaxWidth, source.Length - from)).ToString();
        text.Append("\n    ").Append(Clean(shown).Replace('\t', ' '));
        text.Append("\n    ").Append(' ', start - from).Append('^')
            .Append('~', Math.Max(0, Math.Min(length, MaxWidth - (start - from)) - 1));
    }

    private static string Clean(string text)
    {
        if (!text.Any(IsUnsafe)) return text;
        return string.Create(text.Length, text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++) span[i] = IsUnsafe(source[i]) ? '\uFFFD' : source[i];
        });
    }

    // Format characters include those that turn the direction of writing.
    private static bool IsUnsafe(char c) => c != '\t' && char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;
}
