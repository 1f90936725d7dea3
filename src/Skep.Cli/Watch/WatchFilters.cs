using System.CommandLine;
using System.CommandLine.Parsing;
using Skep.Watch.Capture;
using Skep.Watch.Events;

namespace Skep.Cli.Watch;

/// <summary>The options of <c>skep watch</c> that select events.</summary>
internal sealed class WatchFilters
{
    private readonly Option<string[]> _commands = EventNameOptions.Commands();
    private readonly Option<string[]> _types = EventNameOptions.Types();
    private readonly Option<int[]> _pids = new("--pid") { Description = "Only this process (may be repeated).", HelpName = "PID" };
    private readonly Option<uint?> _uid = new("--uid") { Description = "Only this user.", HelpName = "UID" };
    private readonly Option<string?> _comm = new("--comm") { Description = "Only threads of this name.", HelpName = "NAME" };

    private readonly Option<string[]> _executables = new("--exe")
    {
        Description = "Only these executables: a path, or a name without a slash; * stands for anything (may be repeated).",
        HelpName = "PATTERN",
    };

    private readonly Option<string[]> _cgroups = new("--cgroup")
    {
        Description = "Only this cgroup and those below it (may be repeated).", HelpName = "CGROUP",
    };

    private readonly Option<string[]> _containers = new("--container")
    {
        Description = "Only this container: its name, pod, NAMESPACE/POD/NAME, or 12 digits or more of its id; * stands for anything (may "
            + "be repeated).",
        HelpName = "NAME",
    };

    private readonly Option<string[]> _exclude = new("--exclude")
    {
        Description = $"Leave out events that meet all of these conditions (comma-separated; may be repeated). Keys: "
            + $"{string.Join(", ", EventCondition.Keys)}.",
        HelpName = "KEY=PATTERN",
    };

    private readonly Option<bool> _failed = new("--failed") { Description = "Only calls that failed." };

    private readonly Option<bool> _noProbes = new("--no-probes")
    {
        Description = "Leave out the calls by which libbpf finds out what the kernel can do.",
    };

    private readonly Option<bool> _self = new("--self") { Description = "Print skep's own system calls as well." };

    // Before --self: left out by default, and shown with --no-self=false.
    private readonly Option<bool> _noSelf = new("--no-self") { Hidden = true, DefaultValueFactory = _ => true };

    /// <summary>Adds them to the command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="runsCommand">Whether it runs a command and watches that.</param>
    public void AddTo(Command command, bool runsCommand)
    {
        foreach (Option option in (Option[])[
            _commands, _types, _pids, _comm, _executables, _uid, _cgroups, _containers, _exclude, _failed, _noProbes, _self, _noSelf])
            command.Options.Add(option);
        foreach (Option<string[]> list in (Option<string[]>[])[_executables, _cgroups, _containers, _exclude])
            list.AllowMultipleArgumentsPerToken = false;
        WatchCommand.Check(_pids, text => int.TryParse(text, out int pid) && pid < 1 ? $"--pid takes a process id, not '{pid}'" : null);
        WatchCommand.Check(_exclude, text => Conditions(text, out string? mistake) is null ? $"--exclude takes {mistake}" : null);
        command.Validators.Add(result =>
        {
            if (runsCommand && result.GetResult(_pids) is { Implicit: false })
                result.AddError("--pid and a command exclude each other");
        });
    }

    /// <summary>What a command line asks for.</summary>
    public WatchOptions Of(ParseResult parsed) => new()
    {
        Commands = [.. EventNameOptions.Split(parsed.GetValue(_commands)).SelectMany(CommandGroups.Members)],
        Types = EventNameOptions.Split(parsed.GetValue(_types)),
        Pids = parsed.GetValue(_pids) ?? [],
        Comm = parsed.GetValue(_comm),
        Uid = parsed.GetValue(_uid),
        Executables = parsed.GetValue(_executables) ?? [],
        Cgroups = parsed.GetValue(_cgroups) ?? [],
        Containers = parsed.GetValue(_containers) ?? [],
        Exclusions = [.. (parsed.GetValue(_exclude) ?? []).Select(text => Conditions(text, out _)!)],
        FailedOnly = parsed.GetValue(_failed),
        HideProbes = parsed.GetValue(_noProbes),
        IncludeSelf = parsed.GetValue(_self) || !parsed.GetValue(_noSelf),
    };

    private static EventCondition[]? Conditions(string text, out string? mistake)
    {
        var conditions = new List<EventCondition>();
        mistake = null;
        foreach (string part in text.Split(','))
        {
            if (EventCondition.Parse(part, out mistake) is not { } condition) return null;
            conditions.Add(condition);
        }

        return [.. conditions];
    }
}
