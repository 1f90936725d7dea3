using Skep.Filter.Syntax;
using Skep.Guard.Model;
using Skep.Output;
using Tomlyn.Syntax;
using static Skep.Guard.Syntax.TomlText;
using SourceSpan = Skep.Filter.Syntax.SourceSpan;

namespace Skep.Guard.Syntax;

/// <summary>Reads the rules of a file of TOML: what they are on, and their conditions.</summary>
/// <param name="source">The text.</param>
/// <param name="page">The page that lists the keys.</param>
internal abstract class RuleReader(SourceText source, string page)
{
    /// <summary>How long a name may be.</summary>
    protected const int LongestName = 64;

    private const int MostErrors = 100;

    /// <summary>The keys of conditions.</summary>
    protected static IReadOnlyList<string> ConditionKeys { get; } =
        [.. ConditionInfo.All.Select(i => i.Key), .. ConditionInfo.All.Select(i => "not_" + i.Key)];

    /// <summary>What was found, in no order.</summary>
    protected List<Diagnostic> Diagnostics { get; } = [];

    /// <summary>Whether an error is among them.</summary>
    protected bool HasFailed => Diagnostics.Exists(d => d.Severity == Severity.Error);

    /// <summary>The text.</summary>
    protected SourceText Source => source;

    /// <summary>Says of a condition that it is never met at what its rule is on.</summary>
    protected void CheckApplies(Condition condition, SourceSpan at, GuardOperations operations)
    {
        ConditionInfo info = ConditionInfo.Of(condition.Kind);
        if ((info.Operations & operations) != 0) return;
        Error(at, $"{condition.Key} is known at {Words(info.Operations)}, and the rule is on {Words(operations)}",
            "the rule would never match");
    }

    protected static string Words(GuardOperations operations) => string.Join(", ", OperationNames.Of(operations));

    protected GuardOperations ReadOperations(KeyValueSyntax pair)
    {
        GuardOperations operations = GuardOperations.None;
        foreach (ValueSyntax value in Items(pair))
        {
            if (value is not StringValueSyntax { Value: { } word })
            {
                Error(SpanOf(value), "on takes the names of operations", $"they are {string.Join(", ", OperationNames.Names)}");
                continue;
            }

            int bit = OperationNames.Names.ToList().IndexOf(word);
            if (bit >= 0) operations |= (GuardOperations)(1 << bit);
            else
            {
                Error(SpanOf(value), $"there is no operation {word}",
                    Spelling.DidYouMean(word, OperationNames.Names) ?? $"they are {string.Join(", ", OperationNames.Names)}");
            }
        }

        return operations;
    }

    protected void ReadCondition(string key, KeyValueSyntax pair, List<(Condition, SourceSpan)> conditions)
    {
        bool negated = key.StartsWith("not_", StringComparison.Ordinal);
        ConditionInfo info = ConditionInfo.Find(negated ? key["not_".Length..] : key)!;
        var values = new List<ConditionValue>();
        foreach (ValueSyntax value in Items(pair))
        {
            (string Message, string? Suggestion)? fault = value switch
            {
                StringValueSyntax { Value: { } text } => ValueReader.Read(info, text, values),
                IntegerValueSyntax number => ValueReader.Read(info, number.Value, values),
                BooleanValueSyntax flag => ValueReader.Read(info, flag.Value, values),
                _ => ($"{key} takes {ValueReader.Wanted(info)}", null),
            };
            if (fault is { } wrong) Error(SpanOf(value), wrong.Message, wrong.Suggestion);
        }

        if (values.Count > 0) conditions.Add((new(info.Kind, negated, values), SpanOf(pair.Key!)));
    }

    // The pairs of a table whose keys are known; the TOML parser has refused keys that are given twice.
    protected IEnumerable<(string Key, KeyValueSyntax Pair)> Pairs(TableSyntaxBase table, string[] keys, string where)
    {
        foreach (KeyValueSyntax pair in table.Items)
        {
            string key = Name(pair.Key);
            if (keys.Contains(key)) yield return (key, pair);
            else Error(SpanOf(pair.Key!), $"{where} has no key {key}", Spelling.DidYouMean(key, keys) ?? $"{page} lists the keys");
        }
    }

    protected List<ValueSyntax> Items(KeyValueSyntax pair)
    {
        if (pair.Value is not ArraySyntax array) return [pair.Value!];
        List<ValueSyntax> items = [.. array.Items.Select(item => item.Value!)];
        if (items.Count == 0) Error(SpanOf(array), $"{Name(pair.Key)} is empty", "leave it out, or give it a value");
        return items;
    }

    protected string? Text(KeyValueSyntax pair)
    {
        if (pair.Value is StringValueSyntax { Value: { } text }) return text;
        Error(SpanOf(pair.Value!), $"{Name(pair.Key)} takes one string");
        return null;
    }

    protected int Choice(KeyValueSyntax pair, string word, IReadOnlyList<string> choices)
    {
        int place = choices.ToList().IndexOf(word);
        if (place < 0)
        {
            Error(SpanOf(pair.Value!), $"{Name(pair.Key)} is {string.Join(", ", choices.SkipLast(1))} or {choices[^1]}, not {word}",
                Spelling.DidYouMean(word, choices));
        }

        return Math.Max(place, 0);
    }

    protected static bool IsName(string text) =>
        text.Length is > 0 and <= LongestName && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    protected void Error(SourceSpan span, string message, string? suggestion = null)
    {
        if (Diagnostics.Count < MostErrors)
            Diagnostics.Add(new(Severity.Error, source, new(Math.Min(span.Start, source.Text.Length), span.Length), message, suggestion));
    }
}
