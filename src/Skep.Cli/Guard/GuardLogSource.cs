using Skep.Cli.Common;
using Skep.Cli.Live;
using Skep.Guard.Kernel;
using Skep.Linux.Events;

namespace Skep.Cli.Guard;

/// <summary>The decisions that the kernel keeps, and those that come.</summary>
/// <param name="log">Reads them.</param>
/// <param name="write">Takes each.</param>
/// <param name="flush">Called when there are no more for now.</param>
internal sealed class GuardLogSource(GuardLog log, Action<GuardDecision> write, Action flush) : ILiveSource, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly EventPoll _wake = new();
    private volatile bool _stopping;
    private readonly GuardLogCursor _cursor = new(after: null);
    private long _shown;

    public void Run(LiveLimits limits)
    {
        Span<ulong> none = stackalloc ulong[1];
        var clock = new LiveClock(limits with { Interval = Interval });
        while (true)
        {
            // Also after the end, once: what was decided until then is shown.
            bool isLast = _stopping || clock.IsOver;
            Show(limits.Count);
            flush();
            if (isLast || _shown >= limits.Count) return;
            while (!_stopping && clock.Wait is { Ticks: > 0 } wait) _wake.Wait(wait, none);
            if (clock.IsDue) clock.Next();
        }
    }

    public void Stop()
    {
        _stopping = true;
        _wake.Wake();
    }

    public bool Conclude()
    {
        Message.Print($"{_shown} decision{(_shown == 1 ? "" : "s")} shown, {_cursor.Overwritten} lost");
        return true;
    }

    public void Dispose() => _wake.Dispose();

    private void Show(long most)
    {
        foreach (GuardDecision decision in _cursor.Read(log))
        {
            if (_shown >= most) return;
            write(decision);
            _shown++;
        }
    }
}
