namespace Skep.Filter.Syntax;

/// <summary>How bad a finding is.</summary>
public enum Severity
{
    /// <summary>The rule file is valid, but may not do what was meant.</summary>
    Warning,

    /// <summary>The rule file cannot be used.</summary>
    Error,
}

/// <summary>Something found in a source text.</summary>
/// <param name="Severity">How bad it is.</param>
/// <param name="Source">The text.</param>
/// <param name="Span">The part of it that is meant.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Suggestion">What to do about it.</param>
public sealed record Diagnostic(Severity Severity, SourceText Source, SourceSpan Span, string Message, string? Suggestion = null)
{
    /// <summary>The line, from 1.</summary>
    public int Line => Source.PositionOf(Span.Start).Line;

    /// <summary>The column, from 1, in UTF-16 characters.</summary>
    public int Column => Source.PositionOf(Span.Start).Column;
}
