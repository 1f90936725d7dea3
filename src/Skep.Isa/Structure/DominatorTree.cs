using System;

namespace Skep.Isa;

/// <summary>
/// Immediate dominators by Lengauer and Tarjan, "A fast algorithm for finding dominators in a flowgraph", with path compression:
/// O(m log n), no recursion. Nodes that the entry does not reach are left out.
/// </summary>
internal sealed class DominatorTree
{
    private readonly int[] _enter;
    private readonly int[] _leave;

    public DominatorTree(BlockGraph graph)
    {
        var count = graph.Count;
        Preorder = new int[count];
        Array.Fill(Preorder, -1);
        var parent = new int[count];
        var postorder = Search(graph, parent, out var order);
        Order = order;
        ReversePostorder = new int[count];
        Array.Fill(ReversePostorder, int.MaxValue);
        for (var i = 0; i < postorder.Length; i++)
            ReversePostorder[postorder[i]] = postorder.Length - 1 - i;
        Predecessors = FindPredecessors(graph);
        Parent = FindDominators(parent);
        Children = FindChildren();
        _enter = new int[count];
        _leave = new int[count];
        NumberTree();
    }

    /// <summary>Nodes in the order in which a depth-first search meets them.</summary>
    public int[] Order { get; }

    /// <summary>Place of a node in <see cref="Order"/>; -1 for one that is not reached.</summary>
    public int[] Preorder { get; }

    /// <summary>Place of a node in the reverse postorder of the search.</summary>
    public int[] ReversePostorder { get; }

    /// <summary>Predecessors that are reached.</summary>
    public List<int>[] Predecessors { get; }

    /// <summary>The immediate dominator; -1 for the entry.</summary>
    public int[] Parent { get; }

    public List<int>[] Children { get; }

    public bool IsReached(int node) => Preorder[node] >= 0;

    /// <summary>Whether every way to a node goes by another, or is it.</summary>
    public bool Dominates(int a, int b) => _enter[a] <= _enter[b] && _leave[b] <= _leave[a];

    private int[] Search(BlockGraph graph, int[] parent, out int[] order)
    {
        var met = new List<int>();
        var done = new List<int>();
        var stack = new Stack<(int Node, int Next)>();
        parent[0] = -1;
        Preorder[0] = 0;
        met.Add(0);
        stack.Push((0, 0));
        while (stack.TryPop(out var top))
        {
            var targets = graph.Successors(top.Node);
            if (top.Next == targets.Length)
            {
                done.Add(top.Node);
                continue;
            }

            stack.Push((top.Node, top.Next + 1));

            // The jump's target first: in reverse postorder the block that is fallen through to then comes before it.
            var target = targets[targets.Length - 1 - top.Next];
            if (Preorder[target] >= 0)
                continue;
            Preorder[target] = met.Count;
            parent[target] = top.Node;
            met.Add(target);
            stack.Push((target, 0));
        }

        order = [.. met];
        return [.. done];
    }

    private List<int>[] FindPredecessors(BlockGraph graph)
    {
        var predecessors = new List<int>[graph.Count];
        for (var i = 0; i < predecessors.Length; i++)
            predecessors[i] = [];
        foreach (var node in Order)
        {
            foreach (var target in graph.Successors(node))
                predecessors[target].Add(node);
        }

        return predecessors;
    }

    private int[] FindDominators(int[] parent)
    {
        var count = Order.Length;
        var semi = new int[count];
        var best = new int[count];
        var ancestor = new int[count];
        var dominator = new int[count];
        var buckets = new List<int>?[count];
        for (var i = 0; i < count; i++)
            (semi[i], best[i], ancestor[i]) = (i, i, -1);
        var path = new Stack<int>();
        for (var w = count - 1; w > 0; w--)
        {
            foreach (var node in Predecessors[Order[w]])
                semi[w] = Math.Min(semi[w], semi[Evaluate(Preorder[node], ancestor, best, semi, path)]);
            (buckets[semi[w]] ??= []).Add(w);
            var up = Preorder[parent[Order[w]]];
            ancestor[w] = up;
            foreach (var v in buckets[up] ?? [])
            {
                var u = Evaluate(v, ancestor, best, semi, path);
                dominator[v] = semi[u] < semi[v] ? u : up;
            }

            buckets[up] = null;
        }

        var result = new int[Preorder.Length];
        Array.Fill(result, -1);
        for (var w = 1; w < count; w++)
        {
            if (dominator[w] != semi[w])
                dominator[w] = dominator[dominator[w]];
            result[Order[w]] = Order[dominator[w]];
        }

        return result;
    }

    private static int Evaluate(int v, int[] ancestor, int[] best, int[] semi, Stack<int> path)
    {
        if (ancestor[v] < 0)
            return v;
        for (var u = v; ancestor[ancestor[u]] >= 0; u = ancestor[u])
            path.Push(u);
        while (path.TryPop(out var u))
        {
            var up = ancestor[u];
            if (semi[best[up]] < semi[best[u]])
                best[u] = best[up];
            ancestor[u] = ancestor[up];
        }

        return best[v];
    }

    private List<int>[] FindChildren()
    {
        var children = new List<int>[Parent.Length];
        for (var i = 0; i < children.Length; i++)
            children[i] = [];
        foreach (var node in Order.OrderBy(node => ReversePostorder[node]))
        {
            if (Parent[node] >= 0)
                children[Parent[node]].Add(node);
        }

        return children;
    }

    private void NumberTree()
    {
        var clock = 0;
        var stack = new Stack<(int Node, int Next)>();
        stack.Push((0, 0));
        while (stack.TryPop(out var top))
        {
            if (top.Next == 0)
                _enter[top.Node] = clock++;
            if (top.Next < Children[top.Node].Count)
            {
                stack.Push((top.Node, top.Next + 1));
                stack.Push((Children[top.Node][top.Next], 0));
            }
            else
            {
                _leave[top.Node] = clock++;
            }
        }
    }
}
