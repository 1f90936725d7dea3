using System;
using Skep.Filter.Check;
using Skep.Filter.Format;
using Skep.Filter.Model;
using Skep.Filter.Syntax;

namespace Skep.Filter;

/// <summary>What became of reading a rule file.</summary>
public sealed class RuleFile
{
    private readonly List<SourceComment> _comments;
    private readonly IReadOnlyDictionary<string, int> _lines;

    private RuleFile(Table? table, IReadOnlyList<Diagnostic> diagnostics, List<SourceComment> comments,
        IReadOnlyDictionary<string, int> lines)
    {
        _lines = lines;
        Table = table;
        Diagnostics = diagnostics;
        _comments = comments;
    }

    /// <summary>The checked table, or null when there is an error among the findings.</summary>
    public Table? Table { get; }

    /// <summary>The findings, in the order of the text.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; }

    /// <summary>Reads and checks a rule file. No text makes it throw.</summary>
    /// <param name="source">The text.</param>
    /// <param name="feeds">Reads the files that sets name.</param>
    /// <returns>The table or the errors.</returns>
    public static RuleFile Read(SourceText source, FeedReader feeds)
    {
        var diagnostics = new DiagnosticBag();
        var comments = Lexer.Scan(source, diagnostics);
        var syntax = Parser.ParseTable(source, diagnostics);
        if (syntax is null) return Refused(NoTable(source));
        var checker = new TableChecker(source, diagnostics, feeds);
        var table = checker.Check(syntax);
        return new(diagnostics.HasErrors ? null : table, diagnostics.InOrder(), comments, checker.Lines);
    }

    /// <summary>Reads and checks a rule file whose sets name no feeds.</summary>
    /// <param name="source">The text.</param>
    /// <returns>The table or the errors; a set with a feed is an error.</returns>
    public static RuleFile Read(SourceText source) => Read(source, static _ => new(null, "feeds are not read here"));

    // It may be a file of any kind: nothing of it is quoted.
    private static DiagnosticBag NoTable(SourceText source)
    {
        var lexer = new Lexer(source);
        var first = lexer.Next();
        while (first.Kind == TokenKind.Separator) first = lexer.Next();
        var (message, suggestion) = first.Kind == TokenKind.End ? ("the file has no table", null)
            : first.IsWord("table") ? ("expected a table's name and { behind table", null)
            : first.Kind == TokenKind.Word && NftSlips.TryExplain(first.Text, out var slip) ? (slip.Message, slip.Suggestion)
            : ("expected table: this is no rule file", (string?)null);
        var diagnostics = new DiagnosticBag();
        var unquoted = new SourceText(source.Name, source.Text) { MayBeQuoted = false };
        diagnostics.Error(unquoted, first.Span, message, suggestion ?? "begin with: table NAME {");
        return diagnostics;
    }

    /// <summary>A file that could not be read as far as its rules.</summary>
    internal static RuleFile Refused(DiagnosticBag diagnostics) => new(null, diagnostics.InOrder(), [], new Dictionary<string, int>());

    /// <summary>The file in its canonical form, with its comments.</summary>
    /// <returns>The text.</returns>
    /// <exception cref="InvalidOperationException">The file has errors.</exception>
    public string Format() => Table is { } table
        ? TableFormatter.Format(table, _comments, _lines)
        : throw new InvalidOperationException("a rule file with errors has no canonical form (look at Diagnostics first)");
}
