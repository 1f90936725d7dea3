using System.Text;
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
        using ProgramStore? store = request.Save is { } directory ? new ProgramStore(directory) : null;
        using Stream output = request.Output is { } file ? OutputFile.Open(file) : StandardOutput.Open();
        IEventSink writer = Writer(request, output);
        SavingSink? saving = store is null
            ? null
            : new SavingSink(store, writer, error => Message.Print($"warning: a program is not kept: {error}"));
        var sink = new EndingSink(saving ?? writer);
        using WatchSession session = WatchSession.Open(request.Options, new MachineSnapshot(), sink, Message.Print, new HeapBudget().Keep);
        HeapBudget.CollectAll();
        var source = new WatchSource(session, sink, saving);
        bool isToOutput = request.Output is null;
        return request.Command is { } command
            ? new WatchedCommand(command, outputToError: isToOutput).Run(source, request.Limits)
            : LiveView.Run(source, request.Limits, "events", $"watching (backend {session.Backend})", followsReader: isToOutput);
    }

    private static IEventSink Writer(WatchRequest request, Stream output)
    {
        if (request.Form != OutputForm.Text) return new JsonEventWriter(output, request.Insns, request.Form == OutputForm.Pretty);
        var text = new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), StreamOutput.BufferBytes);
        TextDetail detail = request.Verbose ? TextDetail.Block : TextDetail.Line;
        return new TextEventWriter(text, detail, request.Insns, request.Output is null && StandardOutput.HasColour);
    }
}
