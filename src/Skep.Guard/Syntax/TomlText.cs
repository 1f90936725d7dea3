using System.Text.RegularExpressions;
using Skep.Filter.Syntax;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;
using SourceSpan = Skep.Filter.Syntax.SourceSpan;

namespace Skep.Guard.Syntax;

/// <summary>Parses TOML, and says what is wrong with it in the words of policies.</summary>
internal static partial class TomlText
{
    private const int LongestName = 80;

    private static readonly (string Beginning, string Words)[] Known =
    [
        ("Invalid End-Of-File", "the string has no end"),
        ("Invalid newline in a string", "the line ends within the string"),
        ("Invalid control character", "a control character, which has to be written as \\u0000"),
        ("Invalid Unicode scalar value", "an escape of no character"),
        ("Unexpected escape character", "an escape that TOML does not have"),
    ];

    /// <summary>Parses a text. No text makes it throw.</summary>
    /// <param name="source">The text.</param>
    /// <param name="error">Takes what is wrong with it: where, what, and what to do.</param>
    /// <returns>Null when it cannot be parsed at all.</returns>
    public static DocumentSyntax? Parse(SourceText source, Action<SourceSpan, string, string?> error)
    {
        DocumentSyntax document;
        try
        {
            document = SyntaxParser.Parse(source.Text, source.Name);
        }
        catch (TomlException)
        {
            // More than 64 values within each other.
            error(default, "TOML: values are nested too deeply", null);
            return null;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Tomlyn 2.11 fails at some faults, as at a backslash before half of a surrogate pair.
            error(default, $"TOML: it cannot be parsed: {Clipped(e.Message)}", null);
            return null;
        }

        // What follows an error in its line, or in a table that is given twice, is often no error of its own.
        int lastLine = 0;
        string? again = null;
        foreach (DiagnosticMessage message in document.Diagnostics.Where(message => message.Kind == DiagnosticMessageKind.Error))
        {
            SourceSpan span = SpanOf(message.Span);
            int line = source.PositionOf(Math.Min(span.Start, source.Text.Length)).Line;
            if (line == lastLine) continue;
            lastLine = line;
            if (GivenTwice().Match(message.Message) is not { Success: true } twice)
            {
                error(span, $"TOML: {Words(message.Message)}", null);
                continue;
            }

            string key = twice.Groups["key"].Value;
            if (again is not null && key.StartsWith(again, StringComparison.Ordinal)) continue;
            bool isTable = source.Text[Math.Min(span.Start, source.Text.Length - 1)] == '[';
            if (isTable) again = key + ".";
            error(
                new(span.Start, 1), isTable ? $"a second [{Clipped(key)}]" : $"{Clipped(key[(key.LastIndexOf('.') + 1)..])} is given twice",
                $"the first is in line {twice.Groups["line"].Value}");
        }

        return document;
    }

    /// <summary>The place of a node.</summary>
    public static SourceSpan SpanOf(SyntaxNode node) => SpanOf(node.Span);

    /// <summary>A key as it is meant: without quotes and spaces, and not endless.</summary>
    public static string Name(KeySyntax? key) => Clipped(key?.ToString().Trim().Trim('"', '\'') ?? "");

    private static string Clipped(string name) => name.Length <= LongestName ? name : name[..LongestName] + "...";

    private static string Words(string message)
    {
        foreach ((string beginning, string words) in Known)
            if (message.StartsWith(beginning, StringComparison.Ordinal)) return words;
        string text = TokenKind().Replace(message, "").TrimEnd('.', ';');
        if (Expecting().Match(text) is { Success: true } expecting)
        {
            (string found, string wanted) = (expecting.Groups[1].Value, expecting.Groups[2].Value.Trim('`'));
            string expected = wanted == "token `newline" ? "the end of the line" : wanted;
            return $"{(found == "␤" ? "the line ends" : $"{found} stands")} where {expected} is expected";
        }

        text = text.Replace("␤", "the end of the line", StringComparison.Ordinal)
            .Replace("<eof>", "the end of the file", StringComparison.Ordinal);
        return Clipped(char.ToLowerInvariant(text[0]) + text[1..]);
    }

    private static SourceSpan SpanOf(Tomlyn.Syntax.SourceSpan span) => new(Math.Max(span.Offset, 0), Math.Max(span.Length, 1));

    [GeneratedRegex(@"^The key `(?<key>.*?)` is already defined at \((?<line>\d+),", RegexOptions.Singleline)]
    private static partial Regex GivenTwice();

    [GeneratedRegex(@" \(token: `\w+`\)")]
    private static partial Regex TokenKind();

    [GeneratedRegex("^Unexpected token found `(.*)` while expecting (.*)$", RegexOptions.Singleline)]
    private static partial Regex Expecting();
}
