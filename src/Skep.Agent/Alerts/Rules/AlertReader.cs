using Skep.Agent.Config;
using Skep.Filter.Syntax;
using Skep.Guard.Model;
using Skep.Guard.Syntax;
using Skep.Output;
using Tomlyn.Syntax;
using static Skep.Guard.Syntax.TomlText;
using SourceSpan = Skep.Filter.Syntax.SourceSpan;

namespace Skep.Agent.Alerts.Rules;

/// <summary>Reads a file of alerts: the rules of a policy of guard, with what alerts have besides.</summary>
internal sealed class AlertReader(SourceText source) : RuleReader(source, "docs/agent.md")
{
    private const string Usage = "usage", Filter = "filter";
    private static readonly TimeSpan LeastEvery = TimeSpan.FromSeconds(1), MostEvery = TimeSpan.FromDays(7);

    private static readonly string[] Severities = ["info", "warning", "critical"];
    private static readonly string[] UsageThresholds = ["cpu_percent_above", "events_per_second_above", "avg_run_ns_above"];
    private static readonly string[] FilterThresholds = ["packets_per_second_above", "bytes_per_second_above"];
    private static readonly string[] AlertKeys =
        ["name", "severity", "new", "to", "every", "filter_table", "filter_rule", .. UsageThresholds, .. FilterThresholds];

    private static readonly string[] RuleKeys = ["action", "on", "message", .. AlertKeys, .. ConditionKeys];

    // What is neither recorded nor at hand.
    private static readonly ConditionKind[] Unseen = [ConditionKind.Capability, ConditionKind.ExeSha256];

    // What is known of a program that only runs.
    private static readonly ConditionKind[] OfUsage = [ConditionKind.ProgType, ConditionKind.ProgName, ConditionKind.Tag];

    private readonly List<AlertRule> _rules = [];
    private readonly List<AlertTarget> _targets = [];
    private readonly List<(string, SourceSpan)> _ruleNames = [], _targetNames = [], _wanted = [];

    /// <summary>Reads it.</summary>
    public AlertFile Read()
    {
        DocumentSyntax? document = TomlText.Parse(Source, Error);
        if (document is not null && Diagnostics.Count == 0) ReadTables(document);
        return new(Source, HasFailed ? [] : _rules, HasFailed ? [] : _targets, [.. Diagnostics.OrderBy(d => d.Span.Start)])
        {
            Names = new(_ruleNames, _targetNames, _wanted),
        };
    }

    private void ReadTables(DocumentSyntax document)
    {
        foreach (KeyValueSyntax pair in document.KeyValues)
            Error(SpanOf(pair.Key!), $"{Name(pair.Key)} stands before any table", "put it below [[rule]] or [[target]]");
        foreach (TableSyntaxBase table in document.Tables)
        {
            string name = Name(table.Name);
            SourceSpan span = SpanOf(table.Name!);
            switch (name, table is TableArraySyntax)
            {
                case ("rule", true): ReadRule(table, span); break;
                case ("target", true): ReadTarget(table, span); break;
                case ("rule" or "target", false): Error(span, $"a {name} is [[{name}]], with two brackets", $"write [[{name}]]"); break;
                case ("policy" or "protect", _):
                    Error(span, $"[{name}] is of a policy of guard", "files of alerts have [[rule]] and [[target]] only");
                    break;
                default:
                    Error(span, $"there is no table {name}",
                        Spelling.DidYouMean(name, ["rule", "target"]) ?? "use [[rule]] and [[target]]");
                    break;
            }
        }
    }

    private void ReadRule(TableSyntaxBase table, SourceSpan span)
    {
        int before = Diagnostics.Count;
        GuardAction? action = null;
        GuardOperations operations = GuardOperations.None;
        AlertSource source = AlertSource.Events;
        string? message = null;
        var conditions = new List<(Condition Condition, SourceSpan Span)>();
        var own = new List<(string Key, KeyValueSyntax Pair)>();
        foreach ((string key, KeyValueSyntax pair) in Pairs(table, RuleKeys, "[[rule]]"))
        {
            switch (key)
            {
                case "action": action = Action(pair); break;
                case "message": message = Text(pair); break;
                case "on" when pair.Value is StringValueSyntax { Value: Usage or Filter } word:
                    source = word.Value == Usage ? AlertSource.Usage : AlertSource.Filter;
                    break;
                case "on": operations = ReadOperations(pair); break;
                case var other when AlertKeys.Contains(other): own.Add((key, pair)); break;
                default: ReadCondition(key, pair, conditions); break;
            }
        }

        if (action is null && Diagnostics.Count == before)
            Error(span, "the rule has no action", "add action = \"alert\", or \"allow\" for what the rules behind it are not to report");
        if (operations == GuardOperations.None) operations = GuardOperations.All;
        foreach ((Condition condition, SourceSpan at) in conditions) Check(condition, at, operations, source);
        int line = Source.PositionOf(span.Start).Line;
        var rule = new AlertRule("", source, new(action ?? GuardAction.Alert, operations, [.. conditions.Select(c => c.Condition)], message,
            line));
        (SourceSpan Span, string Name) named = (span, $"{Path.GetFileNameWithoutExtension(Source.Name)}:{line}");
        foreach ((string key, KeyValueSyntax pair) in own)
        {
            if (key == "name" && Text(pair) is { } text)
            {
                if (!IsName(text)) Error(SpanOf(pair.Value!), $"a name has letters, digits, - and _, and at most {LongestName} of them");
                named = (SpanOf(pair.Value!), text);
            }
            else if (key != "name") rule = Read(rule, key, pair);
        }

        if (source != AlertSource.Events && rule.Match.Action == GuardAction.Alert && rule.Thresholds.Count == 0
            && Diagnostics.Count == before)
        {
            string[] keys = source == AlertSource.Usage ? UsageThresholds : FilterThresholds;
            Error(span, $"the rule on {(source == AlertSource.Usage ? Usage : Filter)} has no threshold",
                $"add {string.Join(", ", keys.SkipLast(1))} or {keys[^1]}");
        }

        if (Diagnostics.Count != before) return;
        _rules.Add(rule with { Name = named.Name });
        _ruleNames.Add((named.Name, named.Span));
    }

    private GuardAction Action(KeyValueSyntax pair)
    {
        if (Text(pair) is not { } word) return GuardAction.Alert;
        if (word != "deny") return (GuardAction)Choice(pair, word, ["allow", "alert"]);
        Error(SpanOf(pair.Value!), "alerts deny nothing", "skep guard apply does");
        return GuardAction.Alert;
    }

    private void Check(Condition condition, SourceSpan at, GuardOperations operations, AlertSource source)
    {
        string wanted = string.Join(", ", OfUsage.Select(kind => ConditionInfo.Of(kind).Key));
        switch (source)
        {
            case AlertSource.Usage when !OfUsage.Contains(condition.Kind):
                Error(at, $"{condition.Key} is not known of what runs", $"a rule on usage has {wanted}");
                break;
            case AlertSource.Filter:
                Error(at, $"{condition.Key} is no condition on a packet filter", "a rule on filter has filter_table and filter_rule");
                break;
            case AlertSource.Events when Unseen.Contains(condition.Kind):
                Error(at, $"{condition.Key} is not recorded", "guard judges it: skep guard apply, with action = \"alert\"");
                break;
            case AlertSource.Events: CheckApplies(condition, at, operations); break;
        }
    }

    private AlertRule Read(AlertRule rule, string key, KeyValueSyntax pair)
    {
        switch (key)
        {
            case "severity" when Text(pair) is { } word:
                return rule with { Severity = (AlertSeverity)Choice(pair, word, Severities) };
            case "every":
                if (ConfigValue.Time(pair.Value!) is { } time && time >= LeastEvery && time <= MostEvery) return rule with { Every = time };
                Error(SpanOf(pair.Value!), "every takes a time from 1s to 168h, such as \"10m\"");
                return rule;
            case "new" when pair.Value is BooleanValueSyntax flag:
                Demand(rule, pair, AlertSource.Events);
                if ((rule.Match.Operations & GuardOperations.ProgLoad) == 0)
                    Error(SpanOf(pair.Key!), $"new is known at prog_load, and the rule is on {Words(rule.Match.Operations)}");
                return rule with { IsNew = flag.Value };
            case "new":
                Error(SpanOf(pair.Value!), "new takes true or false");
                return rule;
            case "to":
                string[] names = Texts(pair);
                foreach (ValueSyntax value in Items(pair))
                    if (value is StringValueSyntax { Value: { } name }) _wanted.Add((name, SpanOf(value)));
                return rule with { To = names };
            case "filter_table":
                Demand(rule, pair, AlertSource.Filter);
                return rule with { Tables = Texts(pair) };
            case "filter_rule":
                Demand(rule, pair, AlertSource.Filter);
                return rule with { FilterRules = Texts(pair) };
            case var threshold when UsageThresholds.Contains(threshold) || FilterThresholds.Contains(threshold):
                Demand(rule, pair, UsageThresholds.Contains(threshold) ? AlertSource.Usage : AlertSource.Filter);
                if (ConfigValue.Number(pair.Value!) is >= 0 and < double.MaxValue and var above)
                    return rule with { Thresholds = [.. rule.Thresholds, new(threshold, above)] };
                Error(SpanOf(pair.Value!), $"{threshold} takes a number that is not negative");
                return rule;
            default: return rule;
        }
    }

    private void Demand(AlertRule rule, KeyValueSyntax pair, AlertSource source)
    {
        if (rule.Source == source) return;
        string on = source switch { AlertSource.Usage => Usage, AlertSource.Filter => Filter, _ => "operations" };
        Error(SpanOf(pair.Key!), $"{Name(pair.Key)} is of rules on {on}", source == AlertSource.Events ? null : $"add on = \"{on}\"");
    }

    private string[] Texts(KeyValueSyntax pair)
    {
        var texts = new List<string>();
        foreach (ValueSyntax value in Items(pair))
        {
            if (value is StringValueSyntax { Value: { Length: > 0 } text }) texts.Add(text);
            else Error(SpanOf(value), $"{Name(pair.Key)} takes strings");
        }

        return [.. texts];
    }

    private void ReadTarget(TableSyntaxBase table, SourceSpan span)
    {
        string[] keys = ["name", "command", "webhook", "secret_file", "ca_file"];
        int before = Diagnostics.Count;
        (string Text, SourceSpan Span)? name = null;
        string[]? command = null;
        Uri? address = null;
        (string Path, SourceSpan Span)? secret = null, issuers = null;
        foreach ((string key, KeyValueSyntax pair) in Pairs(table, keys, "[[target]]"))
        {
            switch (key)
            {
                case "command": command = Command(pair); break;
                case "name" when Text(pair) is { } text: name = (text, SpanOf(pair.Value!)); break;
                case "webhook" when Text(pair) is { } text: address = Address(pair, text); break;
                case "secret_file" when Text(pair) is { } text: secret = AbsolutePath(pair, text); break;
                case "ca_file" when Text(pair) is { } text: issuers = AbsolutePath(pair, text); break;
            }
        }

        if (Diagnostics.Count != before) return;
        if (name is not { } named) Error(span, "the target has no name", "add name = \"...\"");
        else if (!IsName(named.Text))
            Error(named.Span, $"a name has letters, digits, - and _, and at most {LongestName} of them");
        else if ((command is null) == (address is null))
        {
            Error(span, $"target {named.Text} has {(command is null ? "no way to send" : "two ways to send")}",
                "give it one of command and webhook");
        }
        else if (secret is { } key && address is null) Error(key.Span, "secret_file is of a webhook");
        else if (issuers is { } file && address?.Scheme != Uri.UriSchemeHttps) Error(file.Span, "ca_file is of a webhook by https");
        else
        {
            _targets.Add(address is null
                ? new CommandTarget(named.Text, command!) : new WebhookTarget(named.Text, address, secret?.Path, issuers?.Path));
            _targetNames.Add(named);
        }
    }

    private (string Path, SourceSpan Span) AbsolutePath(KeyValueSyntax pair, string text)
    {
        if (!text.StartsWith('/')) Error(SpanOf(pair.Value!), $"{Name(pair.Key)} takes an absolute path");
        return (text, SpanOf(pair.Value!));
    }

    private string[] Command(KeyValueSyntax pair)
    {
        string[] words = Texts(pair);
        if (words.Length > 0 && (words[0][0] != '/' || words.Any(word => word.Contains('\0', StringComparison.Ordinal))))
            Error(SpanOf(pair.Value!), $"{words[0]} is no absolute path", "command is a program by its path, and its arguments");
        return words;
    }

    private Uri? Address(KeyValueSyntax pair, string text)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" && uri.Host.Length > 0) return uri;
        Error(SpanOf(pair.Value!), "webhook takes an address like \"https://example.com/alerts\"");
        return null;
    }
}
