using Skep.Isa;
using Skep.Watch.Analyze;

namespace Skep.Watch.Explain;

/// <summary>A value that a register may hold, and the instruction that made it.</summary>
/// <param name="Slot">The instruction: a move of a number, a load, a call.</param>
/// <param name="Number">The number; null when it is computed.</param>
/// <param name="Value">What is known of it.</param>
internal readonly record struct Definition(int Slot, long? Number, Value Value);

/// <summary>Finds the instructions that made what a register holds: backwards along all ways of a function.</summary>
internal sealed class Definitions
{
    private readonly ProgramAnalysis _analysis;
    private readonly Dictionary<int, List<int>> _before = [];

    public Definitions(ProgramAnalysis analysis)
    {
        _analysis = analysis;
        foreach (FlowEdge edge in analysis.Code.Flow.Edges)
        {
            if (!_before.TryGetValue(edge.To, out List<int>? list)) _before[edge.To] = list = [];
            list.Add(edge.From);
        }
    }

    /// <summary>What the main program may return.</summary>
    public IReadOnlyList<Definition> Returned() => Find(_analysis.Returns.Where(exit => exit.Function == 0).Select(exit => (exit.Slot, Register.R0)));

    /// <summary>What a register may hold before an instruction.</summary>
    public IReadOnlyList<Definition> Of(int slot, Register register) => Find([(slot, register)]);

    private Definition[] Find(IEnumerable<(int Slot, Register Register)> starts)
    {
        ControlFlowGraph flow = _analysis.Code.Flow;
        var found = new Dictionary<int, Definition>();
        var seen = new HashSet<(int Block, Register Register)>();
        var work = new Stack<(int Block, int Until, Register Register)>();
        foreach ((int slot, Register register) in starts) work.Push((flow.BlockAt(slot), slot, register));
        while (work.TryPop(out (int Block, int Until, Register Register) next))
        {
            if (!_analysis.IsReached(next.Block)) continue;
            Register register = next.Register;
            if (LastIn(next.Block, next.Until, ref register) is { } item)
            {
                found[item.Index] = Made(item, register);
                continue;
            }

            int function = flow.Blocks[next.Block].Function;
            foreach (int block in _before.GetValueOrDefault(next.Block, []))
                if (flow.Blocks[block].Function == function && seen.Add((block, register))) work.Push((block, int.MaxValue, register));
        }

        return [.. found.Values.OrderBy(definition => definition.Slot)];
    }

    // Follows moves between registers back to what is no such move.
    private DecodedInstruction? LastIn(int block, int until, ref Register register)
    {
        BasicBlock b = _analysis.Code.Flow.Blocks[block];
        var items = new List<DecodedInstruction>();
        for (int slot = b.Start; slot < Math.Min(b.End, until);)
        {
            DecodedInstruction item = Decoder.Decode(_analysis.Code.Instructions, slot);
            items.Add(item);
            slot += item.Slots;
        }

        for (int i = items.Count - 1; i >= 0; i--)
        {
            DecodedInstruction item = items[i];
            if (!Sets(item, register)) continue;
            if (item.Kind == OperationKind.Move && item.UsesSourceRegister) register = item.Src;
            else return item;
        }

        return null;
    }

    private static bool Sets(in DecodedInstruction item, Register register) => item.Kind switch
    {
        OperationKind.CallHelper or OperationKind.CallLocal or OperationKind.CallKfunc or OperationKind.CallIndirect or OperationKind.LoadPacketAbsolute or OperationKind.LoadPacketIndirect
            => register == Register.R0,
        OperationKind.Atomic or OperationKind.ArenaAtomic => register == (item.AtomicOp == AtomicOp.CompareExchange ? Register.R0 : ((int)item.AtomicOp & 1) != 0 ? item.Src : Register.Ax),
        OperationKind.Store or OperationKind.StoreImmediate or OperationKind.StoreRelease or OperationKind.ArenaStore or OperationKind.ArenaStoreImmediate
            or OperationKind.Jump or OperationKind.JumpConditional or OperationKind.JumpLong or OperationKind.JumpIndirect or OperationKind.MayGoto or OperationKind.Exit
            or OperationKind.TailCall or OperationKind.SpeculationBarrier or OperationKind.Invalid => false,
        _ => item.Dst == register,
    };

    private Definition Made(in DecodedInstruction item, Register register)
    {
        if (item is { Kind: OperationKind.Move }) return new Definition(item.Index, item.Imm, Value.Constant(item.Imm));
        int after = item.Index + item.Slots;
        Value value = after < _analysis.Code.Instructions.Length && _analysis.Code.Flow.BlockAt(after) == _analysis.Code.Flow.BlockAt(item.Index)
            ? _analysis.StateBefore(after)?[register] ?? Value.Unknown : Value.Scalar(item.Index);
        return new Definition(item.Index, value.Kind == ValueKind.Constant ? value.Offset : null, value);
    }
}
