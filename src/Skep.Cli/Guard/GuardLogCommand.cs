using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Guard.Kernel;
using Skep.Guard.Model;
using Skep.Linux.Files;
using Skep.Output;
using Skep.Watch.Events;

namespace Skep.Cli.Guard;

/// <summary><c>skep guard log</c>.</summary>
internal static class GuardLogCommand
{
    public static Command Create()
    {
        var save = new Option<string?>("--save") { Description = "Keep the code of each program in DIR, as HASH.bin.", HelpName = "DIR" };
        var log = new SkepCommand("log", "Prints what was denied and reported: who, what, by which rule.", new(
            "docs/guard.md",
            new("skep guard log", "the decisions that the kernel keeps, oldest first"),
            new("skep guard log -j --save programs", "as JSON, the code of the programs in files"))
        {
            Others = "3: not permitted",
        }) { save };
        log.PrintsAsGroup((parsed, form) => GuardApplyCommand.Supported("print decisions", () =>
        {
            if (!GuardLog.Exists)
            {
                return Message.Error(
                    "printing decisions: no policies were applied since the machine booted (skep guard apply)", ExitCode.Failed);
            }

            using var kept = new GuardLog();
            IReadOnlyList<GuardDecision> decisions = kept.Read(0);
            if (parsed.GetValue(save) is { } directory) Save(directory, decisions);
            StandardOutput.Write(
                form,
                json =>
                {
                    json.WriteStartArray();
                    foreach (GuardDecision decision in decisions) WriteJson(json, decision);
                    json.WriteEndArray();
                },
                text =>
                {
                    foreach (GuardDecision decision in decisions) WriteText(text, decision);
                });
            return ExitCode.Done;
        }));
        return log;
    }

    private static void Save(string directory, IReadOnlyList<GuardDecision> decisions)
    {
        using OutputDirectory output = OutputDirectory.Open(directory);
        foreach (IGrouping<string, GuardDecision> program in decisions.Where(d => d.Code is not null).GroupBy(d => d.Sha256!))
            output.Write($"{program.Key}.bin", program.First().Code!);
    }

    private static string NameOf(GuardDecision decision) =>
        CommandNames.Canonical(decision.Command.ToString(CultureInfo.InvariantCulture));

    private static string What(GuardDecision decision) =>
        decision.ProgramType is { } program ? $"{program.Name()} {SafeText.Escape(decision.Name)}"
        : decision.MapType is { } map ? $"{map.Name()} {SafeText.Escape(decision.Name)}" : "";

    private static void WriteText(TextWriter text, GuardDecision decision)
    {
        string command = NameOf(decision);
        string code = decision.InsnCnt is { } count ? string.Create(CultureInfo.InvariantCulture, $" {count} insns") : "";
        text.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{UtcText.Nanoseconds(decision.TimeNs)} {decision.Action.Name()} {command} {What(decision)}{code} "
            + $"{SafeText.Escape(decision.Comm)}[{decision.Pid}] uid {decision.Uid}: {SafeText.Escape(decision.Reason)}"));
    }

    private static void WriteJson(Utf8JsonWriter json, GuardDecision decision)
    {
        json.WriteStartObject();
        json.WriteNumber("number", decision.Number);
        json.WriteString("time", UtcText.Nanoseconds(decision.TimeNs));
        json.WriteString("decision", decision.Action.Name());
        json.WriteString("cmd", NameOf(decision));
        if (decision.Policy is { } policy) json.WriteString("policy", policy);
        if (decision.Rule > 0) json.WriteNumber("rule", decision.Rule);
        if (decision.Line is { } line) json.WriteNumber("line", line);
        if (decision.Message is { } message) json.WriteString("message", message);
        json.WriteString("reason", decision.Reason);
        json.WriteNumber("pid", decision.Pid);
        json.WriteNumber("uid", decision.Uid);
        json.WriteString("comm", decision.Comm);
        if (decision.Exe is { } exe) json.WriteString("exe", exe);
        json.WriteString("cgroup", decision.Cgroup);
        if (decision.Unit is { } unit) json.WriteString("unit", unit);
        if (decision.ProgramType is { } type)
        {
            json.WriteStartObject("prog");
            json.WriteString("type", type.Name());
            json.WriteString("name", decision.Name);
            if (decision.InsnCnt is { } count) json.WriteNumber("insn_cnt", count);
            if (decision.Sha256 is { } digest) json.WriteString("sha256", digest);
            json.WriteEndObject();
        }

        if (decision.MapType is { } map)
        {
            json.WriteStartObject("map");
            json.WriteString("type", map.Name());
            json.WriteString("name", decision.Name);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
