using Skep.Agent.Config;
using Skep.Agent.History;
using Skep.Agent.Query;
using Skep.Watch.Events;

namespace Skep.Agent.Tests.Support;

/// <summary>A history of its own.</summary>
internal sealed class Store : IDisposable
{
    private readonly Scratch _scratch = new();

    public Store() => Config = new AgentConfig { StateDirectory = _scratch.Path, RuntimeDirectory = _scratch.Path };

    public AgentConfig Config { get; }

    public List<string> Reported { get; } = [];

    public HistoryWriter Open(string boot = "one", long startedNs = Events.Start, Action<string>? codeGone = null) => new(
        Config.DatabasePath, Config.ProgramsDirectory, new AgentRun(boot, "host", "1.0", 3, startedNs), Reported.Add)
    {
        CodeGone = codeGone,
    };

    /// <summary>Stores events as the agent does.</summary>
    public static RunCounters Write(HistoryWriter writer, params IReadOnlyList<BpfEvent> events)
    {
        // An event is taken when it happens.
        long taken = 0;
        using var queue = new EventQueue(1 << 30, () => taken);
        foreach (BpfEvent e in events)
        {
            taken = e.TimeNs;
            queue.Write(e);
        }

        List<QueuedEvent> waiting = queue.Take();
        long now = events.Count == 0 ? Events.Start : events[^1].TimeNs;
        writer.Store(waiting, now, (stored, dropped) => new(waiting.Count, stored, 0, 0, 0, dropped));
        return new(waiting.Count, writer.Stored, 0, 0, 0, writer.Dropped);
    }

    public HistoryReader Read() => HistoryReader.Open(Config);

    public List<HistoryEvent> ReadEvents(HistoryFilter? filter = null)
    {
        using HistoryReader reader = Read();
        return [.. reader.Events(filter ?? new HistoryFilter())];
    }

    public void Dispose() => _scratch.Dispose();
}
