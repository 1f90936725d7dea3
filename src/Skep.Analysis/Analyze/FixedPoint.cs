using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Analysis.Analyze;

/// <summary>
/// Finds the state before each block: states flow along the edges and into called functions and callbacks, are joined where paths meet,
/// until nothing changes. A block whose state changes too often is taken to know nothing, so the work is bounded by the program's size.
/// </summary>
internal sealed class FixedPoint
{
    private const int MaximumVisits = 48;

    // Numbers that still change then are given up: a loop that counts.
    private const int VisitsOfNumbers = 12;

    private readonly ProgramCode _code;
    private readonly ControlFlowGraph _flow;
    private readonly Interpreter _interpreter;
    private readonly DecodedInstruction[] _items;
    private readonly int[] _itemAt;
    private readonly Dictionary<int, CallTarget?> _targets = [];
    private readonly int[] _visits;
    private readonly bool[] _queued;
    private readonly PriorityQueue<int, int> _work = new();
    private readonly Result?[] _results;
    private readonly int[] _resultVisits;
    private readonly HashSet<int> _awaited = [];
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
        _results = new Result?[functions];
        _resultVisits = new int[functions];
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

    /// <summary>The instructions of a block.</summary>
    public ReadOnlySpan<DecodedInstruction> ItemsOf(int block) =>
        _items.AsSpan(_itemAt[_flow.Blocks[block].Start].._itemAt[_flow.Blocks[block].End]);

    /// <summary>Applies an instruction of a function to a state, when all is known.</summary>
    public void Apply(in DecodedInstruction item, MachineState state, int function)
    {
        if (item.Kind == OperationKind.CallLocal) Call(item, state, ResultOf(item));
        else _interpreter.Apply(item, TargetOf(item), state, function);
    }

    private CallTarget? TargetOf(in DecodedInstruction item) =>
        item.Kind is >= OperationKind.CallHelper and <= OperationKind.TailCall ? TargetOf(item.Index) : null;

    // False where it comes to a call of a function that has not returned yet: what follows is not reached so far.
    private bool Step(int block, MachineState state)
    {
        int function = _flow.Blocks[block].Function;
        foreach (ref readonly DecodedInstruction item in ItemsOf(block))
        {
            if (item.Kind == OperationKind.CallLocal)
            {
                if (FunctionOf(item) is { } called)
                {
                    Enter(called, ArgumentsOf(state));
                    if (_results[called] is null)
                    {
                        _awaited.Add(called);
                        return false;
                    }
                }

                Call(item, state, ResultOf(item));
                continue;
            }

            // A packet that is too short ends the function (bpf_gen_ld_abs of net/core/filter.c).
            if (item.Kind is OperationKind.LoadPacketAbsolute or OperationKind.LoadPacketIndirect)
                Return(function, Value.Constant(0), Numbers.Of(0));
            CallTarget? target = TargetOf(item);
            if (target is { Kind: CallTargetKind.Helper }) EnterCallback(target.Value, state);
            _interpreter.Apply(item, target, state, function);
        }

        return true;
    }

    private void Drain()
    {
        do DrainQueue();
        while (ReleaseAwaited());
    }

    // A function that never returns, as far as is seen: code behind its calls counts as reached.
    private bool ReleaseAwaited()
    {
        int[] never = [.. _awaited.Where(function => _results[function] is null)];
        _awaited.Clear();
        foreach (int function in never) Return(function, Value.Unknown, Numbers.Any);
        return never.Length > 0;
    }

    private void DrainQueue()
    {
        var state = new MachineState();
        while (_work.TryDequeue(out int block, out _))
        {
            _queued[block] = false;
            state.CopyFrom(Entries[block]!);
            if (!Step(block, state)) continue;
            BasicBlock b = _flow.Blocks[block];
            if (b.Returns) Return(b.Function, state[Register.R0], state.Numbers(Register.R0));
            DecodedInstruction last = _items[_itemAt[b.Last]];
            bool? taken = _code.CoreFields.Count == 0 ? null : _interpreter.Decided(last, state);
            foreach (FlowEdge edge in _flow.EdgesFrom(block))
            {
                if (_flow.Blocks[edge.To].Function != b.Function || (taken is { } always && always != (edge.Kind == FlowEdgeKind.Jump)))
                    continue;
                if (last.Kind == OperationKind.JumpConditional) FlowTested(last, edge, state);
                else Flow(edge.To, state);
            }
        }
    }

    // On each branch, more is known of what was compared.
    private void FlowTested(in DecodedInstruction jump, in FlowEdge way, MachineState state)
    {
        (Value left, Numbers numbers) = (state[jump.Dst], state.Numbers(jump.Dst));
        Numbers right = _interpreter.Right(jump, state);
        Value rightValue = state[jump.Src];
        bool taken = way.Kind == FlowEdgeKind.Jump;
        if (IsNull(jump, left, way.Kind)) state.Set(jump.Dst, Value.Constant(0), Numbers.Of(0));
        else if (right.Single is { } number) state.Set(jump.Dst, left, NumberConditions.Left(jump, numbers, number, taken));
        if (jump.UsesSourceRegister && jump.Src != jump.Dst && numbers.Single is { } other)
            state.Set(jump.Src, rightValue, NumberConditions.Left(NumberConditions.Swapped(jump), right, other, taken));
        Flow(way.To, state);
        state.Set(jump.Dst, left, numbers);
        if (jump.UsesSourceRegister && jump.Src != jump.Dst) state.Set(jump.Src, rightValue, right);
    }

    // On the edge of "if r0 == 0" a pointer is null, and joins with what it is elsewhere.
    private static bool IsNull(in DecodedInstruction jump, in Value tested, FlowEdgeKind way) =>
        jump is { Kind: OperationKind.JumpConditional, UsesSourceRegister: false, Imm: 0, Is32Bit: false } && tested.IsPointer
        && ((jump.Condition == Condition.Equal && way == FlowEdgeKind.Jump)
        || (jump.Condition == Condition.NotEqual && way == FlowEdgeKind.FallThrough));

    private void Flow(int block, MachineState state)
    {
        if (Entries[block] is not { } known) Entries[block] = state.Copy();
        else if (!known.Join(state, _visits[block] >= VisitsOfNumbers)) return;
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

    private int? FunctionOf(in DecodedInstruction call) =>
        _functionAt.TryGetValue((int)Math.Clamp(call.Target(_code.Form), -1, int.MaxValue), out int function) ? function : null;

    private Result? ResultOf(in DecodedInstruction call) => FunctionOf(call) is { } function ? _results[function] : null;

    private static MachineState ArgumentsOf(MachineState state)
    {
        var arguments = new MachineState();
        for (Register register = Register.R1; register <= Register.R5; register++)
            arguments.Set(register, state[register], state.Numbers(register));
        return arguments;
    }

    private static void Call(in DecodedInstruction item, MachineState state, Result? result)
    {
        CallModel.ForgetPassed(state);
        CallModel.Clobber(state);
        state.Set(Register.R0, result?.Value ?? Value.Scalar(item.Index), result?.Numbers ?? Numbers.Any);
    }

    private void Return(int function, in Value value, in Numbers numbers)
    {
        // A pointer into the callee's own frame is no more.
        var result = new Result(value.Kind == ValueKind.Stack && value.Id == function ? Value.Unknown : value, numbers);
        if (_results[function] is { } known)
        {
            result =
                new Result(Value.Join(known.Value, result.Value),
                    known.Numbers.Join(result.Numbers, _resultVisits[function] >= VisitsOfNumbers));
            if (result == known) return;
        }

        _results[function] = result;
        _resultVisits[function]++;
        foreach (int block in _callers[function])
            if (Entries[block] is not null) Queue(block);
    }

    private readonly record struct Result(Value Value, Numbers Numbers);

    private void EnterCallback(CallTarget target, MachineState state)
    {
        if (HelperTable.Of(target.Name) is not { } signature || signature.ArgumentOf(ArgumentRole.Function) is not (>= 0 and var number))
            return;
        if (state[Register.R1 + (byte)number] is not { Kind: ValueKind.Function, HasOffset: true } callback) return;
        if (!_functionAt.TryGetValue((int)Math.Clamp(callback.Offset, -1, int.MaxValue), out int function)) return;
        var arguments = new MachineState();
        Value context =
            signature.ArgumentOf(ArgumentRole.CallbackContext) is >= 0 and var passed ? state[Register.R1 + (byte)passed] : Value.Unknown,
            first = state[Register.R1];
        switch (target.Name)
        {
            case "bpf_loop":
                (arguments[Register.R1], arguments[Register.R2]) = (Value.Scalar(Value.Merged), context);
                break;
            case "bpf_for_each_map_elem":
                (arguments[Register.R1], arguments[Register.R2]) = (first, Value.Unknown);
                (arguments[Register.R3], arguments[Register.R4]) =
                    (first.Kind == ValueKind.Map ? Value.Pointer(ValueKind.MapValue, first.Id, Value.Merged) : Value.Unknown, context);
                break;
            case "bpf_timer_set_callback":
                (arguments[Register.R1], arguments[Register.R2]) =
                    (Value.Pointer(ValueKind.Map, first.Kind == ValueKind.MapValue ? first.Id : -1, Value.Merged), Value.Unknown);
                arguments[Register.R3] =
                    first.Kind == ValueKind.MapValue ? Value.Pointer(ValueKind.MapValue, first.Id, Value.Merged) : Value.Unknown;
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
