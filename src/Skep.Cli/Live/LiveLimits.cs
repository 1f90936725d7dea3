namespace Skep.Cli.Live;

/// <summary>When a live view ends by itself, and how often it takes a sample.</summary>
/// <param name="Count">How many events, records, packets, changes or samples are shown at most.</param>
/// <param name="Duration">How long it goes on at most; null for no limit.</param>
/// <param name="Interval">From one sample to the next; of no use to a source that is woken by what comes.</param>
internal readonly record struct LiveLimits(long Count, TimeSpan? Duration, TimeSpan Interval)
{
    /// <summary>When it ends, from its start on.</summary>
    public TimeSpan End => Duration ?? TimeSpan.MaxValue;
}
