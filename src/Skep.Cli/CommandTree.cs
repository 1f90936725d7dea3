using System.CommandLine;
using System.CommandLine.Help;
using Skep.Cli.Agent;
using Skep.Cli.Btf;
using Skep.Cli.Cgroup;
using Skep.Cli.Compat;
using Skep.Cli.Completion;
using Skep.Cli.Debug;
using Skep.Cli.Doctor;
using Skep.Cli.Filter;
using Skep.Cli.Fleet;
using Skep.Cli.Gen;
using Skep.Cli.Guard;
using Skep.Cli.Help;
using Skep.Cli.History;
using Skep.Cli.Link;
using Skep.Cli.Map;
using Skep.Cli.Net;
using Skep.Cli.Perf;
using Skep.Cli.Prog;
using Skep.Cli.Signing;
using Skep.Cli.Top;
using Skep.Cli.Trace;
using Skep.Cli.Ui;
using Skep.Cli.Watch;

namespace Skep.Cli;

/// <summary>All commands of <c>skep</c>.</summary>
internal static class CommandTree
{
    // System.CommandLine replaces @FILE by what the file holds, unless it is given no replacer.
    private static readonly ParserConfiguration Literal = new() { ResponseFileTokenReplacer = null };

    /// <param name="command">What follows <c>--</c>: a command for <c>watch</c> to run; null if there is no <c>--</c>.</param>
    public static RootCommand Create(string[]? command = null)
    {
        RootCommand root = new("observes and controls the eBPF in a Linux kernel.")
        {
            WatchCommand.Create(command),
            ProgCommand.Create(),
            DebugCommand.Create(),
            CompatCommand.Create(),
            TraceCommand.Create(),
            MapCommand.Create(),
            LinkCommand.Create(),
            BtfCommand.Create(),
            NetCommand.Create(),
            CgroupCommand.Create(),
            PerfCommand.Create(),
            DoctorCommand.Create(),
            FilterCommand.Create(),
            GuardCommand.Create(),
            SignCommand.Create(),
            VerifyCommand.Create(),
            GenCommand.Create(),
            TopCommand.Create(),
            UiCommand.Create(),
            AgentCommand.Create(),
            HistoryCommand.Create(),
            FleetCommand.Create(),
            CompletionCommand.Create(),
        };
        root.Subcommands.Add(HelpCommand.Create(root, args => Parse(args)));
        var help = new HelpText();
        foreach (HelpOption option in root.Options.OfType<HelpOption>()) option.Action = help;
        foreach (VersionOption option in root.Options.OfType<VersionOption>()) option.Action = new SkepVersion();
        root.SetAction(help.Invoke);
        return root;
    }

    /// <summary>Parses a command line. Every argument is taken as it is written: none is a file of arguments.</summary>
    public static ParseResult Parse(IReadOnlyList<string> args, string[]? command = null)
    {
        RootCommand root = Create(command);
        return root.Parse(AsksForHelp(root, args) ? [.. args.Take(args.Count - 1), "--help"] : args, Literal);
    }

    // As bpftool prog help.
    private static bool AsksForHelp(Command root, IReadOnlyList<string> args)
    {
        if (args is not [_, .., "help"]) return false;
        Command? group = root;
        foreach (string word in args.Take(args.Count - 1)) group = group is null ? null : CommandLineErrors.Below(group, word);
        return group is { Subcommands.Count: > 0 };
    }
}
