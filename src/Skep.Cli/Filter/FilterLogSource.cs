using Skep.Cli.Common;
using Skep.Cli.Live;
using Skep.Filter.Runtime.Log;
using Skep.Filter.Runtime.Maps;

namespace Skep.Cli.Filter;

/// <summary>The packets that the rules of a table log.</summary>
/// <param name="table">The table's name.</param>
/// <param name="follower">Reads its log.</param>
/// <param name="rules">The ids of the rules that are wanted; all when empty.</param>
/// <param name="sinks">Take the packets.</param>
internal sealed class FilterLogSource(string table, LogFollower follower, string[] rules, IReadOnlyList<ILogSink> sinks) : ILiveSource
{
    private volatile bool _stopping;
    private long _shown;

    public void Run(LiveLimits limits)
    {
        var clock = new LiveClock(limits);
        while (!_stopping && _shown < limits.Count && !follower.IsGone)
        {
            // Also after the end: what was logged until then is shown.
            bool isLast = clock.IsOver;
            if (isLast) follower.ReadRest(packet => Show(packet, limits.Count));
            else follower.Read(packet => Show(packet, limits.Count), clock.Left);
            foreach (ILogSink sink in sinks) sink.Flush();
            if (isLast) break;
        }
    }

    public void Stop()
    {
        _stopping = true;
        follower.Wake();
    }

    public bool Conclude()
    {
        if (follower.IsGone) Message.Print($"table {table} filters no device any more");
        LogCount count = follower.Count;
        string shown = $"{_shown} packet{(_shown == 1 ? "" : "s")} shown";
        Message.Print($"{shown}; {count.Sent + count.Lost} logged, {count.Lost} of them lost");
        return true;
    }

    private bool Show(LoggedPacket packet, long most)
    {
        if (rules.Length > 0 && !rules.Contains(packet.Rule?.Id)) return true;
        foreach (ILogSink sink in sinks) sink.Write(packet);
        return ++_shown < most;
    }
}
