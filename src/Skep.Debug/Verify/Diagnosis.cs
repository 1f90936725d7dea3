namespace Skep.Debug.Verify;

/// <summary>Why a program was refused.</summary>
public sealed record Diagnosis
{
    /// <summary>The cause.</summary>
    public required VerifierCause Cause { get; init; }

    /// <summary>The kernel's own words; empty where it said none.</summary>
    public string Message { get; init; } = "";

    /// <summary>The slot of the instruction; null where the message is about none.</summary>
    public int? Insn { get; init; }

    /// <summary>The instruction, as the kernel disassembles it; empty without one.</summary>
    public string Text { get; init; } = "";

    /// <summary>The source line of the instruction; null where it is not known.</summary>
    public SourcePlace? Source { get; init; }

    /// <summary>The cause in sentences, with what the log shows of it.</summary>
    public string Explanation { get; init; } = "";

    /// <summary>What to change.</summary>
    public string Hint { get; init; } = "";

    /// <summary>The registers and stack slots that the message is about, as the verifier knew them.</summary>
    public IReadOnlyList<KnownValue> Values { get; init; } = [];

    /// <summary>The steps that made the value what it is, the first one first.</summary>
    public IReadOnlyList<PathStep> Path { get; init; } = [];
}

/// <summary>A source line.</summary>
/// <param name="File">The file as the compiler was given it; null where it is not known.</param>
/// <param name="Line">The number of the line; 0 where it is not known.</param>
/// <param name="Text">The line.</param>
public sealed record SourcePlace(string? File, int Line, string Text);

/// <summary>A register or stack slot, and what the verifier knew of it.</summary>
/// <param name="Name"><c>R1</c>, <c>fp-8</c>.</param>
/// <param name="State">As the log prints it: <c>map_value_or_null(id=1,ks=4,vs=8)</c>; null where it does not.</param>
public sealed record KnownValue(string Name, string? State);

/// <summary>A step on the way to a value.</summary>
/// <param name="Insn">The slot.</param>
/// <param name="Text">The instruction.</param>
/// <param name="Source">The source line; null where it is not known.</param>
/// <param name="Value">What holds the value after it.</param>
/// <param name="What">What the instruction did, in a word: <c>copied</c>, <c>returned</c>, <c>compared</c>.</param>
public sealed record PathStep(int Insn, string Text, SourcePlace? Source, KnownValue Value, string What);
