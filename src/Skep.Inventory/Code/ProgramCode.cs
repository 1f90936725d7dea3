using Skep.Bpf;
using Skep.Isa;

namespace Skep.Inventory.Code;

/// <summary>
/// A program and what its code refers to, from any source: one that is loaded, one of an object file, or bytes that were captured. What
/// the source does not tell is null or empty. It is not changed after it was made, and may be read by several threads.
/// </summary>
public sealed record ProgramCode
{
    private readonly Lazy<ControlFlowGraph> _flow;
    private readonly Lazy<Dictionary<long, string?>> _functionNames;

    /// <summary>A program.</summary>
    public ProgramCode()
    {
        _flow = new Lazy<ControlFlowGraph>(() => ControlFlowGraph.Build(Instructions, Form));
        _functionNames =
            new Lazy<Dictionary<long, string?>>(() => Functions.DistinctBy(f => f.Slot).ToDictionary(f => (long)f.Slot, f => f.Name));
    }

    /// <summary>The instructions, 8 bytes each.</summary>
    public required ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>Whose view they are.</summary>
    public required ProgramForm Form { get; init; }

    /// <summary>The program's name, in full where its BTF has it; null for bytes without a name.</summary>
    public string? Name { get; init; }

    /// <summary>The ELF section that it comes from; null when it comes from none.</summary>
    public string? SectionName { get; init; }

    /// <summary>
    /// Whether it is for a big-endian machine: <see cref="Bytes"/> are as a little-endian one has them, but memory and constants are not.
    /// </summary>
    public bool IsBigEndian { get; init; }

    /// <summary>What the kernel says of it; null when it is not loaded.</summary>
    public BpfProgramInfo? Info { get; init; }

    /// <summary>The type.</summary>
    public BpfProgramType? Type { get; init; }

    /// <summary>Where it expects to be attached.</summary>
    public BpfAttachType? ExpectedAttachType { get; init; }

    /// <summary>The kernel function, hook or tracepoint that it is for, from its attach target or its section's name.</summary>
    public string? Target { get; init; }

    /// <summary>Whether it runs when the target returns: registers hold the result then, no arguments.</summary>
    public bool AtReturn { get; init; }

    /// <summary>The BTF of <see cref="TargetTypeId"/>: the kernel's, a module's or a program's.</summary>
    public Btf? TargetBtf { get; init; }

    /// <summary>The attach target in <see cref="TargetBtf"/>; 0 for none.</summary>
    public uint TargetTypeId { get; init; }

    /// <summary>The kernel that it is for.</summary>
    public TargetKernel Kernel { get; init; } = new();

    /// <summary>Its own BTF.</summary>
    public Btf? Btf { get; init; }

    /// <summary>Its functions, in order of slots: the main program first. Empty without BTF or symbols.</summary>
    public IReadOnlyList<CodeFunction> Functions { get; init; } = [];

    /// <summary>The slot of the function that an exception ends with (<c>__exception_cb</c>); null for a program that names none.</summary>
    public int? ExceptionCallback { get; init; }

    /// <summary>Its source lines, in order of slots.</summary>
    public IReadOnlyList<CodeLine> Lines { get; init; } = [];

    /// <summary>The kernel address of the machine code of each of <see cref="Lines"/>; empty when it is not known.</summary>
    public IReadOnlyList<ulong> JitedLines { get; init; } = [];

    /// <summary>The maps that it refers to.</summary>
    public IReadOnlyList<CodeMap> Maps { get; init; } = [];

    /// <summary>By the slot of a load: the number in <see cref="Maps"/>.</summary>
    public IReadOnlyDictionary<int, int> MapOfSlot { get; init; } = new Dictionary<int, int>();

    /// <summary>By the slot of a call or of a load of a kernel variable: the symbol that an object file names there.</summary>
    public IReadOnlyDictionary<int, string> SymbolOfSlot { get; init; } = new Dictionary<int, string>();

    /// <summary>By slot: the field of a CO-RE relocation that is still to be applied.</summary>
    public IReadOnlyDictionary<int, CoreField> CoreFields { get; init; } = new Dictionary<int, CoreField>();

    /// <summary>The machine code of all functions, one after the other; empty when there is none.</summary>
    public ReadOnlyMemory<byte> Jited { get; init; }

    /// <summary>The kernel address of each function's machine code.</summary>
    public IReadOnlyList<ulong> JitedAddresses { get; init; } = [];

    /// <summary>Bytes of each function's machine code.</summary>
    public IReadOnlyList<uint> JitedLengths { get; init; } = [];

    /// <summary>The licence that an object file gives; null where there is none.</summary>
    public string? License { get; init; }

    /// <summary>Whether its licence lets it call GPL-only helpers; null when it is not known.</summary>
    public bool? GplCompatible { get; init; }

    /// <summary>The instructions.</summary>
    public ReadOnlySpan<Instruction> Instructions => Decoder.Slots(Bytes.Span);

    /// <summary>Its blocks and functions. Made when first asked for.</summary>
    public ControlFlowGraph Flow => _flow.Value;

    /// <summary>The map of a load; null when it loads none.</summary>
    public CodeMap? MapAt(int slot) => MapOfSlot.TryGetValue(slot, out int map) ? Maps[map] : null;

    /// <summary>The source line of a slot; null without lines.</summary>
    public CodeLine? LineAt(int slot)
    {
        int low = 0, high = Lines.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if (Lines[middle].Slot <= slot) low = middle + 1;
            else high = middle - 1;
        }

        return high < 0 ? null : Lines[high];
    }

    /// <summary>Refuses a big-endian program where what its memory holds matters.</summary>
    /// <param name="what">What was asked for: <c>explain</c>.</param>
    /// <exception cref="NotSupportedException">It is one.</exception>
    public void RequireLittleEndian(string what)
    {
        if (IsBigEndian)
            throw new NotSupportedException(
                $"{what} {Name ?? "the program"}: it is for a big-endian machine, whose memory is read otherwise (skep prog dump and cfg "
                + $"show its instructions)");
    }

    /// <summary>The name of the function that starts at a slot; null when it has none.</summary>
    public string? FunctionName(long slot) => _functionNames.Value.GetValueOrDefault(slot);

    /// <summary>What a call calls; null for an instruction that is no call, and for a call of a register.</summary>
    public CallTarget? CallAt(in DecodedInstruction call) => CallResolver.Resolve(this, call);

    /// <summary>Names for a disassembler.</summary>
    public ISymbolResolver Symbols => new CodeSymbols(this);
}
