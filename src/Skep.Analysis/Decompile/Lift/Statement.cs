using Skep.Isa;

namespace Skep.Analysis.Decompile.Lift;

/// <summary>One step of a lifted function.</summary>
internal abstract class Statement
{
    /// <summary>The instruction that it ends with; -1 for none.</summary>
    public int Slot { get; init; } = -1;
}

/// <summary>A statement that a block is made of: it computes, and the next follows.</summary>
internal abstract class SimpleStatement : Statement
{
    /// <summary>What it computes, in the order of evaluation; may be changed by folding.</summary>
    public Expression[] Values { get; set; } = [];

    /// <summary>The variable that it sets; null for none.</summary>
    public virtual Variable? Target
    {
        get => null;
        set => throw new InvalidOperationException("this statement sets no variable");
    }

    /// <summary>Whether it changes memory, or orders accesses to it.</summary>
    public virtual bool WritesMemory => Values.Any(value => value.HasEffect);
}

/// <summary>Sets a variable.</summary>
internal sealed class Assign : SimpleStatement
{
    public Assign(Variable target, Expression value)
    {
        Target = target;
        Values = [value];
    }

    public override Variable? Target { get; set; }

    public Expression Value => Values[0];
}

/// <summary>Writes memory: an address and a value.</summary>
internal sealed class Store : SimpleStatement
{
    public Store(int bytes, OperationKind kind, Expression address, long offset, Expression value)
    {
        (Bytes, Kind, Offset) = (bytes, kind, offset);
        Values = [address, value];
    }

    public int Bytes { get; }

    public OperationKind Kind { get; }

    public long Offset { get; set; }

    public Expression Address => Values[0];

    public Expression Value => Values[1];

    public override bool WritesMemory => true;
}

/// <summary>Computes something for its effect.</summary>
internal sealed class Evaluate : SimpleStatement
{
    public Evaluate(Expression value) => Values = [value];

    public Expression Value => Values[0];
}

/// <summary>The condition of the jump that ends a block; it stands at the end of the block's statements.</summary>
internal sealed class Test : SimpleStatement
{
    public Test(Expression condition) => Values = [condition];

    public Expression Condition => Values[0];
}

/// <summary>Returns from the function; without a value when the function sets none.</summary>
internal sealed class Return : SimpleStatement
{
    public Return(Expression? value) => Values = value is null ? [] : [value];

    public Expression? Value => Values.Length == 0 ? null : Values[0];
}

/// <summary>What has no other form in C: an end that is none, a barrier.</summary>
internal sealed class Remark(string text, bool endsFunction) : SimpleStatement
{
    public string Text => text;

    /// <summary>Whether nothing follows it.</summary>
    public bool EndsFunction => endsFunction;

    public override bool WritesMemory => true;
}

/// <summary>A jump to an address in a register.</summary>
internal sealed class GotoAddress : SimpleStatement
{
    public GotoAddress(Expression address) => Values = [address];
}

internal sealed class If(Expression condition) : Statement
{
    public Expression Condition { get; set; } = condition;

    public List<Statement> Then { get; set; } = [];

    public List<Statement> Else { get; set; } = [];
}

/// <summary>Where a loop tests its condition.</summary>
internal enum LoopForm : byte
{
    Endless,
    While,
    DoWhile,
}

internal sealed class Loop : Statement
{
    public LoopForm Form { get; set; }

    /// <summary>It runs again while this is true; null for an endless one.</summary>
    public Expression? Condition { get; set; }

    public List<Statement> Body { get; set; } = [];
}

internal sealed class Break : Statement;

internal sealed class Continue : Statement;

/// <summary>A jump to a block, by the block's first slot.</summary>
internal sealed class Goto(int target) : Statement
{
    public int Target => target;
}

/// <summary>Where a block starts, by its first slot.</summary>
internal sealed class Label(int target) : Statement
{
    public int Target => target;
}
