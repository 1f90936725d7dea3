using Skep.Analysis.Analyze;
using Skep.Analysis.Decompile.Lift;
using Skep.Bpf;

namespace Skep.Analysis.Decompile;

/// <summary>
/// The types of a function's variables, from what they are used for: a variable whose accesses all go to one object from its start is a
/// pointer to that object. All others are numbers.
/// </summary>
internal sealed class VariableTypes
{
    private readonly Place _place;
    private readonly Dictionary<Variable, PointedObject?> _objects = [];
    private readonly Dictionary<Variable, Variable> _copies = [];
    private readonly HashSet<Variable> _pointers = [];

    /// <param name="function">The function.</param>
    /// <param name="place">Finds types.</param>
    /// <param name="isPointer">Whether the parameter of a number is a pointer by the function's prototype.</param>
    public VariableTypes(LiftedFunction function, Place place, Func<int, bool> isPointer)
    {
        _place = place;
        for (int i = 0; i < function.Parameters.Length; i++)
            if (function.Parameters[i] is { } parameter && isPointer(i)) _pointers.Add(parameter);
        StatementTree.Visit(function.Body, statement =>
        {
            foreach (Expression value in Values(statement)) Read(value);
            switch (statement)
            {
                case Store store:
                    Vote(store.Address, store.Slot, store.Offset);
                    break;
                case Assign { Value: Use source } copy:
                    _copies[copy.Target!] = source.Variable;
                    break;
            }
        });
    }

    /// <summary>The object that a variable points to the start of; null for a number.</summary>
    public PointedObject? ObjectOf(Variable variable)
    {
        const int LongestChain = 8;
        for (int step = 0; step < LongestChain; step++)
        {
            if (_objects.TryGetValue(variable, out PointedObject? found)) return found;
            if (!_copies.TryGetValue(variable, out Variable? source) || variable.Definitions > 1) return null;
            variable = source;
        }

        return null;
    }

    /// <summary>What a variable is in C.</summary>
    public CKind KindOf(Variable variable) => ObjectOf(variable) switch
    {
        null when _pointers.Contains(variable) => CKind.Bytes,
        null => variable is { Is32Bit: true } ? CKind.U32 : CKind.U64,
        { Kind: ValueKind.Context } => CKind.Pointer,
        { } target => _place.TypeOf(target) is { } type && !Place.IsSection(type) ? CKind.Pointer : CKind.Bytes,
    };

    /// <summary>The declaration of a variable.</summary>
    public string Declare(Variable variable, string name)
    {
        if (ObjectOf(variable) is not { } target)
            return _pointers.Contains(variable) ? $"void *{name}" : $"{(variable.Is32Bit ? "u32" : "u64")} {name}";
        if (_place.TypeOf(target) is { } type && !Place.IsSection(type))
            return CTypeText.Declare(type.Btf, type.Id, type.Btf.Resolve(type.Id).Kind == BtfKind.Array ? $"(*{name})" : "*" + name);
        return target.Kind == ValueKind.Context ? $"u64 *{name}" : $"void *{name}";
    }

    public static IEnumerable<Expression> Values(Statement statement) => statement switch
    {
        SimpleStatement simple => simple.Values,
        If choice => [choice.Condition],
        Loop { Condition: { } condition } => [condition],
        _ => [],
    };

    private void Read(Expression value)
    {
        switch (value)
        {
            case Load load:
                Vote(load.Address, load.Slot, load.Offset);
                break;
            case Atomic atomic:
                Vote(atomic.Address, atomic.Slot, atomic.Offset);
                break;
            case Call call when _place.Analysis.CallAt(call.Slot) is { } fact:
                for (int i = 0; i < call.Parts.Count && i < fact.Arguments.Count; i++)
                {
                    if (call.Parts[i] is Use { Variable: var variable }
                        && fact.Arguments[i] is
                        {
                            IsPointer: true,
                            Kind: not (ValueKind.Map or ValueKind.Function or ValueKind.Symbol)
                        } passed
                        && _place.ObjectOf(passed) is { } target) Vote(variable, target);
                }

                break;
        }

        foreach (Expression part in value.Parts) Read(part);
    }

    private void Vote(Expression address, int slot, long offset)
    {
        if (address is Use { Variable: var variable }) Vote(variable, _place.BaseOf(slot, offset));
    }

    private void Vote(Variable variable, PointedObject? target)
    {
        if (_objects.TryGetValue(variable, out PointedObject? known) && known != target) target = null;
        _objects[variable] = target;
    }
}
