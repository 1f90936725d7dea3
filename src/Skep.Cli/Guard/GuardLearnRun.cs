using Skep.Cli.Common;
using Skep.Cli.Live;
using Skep.Cli.Watch;
using Skep.Guard.Learn;
using Skep.Inventory.Machine;
using Skep.Inventory.Objects;
using Skep.Watch.Capture;
using Skep.Watch.Events;
using Skep.Watch.Session;

namespace Skep.Cli.Guard;

/// <summary>Learns from the machine: what is loaded, and what is done while it watches.</summary>
internal static class GuardLearnRun
{
    public static int Watch(PolicyLearner learner, LiveLimits limits)
    {
        var machine = new MachineSnapshot();

        // Before the watch begins, which loads programs of its own.
        foreach (Listed<ProgramEntry> listed in ObjectWalk.Programs(machine.Clock))
            if (listed.Entry?.Info is { } info) learner.AddLoaded(info.Tag, info.Type, info.Name);
        using WatchSession session =
            WatchSession.Open(new WatchOptions(), machine, new LearningSink(learner), Message.Print, new HeapBudget().Keep);
        return LiveView.Run(new Source(session), limits, "a policy", $"learning (backend {session.Backend})", followsReader: false);
    }

    private sealed class LearningSink(PolicyLearner learner) : IEventSink
    {
        public void Write(BpfEvent e) => learner.Add(e);

        public void Flush()
        {
        }
    }

    private sealed class Source(WatchSession session) : ILiveSource
    {
        private WatchSummary? _summary;

        public void Run(LiveLimits limits) => _summary = session.Run(limits.Count, limits.Duration);

        public void Stop() => session.Stop();

        public bool Conclude()
        {
            if (_summary is { } summary) Message.Print(summary.Describe());
            return true;
        }
    }
}
