namespace Skep.Debug.Debugger;

/// <summary>Why a run stopped.</summary>
public enum StopReason
{
    /// <summary>It was started, or started again.</summary>
    Start,

    /// <summary>A step was done.</summary>
    Step,

    /// <summary>A breakpoint was reached.</summary>
    Breakpoint,

    /// <summary>The program returned.</summary>
    End,

    /// <summary>An instruction cannot be done.</summary>
    Fault,

    /// <summary>Going back came to the first instruction.</summary>
    Beginning,

    /// <summary>The limit of instructions was reached.</summary>
    Limit,
}

/// <summary>Where a run stopped.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Breakpoint">The breakpoint that was reached; null for none.</param>
public sealed record DebugStop(StopReason Reason, Breakpoint? Breakpoint = null);
