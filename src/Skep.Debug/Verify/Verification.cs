using Skep.Inventory.Code;
using Skep.Linux.Errors;

namespace Skep.Debug.Verify;

/// <summary>What the kernel's verifier made of a program.</summary>
public sealed record Verification
{
    /// <summary>The program's name; null where it is not known.</summary>
    public string? Program { get; init; }

    /// <summary>Its type, as bpftool names it; null where it is not known.</summary>
    public string? Type { get; init; }

    /// <summary>Instructions, in slots of 8 bytes; 0 where only a log is there.</summary>
    public int Insns { get; init; }

    /// <summary>Whether it was accepted.</summary>
    public required bool Accepted { get; init; }

    /// <summary>The error of the load; null where it was accepted, or only a log is there.</summary>
    public Errno? Error { get; init; }

    /// <summary>What the verifier counted; null where the log does not say.</summary>
    public VerifierCounts? Counts { get; init; }

    /// <summary>What each function cost, in the order of the program; empty where the steps are not known.</summary>
    public IReadOnlyList<FunctionCost> Functions { get; init; } = [];

    /// <summary>What each loop cost, the dearest first.</summary>
    public IReadOnlyList<LoopCost> Loops { get; init; } = [];

    /// <summary>Why it was refused; null where it was accepted.</summary>
    public Diagnosis? Diagnosis { get; init; }

    /// <summary>The program; null where only a log is there.</summary>
    public ProgramCode? Code { get; init; }

    /// <summary>The log of the verifier.</summary>
    public string Log { get; init; } = "";
}

/// <summary>What the verification of a function cost.</summary>
/// <param name="Name">The function; null without a name.</param>
/// <param name="Insns">Its instructions.</param>
/// <param name="Walked">How many the verifier walked over, each time counted.</param>
/// <param name="Stack">Bytes of stack; null where the log does not say.</param>
public sealed record FunctionCost(string? Name, int Insns, long Walked, int? Stack);

/// <summary>What the verification of a loop cost.</summary>
/// <param name="Insn">Its first instruction.</param>
/// <param name="Source">The source line of that; null without one.</param>
/// <param name="Rounds">How often the verifier came to its first instruction.</param>
/// <param name="Walked">How many instructions of it the verifier walked over, each time counted.</param>
public sealed record LoopCost(int Insn, SourcePlace? Source, long Rounds, long Walked);
