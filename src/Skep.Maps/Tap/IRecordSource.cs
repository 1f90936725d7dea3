namespace Skep.Maps.Tap;

/// <summary>What a source has met.</summary>
/// <param name="Read">Records that were read.</param>
/// <param name="ReadBytes">Bytes of these and of those discarded, headers included.</param>
/// <param name="Discarded">Records that the program took back; no consumer sees them.</param>
/// <param name="OverwrittenBytes">Bytes that were overwritten before they could be read.</param>
/// <param name="OverwrittenRecords">How many records these were; null when only their bytes are known.</param>
/// <param name="LostByOwner">Records that the kernel had no room for: the owner has not got them either.</param>
public readonly record struct TapCounts(ulong Read, ulong ReadBytes, ulong Discarded, ulong OverwrittenBytes, ulong? OverwrittenRecords,
    ulong LostByOwner);

/// <summary>Takes one record. The bytes are valid during the call.</summary>
/// <param name="cpu">The CPU whose ring it comes from; -1 when there is one ring for all.</param>
/// <param name="record">What the program wrote.</param>
internal delegate void TapHandler(int cpu, ReadOnlySpan<byte> record);

/// <summary>Records that a program sends to another process, followed without taking them.</summary>
internal interface IRecordSource : IDisposable
{
    /// <summary>What has been met so far.</summary>
    TapCounts Counts { get; }

    /// <summary>What is to be said of it once: whom the records are for, what cannot be seen; null for nothing.</summary>
    string? Note { get; }

    /// <summary>Waits until there may be records, time is up, or <see cref="Wake"/>.</summary>
    void Wait(TimeSpan timeout);

    /// <summary>Ends the wait, from any thread.</summary>
    void Wake();

    /// <summary>Gives the records that are there to a handler: the same at each call.</summary>
    void Read(TapHandler handler);
}
