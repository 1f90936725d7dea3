using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Skep.Debug.Machine;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Debug.Debugger;

/// <summary>
/// Finds the place of a breakpoint: <c>*SLOT</c>, <c>LINE</c>, <c>FILE:LINE</c>, <c>FUNCTION</c>, <c>helper NAME</c>, <c>map NAME</c>,
/// <c>packet</c>.
/// </summary>
internal sealed class BreakpointLocator(ProgramCode code, BpfMachine machine)
{
    public bool TryFind(string location, [NotNullWhen(true)] out BreakpointPlace? place, [NotNullWhen(false)] out string? mistake)
    {
        location = location.Trim();
        (place, mistake) = location switch
        {
            ['*', .. var slot] => AtSlot(slot.Trim()),
            "packet" => (new BreakpointPlace(new HashSet<int>(), Packet: true), null),
            _ when Word(location, "helper ") is { } helper => AtHelper(helper),
            _ when Word(location, "map ") is { } map => AtMap(map),
            _ => AtSource(location),
        };
        return place is not null;
    }

    private static string? Word(string text, string word) =>
        text.StartsWith(word, StringComparison.Ordinal) ? text[word.Length..].Trim() : null;

    private (BreakpointPlace?, string?) AtSlot(string text)
    {
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int slot))
            return (null, $"'{text}' is no number of an instruction");
        foreach (DecodedInstruction item in Decoder.Decode(code.Instructions))
            if (item.Index == slot) return (BreakpointPlace.At([slot]), null);
        return (null, $"no instruction begins at {slot} (the program has slots 0 to {code.Instructions.Length - 1})");
    }

    private (BreakpointPlace?, string?) AtHelper(string name)
    {
        name = name.StartsWith("bpf_", StringComparison.Ordinal) ? name : "bpf_" + name;
        foreach (DecodedInstruction item in Decoder.Decode(code.Instructions))
            if (code.CallAt(item)?.Name == name) return (new BreakpointPlace(new HashSet<int>(), Helper: name), null);
        return (null, $"the program does not call {name}");
    }

    private (BreakpointPlace?, string?) AtMap(string name) => machine.Map(name) is not null
        ? (new BreakpointPlace(new HashSet<int>(), Map: name), null)
        : (null, $"the program has no map {name} (it has {string.Join(", ", machine.Maps.Select(map => map.Definition.Name))})");

    private (BreakpointPlace?, string?) AtSource(string text)
    {
        foreach (CodeFunction function in code.Functions)
            if (function.Name == text) return (BreakpointPlace.At([function.Slot]), null);
        int colon = text.LastIndexOf(':');
        if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int line))
            return (null, $"the program has no function {text} (give *SLOT, LINE, FILE:LINE, FUNCTION, helper NAME, map NAME or packet)");
        if (code.Lines.Count == 0) return (null, "the program has no source lines (give *SLOT)");
        string? file = null;
        if (colon >= 0)
        {
            string name = text[..colon];
            HashSet<string> files = [.. code.Lines.Select(one => one.File).Where(one => one.Length > 0)];
            if (!SourceNames.TryFind(files, name, isElsewhere: false, out file, out string? several))
                return (null, several ?? $"the program has no code of {name} (it has {string.Join(", ", files)})");
        }

        int[] slots = SlotsOf(file, line);
        if (slots.Length > 0) return (BreakpointPlace.At(slots), null);

        // As debuggers do: the next line that has code.
        int next = code.Lines.Where(one => one.Line > line && IsOf(one, file)).Select(one => one.Line).DefaultIfEmpty().Min();
        return next > 0 ? (BreakpointPlace.At(SlotsOf(file, next)), null) : (null, $"no code is at line {line} or behind it");
    }

    // The first slot of each run of slots that the line has.
    private int[] SlotsOf(string? file, int line)
    {
        var slots = new List<int>();
        bool isInside = false;
        foreach (CodeLine one in code.Lines)
        {
            bool isIt = one.Line == line && IsOf(one, file);
            if (isIt && !isInside) slots.Add(one.Slot);
            isInside = isIt;
        }

        return [.. slots];
    }

    private static bool IsOf(CodeLine line, string? file) => file is null || line.File == file;
}
