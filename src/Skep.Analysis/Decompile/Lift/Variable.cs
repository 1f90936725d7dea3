namespace Skep.Analysis.Decompile.Lift;

/// <summary>Where a variable lives in the bytecode.</summary>
/// <param name="IsStack">Whether it is in the frame.</param>
/// <param name="Number">The register's number, or the offset in the frame.</param>
internal readonly record struct Location(bool IsStack, int Number);

/// <summary>
/// A named value of a function: all definitions of a register or stack slot that reach a common use, and their uses (a web).
/// </summary>
internal sealed class Variable(Location location)
{
    public Location Location => location;

    /// <summary>Number among the function's variables that are still used, in order of first appearance.</summary>
    public int Number { get; set; } = -1;

    /// <summary>Statements that set it.</summary>
    public int Definitions { get; set; }

    public int Uses { get; set; }

    /// <summary>Whether it has a value when the function starts: a parameter, or what was left there.</summary>
    public bool IsLiveAtEntry { get; set; }

    /// <summary>The statement that sets it, of a variable with one definition.</summary>
    public Assign? Definition { get; set; }

    /// <summary>The block of <see cref="Definition"/>.</summary>
    public int Block { get; set; }

    /// <summary>Whether its upper 32 bits are always clear.</summary>
    public bool Is32Bit { get; set; }

    /// <summary>Whether it never changes once it is set: each use sees the same value as its only definition gave.</summary>
    public bool IsConstant => IsLiveAtEntry ? Definitions == 0 : Definitions == 1;
}
