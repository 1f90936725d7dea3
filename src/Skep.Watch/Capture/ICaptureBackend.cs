using Skep.Bpf;

namespace Skep.Watch.Capture;

/// <summary>A way to see BPF system calls. All backends write the records of bpf/include/skep_event.h.</summary>
internal interface ICaptureBackend : IDisposable
{
    /// <summary>1 to 4: the lower, the more it sees.</summary>
    int Number { get; }

    /// <summary>What it does not see on this kernel and sees on others, with the reason.</summary>
    IReadOnlyList<string> Missed { get; }

    /// <summary>Waits for records; false when there are none after all.</summary>
    bool Poll(TimeSpan timeout);

    /// <summary>Ends the current <see cref="Poll"/>, from any thread.</summary>
    void Wake();

    /// <summary>Gives the records that are ready to a handler; how many they were.</summary>
    int Consume(RingBufferHandler handler, int maxRecords);

    /// <summary>Ends the capture. What was captured stays to be consumed, and the counters no longer change.</summary>
    void Detach();

    /// <summary>Gives the records of calls that had begun and not ended when the capture did.</summary>
    void ReadOpenCalls(RingBufferHandler handler);

    /// <summary>The counters so far.</summary>
    CaptureCounters ReadCounters();

    /// <summary>The counts of element operations, by map, command and process; null where none are made.</summary>
    ElementMap? Elements { get; }

    /// <summary>What each user without CAP_BPF has left of the ring buffer, by uid; null where nobody has a share.</summary>
    BpfMap? Shares { get; }
}
