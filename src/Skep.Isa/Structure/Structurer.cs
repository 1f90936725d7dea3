using System;

namespace Skep.Isa;

/// <summary>
/// Writes blocks as steps along the dominator tree. A block that several others lead to (a merge) is written after the block that
/// dominates it, one that a single block leads to where that block's choice is; what is outside of a loop after the loop. A jump
/// to where the text goes on anyway is nothing, to the innermost loop's start or end a continue or break, else a goto: so the form
/// is right for any graph, whatever the order.
/// </summary>
internal sealed class Structurer
{
    /// <summary>Choices nested deeper are written with gotos, for the reader's sake.</summary>
    private const int MaximumNesting = 10;

    /// <summary>A returning block of this many slots at most is repeated rather than gone to.</summary>
    private const int ShortReturn = 2;

    private const int None = -1;

    private readonly BlockGraph _graph;
    private readonly DominatorTree _tree;
    private readonly LoopForest _loops;
    private readonly bool[] _placed;
    private readonly List<int>?[] _merges;
    private readonly List<int>?[] _exits;

    public Structurer(BlockGraph graph, DominatorTree tree, LoopForest loops)
    {
        (_graph, _tree, _loops) = (graph, tree, loops);
        _placed = new bool[graph.Count];
        _merges = new List<int>?[graph.Count];
        _exits = new List<int>?[graph.Count];
        PlaceMerges();
        PlaceExits();
    }

    /// <summary>Where the text goes on after a list of steps, and where break and continue lead.</summary>
    private readonly record struct Around(int Next, int Break, int Continue, int Depth);

    public List<StructureNode> Run()
    {
        var steps = new List<StructureNode>();
        Write(steps, 0, new(None, None, None, 0), inLoop: false);
        return steps;
    }

    private void PlaceMerges()
    {
        foreach (var node in _tree.Order)
        {
            if (_tree.Parent[node] < 0)
                continue;
            var forward = 0;
            foreach (var before in _tree.Predecessors[node])
                forward += _tree.Dominates(node, before) ? 0 : 1;
            var above = _tree.Parent[node];
            if (forward < 2 && _graph.Ends[above] != BlockEnd.Indirect)
                continue;
            _placed[node] = true;
            var loop = _loops.OutermostLeft(above, node);
            (loop < 0 ? _merges[above] ??= [] : _exits[loop] ??= []).Add(node);
        }

        foreach (var list in _merges.Concat(_exits))
            list?.Sort((a, b) => _tree.ReversePostorder[a].CompareTo(_tree.ReversePostorder[b]));
    }

    /// <summary>Of the exits that one block leads to, one at most stands after its loop: that of the loop's own condition.</summary>
    private void PlaceExits()
    {
        foreach (var header in _tree.Order)
        {
            if (!_loops.IsHeader[header])
                continue;
            var exit = ExitOf(header, header);
            foreach (var latch in _tree.Predecessors[header])
                exit = exit < 0 && _tree.Dominates(header, latch) ? ExitOf(header, latch) : exit;
            if (exit < 0)
                continue;
            _placed[exit] = true;
            (_exits[header] ??= []).Insert(0, exit);
        }
    }

    private int ExitOf(int header, int from)
    {
        if (_loops.Innermost[from] != header)
            return None;
        foreach (var target in _graph.Successors(from))
        {
            if (!_placed[target] && _tree.Parent[target] == from && !_loops.Contains(header, target)
                && _loops.OutermostLeft(from, target) == header)
                return target;
        }

        return None;
    }

    private void Write(List<StructureNode> output, int first, Around around, bool inLoop)
    {
        var pending = new Stack<int>();
        pending.Push(first);
        while (pending.TryPop(out var node))
        {
            var starts = inLoop && node == first;
            if (!starts)
                output.Add(new LabelStep(_graph.Blocks[node]));
            if (_loops.IsHeader[node] && !starts)
            {
                Push(pending, _exits[node]);
                var loop = new LoopStep(_graph.Blocks[node]);
                output.Add(loop);
                Write(loop.Body, node, new(node, Next(pending, around), node, around.Depth + 1), inLoop: true);
                continue;
            }

            if (_graph.Ends[node] == BlockEnd.Outside)
            {
                output.Add(new GotoStep(_graph.Blocks[node]));
                continue;
            }

            output.Add(new BlockStep(_graph.Blocks[node]));
            Push(pending, _merges[node]);
            WriteEnd(output, node, pending, around);
        }
    }

    private void WriteEnd(List<StructureNode> output, int node, Stack<int> pending, Around around)
    {
        var targets = _graph.Successors(node);
        if (targets.Length == 0 || _graph.Ends[node] == BlockEnd.Indirect)
        {
            output.Add(new EndStep(_graph.Blocks[node]));
            return;
        }

        var here = around with { Next = Next(pending, around) };
        var through = targets[0];
        if (targets.Length == 1)
        {
            if (_placed[through] || _tree.Parent[through] != node)
                Go(output, through, here);
            else
                pending.Push(through);
            return;
        }

        var taken = targets[1];
        var ownThrough = IsOwn(node, through);
        var ownTaken = IsOwn(node, taken);
        if (ownThrough && ownTaken)
        {
            WriteBoth(output, node, pending, here);
        }
        else if (ownThrough || ownTaken)
        {
            var (own, other) = ownThrough ? (through, taken) : (taken, through);
            WriteOne(output, node, own, other, ownTaken, pending, here);
        }
        else
        {
            var skip = taken == here.Next;
            var branch = new BranchStep(_graph.Blocks[node], whenTaken: !skip);
            Go(branch.Then, skip ? through : taken, here);
            output.Add(branch);
            if (!skip)
                Go(output, through, here);
        }
    }

    private void WriteBoth(List<StructureNode> output, int node, Stack<int> pending, Around here)
    {
        var through = _graph.Successors(node)[0];
        var taken = _graph.Successors(node)[1];
        if (Ends(taken, here.Next))
        {
            WriteThen(output, node, taken, through, whenTaken: true, pending, here);
        }
        else if (Ends(through, here.Next))
        {
            WriteThen(output, node, through, taken, whenTaken: false, pending, here);
        }
        else if (here.Depth < MaximumNesting)
        {
            var branch = new BranchStep(_graph.Blocks[node], whenTaken: false);
            output.Add(branch);
            Write(branch.Then, through, here with { Depth = here.Depth + 1 }, inLoop: false);
            Write(branch.Else, taken, here with { Depth = here.Depth + 1 }, inLoop: false);
        }
        else
        {
            var branch = new BranchStep(_graph.Blocks[node], whenTaken: true);
            branch.Then.Add(new GotoStep(_graph.Blocks[taken]));
            output.Add(branch);
            pending.Push(taken);
            pending.Push(through);
        }
    }

    /// <summary>One arm is a block of its own, the other leads to what stands elsewhere.</summary>
    private void WriteOne(List<StructureNode> output, int node, int own, int other, bool ownTaken, Stack<int> pending, Around here)
    {
        var nests = other == here.Next && here.Depth < MaximumNesting && !(IsShortReturn(other) && other != here.Break);
        if (nests)
        {
            var branch = new BranchStep(_graph.Blocks[node], ownTaken);
            output.Add(branch);
            Write(branch.Then, own, here with { Depth = here.Depth + 1 }, inLoop: false);
        }
        else
        {
            var branch = new BranchStep(_graph.Blocks[node], !ownTaken);
            output.Add(branch);
            Go(branch.Then, other, here with { Next = own });
            pending.Push(own);
        }
    }

    private void WriteThen(List<StructureNode> output, int node, int then, int after, bool whenTaken, Stack<int> pending, Around here)
    {
        var branch = new BranchStep(_graph.Blocks[node], whenTaken);
        output.Add(branch);
        Write(branch.Then, then, here with { Next = after, Depth = here.Depth + 1 }, inLoop: false);
        pending.Push(after);
    }

    private void Go(List<StructureNode> output, int target, Around here)
    {
        if (target == here.Next)
            return;
        if (target == here.Break)
        {
            output.Add(new BreakStep());
        }
        else if (target == here.Continue)
        {
            output.Add(new ContinueStep());
        }
        else if (IsShortReturn(target))
        {
            output.Add(new BlockStep(_graph.Blocks[target]));
            output.Add(new EndStep(_graph.Blocks[target]));
        }
        else
        {
            output.Add(new GotoStep(_graph.Blocks[target]));
        }
    }

    private bool IsShortReturn(int node) => _graph.Ends[node] == BlockEnd.Returns && _graph.Slots[node] <= ShortReturn;

    private bool IsOwn(int node, int target) => !_placed[target] && _tree.Parent[target] == node;

    /// <summary>Whether a block has nothing after it but a jump, and not one to where the text goes on.</summary>
    private bool Ends(int node, int next)
    {
        if (_tree.Children[node].Count != 0 || _loops.IsHeader[node])
            return false;
        foreach (var target in _graph.Successors(node))
        {
            if (target == next)
                return false;
        }

        return true;
    }

    private static int Next(Stack<int> pending, Around around) => pending.TryPeek(out var next) ? next : around.Next;

    private static void Push(Stack<int> pending, List<int>? nodes)
    {
        for (var i = (nodes?.Count ?? 0) - 1; i >= 0; i--)
            pending.Push(nodes![i]);
    }
}
