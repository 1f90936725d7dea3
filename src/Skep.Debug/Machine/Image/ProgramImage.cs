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

    /// <summary>By the slot of a call of a kernel function, or of any call in translated code: the name of what it calls.</summary>
    public IReadOnlyDictionary<int, string> Calls { get; init; } = new Dictionary<int, string>();

    /// <summary>The types of the kernel whose structures translated code works on.</summary>
    public Btf? KernelTypes { get; init; }

    /// <summary>The program's own types, which its objects are of; null where they are not known.</summary>
    public Btf? LocalTypes { get; init; }

    /// <summary>The slots of calls that give the element of a map, which translated code makes the value of.</summary>
    public IReadOnlySet<int> GivesElement { get; init; } = new HashSet<int>();

    /// <summary>Whether the verifier translated it.</summary>
    public ProgramForm Form { get; init; }

    /// <summary>The slot of the function that an exception ends with; null where the program returns what was thrown.</summary>
    public int? ExceptionCallback { get; init; }

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
        if (code.Type is not { } type) throw new NotSupportedException($"run {name}: its type is not known");
        if (code.Form == ProgramForm.Translated && IsRewritten(type))
            throw new NotSupportedException(
                $"run {name}: the kernel rewrote its instructions for its own structures (give the program as it was loaded: an object "
                + "file, or what skep watch --save wrote)");
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

        foreach ((int slot, CoreField field) in code.CoreFields)
            if (!field.IsLocal) unresolved[slot] = "its field is not placed (a CO-RE relocation, which a load applies)";
        var calls = new Dictionary<int, string>();
        var elements = new HashSet<int>();
        foreach (DecodedInstruction item in Decoder.Decode(code.Instructions))
        {
            bool isNamed = item.Kind == OperationKind.CallKfunc
                || (item.Kind == OperationKind.CallHelper && code.Form == ProgramForm.Translated);
            if (!isNamed || code.CallAt(item) is not { Name: { } called } target) continue;
            calls[item.Index] = called;
            if (target.Symbol is { } symbol && HelperSymbols.GivesElement(symbol)) elements.Add(item.Index);
        }

        return new ProgramImage(name, type, code.Instructions.ToArray())
        {
            Maps = maps,
            MapOfSlot = slots,
            Unresolved = unresolved,
            Calls = calls,
            GivesElement = elements,
            Form = code.Form,
            LocalTypes = code.Btf,
            ExceptionCallback = code.ExceptionCallback,
            KernelTypes = code.Form == ProgramForm.Translated ? code.Kernel.Btf : null,
            Functions = code.Functions.Where(f => f.Name is not null).DistinctBy(f => f.Slot).ToDictionary(f => f.Slot, f => f.Name!),
        };
    }

    // Contexts of these types are the same for programs and for the kernel, or known in both forms.
    private static bool IsRewritten(BpfProgramType type) => type is not (BpfProgramType.Xdp or BpfProgramType.SchedCls
        or BpfProgramType.SchedAct or BpfProgramType.CgroupSkb or BpfProgramType.SocketFilter or BpfProgramType.RawTracepoint
        or BpfProgramType.RawTracepointWritable or BpfProgramType.Tracepoint or BpfProgramType.Tracing or BpfProgramType.Lsm
        or BpfProgramType.Syscall or BpfProgramType.Kprobe or BpfProgramType.StructOps or BpfProgramType.Netfilter);
}
