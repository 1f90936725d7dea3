namespace Skep.Isa;

/// <summary>
/// Natural loops and their nesting: a loop is what reaches a jump back to a header that dominates the jump. Cycles with more than
/// one entry are no loops here. Loops nested deeper than <see cref="MaximumDepth"/> are left out.
/// </summary>
internal sealed class LoopForest
{
    public const int MaximumDepth = 48;

    public LoopForest(DominatorTree tree)
    {
        var count = tree.Preorder.Length;
        Innermost = new int[count];
        Array.Fill(Innermost, -1);
        Parent = new int[count];
        Array.Fill(Parent, -1);
        IsHeader = new bool[count];
        var set = new int[count];
        for (var i = 0; i < count; i++)
            set[i] = i;
        var work = new Stack<int>();
        for (var i = tree.Order.Length - 1; i >= 0; i--)
        {
            var header = tree.Order[i];
            foreach (var latch in tree.Predecessors[header])
            {
                if (!tree.Dominates(header, latch))
                    continue;
                IsHeader[header] = true;
                work.Push(Find(set, latch));
            }

            if (!IsHeader[header])
                continue;
            Innermost[header] = header;
            while (work.TryPop(out var node))
            {
                node = Find(set, node);
                if (node == header)
                    continue;
                set[node] = header;
                if (IsHeader[node])
                    Parent[node] = header;
                else
                    Innermost[node] = header;
                foreach (var before in tree.Predecessors[node])
                    work.Push(before);
            }
        }

        LeaveOutDeep(tree);
    }

    /// <summary>Header of the innermost loop around a node, or -1. A header is in its own loop.</summary>
    public int[] Innermost { get; }

    /// <summary>Header of the loop around a header's loop, or -1.</summary>
    public int[] Parent { get; }

    public bool[] IsHeader { get; }

    public bool Contains(int header, int node)
    {
        for (var loop = Innermost[node]; loop >= 0; loop = Parent[loop])
        {
            if (loop == header)
                return true;
        }

        return false;
    }

    /// <summary>The header of the outermost loop that has the first node and not the second; -1 when there is none.</summary>
    public int OutermostLeft(int from, int to)
    {
        var found = -1;
        for (var loop = Innermost[from]; loop >= 0 && !Contains(loop, to); loop = Parent[loop])
            found = loop;
        return found;
    }

    private static int Find(int[] set, int node)
    {
        while (set[node] != node)
        {
            set[node] = set[set[node]];
            node = set[node];
        }

        return node;
    }

    private void LeaveOutDeep(DominatorTree tree)
    {
        var depth = new int[IsHeader.Length];
        var kept = new int[IsHeader.Length];
        foreach (var node in tree.Order)
        {
            if (IsHeader[node])
            {
                depth[node] = Parent[node] < 0 ? 1 : depth[Parent[node]] + 1;
                kept[node] = depth[node] <= MaximumDepth ? node : kept[Parent[node]];
            }
        }

        foreach (var node in tree.Order)
        {
            if (Innermost[node] >= 0)
                Innermost[node] = kept[Innermost[node]];
            IsHeader[node] &= depth[node] <= MaximumDepth;
        }
    }
}
