using Skep.Analysis.Analyze;
using Skep.Isa;

namespace Skep.Analysis.Explain;

/// <summary>A value that a register may hold, and the instruction that made it.</summary>
/// <param name="Slot">The instruction: a move of a number, a load, a call.</param>
/// <param name="Value">What is known of it.</param>
/// <param name="Numbers">The numbers that it may be.</param>
internal readonly record struct Definition(int Slot, Value Value, Numbers Numbers);

/// <summary>
/// Finds the instructions that made what a register holds: backwards along all paths of a function, into what it calls, and to its callers.
/// </summary>
internal sealed class Definitions
{
    private readonly ProgramAnalysis _analysis;
    private readonly Dictionary<int, List<int>> _before = [];
    private readonly ILookup<int, FlowCall> _callers;
    private readonly ILookup<int, ReturnFact> _returns;
    private readonly Dictionary<int, int> _functionAt = [];
    private readonly Dictionary<(int Slot, Register Register), IReadOnlyList<Definition>> _known = [];

    public Definitions(ProgramAnalysis analysis)
    {
        _analysis = analysis;
        ControlFlowGraph flow = analysis.Code.Flow;
        foreach (FlowEdge edge in flow.Edges)
        {
            if (!_before.TryGetValue(edge.To, out List<int>? list)) _before[edge.To] = list = [];
            list.Add(edge.From);
        }

        foreach (FlowFunction function in flow.Functions) _functionAt[function.Start] = function.Number;
        _callers = flow.Calls.ToArray().ToLookup(call => call.Function);
        _returns = analysis.Returns.ToLookup(exit => exit.Function);
    }

    /// <summary>What makes the value that a function returns at one of its ends.</summary>
    public IReadOnlyList<Definition> Returned(in ReturnFact end) =>
        end.IsExit ? Of(end.Slot, Register.R0) : [new Definition(end.Slot, end.Result, end.Numbers)];

    /// <summary>What a register may hold before an instruction.</summary>
    public IReadOnlyList<Definition> Of(int slot, Register register) =>
        _known.TryGetValue((slot, register), out IReadOnlyList<Definition>? known)
            ? known : _known[(slot, register)] = Find(slot, register);

    private Definition[] Find(int slot, Register register)
    {
        ControlFlowGraph flow = _analysis.Code.Flow;
        var found = new Dictionary<(int, Register), Definition>();
        var seen = new HashSet<(int Block, Register Register)>();
        var ends = new HashSet<(int Slot, Register Register)>();
        var work = new Stack<(int Block, int Until, Register Register)>();
        work.Push((flow.BlockAt(slot), slot, register));
        while (work.TryPop(out (int Block, int Until, Register Register) next))
        {
            if (!_analysis.IsReached(next.Block)) continue;
            Register wanted = next.Register;
            if (LastIn(next.Block, next.Until, ref wanted) is { } item)
            {
                // What a function of the program returns was made there.
                if (item.Kind == OperationKind.CallLocal
                    && _functionAt.TryGetValue((int)Math.Clamp(item.Target(_analysis.Code.Form), -1, int.MaxValue), out int called)
                    && _returns.Contains(called))
                {
                    foreach (ReturnFact end in _returns[called])
                    {
                        if (!end.IsExit) found[(end.Slot, Register.R0)] = new Definition(end.Slot, end.Result, end.Numbers);
                        else if (ends.Add((end.Slot, Register.R0))) work.Push((flow.BlockAt(end.Slot), end.Slot, Register.R0));
                    }

                    continue;
                }

                found[(item.Index, wanted)] = Made(item, wanted);
                continue;
            }

            BasicBlock block = flow.Blocks[next.Block];
            foreach (int before in _before.GetValueOrDefault(next.Block, []))
                if (flow.Blocks[before].Function == block.Function && seen.Add((before, wanted))) work.Push((before, int.MaxValue, wanted));
            if (flow.Functions[block.Function].FirstBlock == next.Block) Entered(block.Function, wanted, found, ends, work);
        }

        return [.. found.Values.OrderBy(definition => definition.Slot)];
    }

    // An argument is what the callers pass; what a helper gives a callback is known by its start only.
    private void Entered(int function, Register register, Dictionary<(int, Register), Definition> found, HashSet<(int, Register)> ends,
        Stack<(int, int, Register)> work)
    {
        ControlFlowGraph flow = _analysis.Code.Flow;
        if (register is < Register.R1 or > Register.R5) return;
        bool known = false, callback = false;
        foreach (FlowCall call in _callers[function])
        {
            (known, callback) = (known || !call.IsAddress, callback || call.IsAddress);
            if (!call.IsAddress && ends.Add((call.Slot, register))) work.Push((flow.BlockAt(call.Slot), call.Slot, register));
        }

        int start = flow.Functions[function].Start;
        if (known && !callback) return;
        MachineState? state = _analysis.StateBefore(start);
        found[(start, register)] = new Definition(start, state?[register] ?? Value.Unknown, state?.Numbers(register) ?? Numbers.Any);
    }

    // Follows moves between registers back to what is no such move.
    private DecodedInstruction? LastIn(int block, int until, ref Register register)
    {
        ReadOnlySpan<DecodedInstruction> items = _analysis.ItemsOf(block);
        for (int i = items.Length - 1; i >= 0; i--)
        {
            ref readonly DecodedInstruction item = ref items[i];
            if (item.Index >= until || !Sets(item, register)) continue;
            if (item is { Kind: OperationKind.Move, UsesSourceRegister: true }) register = item.Src;
            else return item;
        }

        return null;
    }

    private static bool Sets(in DecodedInstruction item, Register register) => item.Kind switch
    {
        OperationKind.CallHelper or OperationKind.CallLocal or OperationKind.CallKfunc or OperationKind.CallIndirect
            or OperationKind.LoadPacketAbsolute or OperationKind.LoadPacketIndirect
            => register == Register.R0,
        OperationKind.Atomic or OperationKind.ArenaAtomic =>
            register == (item.AtomicOp == AtomicOp.CompareExchange ? Register.R0 : ((int)item.AtomicOp & 1) != 0 ? item.Src : Register.Ax),
        OperationKind.Store or OperationKind.StoreImmediate or OperationKind.StoreRelease or OperationKind.ArenaStore
            or OperationKind.ArenaStoreImmediate
            or OperationKind.Jump or OperationKind.JumpConditional or OperationKind.JumpLong or OperationKind.JumpIndirect
            or OperationKind.MayGoto or OperationKind.Exit
            or OperationKind.TailCall or OperationKind.SpeculationBarrier or OperationKind.Invalid => false,
        _ => item.Dst == register,
    };

    private Definition Made(in DecodedInstruction item, Register register)
    {
        if (item is { Kind: OperationKind.Move })
        {
            long number = item.Is32Bit ? (uint)item.Imm : item.Imm;
            return new Definition(item.Index, Value.Constant(number),
                _analysis.Code.CoreFields.ContainsKey(item.Index) ? Numbers.Any : Numbers.Of((ulong)number));
        }

        (Value value, Numbers numbers) = _analysis.Made(item, register);
        return new Definition(item.Index, value, numbers);
    }
}
