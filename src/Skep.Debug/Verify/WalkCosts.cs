using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Debug.Verify;

/// <summary>What the functions and loops of a program cost the verifier, by the steps of its log.</summary>
internal static class WalkCosts
{
    private const int MostLoops = 10;

    /// <summary>What each function cost.</summary>
    public static IReadOnlyList<FunctionCost> OfFunctions(VerifierLog log, ProgramCode code)
    {
        long[] visits = Visits(log, code.Instructions.Length);
        var costs = new List<FunctionCost>();
        int[] starts = [.. code.Flow.Functions.ToArray().Select(function => function.Start)];
        for (int i = 0; i < starts.Length; i++)
        {
            int end = i + 1 < starts.Length ? starts[i + 1] : visits.Length;
            costs.Add(new FunctionCost(
                code.FunctionName(starts[i]) ?? (i == 0 ? code.Name : null), end - starts[i], Sum(visits, starts[i], end),
                log.Counts is { } counts && counts.StackDepths.Count == starts.Length ? counts.StackDepths[i] : null));
        }

        return costs;
    }

    /// <summary>What each loop cost that the verifier went round more than once, the dearest first.</summary>
    public static IReadOnlyList<LoopCost> OfLoops(VerifierLog log, ProgramCode code)
    {
        long[] visits = Visits(log, code.Instructions.Length);
        var costs = new List<LoopCost>();
        ReadOnlySpan<BasicBlock> blocks = code.Flow.Blocks;
        foreach (FlowEdge edge in code.Flow.Edges)
        {
            // A jump back: from its target to it is the loop, as compilers lay it out.
            (int start, int end) = (blocks[edge.To].Start, blocks[edge.From].End);
            if (edge.Kind != FlowEdgeKind.Jump || start >= end || visits[start] < 2 || costs.Exists(known => known.Insn == start)) continue;
            SourcePlace? source = code.LineAt(start) is { } line ? new SourcePlace(line.File, line.Line, line.Text.Trim()) : null;
            costs.Add(new LoopCost(start, source, visits[start], Sum(visits, start, end)));
        }

        return [.. costs.OrderByDescending(cost => cost.Walked).Take(MostLoops)];
    }

    private static long[] Visits(VerifierLog log, int slots)
    {
        var visits = new long[slots];
        foreach (LogStep step in log.Steps)
            if (step.Insn < slots) visits[step.Insn]++;
        return visits;
    }

    private static long Sum(long[] visits, int start, int end)
    {
        long sum = 0;
        for (int i = start; i < end; i++) sum += visits[i];
        return sum;
    }
}
