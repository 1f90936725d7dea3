using System.Numerics;

namespace Skep.Analysis.Decompile.Lift;

/// <summary>
/// Splits locations into variables: definitions that may reach a common use are one. Statements come in with a placeholder for each
/// location (at most 64) and go out with variables. Only what is live at a block's start is joined there.
/// </summary>
internal sealed class WebBuilder
{
    private readonly List<SimpleStatement>[] _blocks;
    private readonly int[][] _successors;
    private readonly Variable[] _locations;
    private readonly ulong[] _liveIn;
    private readonly List<int> _set = [];
    private readonly List<(Use Use, int Node)> _uses = [];
    private readonly List<(Assign Assign, int Block, int Node)> _definitions = [];

    /// <param name="blocks">The statements of each block; block 0 is the entry.</param>
    /// <param name="successors">What may follow each block.</param>
    /// <param name="locations">A placeholder for each location; its <see cref="Variable.Number"/> is its index here.</param>
    public WebBuilder(List<SimpleStatement>[] blocks, int[][] successors, Variable[] locations)
    {
        (_blocks, _successors, _locations) = (blocks, successors, locations);
        _liveIn = Liveness.AtStart(blocks, successors, locations);
    }

    /// <summary>The locations whose value at the function's start is used.</summary>
    public ulong LiveAtEntry => _blocks.Length == 0 ? 0 : _liveIn[0];

    /// <summary>Replaces the placeholders; returns the variables.</summary>
    public List<Variable> Run()
    {
        int width = _locations.Length;
        for (int i = 0; i < _blocks.Length * width; i++) _set.Add(i);
        var current = new int[width];
        for (int block = 0; block < _blocks.Length; block++)
        {
            for (int i = 0; i < width; i++) current[i] = (block * width) + i;
            foreach (SimpleStatement statement in _blocks[block])
            {
                foreach (Expression value in statement.Values) Read(value, current);
                if (statement is not Assign assign || !IsLocation(assign.Target)) continue;
                int node = _set.Count;
                _set.Add(node);
                _definitions.Add((assign, block, node));
                current[assign.Target!.Number] = node;
            }

            foreach (int next in _successors[block])
            {
                for (ulong live = _liveIn[next]; live != 0; live &= live - 1)
                {
                    int location = BitOperations.TrailingZeroCount(live);
                    Join(current[location], (next * width) + location);
                }
            }
        }

        return MakeVariables(width);
    }

    private List<Variable> MakeVariables(int width)
    {
        var variables = new List<Variable>();
        var byRoot = new Dictionary<int, Variable>();

        // In the function's first block the values at the start come first.
        for (ulong live = LiveAtEntry; live != 0; live &= live - 1)
        {
            int location = BitOperations.TrailingZeroCount(live);
            Of(location, _locations[location]).IsLiveAtEntry = true;
        }

        foreach ((Assign assign, int block, int node) in _definitions)
        {
            Variable variable = Of(node, assign.Target!);
            assign.Target = variable;
            variable.Definitions++;
            variable.Definition = variable.Definitions == 1 ? assign : null;
            variable.Block = block;
        }

        foreach ((Use use, int node) in _uses)
        {
            use.Variable = Of(node, use.Variable);
            use.Variable.Uses++;
        }

        return variables;

        Variable Of(int node, Variable placeholder)
        {
            int root = Find(node);
            if (byRoot.TryGetValue(root, out Variable? known)) return known;
            var made = new Variable(placeholder.Location);

            // A use that no definition reaches sees what was there before.
            made.IsLiveAtEntry = root < width;
            byRoot.Add(root, made);
            variables.Add(made);
            return made;
        }
    }

    private void Read(Expression value, int[] current)
    {
        if (value is Use use && IsLocation(use.Variable)) _uses.Add((use, current[use.Variable.Number]));
        foreach (Expression part in value.Parts) Read(part, current);
    }

    private bool IsLocation(Variable? variable) => Liveness.IsLocation(_locations, variable);

    private int Find(int node)
    {
        while (_set[node] != node)
        {
            _set[node] = _set[_set[node]];
            node = _set[node];
        }

        return node;
    }

    private void Join(int a, int b)
    {
        (a, b) = (Find(a), Find(b));
        if (a != b) _set[Math.Max(a, b)] = Math.Min(a, b);
    }
}
