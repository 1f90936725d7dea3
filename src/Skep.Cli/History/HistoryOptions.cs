using System.CommandLine;
using System.CommandLine.Parsing;
using Skep.Agent.Query;
using Skep.Cli.Options;
using Skep.Cli.Watch;
using Skep.Watch.Events;

namespace Skep.Cli.History;

/// <summary>The options that select a part of the history.</summary>
internal sealed class HistoryOptions
{
    private readonly Option<long?> _since = WhenOption.Create("--since", "From this time on.");
    private readonly Option<long?> _until = WhenOption.Create("--until", "Before this time.");
    private readonly Option<string[]> _types = EventNameOptions.Types();
    private readonly Option<string?> _comm = new("--comm") { Description = "The name of the thread that called.", HelpName = "NAME" };
    private readonly Option<string?> _unit = new("--unit") { Description = "Its unit of systemd.", HelpName = "NAME" };
    private readonly Option<uint?> _uid = new("--uid") { Description = "Its user.", HelpName = "UID" };
    private readonly Option<int?> _last = new("-n", "--last") { Description = "The last N only.", HelpName = "N" };
    private Option<string[]>? _commands;
    private Option<string?>? _program;
    private Option<string?>? _table;
    private Option<bool>? _failed;
    private Option<string[]>? _rules, _severities, _policies, _decisions;

    public HistoryOptions() => OptionValues.TakePositive(_last);

    /// <summary>Adds those that every part of the history has.</summary>
    public HistoryOptions AddTo(Command command)
    {
        foreach (Option option in (ReadOnlySpan<Option>)[_since, _until, _types, _comm, _unit, _uid, _last]) command.Options.Add(option);
        return this;
    }

    /// <summary>Adds those of time only.</summary>
    public HistoryOptions AddTimesTo(Command command)
    {
        foreach (Option option in (ReadOnlySpan<Option>)[_since, _until, _last]) command.Options.Add(option);
        return this;
    }

    /// <summary>Adds <c>--cmd</c>.</summary>
    public HistoryOptions WithCommands(Command command)
    {
        _commands = EventNameOptions.Commands();
        command.Options.Add(_commands);
        return this;
    }

    /// <summary>Adds <c>--program</c>.</summary>
    public HistoryOptions WithProgram(Command command)
    {
        _program = new("--program") { Description = "A program: the beginning of its SHA-256, its tag, or its name.", HelpName = "NAME" };
        command.Options.Add(_program);
        return this;
    }

    /// <summary>Adds <c>--table</c>.</summary>
    public HistoryOptions WithTable(Command command)
    {
        _table = new("--table") { Description = "The table of a packet filter.", HelpName = "NAME" };
        command.Options.Add(_table);
        return this;
    }

    /// <summary>Adds <c>--failed</c>.</summary>
    public HistoryOptions WithFailed(Command command)
    {
        _failed = new("--failed") { Description = "Only what failed." };
        command.Options.Add(_failed);
        return this;
    }

    /// <summary>Adds <c>--rule</c> and <c>--severity</c>.</summary>
    public HistoryOptions WithAlerts(Command command)
    {
        _rules = new("--rule") { Description = "The name of a rule.", HelpName = "NAME", AllowMultipleArgumentsPerToken = false };
        _severities = new("--severity") { Description = "How grave they are.", HelpName = "info|warning|critical" };
        OptionValues.TakeOnly(_severities, "info", "warning", "critical");
        command.Options.Add(_rules);
        command.Options.Add(_severities);
        return this;
    }

    /// <summary>Adds <c>--policy</c> and <c>--decision</c>.</summary>
    public HistoryOptions WithDecisions(Command command)
    {
        _policies = new("--policy") { Description = "The name of a policy.", HelpName = "NAME", AllowMultipleArgumentsPerToken = false };
        _decisions = new("--decision") { Description = "What was decided.", HelpName = "deny|alert" };
        OptionValues.TakeOnly(_decisions, "deny", "alert");
        command.Options.Add(_policies);
        command.Options.Add(_decisions);
        return this;
    }

    public HistoryFilter Of(ParseResult parsed) => new()
    {
        Since = parsed.GetValue(_since),
        Until = parsed.GetValue(_until),
        Types = EventNameOptions.Split(parsed.GetValue(_types)),
        Comm = parsed.GetValue(_comm),
        Unit = parsed.GetValue(_unit),
        Uid = parsed.GetValue(_uid),
        Last = parsed.GetValue(_last),
        Commands = _commands is null ? [] : [.. EventNameOptions.Split(parsed.GetValue(_commands)).SelectMany(CommandGroups.Members)],
        Program = _program is null ? null : parsed.GetValue(_program),
        Table = _table is null ? null : parsed.GetValue(_table),
        Rules = _rules is null ? [] : parsed.GetValue(_rules) ?? [],
        Severities = _severities is null ? [] : parsed.GetValue(_severities) ?? [],
        Policies = _policies is null ? [] : parsed.GetValue(_policies) ?? [],
        Decisions = _decisions is null ? [] : parsed.GetValue(_decisions) ?? [],
        FailedOnly = _failed is not null && parsed.GetValue(_failed),
    };
}
