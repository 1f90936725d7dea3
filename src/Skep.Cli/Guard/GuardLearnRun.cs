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
        var sink = new EndingSink(new LearningSink(learner));
        using WatchSession session = WatchSession.Open(new WatchOptions(), machine, sink, Message.Print, new HeapBudget().Keep);
        return LiveView.Run(
            new WatchSource(session, sink, saving: null, file: null), limits, "a policy", $"learning (backend {session.Backend})",
            followsReader: false);
    }

    private sealed class LearningSink(PolicyLearner learner) : IEventSink
    {
        public void Write(BpfEvent e) => learner.Add(e);

        public void Flush()
        {
        }
    }
}
