using System.Globalization;
using System.Text.Json;
using Skep.Debug.Dap.Variables;
using Skep.Debug.Dap.Wire;
using Skep.Debug.Debugger;
using Skep.Inventory.Code;

namespace Skep.Debug.Dap;

/// <summary>The requests that set breakpoints: each replaces those of its kind, and of its file.</summary>
internal sealed class Breakpoints(Debuggee debuggee, MessageWriter writer)
{
    private const int MostAtOnce = 1024;
    private const string AtFunction = "function breakpoint", AtInstruction = "instruction breakpoint", AtLine = "breakpoint",
        AtData = "data breakpoint", Packet = "packet", Map = "map ";

    private readonly Dictionary<string, List<int>> _groups = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _reasons = [];

    /// <summary>Answers a request; false for one that sets none.</summary>
    public bool TryServe(Request request)
    {
        switch (request.Command)
        {
            case "setBreakpoints":
                SetLines(request);
                return true;
            case "setFunctionBreakpoints":
                Set(request, "function", AtFunction, one => one.Name ?? throw new RequestException("a breakpoint has no name"));
                return true;
            case "setInstructionBreakpoints":
                Set(request, "instruction", AtInstruction, SlotOf);
                return true;
            case "dataBreakpointInfo":
                DescribeData(request);
                return true;
            case "setDataBreakpoints":
                Set(request, "data", AtData, DataOf);
                return true;
            case "setExceptionBreakpoints":
                // There are no filters: a fault always stops.
                writer.Respond(request);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The reason of a stop, in the protocol's words.</summary>
    public string ReasonOf(Breakpoint breakpoint) => _reasons.GetValueOrDefault(breakpoint.Number, AtLine);

    private void SetLines(Request request)
    {
        BreakpointArguments arguments = request.Arguments(RequestContext.Default.Breakpoints);
        SourceArgument source = arguments.Source ?? throw new RequestException("setBreakpoints has no source");
        string? file = debuggee.Sources.Find(source, out string? ambiguous);
        if (ambiguous is not null) file = null;
        Set(request, $"file {file ?? source.Path}", AtLine, one => ambiguous is not null ? throw new RequestException(ambiguous)
            : file is null ? null
            : string.Create(CultureInfo.InvariantCulture, $"{file}:{debuggee.LineOf(one.Line)}"));
    }

    private string SlotOf(BreakpointArgument one)
    {
        ulong address = unchecked(Debuggee.AddressOf(one.InstructionReference) + (ulong)one.Offset);
        return CodeAddress.TrySlot(address, debuggee.Session.Code.Instructions.Length, out int slot)
            ? string.Create(CultureInfo.InvariantCulture, $"*{slot}")
            : throw new RequestException($"no instruction is at {CodeAddress.Text(address)}");
    }

    // Writes to a whole map, or to the packet.
    private void DescribeData(Request request)
    {
        string name = request.Arguments(RequestContext.Default.DataInfo).Name
            ?? throw new RequestException("dataBreakpointInfo has no name");
        string? place = debuggee.Session.Machine.Map(name) is not null ? Map + name
            : debuggee.Session.Machine.PeekPacket() is not null && MachineVariables.IsOfPacket(name) ? Packet : null;
        writer.Respond(request, json =>
        {
            if (place is null)
            {
                json.WriteNull("dataId");
                json.WriteString("description", $"writes to {name} are not watched: maps and the packet are");
                return;
            }

            json.WriteString("dataId", place);
            json.WriteString("description", place == Packet ? "writes to the packet" : $"writes to map {name}");
            json.WriteStartArray("accessTypes");
            json.WriteStringValue("write");
            json.WriteEndArray();
        });
    }

    private static string DataOf(BreakpointArgument one)
    {
        if (one.AccessType is not (null or "write")) throw new RequestException("only writes are watched");
        return one.DataId is { } place && (place == Packet || place.StartsWith(Map, StringComparison.Ordinal))
            ? place : throw new RequestException("the breakpoint has no dataId of dataBreakpointInfo");
    }

    // A place of null is in a file that the program has no code of.
    private void Set(Request request, string group, string reason, Func<BreakpointArgument, string?> placeOf)
    {
        IReadOnlyList<BreakpointArgument?> wanted = request.Arguments(RequestContext.Default.Breakpoints).Breakpoints ?? [];
        if (wanted.Count > MostAtOnce) throw new RequestException($"more than {MostAtOnce} breakpoints are given at once");
        var results = new List<(Breakpoint? Breakpoint, string? Mistake)>();
        List<int> numbers = _groups.TryGetValue(group, out List<int>? known) ? known : _groups[group] = [];
        foreach (int number in numbers)
        {
            debuggee.Session.Delete(number);
            _reasons.Remove(number);
        }

        numbers.Clear();
        foreach (BreakpointArgument? one in wanted)
        {
            (Breakpoint? breakpoint, string? mistake) = Make(one ?? new BreakpointArgument(), placeOf);
            results.Add((breakpoint, mistake));
            if (breakpoint is null) continue;
            numbers.Add(breakpoint.Number);
            _reasons[breakpoint.Number] = reason;
        }

        writer.Respond(request, json =>
        {
            json.WriteStartArray("breakpoints");
            foreach ((Breakpoint? breakpoint, string? mistake) in results) Write(json, breakpoint, mistake);
            json.WriteEndArray();
        });
    }

    private (Breakpoint?, string?) Make(BreakpointArgument one, Func<BreakpointArgument, string?> placeOf)
    {
        try
        {
            if (placeOf(one) is not { } place) return (null, "the program has no code of this file");
            string? condition = string.IsNullOrWhiteSpace(one.Condition) ? null : one.Condition;
            string? hits = string.IsNullOrWhiteSpace(one.HitCondition) ? null : one.HitCondition;
            string? log = string.IsNullOrEmpty(one.LogMessage) ? null : one.LogMessage;
            return debuggee.Session.TryBreak(place, condition, out Breakpoint? breakpoint, out string? mistake, hits, log)
                ? (breakpoint, null) : (null, mistake);
        }
        catch (RequestException e)
        {
            return (null, e.Message);
        }
    }

    private void Write(Utf8JsonWriter json, Breakpoint? breakpoint, string? mistake)
    {
        json.WriteStartObject();
        json.WriteBoolean("verified", breakpoint is not null);
        if (breakpoint is not null)
        {
            json.WriteNumber("id", breakpoint.Number);
            if (breakpoint.Slots.Count > 0)
            {
                int slot = breakpoint.Slots.Min();
                CodeLine? line = debuggee.Session.Code.LineAt(slot);
                debuggee.WritePlace(json, line is null ? null : line with { Column = 0 }, isRequired: false);
                json.WriteString("instructionReference", CodeAddress.Text(CodeAddress.Of(slot)));
            }
        }

        if (mistake is not null) json.WriteString("message", mistake);
        json.WriteEndObject();
    }
}
