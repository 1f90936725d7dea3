using System.Collections.Concurrent;
using Skep.Watch.Events;

namespace Skep.Agent.Inspect;

/// <summary>
/// The processes that the agent has analyses done by. What they ask the kernel is the agent's own, and no event of the machine, as its own
/// calls are none.
/// </summary>
internal sealed class OwnProcesses
{
    // Events of a process come for a while after its end.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<uint, long> _ends = new();

    /// <summary>A sink that takes all events but those of these processes.</summary>
    public IEventSink Before(IEventSink next) => new Others(this, next);

    /// <summary>One has begun.</summary>
    public void Add(int pid)
    {
        long now = Environment.TickCount64;
        foreach ((uint known, long end) in _ends)
            if (end < now) _ends.TryRemove(known, out _);
        _ends[(uint)pid] = long.MaxValue;
    }

    /// <summary>It has ended.</summary>
    public void Remove(int pid) => _ends[(uint)pid] = Environment.TickCount64 + (long)Late.TotalMilliseconds;

    private bool Has(uint pid) => !_ends.IsEmpty && _ends.TryGetValue(pid, out long end) && end >= Environment.TickCount64;

    private sealed class Others(OwnProcesses own, IEventSink next) : IEventSink
    {
        public void Write(BpfEvent e)
        {
            if (!own.Has(e.Process.Pid)) next.Write(e);
        }

        public void Flush() => next.Flush();
    }
}
