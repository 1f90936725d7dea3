using Skep.Analysis.Analyze;
using Skep.Isa;

namespace Skep.Analysis.Explain;

/// <summary>Whether a program runs where a directory has been listed, and only there writes to user memory.</summary>
internal static class DirectoryListing
{
    // struct trace_event_raw_sys_exit: behind the common fields lies the number.
    private const long NumberOfCall = 8;

    /// <summary>Where it runs, and the comparisons that prove it; null when it is not proven.</summary>
    /// <param name="analysis">The program.</param>
    /// <param name="writes">Its writes to user memory.</param>
    public static (string Where, int[] Slots)? Of(ProgramAnalysis analysis, IReadOnlyList<int> writes)
    {
        // What is listed is there at the end of the call only. The target names the call; or, where all system calls come by, the number
        // must be that of getdents on each path to a write.
        if (analysis.Code.Target is { } target && target.Contains("getdents", StringComparison.Ordinal))
            return analysis.Code.AtReturn || target.Contains("sys_exit_", StringComparison.Ordinal) ? (target, []) : null;
        if (analysis.Code.Target is not ("sys_exit" or "raw_syscalls/sys_exit")) return null;
        var slots = new List<int>();
        var equal = new HashSet<(int From, FlowEdgeKind Kind)>();
        foreach (BasicBlock block in analysis.Code.Flow.Blocks)
        {
            if (!analysis.IsReached(block.Number)) continue;
            DecodedInstruction jump = Decoder.Decode(analysis.Code.Instructions, block.Last);
            if (jump is not
                {
                    Kind: OperationKind.JumpConditional, UsesSourceRegister: false,
                    Condition: Condition.Equal or Condition.NotEqual
                } || !X86Registers.ListsDirectory(jump.Imm)) continue;
            if (analysis.Peek(jump.Index)?[jump.Dst] is not { Kind: ValueKind.Scalar, Origin: >= 0 } value
                || !IsNumberOfCall(analysis, value.Origin)) continue;
            slots.Add(jump.Index);
            equal.Add((block.Number, jump.Condition == Condition.Equal ? FlowEdgeKind.Jump : FlowEdgeKind.FallThrough));
        }

        HashSet<int> others = Reached(analysis.Code.Flow, equal);
        return slots.Count > 0 && writes.Any(write => !others.Contains(analysis.Code.Flow.BlockAt(write)))
            ? ("the system call getdents, by its number", [.. slots]) : null;
    }

    // The field "id" of the tracepoint, or orig_ax of the registers that the raw one is given.
    private static bool IsNumberOfCall(ProgramAnalysis analysis, int origin)
    {
        if (analysis.AccessAt(origin) is { Address: var address } access)
            return address.Kind == ValueKind.Context
                ? analysis.Code.Target == "raw_syscalls/sys_exit"
                && address.Offset == NumberOfCall : IsOrigAx(analysis, address, access.Size);
        return analysis.CallAt(origin) is { } call && call.ArgumentOf(ArgumentRole.KernelSource) is { } source
            && IsOrigAx(analysis, source, SourceWords.ReadSize(call));
    }

    private static bool IsOrigAx(ProgramAnalysis analysis, in Value address, int size) =>
        address is { Kind: ValueKind.Kernel, HasOffset: true } && analysis.Types[address.Id] is { } type
            && X86Registers.IsSystemCallNumber(TypeTable.Field(type.Btf, type.Id, address.Offset, size)?.Path);

    // The blocks that are reachable without passing an edge, functions that are called there included.
    private static HashSet<int> Reached(ControlFlowGraph flow, HashSet<(int, FlowEdgeKind)> without)
    {
        ILookup<int, int> called = flow.Calls.ToArray()
            .ToLookup(call => flow.BlockAt(call.Slot), call => flow.Functions[call.Function].FirstBlock);
        var reached = new HashSet<int> { 0 };
        var work = new Stack<int>([0]);
        while (work.TryPop(out int block))
        {
            foreach (FlowEdge edge in flow.EdgesFrom(block))
                if (!without.Contains((block, edge.Kind)) && reached.Add(edge.To)) work.Push(edge.To);
            foreach (int function in called[block])
                if (reached.Add(function)) work.Push(function);
        }

        return reached;
    }
}
