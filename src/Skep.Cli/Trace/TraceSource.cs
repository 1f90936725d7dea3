using Skep.Cli.Common;
using Skep.Cli.Live;
using Skep.Debug.Trace;

namespace Skep.Cli.Trace;

/// <summary>The calls of a function.</summary>
/// <param name="session">Finds them.</param>
/// <param name="filter">Which are wanted; null for all.</param>
/// <param name="sinks">Take them.</param>
/// <param name="end">Takes what was counted, at the end.</param>
internal sealed class TraceSource(TraceSession session, TraceFilter? filter, IReadOnlyList<ITraceSink> sinks, Action<TraceCounts> end)
    : ILiveSource
{
    private long _shown;

    public void Run(LiveLimits limits)
    {
        var clock = new LiveClock(limits);
        bool goesOn = true;
        while (goesOn)
        {
            if (clock.IsOver) session.Stop();
            goesOn = session.Read(call => Show(call, limits.Count), Print, clock.Left);
            foreach (ITraceSink sink in sinks) sink.Flush();
        }

        end(session.Counts);
    }

    public void Stop() => session.Stop();

    public bool Conclude()
    {
        TraceCounts counts = session.Counts;
        string text = $"{counts.Calls} call{(counts.Calls == 1 ? "" : "s")}, {_shown} shown; {counts.Lost} events lost";
        if (counts.Unkept > 0) text += $"; {counts.Unkept} calls not followed: too many went on at once";
        if (counts.Missed > 0) text += $"; {counts.Missed} calls not seen: they came on top of another's trace";
        Message.Print(text);
        return true;
    }

    private bool Show(TraceCall call, long most)
    {
        if (filter?.Takes(call) == false) return true;
        foreach (ITraceSink sink in sinks) sink.Write(call);
        return ++_shown < most;
    }

    private void Print(TracePrint print)
    {
        foreach (ITraceSink sink in sinks) sink.Write(print);
    }
}
