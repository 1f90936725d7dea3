using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Guard.Model;
using Skep.Guard.Test;
using Skep.Inventory.Machine;
using Skep.Linux.Files;
using Skep.Output;

namespace Skep.Cli.Guard;

/// <summary><c>skep guard test</c>.</summary>
internal static class GuardTestCommand
{
    public static Command Create()
    {
        Argument<string[]> paths = GuardFiles.Argument();
        Option<string?> events = EventsOption("What skep watch -j --insns recorded; - for standard input.");
        var test = new SkepCommand(
            "test",
            "Prints what policies would have decided on what skep watch recorded; needs no root.\n"
            + "As text, what is allowed is only counted.",
            new(
                "docs/guard.md",
                new("skep guard test /etc/skep/guard.d --events events.json", "what would be denied or reported"),
                new("skep guard test new.toml --events - -j", "of skep watch -j --insns in front of it, as things happen"))
            {
                Usage = "wrong usage, a policy has an error, or a line is no event",
            }) { paths, events };
        test.Validators.Add(result =>
        {
            if (result.GetResult(events) is null) result.AddError("give --events FILE");
        });
        test.PrintsAsGroup((parsed, form) =>
        {
            if (GuardFiles.TryRead(parsed.GetValue(paths)!) is not { } policies) return ExitCode.Usage;
            return Run([.. policies.Files.Select(file => file.Policy)], parsed.GetValue(events)!, form);
        });
        return test;
    }

    /// <summary>The option that names recorded events.</summary>
    public static Option<string?> EventsOption(string description) =>
        new("--events") { Description = description, HelpName = "FILE" };

    private static int Run(IReadOnlyList<Policy> policies, string path, OutputForm form)
    {
        using InputStream input = NamedInput.Open(path, InputLimit.Events);
        InvalidDataException? fault = null;
        StandardOutput.Write(stream =>
        {
            using var buffered = new BufferedStream(stream, StreamOutput.BufferBytes);
            GuardTestWriter writer = GuardTestWriter.Of(form, buffered);
            var judge = new EventJudge(policies, new MachineSnapshot().Kernel, isOfKernel: false);
            var test = new EventTest(input, path == "-" ? "standard input" : path, judge, writer.Flush);
            try
            {
                while (test.Next() is { } tested) writer.Write(tested);
            }
            catch (InvalidDataException e)
            {
                // What was read before stands.
                fault = e;
            }

            writer.End(isWhole: fault is null);
        });
        return fault is null ? ExitCode.Done : Message.Error(fault.Message, ExitCode.Usage);
    }
}
