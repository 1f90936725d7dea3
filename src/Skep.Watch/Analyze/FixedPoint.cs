using Skep.Isa;
using Skep.Watch.Code;

namespace Skep.Watch.Analyze;

/// <summary>
/// Finds the state before each block: states flow along the edges and into called functions and callbacks, are joined where ways meet, until nothing
/// changes. A block whose state changes too often is taken to know nothing, so the work is bounded by the program's size.
/// </summary>
internal sealed class FixedPoint
{
    private const int MaximumVisits = 48;

    private readonly ProgramCode _code;
    private readonly ControlFlowGraph _flow;
    private readonly Interpreter _interpreter;
    private readonly DecodedInstruction[] _items;
    private readonly int[] _itemAt;
    private readonly Dictionary<int, CallTarget?> _targets = [];
    private readonly int[] _visits;
    private readonly bool[] _queued;
    private readonly PriorityQueue<int, int> _work = new();
    private readonly Value[] _results;
    private readonly List<int>[] _callers;
    private readonly Dictionary<int, int> _functionAt = [];

    public FixedPoint(ProgramCode code, Interpreter interpreter)
    {
        (_code, _flow, _interpreter) = (code, code.Flow, interpreter);
        var items = new List<DecodedInstruction>(code.Instructions.Length);
        _itemAt = new int[code.Instructions.Length + 1];
        foreach (DecodedInstruction item in Decoder.Decode(code.Instructions))
        {
            _itemAt[item.Index] = items.Count;
            items.Add(item);
            if (code.CallAt(item) is { } target) _targets[item.Index] = target;
        }

        _itemAt[^1] = items.Count;
        _items = [.. items];
        int blocks = _flow.Blocks.Length, functions = _flow.Functions.Length;
        Entries = new MachineState?[blocks];
        _visits = new int[blocks];
        _queued = new bool[blocks];
        _results = new Value[functions];
        _callers = new List<int>[functions];
        foreach (FlowFunction function in _flow.Functions) _functionAt[function.Start] = function.Number;
        for (int i = 0; i < functions; i++) _callers[i] = [];
        foreach (FlowCall call in _flow.Calls) _callers[call.Function].Add(_flow.BlockAt(call.Slot));
    }

    /// <summary>The state before each block; null for one that is not reached.</summary>
    public MachineState?[] Entries { get; }

    /// <summary>What a call calls.</summary>
    public CallTarget? TargetOf(int slot) => _targets.GetValueOrDefault(slot);

    /// <summary>Runs until nothing changes.</summary>
    public void Run()
    {
        if (_flow.Blocks.Length == 0) return;
        var start = new MachineState();
        start[Register.R1] = Value.Pointer(ValueKind.Context, 0, Value.Merged);
        Enter(0, start);
        Drain();

        // Functions that nothing reaches: global ones of an object, callbacks of kernel functions.
        foreach (FlowFunction function in _flow.Functions)
        {
            if (Entries[function.FirstBlock] is not null) continue;
            var unknown = new MachineState();
            unknown.ForgetAll();
            Enter(function.Number, unknown);
            Drain();
        }
    }

    /// <summary>Steps through a block, giving the state before each instruction.</summary>
    public void Step(int block, MachineState state, Action<DecodedInstruction, MachineState>? before)
    {
        BasicBlock b = _flow.Blocks[block];
        for (int i = _itemAt[b.Start]; i < _items.Length && _items[i].Index < b.End; i++)
        {
            ref readonly DecodedInstruction item = ref _items[i];
            before?.Invoke(item, state);
            if (item.Kind == OperationKind.CallLocal) Call(item, state);
            else
            {
                CallTarget? target = item.Kind is >= OperationKind.CallHelper and <= OperationKind.TailCall ? TargetOf(item.Index) : null;
                if (before is null && target is { Kind: CallTargetKind.Helper }) EnterCallback(target.Value, state);
                _interpreter.Apply(item, target, state, b.Function);
            }
        }
    }

    private void Drain()
    {
        while (_work.TryDequeue(out int block, out _))
        {
            _queued[block] = false;
            MachineState state = Entries[block]!.Copy();
            Step(block, state, null);
            BasicBlock b = _flow.Blocks[block];
            if (b.Returns) Return(b.Function, state[Register.R0]);
            DecodedInstruction last = _items[_itemAt[b.Last]];
            bool? taken = _code.CoreFields.Count == 0 ? null : _interpreter.Decided(last, state);
            foreach (FlowEdge edge in _flow.EdgesFrom(block))
            {
                if (_flow.Blocks[edge.To].Function != b.Function || (taken is { } always && always != (edge.Kind == FlowEdgeKind.Jump))) continue;
                Value tested = state[last.Dst];
                if (IsNull(last, tested, edge.Kind)) state[last.Dst] = Value.Constant(0);
                Flow(edge.To, state);
                if (last.Kind == OperationKind.JumpConditional) state[last.Dst] = tested;
            }
        }
    }

    // On the way of "if r0 == 0" a pointer is null, and joins with what it is elsewhere.
    private static bool IsNull(in DecodedInstruction jump, in Value tested, FlowEdgeKind way) =>
        jump is { Kind: OperationKind.JumpConditional, UsesSourceRegister: false, Imm: 0, Is32Bit: false } && tested.IsPointer
        && ((jump.Condition == Condition.Equal && way == FlowEdgeKind.Jump) || (jump.Condition == Condition.NotEqual && way == FlowEdgeKind.FallThrough));

    private void Flow(int block, MachineState state)
    {
        if (Entries[block] is not { } known) Entries[block] = state.Copy();
        else if (!known.Join(state)) return;
        else if (++_visits[block] == MaximumVisits) known.ForgetAll();
        Queue(block);
    }

    private void Queue(int block)
    {
        if (_queued[block]) return;
        _queued[block] = true;
        _work.Enqueue(block, block);
    }

    private void Enter(int function, MachineState arguments)
    {
        arguments[Register.R10] = Value.Pointer(ValueKind.Stack, function, Value.Merged);
        Flow(_flow.Functions[function].FirstBlock, arguments);
    }

    private void Call(in DecodedInstruction item, MachineState state)
    {
        Value result = Value.Scalar(item.Index);
        if (_functionAt.TryGetValue((int)Math.Clamp(item.Target(_code.Form), -1, int.MaxValue), out int function))
        {
            var arguments = new MachineState();
            for (Register register = Register.R1; register <= Register.R5; register++) arguments[register] = state[register];
            Enter(function, arguments);
            if (_results[function].Kind != ValueKind.Unset) result = _results[function];
        }

        CallModel.ForgetPassed(state);
        CallModel.Clobber(state);
        state[Register.R0] = result;
    }

    private void Return(int function, in Value result)
    {
        // A pointer into the callee's own frame is no more.
        Value joined = Value.Join(_results[function], result.Kind == ValueKind.Stack && result.Id == function ? Value.Unknown : result);
        if (joined == _results[function]) return;
        _results[function] = joined;
        foreach (int block in _callers[function])
            if (Entries[block] is not null) Queue(block);
    }

    private void EnterCallback(CallTarget target, MachineState state)
    {
        if (HelperTable.Of(target.Name) is not { } signature || signature.ArgumentOf(ArgumentRole.Function) is not (>= 0 and var number)) return;
        if (state[Register.R1 + (byte)number] is not { Kind: ValueKind.Function, HasOffset: true } callback) return;
        if (!_functionAt.TryGetValue((int)Math.Clamp(callback.Offset, -1, int.MaxValue), out int function)) return;
        var arguments = new MachineState();
        Value context = signature.ArgumentOf(ArgumentRole.CallbackContext) is >= 0 and var passed ? state[Register.R1 + (byte)passed] : Value.Unknown, first = state[Register.R1];
        switch (target.Name)
        {
            case "bpf_loop":
                (arguments[Register.R1], arguments[Register.R2]) = (Value.Scalar(Value.Merged), context);
                break;
            case "bpf_for_each_map_elem":
                (arguments[Register.R1], arguments[Register.R2]) = (first, Value.Unknown);
                (arguments[Register.R3], arguments[Register.R4]) = (first.Kind == ValueKind.Map ? Value.Pointer(ValueKind.MapValue, first.Id, Value.Merged) : Value.Unknown, context);
                break;
            case "bpf_timer_set_callback":
                (arguments[Register.R1], arguments[Register.R2]) = (Value.Pointer(ValueKind.Map, first.Kind == ValueKind.MapValue ? first.Id : -1, Value.Merged), Value.Unknown);
                arguments[Register.R3] = first.Kind == ValueKind.MapValue ? Value.Pointer(ValueKind.MapValue, first.Id, Value.Merged) : Value.Unknown;
                break;
            case "bpf_find_vma":
                (arguments[Register.R1], arguments[Register.R2], arguments[Register.R3]) = (first, Value.Unknown, context);
                break;
            case "bpf_user_ringbuf_drain":
                (arguments[Register.R1], arguments[Register.R2]) = (Value.Unknown, context);
                break;
            default:
                for (Register register = Register.R1; register <= Register.R5; register++) arguments[register] = Value.Unknown;
                break;
        }

        Enter(function, arguments);
    }
}
