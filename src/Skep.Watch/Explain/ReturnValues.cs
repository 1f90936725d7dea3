using Skep.Isa;
using Skep.Watch.Analyze;

namespace Skep.Watch.Explain;

/// <summary>A value that a program may return, and the instruction that made it.</summary>
/// <param name="Slot">The instruction: a move of a number, a call.</param>
/// <param name="Number">The number; null when it is computed.</param>
/// <param name="Value">What is known of it.</param>
internal readonly record struct ReturnedValue(int Slot, long? Number, Value Value);

/// <summary>Finds what the main program may return: backwards from its exits to the instructions that set the register.</summary>
internal static class ReturnValues
{
    public static IReadOnlyList<ReturnedValue> Of(ProgramAnalysis analysis)
    {
        ControlFlowGraph flow = analysis.Code.Flow;
        var before = new Dictionary<int, List<int>>();
        foreach (FlowEdge edge in flow.Edges)
        {
            if (!before.TryGetValue(edge.To, out List<int>? list)) before[edge.To] = list = [];
            list.Add(edge.From);
        }

        var found = new Dictionary<int, ReturnedValue>();
        var seen = new HashSet<(int Block, Register Register)>();
        var work = new Stack<(int Block, int Until, Register Register)>();
        foreach (ReturnFact exit in analysis.Returns)
            if (exit.Function == 0) work.Push((flow.BlockAt(exit.Slot), exit.Slot, Register.R0));
        while (work.TryPop(out (int Block, int Until, Register Register) next))
        {
            if (!analysis.IsReached(next.Block)) continue;
            Register register = next.Register;
            if (LastDefinition(analysis, next.Block, next.Until, ref register) is { } definition)
            {
                found[definition.Index] = Returned(analysis, definition, register);
                continue;
            }

            foreach (int block in before.GetValueOrDefault(next.Block, []))
                if (flow.Blocks[block].Function == 0 && seen.Add((block, register))) work.Push((block, int.MaxValue, register));
        }

        return [.. found.Values.OrderBy(value => value.Slot)];
    }

    // Follows moves between registers back to what is no such move.
    private static DecodedInstruction? LastDefinition(ProgramAnalysis analysis, int block, int until, ref Register register)
    {
        BasicBlock b = analysis.Code.Flow.Blocks[block];
        var items = new List<DecodedInstruction>();
        for (int slot = b.Start; slot < Math.Min(b.End, until);)
        {
            DecodedInstruction item = Decoder.Decode(analysis.Code.Instructions, slot);
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

    private static ReturnedValue Returned(ProgramAnalysis analysis, in DecodedInstruction definition, Register register)
    {
        if (definition is { Kind: OperationKind.Move }) return new ReturnedValue(definition.Index, definition.Imm, Value.Constant(definition.Imm));
        int after = definition.Index + definition.Slots;
        Value value = after < analysis.Code.Instructions.Length && analysis.Code.Flow.BlockAt(after) == analysis.Code.Flow.BlockAt(definition.Index)
            ? analysis.StateBefore(after)?[register] ?? Value.Unknown : Value.Scalar(definition.Index);
        return new ReturnedValue(definition.Index, value.Kind == ValueKind.Constant ? value.Offset : null, value);
    }
}
