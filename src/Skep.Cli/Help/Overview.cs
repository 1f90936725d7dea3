using System.CommandLine;

namespace Skep.Cli.Help;

/// <summary>What bare <c>skep</c>, <c>skep help</c> and <c>skep --help</c> print: all commands, by what they are for.</summary>
internal static class Overview
{
    private static readonly (string Title, string[] Commands)[] Sections =
    [
        ("Watch", ["watch", "doctor"]),
        ("Inspect", ["prog", "map", "link", "btf", "net", "cgroup", "perf", "top", "ui"]),
        ("Debug", ["debug", "trace", "compat"]),
        ("Filter packets", ["filter", "gen"]),
        ("Over time", ["agent", "agent status", "agent baseline", "agent test-alert", "history"]),
        ("Many machines", ["fleet"]),
        ("Guard", ["guard", "sign", "verify"]),
        ("Shell", ["completion"]),
    ];

    public static void Write(TextWriter output, Command root)
    {
        output.WriteLine($"skep {SkepVersion.Number}: {root.Description}");
        output.WriteLine();
        output.WriteLine("Usage: skep COMMAND [ARGUMENT...] [OPTION...]");
        foreach ((string title, string[] commands) in Sections)
        {
            output.WriteLine();
            output.WriteLine($"{title}:");
            HelpText.WriteRows(output, commands.SelectMany(path => Rows(root, path)));
        }

        output.WriteLine();
        output.WriteLine("Options of every command that prints data: -j for JSON, -p for JSON over several lines.");
        output.WriteLine("Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not permitted or not supported here.");
        output.WriteLine("Help: skep help COMMAND, or skep COMMAND --help. Version: skep --version. Documentation: README.md and docs/.");
    }

    private static IEnumerable<(string Left, string Right)> Rows(Command root, string path)
    {
        Command command = path.Split(' ').Aggregate(root, (above, name) => above.Subcommands.First(below => below.Name == name));
        if (command.Action is not null || command.Subcommands.Count == 0)
        {
            yield return (path, FirstLine(command));
            yield break;
        }

        foreach (Command below in command.Subcommands.Where(below => !below.Hidden))
            yield return ($"{path} {below.Name}", FirstLine(below));
    }

    private static string FirstLine(Command command) => (command.Description ?? "").Split('\n')[0];
}
