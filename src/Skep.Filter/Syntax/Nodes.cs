using Skep.Filter.Model;

namespace Skep.Filter.Syntax;

/// <summary>A file as written: one table. Every node knows its place.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Items">What it holds beside rules.</param>
/// <param name="Rules">The rules.</param>
internal sealed record TableSyntax(Token Name, List<ItemSyntax> Items, RuleTexts Rules);

/// <summary>Rules, each parsed when it is asked for: many are never in memory together. One that has an error is null.</summary>
/// <param name="starts">Where each begins.</param>
/// <param name="parse">Parses one.</param>
internal sealed class RuleTexts(List<int> starts, Func<int, RuleSyntax?> parse)
{
    internal int Count => starts.Count;

    internal RuleSyntax? this[int index] => parse(starts[index]);
}

internal abstract record ItemSyntax(SourceSpan Span);

internal sealed record DevicesSyntax(SourceSpan Span, List<Token> Names) : ItemSyntax(Span);

/// <summary><c>mode</c>, <c>policy</c> or <c>malformed</c> with its word.</summary>
internal sealed record SettingSyntax(SourceSpan Span, Token Keyword, Token Value) : ItemSyntax(Span);

/// <summary><c>track</c> with what is tracked.</summary>
internal sealed record TrackSyntax(SourceSpan Span, List<Token> Names) : ItemSyntax(Span);

internal sealed record SetSyntax(
    SourceSpan Span,
    Token Name,
    List<Token> Types,
    List<Token> Flags,
    Token? Timeout,
    Token? Size,
    Token? File,
    Token? Comment,
    CounterSyntax? Counter,
    List<ElementSyntax>? Elements) : ItemSyntax(Span);

internal sealed record RuleSyntax(
    SourceSpan Span,
    List<MatchSyntax> Matches,
    LimitSyntax? Limit,
    List<StatementSyntax> Statements,
    VerdictSyntax? Verdict,
    Token? Comment);

internal readonly record struct FieldSyntax(Field Field, SourceSpan Span);

internal enum Comparison
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

internal sealed record MatchSyntax(SourceSpan Span, FieldSyntax[] Fields, Comparison Comparison, ValueSyntax Value);

internal abstract record ValueSyntax(SourceSpan Span);

internal sealed record SetReferenceSyntax(SourceSpan Span, string Name) : ValueSyntax(Span);

/// <summary>One element or the elements between braces.</summary>
internal sealed record ElementsSyntax(SourceSpan Span, IReadOnlyList<ElementSyntax> Elements, bool IsBraced) : ValueSyntax(Span);

/// <summary><c>tcp flags</c> with a mask, or any of some flags when <see cref="Mask"/> is absent.</summary>
internal sealed record FlagsSyntax(SourceSpan Span, FlagWordsSyntax? Mask, FlagWordsSyntax Value) : ValueSyntax(Span);

internal sealed record FlagWordsSyntax(SourceSpan Span, List<Token> Words);

/// <summary>An element: one part a field, how long it lasts, and what it has counted.</summary>
internal sealed record ElementSyntax(SourceSpan Span, PartSyntax[] Parts, Token? Timeout, CounterSyntax? Counter);

/// <summary><c>counter</c>, and what it begins from.</summary>
internal sealed record CounterSyntax(SourceSpan Span, Token? Packets, Token? Bytes);

/// <summary>A value, a prefix, or a range; flags joined by bars are one part with several words.</summary>
internal readonly record struct PartSyntax(Token Value, List<Token>? Flags = null)
{
    internal SourceSpan Span => Value.Span;

    internal string Text => Value.Text;
}

internal sealed record LimitSyntax(
    SourceSpan Span, bool Over, Token Rate, Token? Burst, List<FieldSyntax> Key, Token? Size);

internal abstract record StatementSyntax(SourceSpan Span);

internal sealed record LogSyntax(SourceSpan Span, Token? Sample) : StatementSyntax(Span);

internal sealed record SetFieldSyntax(SourceSpan Span, FieldSyntax Field, PartSyntax Value) : StatementSyntax(Span);

internal sealed record SwapSyntax(SourceSpan Span, List<Token> Headers) : StatementSyntax(Span);

internal sealed record VerdictSyntax(SourceSpan Span, VerdictKind Kind, Token? Argument);
