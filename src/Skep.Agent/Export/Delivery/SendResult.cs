namespace Skep.Agent.Export.Delivery;

/// <summary>What became of an attempt to send.</summary>
/// <param name="Outcome">Which way it went.</param>
/// <param name="Error">Why it failed, or what the receiver remarked; null when there is nothing to say.</param>
internal sealed record SendResult(SendOutcome Outcome, string? Error = null)
{
    /// <summary>Of records that were taken, those that the receiver says it rejects.</summary>
    public long Rejected { get; init; }

    /// <summary>Of an attempt that failed, the items at the beginning that went out before.</summary>
    public int ItemsSent { get; init; }

    /// <summary>When the receiver wants the next attempt; null when it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>Which way an attempt to send went.</summary>
internal enum SendOutcome
{
    /// <summary>The receiver has them.</summary>
    Taken,

    /// <summary>It failed, and a later attempt may not.</summary>
    Later,

    /// <summary>The receiver will never take them.</summary>
    Refused,
}
