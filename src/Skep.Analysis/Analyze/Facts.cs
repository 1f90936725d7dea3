using Skep.Inventory.Code;

namespace Skep.Analysis.Analyze;

/// <summary>What an instruction does with memory.</summary>
public enum AccessKind : byte
{
    /// <summary>It reads.</summary>
    Load,

    /// <summary>It writes.</summary>
    Store,

    /// <summary>It reads and writes at once.</summary>
    Atomic,
}

/// <summary>An access to memory.</summary>
/// <param name="Slot">The instruction.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Address">Where: the base with the instruction's offset.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Stored">What is written; unset for a load.</param>
public readonly record struct MemoryAccess(int Slot, AccessKind Kind, Value Address, int Size, Value Stored);

/// <summary>A call.</summary>
/// <param name="Slot">The instruction.</param>
/// <param name="Target">What is called; null for the address in a register.</param>
/// <param name="Arguments">R1 to R5 before the call.</param>
public sealed record CallFact(int Slot, CallTarget? Target, IReadOnlyList<Value> Arguments)
{
    /// <summary>The helper, when it calls one.</summary>
    public HelperSignature? Helper => Target is { Kind: CallTargetKind.Helper } target ? HelperTable.Of(target.Name) : null;

    /// <summary>An argument of a role; null when the helper has none.</summary>
    public Value? ArgumentOf(char role) => Helper?.ArgumentOf(role) is >= 0 and var number ? Arguments[number] : null;
}

/// <summary>A place where a function returns.</summary>
/// <param name="Slot">The instruction.</param>
/// <param name="Function">Number of the function; 0 is the program.</param>
/// <param name="Result">What it returns: R0.</param>
/// <param name="Numbers">The numbers that it may return.</param>
public readonly record struct ReturnFact(int Slot, int Function, Value Result, Numbers Numbers)
{
    /// <summary>Whether it is an <c>exit</c>; else an instruction that may end the function.</summary>
    public bool IsExit { get; init; } = true;
}
