using System.Text;
using Skep.Agent.Explain;
using Skep.Cli.Common;
using Skep.Cli.Live;
using Skep.Inventory.Machine;
using Skep.Linux.Files;
using Skep.Output;
using Skep.Watch.Events;
using Skep.Watch.Save;
using Skep.Watch.Session;

namespace Skep.Cli.Watch;

/// <summary>Runs <c>skep watch</c>: attaches, and follows the events of the machine or of a command.</summary>
internal static class WatchRun
{
    public static int Start(WatchRequest request)
    {
        if (request is { Rotation: not null, Output: null })
            return Message.Error("--rotate is of the file of -o (give -o FILE)", ExitCode.Usage);
        using ProgramStore? store = request.Save is { } directory ? new ProgramStore(directory) : null;
        using AppendedFile? appended = request.Output is { } path ? AppendedFile.Open(path) : null;
        if (appended is { IsRegular: false } && request.Rotation is not null)
            return Message.Error($"rotating {request.Output}: it is no regular file (leave out --rotate)", ExitCode.Usage);
        using Stream output = StandardOutput.Open();
        EventFile? file = appended is null
            ? null
            : new EventFile(appended, stream => Writer(request, stream), request.Rotation, text => Message.Print($"warning: {text}"));
        IEventSink writer = file ?? Writer(request, output);
        SavingSink? saving = store is null
            ? null
            : new SavingSink(store, writer, error => Message.Print($"warning: a program is not kept: {error}"));
        writer = saving ?? writer;
        var machine = new MachineSnapshot();
        var sink = new EndingSink(request.Explain ? new ExplainingSink(writer, machine.Kernel) : writer);
        using WatchSession session = WatchSession.Open(request.Options, machine, sink, Message.Print, new HeapBudget().Keep);
        HeapBudget.CollectAll();
        var source = new WatchSource(session, sink, saving, file);
        if (request.Command is { } command) return new WatchedCommand(command, outputToError: file is null).Run(source, request.Limits);
        var terminal = new HungUpTerminal();
        return LiveView.Run(
            source, request.Limits, "events", $"watching (backend {session.Backend})", followsReader: file is null,
            onHangUp: appended is { IsRegular: true } ? () => Reopen(file!, terminal) : null);
    }

    // HUP stands for both: a program that has moved the file, and a terminal that is gone.
    private static bool Reopen(EventFile file, HungUpTerminal terminal)
    {
        if (terminal.IsGone) return false;
        file.Reopen();
        return true;
    }

    private static IEventSink Writer(WatchRequest request, Stream output)
    {
        if (request.Form != OutputForm.Text) return new JsonEventWriter(output, request.Insns, request.Form == OutputForm.Pretty);
        var text = new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), StreamOutput.BufferBytes);
        TextDetail detail = request.Verbose ? TextDetail.Block : TextDetail.Line;
        return new TextEventWriter(text, detail, request.Insns, request.Output is null && StandardOutput.HasColour);
    }
}
