using Skep.Linux.Events;

namespace Skep.Cli.Live;

/// <summary>A source that is looked at by the clock.</summary>
/// <param name="begin">Takes the sample that the first one shown is compared with; false when nobody reads any more.</param>
/// <param name="show">Takes a sample and shows it; false when there is nothing to look at, or nobody reads, any more.</param>
/// <param name="conclude">Takes the number of samples that were shown.</param>
internal sealed class SampledSource(Func<bool> begin, Func<bool> show, Action<long> conclude) : ILiveSource, IDisposable
{
    private readonly EventPoll _wake = new();
    private volatile bool _stopping;
    private long _shown;

    /// <inheritdoc/>
    public void Run(LiveLimits limits)
    {
        Span<ulong> none = stackalloc ulong[1];
        var clock = new LiveClock(limits);
        if (!begin()) return;
        while (_shown < limits.Count && !clock.IsOver)
        {
            while (!_stopping && clock.Wait is { Ticks: > 0 } wait) _wake.Wait(wait, none);
            if (_stopping || !show()) return;
            _shown++;
            clock.Next();
        }
    }

    /// <inheritdoc/>
    public void Stop()
    {
        _stopping = true;
        _wake.Wake();
    }

    /// <inheritdoc/>
    public bool Conclude()
    {
        conclude(_shown);
        return true;
    }

    public void Dispose() => _wake.Dispose();
}
