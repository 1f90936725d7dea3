using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Analysis.Analyze;

/// <summary>
/// What each register and stack slot of a program holds before each instruction, as far as the code shows: numbers and where they come
/// from, pointers and what they point into. Works on any bytes; what cannot be known is <see cref="ValueKind.Unknown"/>.
/// </summary>
public sealed class ProgramAnalysis
{
    // skb->dev->..., sk_reuseport->skb->sk->...: the kernel follows a few pointers.
    private const int MaximumChain = 4;

    private readonly Interpreter _interpreter;
    private readonly FixedPoint _states;
    private readonly List<MemoryAccess> _accesses = [];
    private readonly List<CallFact> _calls = [];
    private readonly List<ReturnFact> _returns = [];
    private readonly Dictionary<int, int> _accessAt = [];
    private readonly Dictionary<int, int> _callAt = [];
    private readonly MachineState _state = new();
    private (int Block, int Item) _last = (-1, 0);

    private ProgramAnalysis(ProgramCode code)
    {
        Code = code;
        Context = new ContextLayout(code, Types);
        _interpreter = new Interpreter(code, Types, Context);
        _states = new FixedPoint(code, _interpreter);
    }

    /// <summary>The program.</summary>
    public ProgramCode Code { get; }

    /// <summary>The types of <see cref="ValueKind.Kernel"/> values.</summary>
    public TypeTable Types { get; } = new();

    /// <summary>The program's context.</summary>
    public ContextLayout Context { get; }

    /// <summary>All accesses to memory that can be reached, in order of blocks.</summary>
    public IReadOnlyList<MemoryAccess> Accesses => _accesses;

    /// <summary>All calls that can be reached, in order of blocks.</summary>
    public IReadOnlyList<CallFact> Calls => _calls;

    /// <summary>All returns that can be reached.</summary>
    public IReadOnlyList<ReturnFact> Returns => _returns;

    /// <summary>Analyzes a program. The time is about proportional to its size.</summary>
    public static ProgramAnalysis Run(ProgramCode code)
    {
        ArgumentNullException.ThrowIfNull(code);
        var analysis = new ProgramAnalysis(code);
        analysis._states.Run();
        analysis.Collect();
        return analysis;
    }

    /// <summary>Whether a block can be reached from the start, a call or a callback.</summary>
    public bool IsReached(int block) => _states.Entries[block] is not null;

    /// <summary>
    /// What holds before an instruction; null for one that is not reached. Computed from the start of its block, or from where it was asked
    /// for last.
    /// </summary>
    /// <param name="slot">The first slot of an instruction.</param>
    public MachineState? StateBefore(int slot) => Peek(slot)?.Copy();

    /// <summary>As <see cref="StateBefore"/>: good until the next time that a state is asked for, and not to be changed.</summary>
    internal MachineState? Peek(int slot)
    {
        int block = Code.Flow.BlockAt(slot);
        if (_states.Entries[block] is not { } entry) return null;
        int function = Code.Flow.Blocks[block].Function;
        ReadOnlySpan<DecodedInstruction> items = _states.ItemsOf(block);
        if (_last.Block != block || (_last.Item < items.Length && items[_last.Item].Index > slot))
        {
            _last = (block, 0);
            _state.CopyFrom(entry);
        }

        while (_last.Item < items.Length && items[_last.Item].Index < slot) _states.Apply(items[_last.Item++], _state, function);
        return _last.Item < items.Length && items[_last.Item].Index == slot ? _state : null;
    }

    /// <summary>What a register holds after an instruction that is reached.</summary>
    public (Value Value, Numbers Numbers) Made(in DecodedInstruction item, Register register)
    {
        if (StateBefore(item.Index) is not { } state) return (Value.Unknown, Numbers.Any);
        _states.Apply(item, state, Code.Flow.Blocks[Code.Flow.BlockAt(item.Index)].Function);
        return (state[register], state.Numbers(register));
    }

    /// <summary>The instructions of a block.</summary>
    public ReadOnlySpan<DecodedInstruction> ItemsOf(int block) => _states.ItemsOf(block);

    /// <summary>The access that an instruction makes; null for none.</summary>
    public MemoryAccess? AccessAt(int slot) => _accessAt.TryGetValue(slot, out int index) ? _accesses[index] : null;

    /// <summary>The call that an instruction makes; null for none.</summary>
    public CallFact? CallAt(int slot) => _callAt.TryGetValue(slot, out int index) ? _calls[index] : null;

    /// <summary>
    /// Whether a pointer to a kernel object was read from the kernel's own context structure: in translated code such accesses stand for
    /// those of the context that the program's author wrote.
    /// </summary>
    public bool IsOfContext(in Value pointer)
    {
        Value at = pointer;
        for (int depth = 0; depth < MaximumChain && Context.IsRewritten && at is { Kind: ValueKind.Kernel, Origin: >= 0 }
            && AccessAt(at.Origin) is { Kind: AccessKind.Load } load; depth++)
        {
            if (load.Address.Kind == ValueKind.Context) return true;
            at = load.Address;
        }

        return false;
    }

    /// <summary>
    /// Whether an access is the verifier's own: it saves a register in the context's structure while it works (SOCK_OPS_GET_FIELD of
    /// net/core/filter.c).
    /// </summary>
    public bool IsScratch(in MemoryAccess access) =>
        Context.IsRewritten && access.Address is { Kind: ValueKind.Context, HasOffset: true } place
        && Context.FieldName(place.Offset, access.Size) is "temp" or "tmp_reg";

    private void Collect()
    {
        var state = new MachineState();
        for (int block = 0; block < Code.Flow.Blocks.Length; block++)
        {
            if (_states.Entries[block] is not { } entry) continue;
            int function = Code.Flow.Blocks[block].Function;
            state.CopyFrom(entry);
            foreach (ref readonly DecodedInstruction item in _states.ItemsOf(block))
            {
                Collect(item, state, function);
                _states.Apply(item, state, function);
            }
        }
    }

    private void Collect(in DecodedInstruction item, MachineState state, int function)
    {
        switch (item.Kind)
        {
            case OperationKind.Load or OperationKind.LoadSignExtend or OperationKind.ProbeLoad or OperationKind.ProbeLoadSignExtend
                or OperationKind.LoadAcquire:
                Add(new MemoryAccess(item.Index, AccessKind.Load, _interpreter.Address(item, state[item.Src]), item.Bytes, Value.Unset));
                break;
            case OperationKind.Store or OperationKind.StoreRelease:
                Add(
                    new MemoryAccess(item.Index, AccessKind.Store, _interpreter.Address(item, state[item.Dst]), item.Bytes,
                        state[item.Src]));
                break;
            case OperationKind.StoreImmediate:
                Add(
                    new MemoryAccess(item.Index, AccessKind.Store, _interpreter.Address(item, state[item.Dst]), item.Bytes,
                        Value.Constant(item.Imm)));
                break;
            case OperationKind.Atomic:
                Add(
                    new MemoryAccess(item.Index, AccessKind.Atomic, _interpreter.Address(item, state[item.Dst]), item.Bytes,
                        state[item.Src]));
                break;
            case OperationKind.LoadPacketAbsolute or OperationKind.LoadPacketIndirect:
                Add(new MemoryAccess(item.Index, AccessKind.Load, Value.Pointer(ValueKind.Packet, 0, Value.Merged,
                    item.Kind == OperationKind.LoadPacketAbsolute ? item.Imm : Value.AnyOffset), item.Bytes, Value.Unset));
                _returns.Add(new ReturnFact(item.Index, function, Value.Constant(0), Numbers.Of(0)) { IsExit = false });
                break;
            case OperationKind.CallHelper or OperationKind.CallKfunc or OperationKind.CallLocal or OperationKind.CallIndirect
                or OperationKind.TailCall:
                _callAt[item.Index] = _calls.Count;

                // Ends the program, from any function, with what its handler of exceptions makes of the number.
                if (item.Kind == OperationKind.CallKfunc && _states.TargetOf(item.Index)?.Name == "bpf_throw")
                    _returns.Add(new ReturnFact(item.Index, 0, Value.Unknown, Numbers.Any) { IsExit = false });
                _calls.Add(
                    new CallFact(item.Index, _states.TargetOf(item.Index),
                        [state[Register.R1], state[Register.R2], state[Register.R3], state[Register.R4], state[Register.R5]]));
                break;
            case OperationKind.Exit:
                _returns.Add(new ReturnFact(item.Index, function, state[Register.R0], state.Numbers(Register.R0)));
                break;
        }
    }

    private void Add(in MemoryAccess access)
    {
        _accessAt[access.Slot] = _accesses.Count;
        _accesses.Add(access);
    }
}
