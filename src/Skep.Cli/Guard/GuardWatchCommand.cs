using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Live;
using Skep.Cli.Options;
using Skep.Cli.Watch;
using Skep.Guard.Kernel;
using Skep.Guard.Model;
using Skep.Guard.Test;
using Skep.Inventory.Machine;
using Skep.Linux.Processes;
using Skep.Output;
using Skep.Watch.Capture;
using Skep.Watch.Events;
using Skep.Watch.Session;

namespace Skep.Cli.Guard;

/// <summary><c>skep guard watch</c>.</summary>
internal static class GuardWatchCommand
{
    public static Command Create()
    {
        Argument<string[]> files = GuardFiles.Argument();
        var signal = new Option<string?>("--signal")
        {
            Description = "Send this signal to the process of what is denied.", HelpName = string.Join('|', ProcessSignal.Names),
        };
        OptionValues.TakeOnly(signal, [.. ProcessSignal.Names]);
        var detach = new Option<bool>("--detach") { Description = "Detach links that are denied, and those of programs that are." };
        Option<TimeSpan?> duration = Quantities.Time("--duration", "Exit after this time.");
        var watch = new SkepCommand(
            "watch",
            "Watches the machine and prints what policies decide, after it was done: for kernels that enforce none, and for findings.\n"
            + "As text, what is allowed is only counted.",
            new(
                "docs/guard.md",
                new("skep guard watch /etc/skep/guard.d", "report what would be denied or reported"),
                new("skep guard watch /etc/skep/guard.d --signal KILL -j", "end the processes of what is denied"))
            {
                Usage = "wrong usage, or a policy has an error",
            }) { files, signal, detach, duration };
        watch.PrintsAsGroup((parsed, form) =>
        {
            if (form == OutputForm.Pretty)
                return Message.Error("-p prints an array, which has no end here (give -j)", ExitCode.Usage);
            if (GuardFiles.TryRead(parsed.GetValue(files)!) is not { } policies) return ExitCode.Usage;
            var reaction = new GuardReaction(parsed.GetValue(signal), parsed.GetValue(detach));
            return Run([.. policies.Files.Select(file => file.Policy)], reaction, form, parsed.GetValue(duration));
        });
        return watch;
    }

    private static int Run(IReadOnlyList<Policy> policies, GuardReaction reaction, OutputForm form, TimeSpan? duration)
    {
        var machine = new MachineSnapshot();
        using Stream output = StandardOutput.Open();
        using var buffered = new BufferedStream(output, StreamOutput.BufferBytes);
        GuardTestWriter writer = GuardTestWriter.Of(form, buffered);
        using var sink = new JudgingSink(new EventJudge(policies, machine.Kernel, isOfKernel: true), reaction, writer);
        var ending = new EndingSink(sink);
        using WatchSession session = WatchSession.Open(new WatchOptions(), machine, ending, Message.Print, new HeapBudget().Keep);
        var source = new JudgedSource(new WatchSource(session, ending, saving: null, file: null), writer);
        return LiveView.Run(
            source, new LiveLimits(long.MaxValue, duration, TimeSpan.Zero), "decisions", $"judging (backend {session.Backend})");
    }

    private sealed class JudgedSource(WatchSource watch, GuardTestWriter writer) : ILiveSource
    {
        public void Run(LiveLimits limits)
        {
            watch.Run(limits);
            writer.End(isWhole: true);
        }

        public void Stop() => watch.Stop();

        public bool Conclude() => watch.Conclude();
    }

    // An event is judged as it would be from a file.
    private sealed class JudgingSink(EventJudge judge, GuardReaction reaction, GuardTestWriter writer) : IEventSink, IDisposable
    {
        private readonly MemoryStream _line = new();
        private JsonEventWriter? _json;

        public void Write(BpfEvent e)
        {
            _json ??= new JsonEventWriter(_line, withInsns: true);
            _line.SetLength(0);
            _json.Write(e);
            _json.Flush();
            if (judge.Judge(_line.GetBuffer().AsSpan(0, (int)_line.Length)) is not { } tested) return;
            writer.Write(tested with { Reaction = reaction.To(e, tested) });
        }

        public void Flush() => writer.Flush();

        public void Dispose()
        {
            _json?.Dispose();
            _line.Dispose();
        }
    }
}
