namespace Skep.Agent.Inspect;

/// <summary>How an analysis ended.</summary>
internal enum AnalysisEnd
{
    /// <summary>It is whole.</summary>
    Done = 0,

    /// <summary>Something was refused by the kernel or the disk.</summary>
    Failed = 1,

    /// <summary>Code of this kind is not analysed.</summary>
    Refused = 2,

    /// <summary>There is no such program.</summary>
    None = 4,

    /// <summary>It took more memory than it may, or its answer is too long.</summary>
    TooLarge = 5,

    /// <summary>It took too much of the CPU.</summary>
    TooLong = 6,

    /// <summary>A fault of Skep.</summary>
    Fault = 7,

    /// <summary>It did not get enough of the CPU in time.</summary>
    Late = 8,
}

/// <summary>What an analysis gave.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Json">The answer; empty when there is none.</param>
/// <param name="Reason">Why there is none.</param>
internal sealed record AnalysisAnswer(AnalysisEnd End, byte[] Json, string Reason)
{
    /// <summary>What stands before a reason: no JSON has it. What was written before a fault is no answer.</summary>
    public const char Mark = '\u0001';
}
