using System.CommandLine;
using Skep.Agent.Config;
using Skep.Agent.History;
using Skep.Agent.Query;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Options;
using Skep.Linux.Time;
using Skep.Output;

namespace Skep.Cli.Agent;

/// <summary><c>skep agent baseline</c>.</summary>
internal static class AgentBaselineCommand
{
    private const string Page = "docs/agent.md";

    public static Command Create()
    {
        var baseline = new SkepCommand(
            "baseline", "The programs that are known: rules of alerts with new = true report others. A running agent uses it at once.", new(
                Page,
                new("skep agent baseline set", "what history has is known from now on"),
                new("skep agent baseline show", "what is known"),
                new("skep agent baseline add my_prog", "one program more")));
        baseline.Subcommands.Add(CreateShow());
        baseline.Subcommands.Add(CreateSet());
        baseline.Subcommands.Add(CreateAdd());
        baseline.Subcommands.Add(CreateRemove());
        baseline.Subcommands.Add(CreateClear());
        return baseline;
    }

    private static SkepCommand CreateShow()
    {
        var where = new AgentConfigOptions();
        var show = new SkepCommand("show", "Prints the programs of the baseline.", new(
            Page, new("skep agent baseline show", "as text"), new("skep agent baseline show -j", "as JSON")));
        where.AddWithStateTo(show);
        show.Prints((parsed, form) =>
        {
            if (where.TryRead(parsed) is not { } config) return ExitCode.Usage;
            using ProgramBaseline baseline = ProgramBaseline.Open(config);
            StandardOutput.WriteEach(form, baseline.Programs(), WriteJson, WriteText);
            return ExitCode.Done;
        });
        return show;
    }

    private static SkepCommand CreateSet()
    {
        var where = new AgentConfigOptions();
        var since = WhenOption.Create("--since", "Only programs that were there from this time on.");
        var set = new SkepCommand("set", "Makes the baseline the programs that history has seen loaded.", new(
            Page,
            new("skep agent baseline set", "all of them"),
            new("skep agent baseline set --since 7d", "those of the last week")));
        set.Options.Add(since);
        where.AddWithStateTo(set);
        set.SetAction(parsed => Change(where.TryRead(parsed), baseline => baseline.Set(parsed.GetValue(since), Clocks.UnixNanoseconds())));
        return set;
    }

    private static SkepCommand CreateAdd()
    {
        Argument<string[]> named = Named();
        var where = new AgentConfigOptions();
        var add = new SkepCommand("add", "Adds programs of the history.", new(
            Page, new("skep agent baseline add my_prog", "by its name"),
            new("skep agent baseline add 3f7a09", "by its SHA-256"))) { named };
        where.AddWithStateTo(add);
        add.SetAction(parsed =>
        {
            if (where.TryRead(parsed) is not { } config) return ExitCode.Usage;
            var rows = new List<long>();
            using (HistoryReader reader = HistoryReader.Open(config))
            {
                foreach (string name in parsed.GetValue(named)!)
                {
                    IReadOnlyList<HistoryProgram> found = reader.Find(name);
                    if (found.Count == 0)
                    {
                        return Message.Error(
                            $"adding {SafeText.Escape(name)}: the history has no such program (skep history programs lists them)",
                            ExitCode.Failed);
                    }

                    rows.AddRange(found.Select(one => one.Row));
                }
            }

            return Change(config, baseline => rows.Select(row => baseline.Add(row, Clocks.UnixNanoseconds())).Last());
        });
        return add;
    }

    private static SkepCommand CreateRemove()
    {
        Argument<string[]> named = Named();
        var where = new AgentConfigOptions();
        var remove = new SkepCommand("remove", "Takes programs out.", new(
            Page, new("skep agent baseline remove my_prog", "by its name"),
            new("skep agent baseline remove 3f7a09", "by its SHA-256"))) { named };
        where.AddWithStateTo(remove);
        remove.SetAction(parsed =>
        {
            if (where.TryRead(parsed) is not { } config) return ExitCode.Usage;
            using ProgramBaseline baseline = ProgramBaseline.Open(config);
            IReadOnlyList<BaselineProgram> all = baseline.Programs();
            var gone = new List<BaselineProgram>();
            foreach (string name in parsed.GetValue(named)!)
            {
                BaselineProgram[] found = [.. all.Where(one => Is(one, name))];
                if (found.Length == 0)
                {
                    return Message.Error(
                        $"removing {SafeText.Escape(name)}: the baseline has no such program (skep agent baseline show lists them)",
                        ExitCode.Failed);
                }

                gone.AddRange(found);
            }

            long left = gone.Select(baseline.Remove).Last();
            Print(left);
            return ExitCode.Done;
        });
        return remove;
    }

    private static SkepCommand CreateClear()
    {
        var where = new AgentConfigOptions();
        var clear = new SkepCommand("clear", "Empties the baseline: a program is new then that history has not seen before.", new(
            Page, new("skep agent baseline clear", "of the machine"),
            new("skep agent baseline clear --state-dir /srv/skep", "of another place")));
        where.AddWithStateTo(clear);
        clear.SetAction(parsed => Change(where.TryRead(parsed), baseline =>
        {
            baseline.Clear();
            return 0;
        }));
        return clear;
    }

    private static Argument<string[]> Named() => new("PROGRAM")
    {
        Description = "Programs: the beginning of a SHA-256 (6 digits at least), a tag, or a name.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static bool Is(BaselineProgram program, string name) =>
        program.Name == name || program.Tag == name
        || (name.Length >= HistoryReader.LeastHash && program.Sha256?.StartsWith(name, StringComparison.Ordinal) == true);

    private static int Change(AgentConfig? config, Func<ProgramBaseline, long> change)
    {
        if (config is null) return ExitCode.Usage;
        using ProgramBaseline baseline = ProgramBaseline.Open(config);
        Print(change(baseline));
        return ExitCode.Done;
    }

    private static void Print(long programs) => Message.Print(programs switch
    {
        0 => "the baseline is empty",
        1 => "the baseline has 1 program",
        _ => $"the baseline has {programs} programs",
    });

    private static void WriteJson(System.Text.Json.Utf8JsonWriter json, BaselineProgram program)
    {
        json.WriteStartObject();
        if (program.Sha256 is { } hash) json.WriteString("sha256", hash);
        if (program.Tag is { } tag) json.WriteString("tag", tag);
        if (program.Type is { } type) json.WriteString("type", type);
        if (program.Name is { } name) json.WriteString("name", name);
        json.WriteString("added", UtcText.Nanoseconds(program.Added));
        json.WriteEndObject();
    }

    private static void WriteText(TextWriter text, BaselineProgram program) => text.WriteLine(
        $"{program.Type} {SafeText.Escape(program.Name ?? "")}  {(program.Sha256 is { } hash ? $"sha256 {hash}" : $"tag {program.Tag}")}");
}
