using Skep.Filter.Syntax;
using Skep.Guard.Model;
using Skep.Output;
using Tomlyn.Syntax;
using static Skep.Guard.Syntax.TomlText;
using SourceSpan = Skep.Filter.Syntax.SourceSpan;

namespace Skep.Guard.Syntax;

/// <summary>Reads one policy file: TOML, then what its tables mean.</summary>
internal sealed class PolicyReader(SourceText source)
{
    private const int MostErrors = 100, LongestName = 64;

    private static readonly string[] Tables = ["policy", "rule", "protect"];
    private static readonly string[] PolicyKeys = ["name", "default", "fail"];
    private static readonly string[] ProtectKeys = ["maps", "programs", "links", "pins", "filter"];
    private static readonly string[] RuleKeys =
        ["action", "on", "message", .. ConditionInfo.All.Select(i => i.Key), .. ConditionInfo.All.Select(i => "not_" + i.Key)];

    private readonly List<Diagnostic> _diagnostics = [];
    private readonly List<PolicyRule> _rules = [];
    private string? _name;
    private GuardAction _default = GuardAction.Allow;
    private FailMode _fail = FailMode.Open;
    private Protection _protection = Protection.None;
    private SourceSpan _nameAt;
    private SourceSpan? _header;

    public PolicyFile Read()
    {
        if (!source.MayBeQuoted) return Failed("the file has no [policy]");
        DocumentSyntax? document = TomlText.Parse(source, Error);
        if (document is not null && _diagnostics.Count == 0) ReadTables(document);
        if (_diagnostics.Count == 0 && _header is null) return Failed("the file has no [policy]");
        bool failed = _diagnostics.Exists(d => d.Severity == Severity.Error);
        Policy? policy = failed ? null : new Policy(_name!, _default, _fail, _rules) { Protected = _protection };
        return new(source, policy, [.. _diagnostics.OrderBy(d => d.Span.Start)]) { NameAt = _nameAt };
    }

    private PolicyFile Failed(string message)
    {
        Error(default, message, "begin it with [policy] and name = \"...\"");
        return new(source, null, _diagnostics);
    }

    private void ReadTables(DocumentSyntax document)
    {
        foreach (KeyValueSyntax pair in document.KeyValues)
            Error(SpanOf(pair.Key!), $"{Name(pair.Key)} stands before any table", "put it below [policy] or [[rule]]");
        foreach (TableSyntaxBase table in document.Tables)
        {
            string name = Name(table.Name);
            SourceSpan span = SpanOf(table.Name!);
            switch (name, table is TableArraySyntax)
            {
                case ("policy", false): ReadPolicy(table, span); break;
                case ("protect", false): ReadProtection(table); break;
                case ("rule", true): ReadRule(table, span); break;
                case ("rule", false): Error(span, "a rule is [[rule]], with two brackets", "write [[rule]]"); break;
                case ("policy" or "protect", true): Error(span, $"there is one {name} in a file", $"write [{name}]"); break;
                default:
                    Error(span, $"there is no table {name}", Spelling.DidYouMean(name, Tables) ?? "use [policy], [[rule]] and [protect]");
                    break;
            }
        }
    }

    // The TOML parser has refused tables that are given twice.
    private void ReadPolicy(TableSyntaxBase table, SourceSpan span)
    {
        _header = span;
        foreach ((string key, KeyValueSyntax pair) in Pairs(table, PolicyKeys, "[policy]"))
        {
            if (Text(pair) is not { } text) continue;
            switch (key)
            {
                case "name" when IsName(text): (_name, _nameAt) = (text, SpanOf(pair.Value!)); break;
                case "name":
                    Error(SpanOf(pair.Value!), $"a policy's name has letters, digits, - and _, and at most {LongestName} of them");
                    break;
                case "default": _default = (GuardAction)Choice(pair, text, ActionNames.Actions); break;
                default: _fail = (FailMode)Choice(pair, text, ActionNames.FailModes); break;
            }
        }

        if (_name is null && _diagnostics.Count == 0) Error(span, "[policy] has no name", "add name = \"...\"");
    }

    private void ReadProtection(TableSyntaxBase table)
    {
        var lists = ProtectKeys.ToDictionary(key => key, _ => new List<string>());
        bool hasFilter = false;
        foreach ((string key, KeyValueSyntax pair) in Pairs(table, ProtectKeys, "[protect]"))
        {
            if (key == "filter")
            {
                if (pair.Value is BooleanValueSyntax value) hasFilter = value.Value;
                else Error(SpanOf(pair.Value!), "filter takes true or false");
                continue;
            }

            foreach (ValueSyntax value in Items(pair))
            {
                if (value is not StringValueSyntax { Value: { Length: > 0 } text })
                    Error(SpanOf(value), $"{key} takes strings");
                else if (key is "links" or "pins" && !text.StartsWith('/'))
                    Error(SpanOf(value), $"{key} takes paths of pins, not {text}");
                else lists[key].Add(text.Length > 1 ? text.TrimEnd('/') : text);
            }
        }

        _protection = new()
        {
            Maps = lists["maps"], Programs = lists["programs"], Links = lists["links"], Pins = lists["pins"], HasFilter = hasFilter,
        };
    }

    private void ReadRule(TableSyntaxBase table, SourceSpan span)
    {
        GuardAction? action = null;
        GuardOperations operations = GuardOperations.None;
        var conditions = new List<(Condition Condition, SourceSpan Span)>();
        string? message = null;
        int before = _diagnostics.Count;
        foreach ((string key, KeyValueSyntax pair) in Pairs(table, RuleKeys, "[[rule]]"))
        {
            switch (key)
            {
                case "action":
                    action = Text(pair) is { } word ? (GuardAction)Choice(pair, word, ActionNames.Actions) : GuardAction.Allow;
                    break;
                case "message": message = Text(pair); break;
                case "on": operations = ReadOperations(pair); break;
                default: ReadCondition(key, pair, conditions); break;
            }
        }

        if (action is null && _diagnostics.Count == before)
            Error(span, "the rule has no action", "add action = \"allow\", \"alert\" or \"deny\"");
        if (_diagnostics.Count != before) return;
        if (operations == GuardOperations.None) operations = GuardOperations.All;
        foreach ((Condition condition, SourceSpan at) in conditions) CheckApplies(condition, at, operations, action!.Value);
        _rules.Add(new(action!.Value, operations, [.. conditions.Select(c => c.Condition)], message, source.PositionOf(span.Start).Line));
    }

    private void CheckApplies(Condition condition, SourceSpan at, GuardOperations operations, GuardAction action)
    {
        ConditionInfo info = ConditionInfo.Of(condition.Kind);
        if ((info.Operations & operations) == 0)
        {
            Error(at, $"{condition.Key} is known at {Words(info.Operations)}, and the rule is on {Words(operations)}",
                "the rule would never match");
        }

        if (condition.Kind == ConditionKind.Finding && action != GuardAction.Alert)
        {
            Error(at, $"{condition.Key} can only alert: findings are made after the load, outside of the kernel",
                "use action = \"alert\", or a condition on helper or kfunc");
        }
    }

    private static string Words(GuardOperations operations) => string.Join(", ", OperationNames.Of(operations));

    private GuardOperations ReadOperations(KeyValueSyntax pair)
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

    private void ReadCondition(string key, KeyValueSyntax pair, List<(Condition, SourceSpan)> conditions)
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
    private IEnumerable<(string Key, KeyValueSyntax Pair)> Pairs(TableSyntaxBase table, string[] keys, string where)
    {
        foreach (KeyValueSyntax pair in table.Items)
        {
            string key = Name(pair.Key);
            if (keys.Contains(key)) yield return (key, pair);
            else Error(SpanOf(pair.Key!), $"{where} has no key {key}", Spelling.DidYouMean(key, keys) ?? "docs/guard.md lists the keys");
        }
    }

    private List<ValueSyntax> Items(KeyValueSyntax pair)
    {
        if (pair.Value is not ArraySyntax array) return [pair.Value!];
        List<ValueSyntax> items = [.. array.Items.Select(item => item.Value!)];
        if (items.Count == 0) Error(SpanOf(array), $"{Name(pair.Key)} is empty", "leave it out, or give it a value");
        return items;
    }

    private string? Text(KeyValueSyntax pair)
    {
        if (pair.Value is StringValueSyntax { Value: { } text }) return text;
        Error(SpanOf(pair.Value!), $"{Name(pair.Key)} takes one string");
        return null;
    }

    private int Choice(KeyValueSyntax pair, string word, IReadOnlyList<string> choices)
    {
        int place = choices.ToList().IndexOf(word);
        if (place < 0)
        {
            Error(SpanOf(pair.Value!), $"{Name(pair.Key)} is {string.Join(", ", choices.SkipLast(1))} or {choices[^1]}, not {word}",
                Spelling.DidYouMean(word, choices));
        }

        return Math.Max(place, 0);
    }

    private static bool IsName(string text) =>
        text.Length is > 0 and <= LongestName && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private void Error(SourceSpan span, string message, string? suggestion = null)
    {
        if (_diagnostics.Count < MostErrors)
            _diagnostics.Add(new(Severity.Error, source, new(Math.Min(span.Start, source.Text.Length), span.Length), message, suggestion));
    }
}
