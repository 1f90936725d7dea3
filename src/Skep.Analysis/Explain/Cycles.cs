using Skep.Isa;

namespace Skep.Analysis.Explain;

/// <summary>
/// Which blocks lie on a cycle together: the strongly connected components of a program's graph (Tarjan), without recursion.
/// </summary>
internal sealed class Cycles
{
    private readonly int[] _component;

    public Cycles(ControlFlowGraph flow)
    {
        int count = flow.Blocks.Length, met = 0;
        _component = new int[count];
        int[] order = new int[count], low = new int[count];
        var open = new Stack<int>();
        var work = new Stack<(int Block, int Next)>();
        for (int root = 0; root < count; root++)
        {
            if (order[root] != 0) continue;
            work.Push((root, 0));
            while (work.TryPop(out (int Block, int Next) at))
            {
                if (at.Next == 0)
                {
                    order[at.Block] = low[at.Block] = ++met;
                    open.Push(at.Block);
                }

                ReadOnlySpan<FlowEdge> edges = flow.EdgesFrom(at.Block);
                if (at.Next < edges.Length)
                {
                    int to = edges[at.Next].To;
                    work.Push((at.Block, at.Next + 1));
                    if (order[to] == 0) work.Push((to, 0));
                    else if (_component[to] == 0) low[at.Block] = Math.Min(low[at.Block], order[to]);
                    continue;
                }

                if (low[at.Block] == order[at.Block])
                {
                    int block;
                    do _component[block = open.Pop()] = order[at.Block];
                    while (block != at.Block);
                }

                if (work.TryPeek(out (int Block, int Next) parent)) low[parent.Block] = Math.Min(low[parent.Block], low[at.Block]);
            }
        }
    }

    /// <summary>Whether an edge is part of a cycle.</summary>
    public bool Has(in FlowEdge edge) => _component[edge.From] == _component[edge.To];
}
