using System.Globalization;
using Skep.Output;

namespace Skep.Watch.Events;

/// <summary>How much the text shows.</summary>
public enum TextDetail
{
    /// <summary>One line per event.</summary>
    Line,

    /// <summary>One block per event, with code.</summary>
    Block,
}

/// <summary>Events as text: one line, or one block, per event.</summary>
/// <param name="output">Takes the text.</param>
/// <param name="detail">How much.</param>
/// <param name="withInsns">Whether code is listed below its line.</param>
/// <param name="colour">Whether the output is a terminal that shows colours.</param>
public sealed class TextEventWriter(TextWriter output, TextDetail detail, bool withInsns, bool colour) : IEventSink
{
    private const int WhoWidth = 24, CommandWidth = 20;

    private readonly EventBlock _block = new(output, colour);

    /// <inheritdoc/>
    public void Write(BpfEvent e)
    {
        ArgumentNullException.ThrowIfNull(e);
        if (detail == TextDetail.Block)
        {
            _block.Write(e);
            return;
        }

        WriteLine(e);
        _block.WriteFindings(e.Program);
        if (withInsns) _block.WriteCode(e);
    }

    /// <inheritdoc/>
    public void Flush() => output.Flush();

    private void WriteLine(BpfEvent e)
    {
        string who = $"{SafeText.Escape(e.Process.Comm)}[{e.Process.Pid}]";
        string time = Paint.Dim(LocalTime(e.TimeNs), colour), command = Paint.Command(e.Command.PadRight(CommandWidth), colour);
        output.Write($"{time} {who,-WhoWidth} {command} {EventWords.Describe(e)}");
        if (e.HasToken) output.Write(" by token");
        if (e.Error is { } error) output.Write(" " + Paint.Bad($"= {error}", colour));
        if (e.DurationNs is { } ns) output.Write(Paint.Dim($"  {EventWords.Duration(ns)}", colour));
        if (e.Process.InContainer is { } container) output.Write($"  {EventWords.Place(container)}");
        if (e.Note is { } note) output.Write($"  ({note})");
        output.WriteLine();
    }

    private static string LocalTime(long unixNs) =>
        DateTime.UnixEpoch.AddTicks(unixNs / 100).ToLocalTime().ToString("HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
}
