using Skep.Inventory.Code;

namespace Skep.Analysis.Diff;

/// <summary>Whether a line is in the first program, the second, or both.</summary>
public enum DiffSide : byte
{
    /// <summary>In both.</summary>
    Both,

    /// <summary>In the first only.</summary>
    First,

    /// <summary>In the second only.</summary>
    Second,
}

/// <summary>An instruction of a comparison.</summary>
/// <param name="Side">Whose it is.</param>
/// <param name="First">In the first program; meaningless when it is the second's only.</param>
/// <param name="Second">In the second program; meaningless when it is the first's only.</param>
public readonly record struct DiffLine(DiffSide Side, NormalizedInstruction First, NormalizedInstruction Second)
{
    /// <summary>The text, of the program that has it.</summary>
    public string Text => Side == DiffSide.Second ? Second.FullText : First.FullText;
}

/// <summary>
/// What differs between two programs. Maps are compared by name, or by their order where one of the programs has no names; calls by name;
/// jumps by whether their targets correspond.
/// </summary>
public sealed class ProgramDiff
{
    private ProgramDiff(ProgramCode first, ProgramCode second, IReadOnlyList<DiffLine> lines, IReadOnlyList<ProgramChange> changes) =>
        (First, Second, Lines, Changes) = (first, second, lines, changes);

    /// <summary>The first program.</summary>
    public ProgramCode First { get; }

    /// <summary>The second program.</summary>
    public ProgramCode Second { get; }

    /// <summary>All instructions of both, in the first program's order; each function beside its partner.</summary>
    public IReadOnlyList<DiffLine> Lines { get; }

    /// <summary>What changed, in words.</summary>
    public IReadOnlyList<ProgramChange> Changes { get; }

    /// <summary>Whether nothing differs.</summary>
    public bool IsIdentical => Changes.Count == 0 && Lines.All(line => line.Side == DiffSide.Both);

    /// <summary>Compares two programs.</summary>
    public static ProgramDiff Of(ProgramCode first, ProgramCode second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        first.RequireLittleEndian("compare");
        second.RequireLittleEndian("compare");
        bool named = first.Maps.Concat(second.Maps).All(map => map.Name is { Length: > 0 });
        var match = new FunctionMatch(first, second, named);
        List<NormalizedInstruction> a = NormalizedProgram.Of(first, named, match.FirstLabel),
            b = NormalizedProgram.Of(second, named, match.SecondLabel);
        IReadOnlyList<DiffLine> lines = InstructionAlignment.Of(first.Flow.Functions, second.Flow.Functions, a, b, match);
        return new ProgramDiff(first, second, lines, ProgramChange.Find(first, second, named, lines, match));
    }
}
