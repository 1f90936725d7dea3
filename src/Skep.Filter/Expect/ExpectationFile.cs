using System.Globalization;
using Skep.Filter.Check;
using Skep.Filter.Model;
using Skep.Filter.Syntax;
using Skep.Output;
using Skep.Packets.Building;
using Skep.Packets.Values;

namespace Skep.Filter.Expect;

/// <summary>A file of expectations: what a table does to packets, one a line.</summary>
public sealed class ExpectationFile
{
    private readonly SourceText _source;
    private readonly DiagnosticBag _diagnostics = new();
    private readonly RuleNames _rules;
    private readonly StatementChecker _statements;

    private ExpectationFile(SourceText source, Table table)
    {
        _source = source;
        _rules = new(table);
        _statements = new(source, _diagnostics);
    }

    /// <summary>Reads and checks a file. No text makes it throw.</summary>
    /// <param name="source">The text.</param>
    /// <param name="table">The table that decides.</param>
    /// <returns>The expectations, or null with an error among the findings; the findings, in the order of the text.</returns>
    public static (IReadOnlyList<Expectation>? Expectations, IReadOnlyList<Diagnostic> Diagnostics) Read(SourceText source, Table table)
    {
        var file = new ExpectationFile(source, table);
        var expectations = file.Read();
        return (file._diagnostics.HasErrors ? null : expectations, file._diagnostics.InOrder());
    }

    private List<Expectation> Read()
    {
        var expectations = new List<Expectation>();
        if (!Parser.HasExpectation(_source))
        {
            // It may be a file of any kind: nothing of it is quoted.
            var unquoted = new SourceText(_source.Name, _source.Text) { MayBeQuoted = false };
            var lexer = new Lexer(unquoted);
            var first = lexer.Next();
            while (first.Kind == TokenKind.Separator) first = lexer.Next();
            _diagnostics.Error(unquoted, first.Span, first.Kind == TokenKind.End
                ? "the file has no expectation" : "expected a packet, => and a verdict: this is no file of expectations",
                Parser.ExpectationForm);
            return expectations;
        }
        foreach (var syntax in Parser.ParseExpectations(_source, _diagnostics))
            if (Check(syntax) is { } expectation) expectations.Add(expectation);
        return expectations;
    }

    private Expectation? Check(ExpectationSyntax syntax)
    {
        var isInterface = syntax.Interface is not { } iif || IsIndex(iif.Content) || Names.CheckDevice(iif, _source, _diagnostics);
        var verdict = _statements.CheckVerdict(syntax.Verdict);
        if (!isInterface || ReadPacket(syntax.Packet, new()) is not { } packet || verdict is null) return null;
        Decider? decider = null;
        if (syntax.Decider is { } written && (decider = CheckDecider(written)) is null) return null;
        PacketSpec? rewritten = null;
        if (syntax.Rewritten is { } span && (rewritten = ReadRewritten(span, packet)) is null) return null;
        return new(_source.PositionOf(syntax.Span.Start).Line, WithoutJoins(_source.Slice(syntax.Span)), syntax.Interface?.Text, packet,
            verdict.Value, decider, rewritten);
    }

    private static bool IsIndex(ReadOnlySpan<char> text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index > 0;

    /// <param name="span">Where the text of the packet is.</param>
    /// <param name="basis">What it is as where the text leaves something out.</param>
    private PacketSpec? ReadPacket(SourceSpan span, PacketSpec basis)
    {
        var text = WithoutJoins(_source.Slice(span));
        if (PacketText.TryParse(text, basis, out var packet, out var error, out var word)) return packet;
        _diagnostics.Error(_source, Within(span, text, word), error);
        return null;
    }

    private PacketSpec? ReadRewritten(SourceSpan span, PacketSpec packet)
    {
        if (ReadPacket(span, packet) is not { } rewritten) return null;
        if (rewritten.Tags.Count == packet.Tags.Count && Rewrites.Undo(rewritten, packet) == packet) return rewritten;
        _diagnostics.Error(_source, span, "rules cannot rewrite the packet to this one",
            "they set ether, IP addresses, ttl, dscp, TCP and UDP ports, and the id and pcp of the first VLAN tag");
        return null;
    }

    private Decider? CheckDecider(DeciderSyntax syntax)
    {
        if (syntax.Argument is not { } argument) return new(syntax.Kind.Text);
        var place = syntax.Kind.IsWord("line") ? _rules.AtLine(argument.Text)
            : argument.Kind == TokenKind.Word && argument.Content.IndexOfAnyExceptInRange('0', '9') < 0 ? _rules.Number(argument.Text)
            : _rules.Named(argument.Text);
        if (place >= 0) return new("rule", place);
        var isLine = syntax.Kind.IsWord("line");
        _diagnostics.Error(_source, argument.Span, isLine
            ? $"no rule begins at line {argument.Text} of the rule file" : $"the table has no rule {argument.Text}",
            (isLine ? null : Spelling.DidYouMean(argument.Text, _rules.Ids))
                ?? $"it has {_rules.Count} rule{(_rules.Count == 1 ? "" : "s")}; name one by its number, its id or its text");
        return null;
    }

    // Lines that are joined by a backslash.
    private static string WithoutJoins(string text) => text.Contains('\n')
        ? string.Join('\n', text.Split('\n').Select(line => line.TrimEnd() is [.. var before, '\\'] ? before + ' ' : line)) : text;

    /// <summary>Where a word of a text is.</summary>
    private static SourceSpan Within(SourceSpan span, string text, int word)
    {
        var at = 0;
        for (var number = 0; ; number++)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
            var start = at;
            while (at < text.Length && !char.IsWhiteSpace(text[at])) at++;
            if (start == text.Length) return new(span.Start, Math.Max(1, span.Length));
            if (number == word) return new(span.Start + start, at - start);
        }
    }
}
