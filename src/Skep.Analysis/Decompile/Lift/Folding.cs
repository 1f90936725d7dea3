namespace Skep.Analysis.Decompile.Lift;

/// <summary>
/// Substitutes values where they are used. A constant may move anywhere; a value that is used once moves to its use when nothing between
/// the two changes it: no variable that it reads is set, and if it reads memory, nothing is written and nothing is called, except what
/// takes it as an argument. A call moves only to the very next statement, and only where nothing else there depends on memory.
/// </summary>
internal sealed class Folding
{
    private const int LargestStatement = 40;
    private const int LargestMoved = 12;
    private const int MaximumRounds = 4;

    private readonly List<SimpleStatement>[] _blocks;
    private readonly Dictionary<Variable, Expression> _none = [];

    // Of one block: where a variable was set last, and where memory was written last.
    private readonly Dictionary<Variable, int> _setAt = [];
    private readonly Dictionary<Variable, int> _candidates = [];
    private int _writtenAt;
    private List<SimpleStatement> _block = [];
    private int _position;
    private int _size;
    private int _otherReads;
    private int _effects;

    private Folding(List<SimpleStatement>[] blocks) => _blocks = blocks;

    /// <summary>Replaces variables that are set once to a number, an address in the frame, a symbol or another such variable.</summary>
    public static void PropagateConstants(List<SimpleStatement>[] blocks)
    {
        var known = new Dictionary<Variable, Expression>();
        for (int round = 0; round < MaximumRounds; round++)
        {
            int before = known.Count;
            foreach (List<SimpleStatement> block in blocks)
            {
                foreach (SimpleStatement statement in block)
                {
                    Simplify(statement, known);
                    if (statement is Assign { Target: { IsConstant: true } target } assign && IsTrivial(assign.Value))
                        known[target] = assign.Value;
                }
            }

            if (known.Count == before && round > 0) break;
        }

        foreach (List<SimpleStatement> block in blocks)
        {
            foreach (SimpleStatement statement in block) Simplify(statement, known);
            block.RemoveAll(statement => statement is Assign assign && known.ContainsKey(assign.Target!));
        }
    }

    /// <summary>Simplifies all values of a statement.</summary>
    public static void Simplify(SimpleStatement statement, IReadOnlyDictionary<Variable, Expression> known)
    {
        for (int i = 0; i < statement.Values.Length; i++) statement.Values[i] = Simplifier.Simplify(statement.Values[i], known);
        if (statement is Store store)
        {
            (Expression address, long offset) = Simplifier.SplitAddress(store.Address, store.Offset);
            store.Values[0] = address;
            store.Offset = offset;
        }
    }

    /// <summary>Moves values to their uses, and removes what nobody uses.</summary>
    public static void Fold(List<SimpleStatement>[] blocks)
    {
        var folding = new Folding(blocks);
        for (int round = 0; round < 2; round++)
        {
            folding.RemoveUnused();
            folding.FoldBlocks();
        }

        folding.RemoveUnused();
    }

    private static bool IsTrivial(Expression value) =>
        value is Number or FrameAddress or Symbol || (value is Use use && use.Variable.IsConstant);

    private void FoldBlocks()
    {
        var moved = new Dictionary<Variable, Assign>();
        foreach (List<SimpleStatement> block in _blocks)
        {
            foreach (SimpleStatement statement in block)
            {
                if (statement is Assign { Target: { IsConstant: true, Uses: 1 } target } assign && IsMovableAnywhere(assign.Value))
                    moved[target] = assign;
            }
        }

        foreach (List<SimpleStatement> block in _blocks)
        {
            _block = block;
            _setAt.Clear();
            _candidates.Clear();
            _writtenAt = -1;
            for (_position = 0; _position < block.Count; _position++) FoldInto(block[_position], moved);
        }

        foreach (List<SimpleStatement> block in _blocks)
            block.RemoveAll(
                statement => statement is Assign { Target.Uses: 0, Value: Use { Variable: var self } } assign
                    && ReferenceEquals(self, assign.Target));
    }

    private void FoldInto(SimpleStatement statement, Dictionary<Variable, Assign> moved)
    {
        _size = statement.Values.Sum(value => value.Size);
        _otherReads = statement.Values.Sum(Reads);
        _effects = statement.Values.Sum(Effects);
        for (int i = 0; i < statement.Values.Length; i++) statement.Values[i] = Replace(statement.Values[i], moved, 0);
        Simplify(statement, _none);
        if (statement.WritesMemory) _writtenAt = _position;
        if (statement.Target is not { } target) return;
        _setAt[target] = _position;
        if (statement is Assign && target is { IsConstant: true, Uses: 1 }) _candidates[target] = _position;
    }

    /// <param name="value">What stands in the statement.</param>
    /// <param name="moved">Values that may move anywhere.</param>
    /// <param name="around">How many effects come of what this is a part of: after it.</param>
    private Expression Replace(Expression value, Dictionary<Variable, Assign> moved, int around)
    {
        if (value is Use use)
        {
            if (_candidates.TryGetValue(use.Variable, out int at) && CanMove((Assign)_block[at], at, around))
                return Take((Assign)_block[at]);
            if (moved.TryGetValue(use.Variable, out Assign? assign) && IsMovableAnywhere(assign.Value) && _size
                + assign.Value.Size <= LargestStatement) return Take(assign);
            return value;
        }

        if (value.Parts.Count == 0) return value;
        Expression[] parts = [.. value.Parts];
        bool changed = false;
        if (value.HasOwnEffect) around++;
        for (int i = 0; i < parts.Length; i++)
        {
            Expression part = Replace(parts[i], moved, around);
            changed |= !ReferenceEquals(part, parts[i]);
            parts[i] = part;
        }

        return changed ? value.With(parts) : value;
    }

    // The statement stays as one that sets a variable to itself, and is removed when its block is done.
    private Expression Take(Assign assign)
    {
        Expression value = assign.Value;
        _size += value.Size;
        _otherReads += Reads(value);
        _effects += Effects(value);
        assign.Target!.Uses = 0;
        assign.Values = [new Use(assign.Target, -1)];
        return value;
    }

    private bool CanMove(Assign assign, int at, int around)
    {
        Expression value = assign.Value;
        if (_size + value.Size > LargestStatement) return false;
        if (value.HasEffect)
        {
            if (_otherReads > 0 || _writtenAt != at) return false;
            for (int i = at + 1; i < _position; i++)
                if (_block[i] is not Assign { Target.Uses: 0, Value: Use }) return false;
        }
        else if (value.ReadsMemory && (_writtenAt > at || _effects > around))
        {
            return false;
        }

        return IsUnchangedSince(value, at);
    }

    private bool IsUnchangedSince(Expression value, int at)
    {
        if (value is Use use && !use.Variable.IsConstant && _setAt.GetValueOrDefault(use.Variable, -1) > at) return false;
        foreach (Expression part in value.Parts)
            if (!IsUnchangedSince(part, at)) return false;
        return true;
    }

    private static bool IsMovableAnywhere(Expression value) =>
        value is { ReadsMemory: false, HasEffect: false, Size: <= LargestMoved } && ReadsConstantsOnly(value);

    private static bool ReadsConstantsOnly(Expression value) =>
        value is Use use ? use.Variable.IsConstant : value.Parts.All(ReadsConstantsOnly);

    private static int Reads(Expression value) => (value is Load or Call or Atomic or Special ? 1 : 0) + value.Parts.Sum(Reads);

    private static int Effects(Expression value) => (value.HasOwnEffect ? 1 : 0) + value.Parts.Sum(Effects);

    private void RemoveUnused()
    {
        bool again = true;
        CountUses();
        while (again)
        {
            again = false;
            foreach (List<SimpleStatement> block in _blocks)
            {
                for (int i = block.Count - 1; i >= 0; i--)
                {
                    if (block[i] is not Assign { Target.Uses: 0 } assign) continue;
                    block[i] = new Evaluate(assign.Value) { Slot = assign.Slot };
                    assign.Target!.Definitions--;
                    if (assign.Value.HasEffect) continue;
                    foreach (Expression value in assign.Values) again |= Forget(value);
                    block.RemoveAt(i);
                }
            }
        }
    }

    private static bool Forget(Expression value)
    {
        bool last = value is Use use && --use.Variable.Uses == 0;
        foreach (Expression part in value.Parts) last |= Forget(part);
        return last;
    }

    private void CountUses()
    {
        foreach (List<SimpleStatement> block in _blocks)
        {
            foreach (SimpleStatement statement in block)
            {
                if (statement.Target is { } target) target.Uses = 0;
                foreach (Expression value in statement.Values) Visit(value, variable => variable.Uses = 0);
            }
        }

        foreach (List<SimpleStatement> block in _blocks)
            foreach (SimpleStatement statement in block)
                foreach (Expression value in statement.Values) Visit(value, variable => variable.Uses++);
    }

    private static void Visit(Expression value, Action<Variable> visit)
    {
        if (value is Use use) visit(use.Variable);
        foreach (Expression part in value.Parts) Visit(part, visit);
    }
}
