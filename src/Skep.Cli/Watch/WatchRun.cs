using System.Runtime.InteropServices;
using System.Text;
using Skep.Cli.Common;
using Skep.Linux.Errors;
using Skep.Linux.Files;
using Skep.Linux.Processes;
using Skep.Linux.Streams;
using Skep.Watch.Events;
using Skep.Watch.Save;
using Skep.Watch.Session;

namespace Skep.Cli.Watch;

/// <summary>Runs <c>skep watch</c> from its attach to its last words.</summary>
internal static class WatchRun
{
    private const int CommandNotFound = 127, CommandNotExecutable = 126;

    public static int Start(WatchRequest request)
    {
        using ProgramStore? store = request.Save is { } directory ? new ProgramStore(directory) : null;
        using Stream output = request.Output is { } file ? OutputFile.Open(file) : DescriptorStream.StandardOutput();
        IEventSink writer = Writer(request, output);
        SavingSink? saving = store is null ? null : new SavingSink(store, writer, error => Talk.Say($"warning: a program is not kept: {error}"));
        var sink = new EndingSink(saving ?? writer);
        using WatchSession session = WatchSession.Open(request.Options, sink, Talk.Say, new HeapBudget().Keep);
        HeapBudget.CollectAll();
        sink.Closed = session.Stop;
        if (request.Command is { } command) return RunCommand(session, request, command, sink, saving);

        using StopSignals stop = request.Output is null ? StopSignals.OfLive(session.Stop) : new StopSignals(_ => session.Stop());
        Talk.Say($"watching (tier {session.Backend}); Ctrl-C ends it");
        return Conclude(session.Run(request.Count, request.Duration), sink, saving) ? ExitCode.Done : ExitCode.Failed;
    }

    private static int RunCommand(WatchSession session, WatchRequest request, string[] command, EndingSink sink, SavingSink? saving)
    {
        // A terminal sends Ctrl-C to the command as well: skep ends when the command does. Another signal is passed on,
        // one that comes before the command is there as soon as it is.
        ChildProcess? child = null;
        PosixSignal? early = null;
        bool signalled = false, childEnded = false;
        var starting = new Lock();
        using var stop = new StopSignals(
            signal =>
            {
                lock (starting)
                {
                    signalled = true;
                    if (childEnded) OutputDeadline.Set();
                    if (signal == PosixSignal.SIGINT && Terminal.IsInput) return;
                    if (child is null) early = signal;
                    else PassOn(child, signal);
                }
            },
            endsOutput: false);
        try
        {
            lock (starting)
            {
                // Standard output is for the events, unless these go to a file.
                child = ChildProcess.Start(command[0], command.AsSpan(1), outputToError: request.Output is null);
                if (early is { } signal) PassOn(child, signal);
            }
        }
        catch (KernelException e)
        {
            return Talk.Error(e.Message, e.Error.Name == "ENOENT" ? CommandNotFound : CommandNotExecutable);
        }

        int status = 0;
        var ended = new Thread(() =>
        {
            status = child.Wait();
            lock (starting)
            {
                childEnded = true;
                if (signalled) OutputDeadline.Set();
            }

            session.Stop();
        });
        ended.Start();
        bool isWhole = Conclude(session.Run(request.Count, request.Duration), sink, saving);
        if (ended.IsAlive) Talk.Say($"waiting for {command[0]} (pid {child.Pid}) to end");
        ended.Join();
        return isWhole ? status : ExitCode.Failed;
    }

    private static void PassOn(ChildProcess child, PosixSignal signal) => child.Signal(signal switch
    {
        PosixSignal.SIGHUP => 1,
        PosixSignal.SIGINT => 2,
        _ => 15,
    });

    private static IEventSink Writer(WatchRequest request, Stream output)
    {
        if (request.Json) return new JsonEventWriter(output, request.Insns, request.Pretty);
        var text = new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16);
        return new TextEventWriter(text, request.Verbose ? TextDetail.Block : TextDetail.Line, request.Insns, request.Output is null && Talk.ColourOutput);
    }

    /// <returns>Whether all was written.</returns>
    private static bool Conclude(in WatchSummary summary, EndingSink sink, SavingSink? saving)
    {
        if (sink.Error is { } error) Talk.Error($"writing events: {error} (the watch ended there; the last line may be cut)", ExitCode.Failed);
        if (saving is { Failed: > 0 and var failed }) Talk.Error($"saving programs: {failed} could not be kept (the first error is above)", ExitCode.Failed);
        var words = new StringBuilder($"{summary.Captured} events captured, {summary.Lost} lost");
        if (summary.LeftOut > 0) words.Append($" ({summary.LeftOut} of them over what users without CAP_BPF may take)");
        if (summary.Shown != summary.Captured) words.Append($", {summary.Shown} shown");
        if (summary.ElementsMade > 0) words.Append($"; {summary.ElementsMade} element operations counted");
        if (summary.ElementsLost > 0) words.Append($", {summary.ElementsLost} of them not by map");
        if (summary.PiecesLost > 0) words.Append($"; {summary.PiecesLost} pieces of code or logs lost");
        if (summary.EntriesLost > 0) words.Append($"; {summary.EntriesLost} calls seen at their exit only");
        if (summary.DecodeFailures > 0) words.Append($"; {summary.DecodeFailures} events not described");
        Talk.Say(words.ToString());
        return sink.Error is null && saving is null or { Failed: 0 };
    }
}
