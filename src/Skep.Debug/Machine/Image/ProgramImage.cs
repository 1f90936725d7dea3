using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Debug.Machine.Image;

/// <summary>A program as it is loaded: its instructions, with the maps that they refer to.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type, which decides on the context.</param>
/// <param name="Instructions">The instructions, with the functions that they call behind them.</param>
public sealed record ProgramImage(string Name, BpfProgramType Type, ReadOnlyMemory<Instruction> Instructions)
{
    /// <summary>The maps.</summary>
    public IReadOnlyList<MapDefinition> Maps { get; init; } = [];

    /// <summary>By the slot of a load: the map's number in <see cref="Maps"/>.</summary>
    public IReadOnlyDictionary<int, int> MapOfSlot { get; init; } = new Dictionary<int, int>();

    /// <summary>By slot: why the instruction there cannot be run.</summary>
    public IReadOnlyDictionary<int, string> Unresolved { get; init; } = new Dictionary<int, string>();

    /// <summary>By the slot of a call: the name of the kernel function that it calls.</summary>
    public IReadOnlyDictionary<int, string> Kfuncs { get; init; } = new Dictionary<int, string>();

    /// <summary>By first slot: the names of functions.</summary>
    public IReadOnlyDictionary<int, string> Functions { get; init; } = new Dictionary<int, string>();

    /// <summary>A program of maps by index: <c>lddw</c> with sources 5 and 6, or descriptors that are indices.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">The type.</param>
    /// <param name="instructions">The instructions.</param>
    /// <param name="maps">The maps.</param>
    public static ProgramImage Of(string name, BpfProgramType type, ReadOnlySpan<Instruction> instructions, params MapDefinition[] maps)
    {
        ArgumentNullException.ThrowIfNull(maps);
        var slots = new Dictionary<int, int>();
        foreach (DecodedInstruction item in Decoder.Decode(instructions))
            if (item.Kind is >= OperationKind.LoadMap and <= OperationKind.LoadMapIndexValue
                && item.Kind is not (OperationKind.LoadBtfId or OperationKind.LoadFunction) && (uint)item.Imm < (uint)maps.Length)
                slots[item.Index] = item.Imm;
        return new ProgramImage(name, type, instructions.ToArray()) { Maps = maps, MapOfSlot = slots };
    }

    /// <summary>A program of an object file, or one that was captured as it was loaded.</summary>
    /// <exception cref="NotSupportedException">It is of a kind that no machine runs.</exception>
    public static ProgramImage Of(ProgramCode code)
    {
        ArgumentNullException.ThrowIfNull(code);
        code.RequireLittleEndian("run");
        string name = code.Name ?? "program";
        if (code.Form == ProgramForm.Translated)
            throw new NotSupportedException(
                $"run {name}: the kernel rewrote its instructions for its own structures (give the program as it was loaded: an object "
                + "file, or what skep watch --save wrote)");
        if (code.Type is not { } type) throw new NotSupportedException($"run {name}: its type is not known");
        var maps = new List<MapDefinition>();
        var numbers = new Dictionary<int, int>();
        var slots = new Dictionary<int, int>();
        var unresolved = new Dictionary<int, string>();
        foreach ((int slot, int map) in code.MapOfSlot)
        {
            if (!numbers.TryGetValue(map, out int number))
            {
                if (MapDefinition.Of(code.Maps[map], out string? reason) is not { } definition)
                {
                    unresolved[slot] = reason!;
                    continue;
                }

                numbers[map] = number = maps.Count;
                maps.Add(definition);
            }

            slots[slot] = number;
        }

        foreach (int slot in code.CoreFields.Keys)
            unresolved[slot] = "its field is not placed (a CO-RE relocation, which a load applies)";
        var kfuncs = new Dictionary<int, string>();
        foreach (DecodedInstruction item in Decoder.Decode(code.Instructions))
            if (item.Kind == OperationKind.CallKfunc && code.CallAt(item)?.Name is { } kfunc) kfuncs[item.Index] = kfunc;
        return new ProgramImage(name, type, code.Instructions.ToArray())
        {
            Maps = maps,
            MapOfSlot = slots,
            Unresolved = unresolved,
            Kfuncs = kfuncs,
            Functions = code.Functions.Where(f => f.Name is not null).DistinctBy(f => f.Slot).ToDictionary(f => f.Slot, f => f.Name!),
        };
    }
}
