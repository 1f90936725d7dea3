namespace Skep.Cli.Watch;

/// <summary>
/// Keeps the heap of a watch small: the collector's own budget for young objects is as large as the processor's cache, tens of
/// megabytes, and what a burst of events leaves behind stays resident.
/// </summary>
internal sealed class HeapBudget
{
    private const long YoungBytes = 4 << 20, ResidentBytes = 40 << 20;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private long _collectedAt = GC.GetAllocatedBytesForCurrentThread();
    private long _lookedAt = Environment.TickCount64;

    /// <summary>Gives back what was needed once, to attach.</summary>
    public static void CollectAll() => GC.Collect(2, GCCollectionMode.Aggressive);

    /// <summary>To be called often, on the thread that makes the objects.</summary>
    public void Keep()
    {
        if (GC.GetAllocatedBytesForCurrentThread() - _collectedAt >= YoungBytes)
        {
            GC.Collect(1);
            _collectedAt = GC.GetAllocatedBytesForCurrentThread();
        }

        if (Environment.TickCount64 - _lookedAt < LookEvery.TotalMilliseconds) return;
        _lookedAt = Environment.TickCount64;
        if (Environment.WorkingSet > ResidentBytes) CollectAll();
    }
}
