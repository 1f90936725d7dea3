using System.Runtime.InteropServices;

namespace Skep.Isa;

/// <summary>How one block of a function ends.</summary>
internal enum BlockEnd : byte
{
    /// <summary>It goes on to its successors.</summary>
    Goes,

    /// <summary>It returns.</summary>
    Returns,

    /// <summary>It jumps to one of its successors by an address.</summary>
    Indirect,

    /// <summary>It stands for a block of another function.</summary>
    Outside,
}

/// <summary>
/// The blocks of one function as numbers from 0, the entry. Of two successors, the first is fallen through to and the second jumped
/// to. Where a block jumps to an address, everything that nothing else reaches may follow it.
/// </summary>
internal sealed class BlockGraph
{
    private readonly int[] _first;
    private readonly int[] _targets;

    public BlockGraph(IReadOnlyList<int[]> successors, BlockEnd[] ends, int[] blocks, int[] slots)
    {
        (Ends, Blocks, Slots) = (ends, blocks, slots);
        _first = new int[successors.Count + 1];
        for (var i = 0; i < successors.Count; i++)
            _first[i + 1] = _first[i] + successors[i].Length;
        _targets = new int[_first[^1]];
        for (var i = 0; i < successors.Count; i++)
            successors[i].CopyTo(_targets, _first[i]);
    }

    public int Count => Ends.Length;

    public BlockEnd[] Ends { get; }

    /// <summary>The numbers that the blocks have outside.</summary>
    public int[] Blocks { get; }

    /// <summary>How many slots a block has.</summary>
    public int[] Slots { get; }

    /// <summary>What may follow a jump to an address: where the blocks start that nothing else reaches.</summary>
    public IReadOnlyList<int> IndirectTargets { get; private init; } = [];

    public ReadOnlySpan<int> Successors(int node) => _targets.AsSpan(_first[node].._first[node + 1]);

    public static BlockGraph Of(ControlFlowGraph graph, in FlowFunction function)
    {
        var successors = new List<int[]>(function.BlockCount);
        var ends = new List<BlockEnd>(function.BlockCount);
        var blocks = new List<int>(function.BlockCount);
        var slots = new List<int>(function.BlockCount);
        var outside = new Dictionary<int, int>();
        for (var i = 0; i < function.BlockCount; i++)
        {
            var block = graph.Blocks[function.FirstBlock + i];
            blocks.Add(block.Number);
            slots.Add(block.End - block.Start);
            ends.Add(block.Returns ? BlockEnd.Returns : block.HasUnknownSuccessors ? BlockEnd.Indirect : BlockEnd.Goes);
        }

        for (var i = 0; i < function.BlockCount; i++)
        {
            var edges = graph.EdgesFrom(function.FirstBlock + i);
            var targets = new int[edges.Length];
            for (var e = 0; e < edges.Length; e++)
            {
                var local = edges[e].To - function.FirstBlock;
                if (local < 0 || local >= function.BlockCount)
                {
                    ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(outside, edges[e].To, out var exists);
                    if (!exists)
                    {
                        known = blocks.Count;
                        blocks.Add(edges[e].To);
                        slots.Add(0);
                        ends.Add(BlockEnd.Outside);
                    }

                    local = known;
                }

                targets[e] = local;
            }

            successors.Add(targets is [var a, var b] && a == b ? [a] : targets);
        }

        while (successors.Count < blocks.Count)
            successors.Add([]);
        int[] indirect = ends.Contains(BlockEnd.Indirect) ? LinkIndirect(successors, ends) : [];
        return new(successors, [.. ends], [.. blocks], [.. slots]) { IndirectTargets = indirect };
    }

    private static int[] LinkIndirect(List<int[]> successors, List<BlockEnd> ends)
    {
        var seen = new bool[successors.Count];
        var stack = new Stack<int>();
        var roots = new List<int>();
        for (var start = 0; start < successors.Count; start++)
        {
            if (seen[start])
                continue;
            if (start != 0)
                roots.Add(start);
            stack.Push(start);
            while (stack.TryPop(out var node))
            {
                if (seen[node])
                    continue;
                seen[node] = true;
                foreach (var next in successors[node])
                    stack.Push(next);
            }
        }

        int[] all = [.. roots];
        for (var i = 0; i < successors.Count; i++)
        {
            if (ends[i] == BlockEnd.Indirect)
                successors[i] = all;
        }

        return all;
    }
}
