using Skep.Cli.Common;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Simulate;
using Skep.Filter.Simulate;
using Skep.Linux.Files;
using Skep.Output;
using Skep.Packets.Captures;

namespace Skep.Cli.Filter;

/// <summary>Decides packets and prints what became of each.</summary>
internal sealed class FilterTestRun(Table table, OutputForm form)
{
    private readonly TestNotes _notes = new(table);
    private readonly TestWriter _writer = new(table);
    private bool _isRead = true;

    /// <summary>Runs the test.</summary>
    /// <param name="packets">The packets, read as they are decided.</param>
    /// <param name="iif">The interface that they come in by.</param>
    /// <param name="kernel">Whether the compiled program decides.</param>
    /// <param name="write">Where to write what the rules leave, or null.</param>
    /// <param name="mistake">What ended the packets before their end, once they are read; null for nothing.</param>
    /// <returns>The exit code.</returns>
    public int Run(IEnumerable<CapturedPacket> packets, string iif, bool kernel, string? write, Func<string?> mistake)
    {
        try
        {
            using ISimulator simulator = Simulators.Create(table, iif, kernel);
            return Print(packets, simulator, write, mistake);
        }
        catch (FilterCompileException e)
        {
            return Message.Error(e.Message, ExitCode.Failed);
        }
    }

    private int Print(IEnumerable<CapturedPacket> packets, ISimulator simulator, string? write, Func<string?> mistake)
    {
        using OutputReplacement? file = write is null ? null : OutputFile.Begin(write);
        CaptureWriter? capture = file is null ? null : new CaptureWriter(file.Stream, CaptureFormat.PcapNg);
        int number = 0;
        StandardOutput.Write(stream =>
        {
            using var buffered = new BufferedStream(stream, StreamOutput.BufferBytes);
            using StreamWriter text = StreamOutput.Text(buffered);
            number = Decide(buffered, text, packets, simulator, capture);
        });
        string? error = mistake();
        if (_notes.Decided > 0 || error is null)
        {
            file?.Commit();
            _notes.Print(error => Message.Error(error, ExitCode.Failed), Message.Print);
        }

        if (error is null) return _notes.IsIncomplete ? ExitCode.Failed : ExitCode.Done;
        string decided = number switch
        {
            0 => "",
            1 => " (the packet before it is decided)",
            _ => $" (the {number} packets before it are decided)",
        };
        return Message.Error(error + decided, ExitCode.Failed);
    }

    /// <returns>How many packets there were.</returns>
    private int Decide(Stream output, TextWriter text, IEnumerable<CapturedPacket> packets, ISimulator simulator, CaptureWriter? capture)
    {
        int number = 0;
        foreach (CapturedPacket packet in packets)
        {
            number++;
            if (LinkLayer.Of(packet) is not { } layer)
            {
                _notes.AddUnknown(packet.LinkType);
                continue;
            }

            var tested = new TestedPacket(number, packet, layer);
            Simulation result = tested.Decide(simulator);
            _notes.Add(result.Verdict, layer, tested.IsCut);
            if (_isRead) Write(output, text, tested, result);
            if (result.Verdict is not "drop")
                capture?.Write(packet with { Bytes = layer.Wrap(packet, result.Packet), Comment = _writer.Comment(result) });
        }

        return number;
    }

    // The packets are decided, and written to the file, also when nobody reads standard output any more.
    private void Write(Stream output, TextWriter text, TestedPacket packet, Simulation result)
    {
        try
        {
            if (form == OutputForm.Text) _writer.WriteText(text, packet, result);
            else StreamOutput.WriteJson(output, form, json => _writer.WriteJson(json, packet, result));
        }
        catch (IOException e) when (OutputEnd.IsQuiet(e))
        {
            _isRead = false;
        }
    }
}
