namespace Skep.Analysis.Drawing;

/// <summary>
/// Which layer each block is in: one below the lowest of those that lead to it. Arrows that close a loop, found by a search in depth,
/// do not count; they are drawn upwards.
/// </summary>
internal sealed class LayerAssignment
{
    private enum Visit : byte
    {
        Not,
        Open,
        Done,
    }

    private readonly IReadOnlyList<GraphArrow> _arrows;
    private readonly List<int>[] _leaving;
    private readonly Visit[] _visits;
    private readonly List<int> _finished = [];

    private LayerAssignment(int blocks, IReadOnlyList<GraphArrow> arrows)
    {
        _arrows = arrows;
        _leaving = [.. Enumerable.Range(0, blocks).Select(_ => new List<int>(2))];
        for (int arrow = 0; arrow < arrows.Count; arrow++) _leaving[arrows[arrow].From].Add(arrow);
        _visits = new Visit[blocks];
        IsUpward = new bool[arrows.Count];
        Layers = new int[blocks];
    }

    /// <summary>The layer of each block, from 0 at the top.</summary>
    public int[] Layers { get; }

    /// <summary>Of each arrow, whether it closes a loop.</summary>
    public bool[] IsUpward { get; }

    /// <summary>Blocks that nothing leads to are in the first layer.</summary>
    public static LayerAssignment Of(int blocks, IReadOnlyList<GraphArrow> arrows)
    {
        var assignment = new LayerAssignment(blocks, arrows);
        for (int block = 0; block < blocks; block++)
            if (assignment._visits[block] == Visit.Not) assignment.Search(block);
        assignment.Descend();
        return assignment;
    }

    private void Search(int start)
    {
        var path = new Stack<(int Block, int Next)>();
        path.Push((start, 0));
        _visits[start] = Visit.Open;
        while (path.TryPop(out (int Block, int Next) at))
        {
            if (at.Next == _leaving[at.Block].Count)
            {
                _visits[at.Block] = Visit.Done;
                _finished.Add(at.Block);
                continue;
            }

            path.Push((at.Block, at.Next + 1));
            int arrow = _leaving[at.Block][at.Next], to = _arrows[arrow].To;
            if (_visits[to] == Visit.Open) IsUpward[arrow] = true;
            if (_visits[to] != Visit.Not) continue;
            _visits[to] = Visit.Open;
            path.Push((to, 0));
        }
    }

    // Each block after all that lead to it.
    private void Descend()
    {
        for (int i = _finished.Count - 1; i >= 0; i--)
        {
            foreach (int arrow in _leaving[_finished[i]])
                if (!IsUpward[arrow]) Layers[_arrows[arrow].To] = Math.Max(Layers[_arrows[arrow].To], Layers[_finished[i]] + 1);
        }
    }
}
