namespace Skep.Filter.Syntax;

/// <summary>Collects findings on one file, up to a number that a reader can use.</summary>
internal sealed class DiagnosticBag
{
    internal const int MaxErrors = 100;

    private readonly List<Diagnostic> _items = [];
    private int _errors;

    internal bool HasErrors => _errors > 0;

    internal int ErrorCount => _errors;

    internal bool IsFull => _errors > MaxErrors;

    internal void Error(SourceText source, SourceSpan span, string message, string? suggestion = null)
    {
        if (++_errors <= MaxErrors) _items.Add(new(Severity.Error, source, span, message, suggestion));
        else if (_errors == MaxErrors + 1) _items.Add(new(Severity.Error, source, span, "too many errors; the rest is not shown"));
    }

    internal void Warn(SourceText source, SourceSpan span, string message, string? suggestion = null) =>
        _items.Add(new(Severity.Warning, source, span, message, suggestion));

    internal IReadOnlyList<Diagnostic> InOrder() =>
        [.. _items.OrderBy(d => d.Source.Name, StringComparer.Ordinal).ThenBy(d => d.Span.Start)];
}
