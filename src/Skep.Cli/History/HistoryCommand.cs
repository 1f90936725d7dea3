using System.CommandLine;
using System.Text.Json;
using Skep.Agent.Config;
using Skep.Agent.Query;
using Skep.Cli.Agent;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Inventory.Machine;
using Skep.Output;

namespace Skep.Cli.History;

/// <summary><c>skep history</c>.</summary>
internal static class HistoryCommand
{
    private const string Page = "docs/agent.md";

    public static Command Create()
    {
        var history = new SkepCommand("history", "Prints what an agent has stored, also while it runs.", new(
            Page,
            new("skep history events --since 1h --failed", "what the kernel refused in the last hour"),
            new("skep history programs --type xdp", "which XDP programs ran, and who loaded them"),
            new("skep history program 3f7a09", "one program: its loads, where it was attached, its versions")));
        history.Subcommands.Add(List(
            "events", "Events, oldest first, as skep watch printed them, and the times in which no agent watched.",
            [new("skep history events -n 20", "the last twenty"), new("skep history events --since 2026-01-02 --cmd prog_load -j",
                "as JSON")],
            command => new HistoryOptions().AddTo(command).WithCommands(command).WithProgram(command).WithFailed(command),
            (reader, filter) => reader.Events(filter), HistoryJson.Write, HistoryText.Write));
        history.Subcommands.Add(List(
            "programs", "Distinct programs that were there: when, and who loaded them.",
            [new("skep history programs --since 7d", "those of the last week"), new("skep history programs --comm bpftool -j", "as JSON")],
            command => new HistoryOptions().AddTo(command).WithProgram(command).WithFailed(command),
            (reader, filter) => reader.Programs(filter), HistoryJson.Write, HistoryText.Write));
        history.Subcommands.Add(CreateProgram());
        history.Subcommands.Add(List(
            "maps", "Maps that were there.",
            [new("skep history maps --since 1d", "those of the last day"), new("skep history maps --type ringbuf -j", "as JSON")],
            command => new HistoryOptions().AddTo(command), (reader, filter) => reader.Maps(filter), HistoryJson.Write, HistoryText.Write));
        history.Subcommands.Add(List(
            "attachments", "Where programs were attached, and when.",
            [new("skep history attachments --type xdp", "of XDP programs"), new("skep history attachments --program my_prog -j",
                "as JSON")],
            command => new HistoryOptions().AddTo(command).WithProgram(command),
            (reader, filter) => reader.Attachments(filter), HistoryJson.Write, HistoryText.Write));
        history.Subcommands.Add(List(
            "filter", "What the rules of packet filters had counted, each time that it had changed.",
            [new("skep history filter --since 1h --table edge", "of one table"), new("skep history filter -j", "as JSON")],
            command => new HistoryOptions().AddTimesTo(command).WithTable(command),
            (reader, filter) => reader.Filter(filter), HistoryJson.Write, HistoryText.Write));
        history.Subcommands.Add(List(
            "alerts", "Alerts that were raised.",
            [new("skep history alerts --since 1d", "of the last day"), new("skep history alerts --severity critical -j", "as JSON")],
            command => new HistoryOptions().AddTimesTo(command).WithAlerts(command),
            (reader, filter) => reader.Alerts(filter), HistoryJson.Write, HistoryText.Write));
        history.Subcommands.Add(List(
            "guard", "What guard denied and reported, as skep guard log printed it.",
            [new("skep history guard --since 1d --decision deny", "what was denied in the last day"),
                new("skep history guard --policy server -j", "decisions of one policy, as JSON")],
            command => new HistoryOptions().AddTo(command).WithCommands(command).WithDecisions(command),
            (reader, filter) => reader.Decisions(filter), HistoryJson.Write, HistoryText.Write));
        history.Subcommands.Add(List(
            "runs", "The agents that ran, with what became of the events of each.",
            [new("skep history runs -n 1", "the last one"), new("skep history runs -j", "as JSON")],
            command => new HistoryOptions().AddTimesTo(command), (reader, filter) => reader.Runs(filter), HistoryJson.Write,
            HistoryText.Write));
        return history;
    }

    private static SkepCommand List<T>(
        string name, string description, Example[] examples, Func<Command, HistoryOptions> options,
        Func<HistoryReader, HistoryFilter, IEnumerable<T>> read, Action<Utf8JsonWriter, T> json, Action<TextWriter, T> text)
    {
        var command = new SkepCommand(name, description, new(Page, examples));
        HistoryOptions selects = options(command);
        var where = new AgentConfigOptions();
        where.AddWithStateTo(command);
        command.Prints((parsed, form) =>
        {
            if (where.TryRead(parsed) is not { } config) return ExitCode.Usage;
            using HistoryReader reader = HistoryReader.Open(config);
            IEnumerable<T> found = read(reader, selects.Of(parsed));
            if (form == OutputForm.Text)
            {
                StandardOutput.WriteText(writer =>
                {
                    foreach (T one in found) text(writer, one);
                });
            }
            else StandardOutput.WriteEach(form, found, json, text);
            return ExitCode.Done;
        });
        return command;
    }

    private static SkepCommand CreateProgram()
    {
        var named = new Argument<string>("PROGRAM")
        {
            Description = "The beginning of its SHA-256 (6 digits at least), its tag, or its name.",
        };
        var where = new AgentConfigOptions();
        var program = new SkepCommand(
            "program", "All that is known of a program: its loads, where it was attached, and what changed in its versions.", new(
                Page,
                new("skep history program 3f7a09", "by its SHA-256"),
                new("skep history program my_prog -j", "by its name, as JSON"))) { named };
        where.AddWithStateTo(program);
        program.Prints((parsed, form) => where.TryRead(parsed) is { } config ? Show(config, parsed.GetValue(named)!, form)
            : ExitCode.Usage);
        return program;
    }

    private static int Show(AgentConfig config, string named, OutputForm form)
    {
        using HistoryReader reader = HistoryReader.Open(config);
        IReadOnlyList<HistoryProgram> found = reader.Find(named);
        if (found.Count == 0)
        {
            return Message.Error(
                $"looking for program {SafeText.Escape(named)}: the history has none (skep history programs lists them)", ExitCode.Failed);
        }

        var kernel = new MachineSnapshot().Kernel;
        StandardOutput.WriteEach(
            form,
            found.Select(one => (
                Program: one,
                Attachments: reader.Attachments(new HistoryFilter { Program = one.Sha256 ?? one.Tag ?? one.Name }).ToList(),
                Versions: ProgramVersion.Of(reader, one, kernel),
                Code: reader.CodePath(one))),
            (json, one) => HistoryJson.WriteDetail(json, one.Program, one.Attachments, one.Versions, one.Code),
            (text, one) => HistoryText.WriteDetail(text, one.Program, one.Attachments, one.Versions, one.Code));
        return ExitCode.Done;
    }
}
