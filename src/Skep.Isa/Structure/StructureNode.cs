namespace Skep.Isa;

/// <summary>A step of a function in structured form. Steps of a list run one after another.</summary>
public abstract class StructureNode
{
    private protected StructureNode()
    {
    }
}

/// <summary>The place where a block starts: a <see cref="GotoStep"/> to the block comes here.</summary>
/// <param name="block">Number of the block in its graph.</param>
public sealed class LabelStep(int block) : StructureNode
{
    /// <summary>Number of the block in its graph.</summary>
    public int Block => block;
}

/// <summary>A block runs, all but the jump or return that ends it. A short block that returns may stand at several places.</summary>
/// <param name="block">Number of the block in its graph.</param>
public sealed class BlockStep(int block) : StructureNode
{
    /// <summary>Number of the block in its graph.</summary>
    public int Block => block;
}

/// <summary>A choice by the conditional jump that ends a block.</summary>
/// <param name="block">Number of the block in its graph.</param>
/// <param name="whenTaken">Whether <see cref="Then"/> runs when the jump is taken; otherwise it runs when it is not.</param>
public sealed class BranchStep(int block, bool whenTaken) : StructureNode
{
    /// <summary>Number of the block in its graph.</summary>
    public int Block => block;

    /// <summary>Whether <see cref="Then"/> runs when the jump is taken; otherwise it runs when it is not.</summary>
    public bool WhenTaken => whenTaken;

    /// <summary>What runs in the one case.</summary>
    public List<StructureNode> Then { get; } = [];

    /// <summary>What runs in the other case; may be empty.</summary>
    public List<StructureNode> Else { get; } = [];
}

/// <summary>Runs its body again and again: only a break, a goto or a return ends it.</summary>
/// <param name="header">Number of the block that the body starts with.</param>
public sealed class LoopStep(int header) : StructureNode
{
    /// <summary>Number of the block that the body starts with.</summary>
    public int Header => header;

    /// <summary>What runs each time.</summary>
    public List<StructureNode> Body { get; } = [];
}

/// <summary>Goes to what follows the innermost loop.</summary>
public sealed class BreakStep : StructureNode;

/// <summary>Goes to the start of the innermost loop's body.</summary>
public sealed class ContinueStep : StructureNode;

/// <summary>Goes to a block that no other form reaches from here. The block may be one of another function, in broken programs.</summary>
/// <param name="block">Number of the block in its graph.</param>
public sealed class GotoStep(int block) : StructureNode
{
    /// <summary>Number of the block in its graph.</summary>
    public int Block => block;
}

/// <summary>The function ends as the block says: it returns, jumps to an address, or falls off its end in broken programs.</summary>
/// <param name="block">Number of the block in its graph.</param>
public sealed class EndStep(int block) : StructureNode
{
    /// <summary>Number of the block in its graph.</summary>
    public int Block => block;
}
