using System.CommandLine;
using System.Text.Json;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Live;
using Skep.Guard.Kernel;
using Skep.Linux.Files;
using Skep.Output;

namespace Skep.Cli.Guard;

/// <summary><c>skep guard log</c>.</summary>
internal static class GuardLogCommand
{
    public static Command Create()
    {
        var save = new Option<string?>("--save") { Description = "Keep the code of each program in DIR, as HASH.bin.", HelpName = "DIR" };
        var follow = new Option<bool>("--follow", "-f") { Description = "Then print decisions as they are made, until stopped." };
        var live = new LiveOptions("decisions");
        var log = new SkepCommand("log", "Prints what was denied and reported: who, what, by which rule.", new(
            "docs/guard.md",
            new("skep guard log", "the decisions that the kernel keeps, oldest first"),
            new("skep guard log --follow -j", "those, and what is decided from now on, an object on each line"),
            new("skep guard log -j --save programs", "as JSON, the code of the programs in files"))
        {
            Others = "3: not permitted",
        }) { save, follow };
        live.AddTo(log);
        live.Require(log, follow, "-n and --duration are for --follow");
        log.PrintsAsGroup((parsed, form) => GuardApplyCommand.Supported("print decisions", () =>
        {
            if (!GuardLog.Exists)
            {
                return Message.Error(
                    "printing decisions: no policies were applied since the machine booted (skep guard apply)", ExitCode.Failed);
            }

            using var kept = new GuardLog();
            using OutputDirectory? saved = parsed.GetValue(save) is { } directory ? OutputDirectory.Open(directory) : null;
            return parsed.GetValue(follow) ? Follow(kept, saved, form, live.Of(parsed)) : Print(kept, saved, form);
        }));
        return log;
    }

    private static int Print(GuardLog kept, OutputDirectory? saved, OutputForm form)
    {
        IReadOnlyList<GuardDecision> decisions = kept.Read(0);
        foreach (GuardDecision decision in decisions) Save(saved, decision);
        StandardOutput.WriteList(form, decisions, GuardDecisionText.Write, GuardDecisionText.Write);
        return ExitCode.Done;
    }

    private static int Follow(GuardLog kept, OutputDirectory? saved, OutputForm form, LiveLimits limits)
    {
        if (form == OutputForm.Pretty)
            return Message.Error("-p prints an array, which has no end with --follow (give -j)", ExitCode.Usage);
        using Stream output = StandardOutput.Open();
        using var buffered = new BufferedStream(output, StreamOutput.BufferBytes);
        using StreamWriter text = StreamOutput.Text(buffered);
        using var source = new GuardLogSource(
            kept,
            decision =>
            {
                Save(saved, decision);
                if (form == OutputForm.Text) GuardDecisionText.Write(text, decision);
                else StreamOutput.WriteJson(buffered, form, json => GuardDecisionText.Write(json, decision));
            },
            text.Flush);
        return LiveView.Run(source, limits, "decisions", "following the decisions of guard");
    }

    private static void Save(OutputDirectory? saved, GuardDecision decision)
    {
        if (saved is null || decision.Code is not { } code) return;
        string name = $"{decision.Sha256}.bin";
        if (!saved.Holds(name)) saved.Write(name, code);
    }
}
