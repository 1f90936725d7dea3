using Skep.Bpf;

namespace Skep.Watch.Capture;

/// <summary>Sees no system call: what remains is the kernel's own record of loads, which stands beside every backend.</summary>
internal sealed class AuditBackend : ICaptureBackend
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    private readonly ManualResetEventSlim _woken = new();

    /// <inheritdoc/>
    public int Number => CaptureBackends.AuditNumber;

    /// <inheritdoc/>
    public IReadOnlyList<string> Missed => [];

    /// <inheritdoc/>
    public ElementMap? Elements => null;

    /// <inheritdoc/>
    public BpfMap? Shares => null;

    /// <inheritdoc/>
    public bool Poll(TimeSpan timeout)
    {
        _woken.Wait(timeout < LookEvery ? timeout : LookEvery);
        return true;
    }

    /// <inheritdoc/>
    public void Wake() => _woken.Set();

    /// <inheritdoc/>
    public int Consume(RingBufferHandler handler, int maxRecords) => 0;

    /// <inheritdoc/>
    public void Detach()
    {
    }

    /// <inheritdoc/>
    public void ReadOpenCalls(RingBufferHandler handler)
    {
    }

    /// <inheritdoc/>
    public CaptureCounters ReadCounters() => default;

    /// <inheritdoc/>
    public void Dispose() => _woken.Dispose();
}
