using Skep.Filter.Syntax;
using Skep.Guard.Model;
using Skep.Output;
using Tomlyn.Syntax;
using static Skep.Guard.Syntax.TomlText;
using SourceSpan = Skep.Filter.Syntax.SourceSpan;

namespace Skep.Guard.Syntax;

/// <summary>Reads one policy file: TOML, then what its tables mean.</summary>
internal sealed class PolicyReader(SourceText source) : RuleReader(source, "docs/guard.md")
{
    private static readonly string[] Tables = ["policy", "rule", "protect"];
    private static readonly string[] PolicyKeys = ["name", "default", "fail"];
    private static readonly string[] ProtectKeys = ["maps", "programs", "links", "pins", "filter"];
    private static readonly string[] RuleKeys =
        ["action", "on", "message", .. ConditionKeys];

    private readonly List<PolicyRule> _rules = [];
    private string? _name;
    private GuardAction _default = GuardAction.Allow;
    private FailMode _fail = FailMode.Open;
    private Protection _protection = Protection.None;
    private SourceSpan _nameAt;
    private SourceSpan? _header;

    public PolicyFile Read()
    {
        if (!Source.MayBeQuoted) return Failed("the file has no [policy]");
        DocumentSyntax? document = TomlText.Parse(Source, Error);
        if (document is not null && Diagnostics.Count == 0) ReadTables(document);
        if (Diagnostics.Count == 0 && _header is null) return Failed("the file has no [policy]");
        Policy? policy = HasFailed ? null : new Policy(_name!, _default, _fail, _rules) { Protected = _protection };
        return new(Source, policy, [.. Diagnostics.OrderBy(d => d.Span.Start)]) { NameAt = _nameAt };
    }

    private PolicyFile Failed(string message)
    {
        Error(default, message, "begin it with [policy] and name = \"...\"");
        return new(Source, null, Diagnostics);
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

        if (_name is null && Diagnostics.Count == 0) Error(span, "[policy] has no name", "add name = \"...\"");
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
        int before = Diagnostics.Count;
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

        if (action is null && Diagnostics.Count == before)
            Error(span, "the rule has no action", "add action = \"allow\", \"alert\" or \"deny\"");
        if (Diagnostics.Count != before) return;
        if (operations == GuardOperations.None) operations = GuardOperations.All;
        foreach ((Condition condition, SourceSpan at) in conditions) CheckApplies(condition, at, operations, action!.Value);
        _rules.Add(new(action!.Value, operations, [.. conditions.Select(c => c.Condition)], message, Source.PositionOf(span.Start).Line));
    }

    private void CheckApplies(Condition condition, SourceSpan at, GuardOperations operations, GuardAction action)
    {
        CheckApplies(condition, at, operations);
        if (condition.Kind == ConditionKind.Finding && action != GuardAction.Alert)
        {
            Error(at, $"{condition.Key} can only alert: findings are made after the load, outside of the kernel",
                "use action = \"alert\", or a condition on helper or kfunc");
        }
    }
}
