using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Live;
using Skep.Cli.Options;
using Skep.Guard.Learn;
using Skep.Linux.Files;
using Skep.Output;

namespace Skep.Cli.Guard;

/// <summary><c>skep guard learn</c>.</summary>
internal static class GuardLearnCommand
{

    public static Command Create()
    {
        Option<string?> events = GuardTestCommand.EventsOption("Learn from what skep watch -j --insns recorded; - for standard input.");
        Option<TimeSpan?> duration = Quantities.Time("--duration", "Watch the machine for this time, and learn from that.");
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Write the policy to this file instead of standard output.", HelpName = "FILE",
        };
        var learn = new SkepCommand(
            "learn",
            "Writes a policy that allows what BPF did, by content and by caller, and denies all else.",
            new(
                "docs/guard.md",
                new("skep guard learn --duration 1h -o learned.toml", "from an hour of this machine; needs root"),
                new("skep guard learn --events events.json > learned.toml", "from what skep watch recorded"))
            {
                Usage = "wrong usage, or a line is no event",
            }) { events, duration, output };
        learn.Validators.Add(result =>
        {
            if ((result.GetResult(events) is null) == (result.GetResult(duration) is null))
                result.AddError("give either --events FILE or --duration TIME");
        });
        learn.PrintsAsGroup((parsed, form) =>
        {
            if (form != OutputForm.Text) return Message.Error("learn writes a policy, which is TOML (leave out -j and -p)", ExitCode.Usage);
            var learner = new PolicyLearner();
            int code = parsed.GetValue(events) is { } path
                ? Read(learner, path)
                : GuardLearnRun.Watch(learner, new LiveLimits(long.MaxValue, parsed.GetValue(duration), TimeSpan.Zero));
            return code == ExitCode.Done ? Write(learner, parsed.GetValue(output)) : code;
        });
        return learn;
    }

    private static int Read(PolicyLearner learner, string path)
    {
        using InputStream input = NamedInput.Open(path, InputLimit.Events);
        try
        {
            learner.AddAll(input, path == "-" ? "standard input" : path);
            return ExitCode.Done;
        }
        catch (InvalidDataException e)
        {
            return Message.Error(e.Message, ExitCode.Usage);
        }
    }

    private static int Write(PolicyLearner learner, string? path)
    {
        if (path is null)
        {
            StandardOutput.WriteText(text => Write(learner, text));
            return ExitCode.Done;
        }

        using OutputReplacement file = OutputFile.Begin(path);
        using (StreamWriter text = StreamOutput.Text(file.Stream)) Write(learner, text);
        file.Commit();
        return ExitCode.Done;
    }

    private static void Write(PolicyLearner learner, TextWriter text) =>
        new LearnedPolicyWriter(learner, text).Write(Environment.ProcessPath);
}
