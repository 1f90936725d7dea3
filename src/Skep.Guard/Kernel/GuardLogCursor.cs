namespace Skep.Guard.Kernel;

/// <summary>Gives each decision that is recorded once, in order.</summary>
/// <param name="after">The number of the last one that was read; null to begin with the oldest that is kept.</param>
public sealed class GuardLogCursor(ulong? after)
{
    private bool _hasBegun = after is not null;
    private ulong _awaited;

    /// <summary>The number of the last one that was given; 0 for none.</summary>
    public ulong Last { get; private set; } = after ?? 0;

    /// <summary>Decisions that were overwritten before they were read.</summary>
    public ulong Overwritten { get; private set; }

    /// <summary>The decisions that have come since.</summary>
    public IReadOnlyList<GuardDecision> Read(GuardLog log)
    {
        ArgumentNullException.ThrowIfNull(log);
        ulong recorded = log.Recorded;
        // The pins of the log were removed, and it began anew.
        if (recorded < Last) Last = 0;
        return Take(log.Read(Last), log.OldestKept);
    }

    /// <summary>Of decisions that were read, those that are due.</summary>
    /// <param name="read">Decisions behind <see cref="Last"/>, in order.</param>
    /// <param name="oldestKept">The number of the oldest one that is not overwritten.</param>
    internal IReadOnlyList<GuardDecision> Take(IReadOnlyList<GuardDecision> read, ulong oldestKept)
    {
        var due = new List<GuardDecision>(read.Count);
        foreach (GuardDecision one in read)
        {
            ulong next = Last + 1;
            if (_hasBegun && one.Number > next && next >= oldestKept && _awaited != next)
            {
                // It has its number, and another CPU writes it still: the next reading finds it.
                _awaited = next;
                break;
            }

            if (_hasBegun) Overwritten += one.Number - next;
            _hasBegun = true;
            Last = one.Number;
            due.Add(one);
        }

        return due;
    }
}
