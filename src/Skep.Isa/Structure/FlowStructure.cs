namespace Skep.Isa;

/// <summary>
/// A function in structured form: every way through its blocks is one through the steps, and the other way round. Any graph has one;
/// where choices and loops do not express it, there is a <see cref="GotoStep"/>. Steps nest a hundred deep at most.
/// </summary>
public sealed class FlowStructure
{
    internal FlowStructure(List<StructureNode> steps, int[] unreached, int[] indirectTargets) =>
        (Steps, Unreached, IndirectTargets) = (steps, unreached, indirectTargets);

    /// <summary>The function's steps.</summary>
    public IReadOnlyList<StructureNode> Steps { get; }

    /// <summary>Numbers of the blocks that nothing leads to; they are not among the steps.</summary>
    public IReadOnlyList<int> Unreached { get; }

    /// <summary>Numbers of the blocks that a jump to an address may lead to: all that nothing else leads to.</summary>
    public IReadOnlyList<int> IndirectTargets { get; }

    /// <summary>The structured form of a function.</summary>
    /// <param name="graph">The program's graph.</param>
    /// <param name="function">One of its functions.</param>
    public static FlowStructure Of(ControlFlowGraph graph, FlowFunction function)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return Of(BlockGraph.Of(graph, function));
    }

    internal static FlowStructure Of(BlockGraph graph)
    {
        var tree = new DominatorTree(graph);
        var steps = new Structurer(graph, tree, new LoopForest(tree)).Run();
        var unreached = new List<int>();
        for (var node = 0; node < graph.Count; node++)
        {
            if (!tree.IsReached(node) && graph.Ends[node] != BlockEnd.Outside)
                unreached.Add(graph.Blocks[node]);
        }

        return new(steps, [.. unreached], [.. graph.IndirectTargets.Select(node => graph.Blocks[node])]);
    }
}
