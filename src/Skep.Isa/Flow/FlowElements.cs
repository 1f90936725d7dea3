namespace Skep.Isa;

/// <summary>Instructions that run one after another: entered at the first only, left after the last only.</summary>
/// <param name="Number">Its number in the graph, from 0 in order of slots.</param>
/// <param name="Function">Number of the function that it belongs to.</param>
/// <param name="Start">Its first slot.</param>
/// <param name="End">The slot after its last.</param>
/// <param name="Last">The first slot of its last instruction.</param>
/// <param name="EndsIn">What its last instruction does.</param>
public readonly record struct BasicBlock(int Number, int Function, int Start, int End, int Last, OperationKind EndsIn)
{
    /// <summary>Whether it returns to the caller of its function.</summary>
    public bool Returns => EndsIn == OperationKind.Exit;

    /// <summary>Whether it goes to places that the code does not say: to an address in a register.</summary>
    public bool HasUnknownSuccessors => EndsIn == OperationKind.JumpIndirect;
}

/// <summary>A function of a program: the main program, or one that is called or passed as a callback.</summary>
/// <param name="Number">Its number, from 0 in order of slots; the main program is 0.</param>
/// <param name="Start">Its first slot.</param>
/// <param name="End">The slot after its last.</param>
/// <param name="FirstBlock">Number of its first block.</param>
/// <param name="BlockCount">Count of its blocks.</param>
public readonly record struct FlowFunction(int Number, int Start, int End, int FirstBlock, int BlockCount);

/// <summary>Why one block follows another.</summary>
public enum FlowEdgeKind : byte
{
    /// <summary>It is the next one.</summary>
    FallThrough,

    /// <summary>The last instruction jumps there.</summary>
    Jump,
}

/// <summary>One block may follow another.</summary>
/// <param name="From">Number of the first block.</param>
/// <param name="To">Number of the block that may follow.</param>
/// <param name="Kind">Why.</param>
public readonly record struct FlowEdge(int From, int To, FlowEdgeKind Kind);

/// <summary>A place where a function of the program is called, or its address taken.</summary>
/// <param name="Slot">The call's slot.</param>
/// <param name="Function">Number of the function.</param>
/// <param name="IsAddress">Whether its address is taken, for a callback.</param>
public readonly record struct FlowCall(int Slot, int Function, bool IsAddress);

/// <summary>What is wrong with a program's flow; the verifier refuses such programs.</summary>
public enum FlowFaultKind : byte
{
    /// <summary>A jump or call goes outside of the program.</summary>
    TargetOutside,

    /// <summary>A jump or call goes to the second slot of a two-slot instruction.</summary>
    TargetInsideInstruction,

    /// <summary>A jump goes to another function.</summary>
    JumpLeavesFunction,

    /// <summary>A function's last instruction goes on to what follows, or past the program's end.</summary>
    FallsOffEnd,
}

/// <summary>A fault in a program's flow.</summary>
/// <param name="Slot">The instruction that has it.</param>
/// <param name="Kind">What is wrong.</param>
public readonly record struct FlowFault(int Slot, FlowFaultKind Kind);
