using System;
using System.Runtime.InteropServices;
using Skep.Filter.Model;
using Skep.Filter.Syntax;
using Skep.Output;

namespace Skep.Filter.Check;

/// <summary>Turns a written table into a checked one.</summary>
internal sealed class TableChecker(SourceText source, DiagnosticBag diagnostics, FeedReader feeds)
{
    private readonly Dictionary<string, Set?> _sets = [];
    private readonly Dictionary<string, VerdictKind> _verdicts = [];
    private readonly HashSet<string> _seen = [];
    private readonly List<string> _devices = [];
    private readonly HashSet<string> _deviceNames = [];
    private AttachMode _mode = AttachMode.Auto;
    private Sketches _track;

    /// <summary>The lines of the table's head and of its settings, by keyword.</summary>
    internal Dictionary<string, int> Lines { get; } = [];

    internal Table? Check(TableSyntax syntax)
    {
        Lines["table"] = source.PositionOf(syntax.Name.Span.Start).Line;
        Names.CheckIdentifier(syntax.Name, "table", source, diagnostics);
        var setChecker = new SetChecker(source, diagnostics, feeds);
        foreach (var item in syntax.Items)
        {
            switch (item)
            {
                case DevicesSyntax devices:
                    CheckDevices(devices);
                    break;
                case SettingSyntax setting:
                    CheckSetting(setting);
                    break;
                case TrackSyntax track:
                    CheckTrack(track);
                    break;
                case SetSyntax set:
                    if (_sets.ContainsKey(set.Name.Text))
                        diagnostics.Error(source, set.Name.Span, $"there is a set {set.Name.Text} already",
                            "give it another name, or write the elements of both into one");
                    else _sets[set.Name.Text] = setChecker.Check(set);
                    break;
            }
        }

        var ids = new RuleId(syntax.Rules.Count);
        var ruleChecker = new RuleChecker(source, diagnostics, _sets, syntax.Rules.Count);
        var rules = new List<Rule>(syntax.Rules.Count);
        var shadowed = new List<(SourceSpan Span, int By)>();
        var named = 0;
        var reachability = new Reachability(syntax.Rules.Count);
        for (var i = 0; i < syntax.Rules.Count && !diagnostics.IsFull; i++)
        {
            if (syntax.Rules[i] is not { } written || ruleChecker.Check(written) is not { } rule) continue;
            rules.Add(rule);
            if (reachability.FindDecider(rules, ruleChecker.Constraints) is >= 0 and var by) shadowed.Add((written.Span, by));
            if (rules.Count - named < RuleId.Together) continue;
            ids.Assign(CollectionsMarshal.AsSpan(rules)[named..]);
            named = rules.Count;
        }
        if (diagnostics.HasErrors) return null;

        ids.Assign(CollectionsMarshal.AsSpan(rules)[named..]);
        WarnOfUnusedSets(syntax, ruleChecker.UsedSets);
        foreach (var (span, by) in shadowed)
            diagnostics.Warn(source, span,
                $"the rule is never reached: the rule on line {rules[by].Line} decides every packet that it would hit",
                "remove it, or write it first");
        return new(syntax.Name.Text, [.. _devices], _mode, _verdicts.GetValueOrDefault("policy", VerdictKind.Pass),
            _verdicts.TryGetValue("malformed", out var malformed) ? malformed : null, [.. _sets.Values.OfType<Set>()], [.. rules])
        {
            Track = _track,
        };
    }

    private void CheckDevices(DevicesSyntax syntax)
    {
        if (!_seen.Add("devices")) diagnostics.Error(source, syntax.Span, "the table names its devices twice", "name all in one list");
        Lines["devices"] = source.PositionOf(syntax.Span.Start).Line;
        foreach (var name in syntax.Names)
        {
            if (!Names.CheckDevice(name, source, diagnostics)) continue;
            if (!_deviceNames.Add(name.Text)) diagnostics.Error(source, name.Span, $"device {name.Text} stands twice in the list");
            else _devices.Add(name.Text);
        }
    }

    private void CheckSetting(SettingSyntax syntax)
    {
        var (keyword, value) = (syntax.Keyword.Text, syntax.Value.Text);
        if (!_seen.Add(keyword)) diagnostics.Error(source, syntax.Span, $"the table has {keyword} twice", "keep one");
        Lines[keyword] = source.PositionOf(syntax.Span.Start).Line;
        var mode = AttachModeText.Find(value);
        if (keyword == "mode" && mode is not null) _mode = mode.Value;
        else if (keyword != "mode" && value is "drop" or "pass") _verdicts[keyword] = value == "drop" ? VerdictKind.Drop : VerdictKind.Pass;
        else Refuse(syntax);
    }

    private void CheckTrack(TrackSyntax syntax)
    {
        if (!_seen.Add("track")) diagnostics.Error(source, syntax.Span, "the table has track twice", "name all in one list");
        Lines["track"] = source.PositionOf(syntax.Span.Start).Line;
        foreach (var name in syntax.Names)
        {
            if (!TrackText.TryParse(name.Text, out var tracked))
                diagnostics.Error(source, name.Span, $"track takes sources, ports and sizes, not {name.Text}",
                    Spelling.DidYouMean(name.Text, TrackText.Names));
            else if (_track.HasFlag(tracked)) diagnostics.Error(source, name.Span, $"{name.Text} stands twice in the list");
            _track |= tracked;
        }
    }

    private void Refuse(SettingSyntax syntax)
    {
        var choices =
            syntax.Keyword.Text == "mode" ? [AttachModeText.Native, AttachModeText.Generic, AttachModeText.Auto] : new[] { "drop", "pass" };
        var suggestion = (syntax.Keyword.Text, syntax.Value.Text) switch
        {
            ("mode", "skb") => "write generic",
            ("mode", "drv" or "driver") => "write native",
            ("mode", "offload" or "hw") => "programs are not offloaded to the network card",
            (_, "accept") => "XDP has no accept: write pass",
            _ => Spelling.DidYouMean(syntax.Value.Text, choices),
        };
        diagnostics.Error(source, syntax.Value.Span,
            $"{syntax.Keyword.Text} is {Parser.Choices(syntax.Keyword.Text)}, not {syntax.Value.Text}", suggestion);
    }

    private void WarnOfUnusedSets(TableSyntax syntax, IReadOnlySet<string> used)
    {
        foreach (var set in syntax.Items.OfType<SetSyntax>())
            if (!used.Contains(set.Name.Text)) diagnostics.Warn(source, set.Name.Span, $"no rule uses set {set.Name.Text}");
    }
}
