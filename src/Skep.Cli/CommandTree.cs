using System.CommandLine;
using System.CommandLine.Help;
using Skep.Cli.Btf;
using Skep.Cli.Cgroup;
using Skep.Cli.Doctor;
using Skep.Cli.Filter;
using Skep.Cli.Link;
using Skep.Cli.Map;
using Skep.Cli.Net;
using Skep.Cli.Perf;
using Skep.Cli.Prog;
using Skep.Cli.Top;
using Skep.Cli.Watch;
using Skep.Linux.Streams;

namespace Skep.Cli;

/// <summary>All commands of <c>skep</c>.</summary>
internal static class CommandTree
{
    // System.CommandLine replaces @FILE by what the file holds, unless it is given no replacer.
    private static readonly ParserConfiguration Literal = new() { ResponseFileTokenReplacer = null };

    /// <param name="command">What follows <c>--</c>: a command for <c>watch</c> to run; null if there is no <c>--</c>.</param>
    public static RootCommand Create(string[]? command = null)
    {
        RootCommand root = new("Sees and steers the eBPF in a Linux kernel.")
        {
            WatchCommand.Create(command),
            ProgCommand.Create(),
            MapCommand.Create(),
            LinkCommand.Create(),
            BtfCommand.Create(),
            NetCommand.Create(),
            CgroupCommand.Create(),
            PerfCommand.Create(),
            DoctorCommand.Create(),
            FilterCommand.Create(),
            TopCommand.Create(),
        };

        // Without a width of ours, the parser asks the console for one, which sets up the terminal.
        foreach (HelpOption help in root.Options.OfType<HelpOption>())
            if (help.Action is HelpAction action) action.MaxWidth = Terminal.IsOutput ? Terminal.Size.Columns : int.MaxValue;
        return root;
    }

    /// <summary>Parses a command line. Every argument is taken as it is written: none is a file of arguments.</summary>
    public static ParseResult Parse(IReadOnlyList<string> args, string[]? command = null) => Create(command).Parse(args, Literal);
}
