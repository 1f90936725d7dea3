using System.Diagnostics;

namespace Skep.Cli.Live;

/// <summary>The time of a live view: when the next sample is due, and when it ends.</summary>
internal sealed class LiveClock(LiveLimits limits)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _due = limits.Interval;

    /// <summary>Whether the view's time is over.</summary>
    public bool IsOver => _clock.Elapsed >= limits.End;

    /// <summary>Whether the next sample is due.</summary>
    public bool IsDue => _clock.Elapsed >= _due;

    /// <summary>From now to the end.</summary>
    public TimeSpan Left => Until(limits.End);

    /// <summary>From now to the next sample or to the end, whichever comes first.</summary>
    public TimeSpan Wait => Until(_due < limits.End ? _due : limits.End);

    /// <summary>Makes the first sample due at once.</summary>
    public void Begin() => _due = TimeSpan.Zero;

    /// <summary>The next sample is due a whole number of intervals after the first: those that are over by now are left out.</summary>
    public void Next()
    {
        double over = Math.Floor((_clock.Elapsed - _due) / limits.Interval);
        _due += limits.Interval * (Math.Max(0, over) + 1);
    }

    private TimeSpan Until(TimeSpan time)
    {
        TimeSpan left = time - _clock.Elapsed;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
