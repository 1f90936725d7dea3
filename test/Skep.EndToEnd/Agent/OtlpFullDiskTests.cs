using System.Text.Json.Nodes;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Agent;

/// <summary>An exporter whose spool is full. It takes a storm of events to fill it, which all agents of the machine would see.</summary>
[Collection(AloneOnTheMachine.Name)]
public sealed class OtlpFullDiskTests
{
    // Of so many events the queue of the history drops none.
    private const int MostQueued = 4000;

    [Fact]
    public void A_full_disk_drops_what_finds_no_room_in_memory_and_stops_nothing()
    {
        Requires.Root();
        using var receiver = new OtlpReceiver("http");
        receiver.Answer("status 503");
        using var agent = new RunningAgent(OtlpExportTests.Config(receiver, "http", "metrics = false"));
        string spool = Path.Combine(agent.StateDirectory, "spool");
        Directory.CreateDirectory(agent.StateDirectory, (UnixFileMode)0x1c0);
        Directory.CreateDirectory(spool, (UnixFileMode)0x1c0);
        Outcome mounted = Tool.Try("mount", "-t", "tmpfs", "-o", "mode=0700,size=1m", "tmpfs", spool);
        Assert.SkipWhen(mounted.Code != 0, $"the machine cannot: it mounts no tmpfs: {mounted.Error}");
        try
        {
            agent.Start();
            OtlpExportTests.Load(agent);
            long made = 0;
            JsonNode now = OtlpExportTests.Await(agent, one => (long)one["pending"]! >= 0);
            for (; (long)now["dropped"]!["spool"]! == 0; now = OtlpExportTests.Await(agent, one => (long)one["pending"]! >= 0))
            {
                Tool.Run(CProgram.Path("storm.c", "-lpthread"), "2", $"{MostQueued / 4}");
                made += MostQueued / 2;

                // The state is written by the one that stores: while it waits for the disk, it is an old one.
                Tool.Until(
                    () => Events(agent) is { } state && (long)state["captured"]! >= made && (long)state["pending"]! < MostQueued / 4,
                    "what was made is stored");
                Assert.True(made <= 100_000, $"{made} made, the spool is not full: {now.ToJsonString()}");
            }
            Assert.Equal(0, (long)now["exported"]!);
            OtlpExportTests.Load(agent);
            JsonNode events = Events(agent);
            Assert.Equal(0, (long)events["dropped"]!["store"]!);
            // Each portion is half of what the queue takes, beside a quarter that waits: others may make more than the rest.
            if ((long)events["captured"]! - made <= MostQueued / 4) Assert.Equal(0, (long)events["dropped"]!["queue"]!);
            receiver.Answer("ok");
            JsonNode done = OtlpExportTests.Await(agent, one => (long)one["pending"]! == 0 && (long)one["exported"]! > 0, 120);
            Assert.Equal((long)done["captured"]!, (long)done["exported"]! + OtlpExportTests.Dropped(done));
            Assert.Contains("the spool takes no more", agent.End(), StringComparison.Ordinal);
        }
        finally
        {
            Tool.Run("umount", spool);
        }
    }

    private static JsonNode Events(RunningAgent agent) => agent.Lines("agent", "status").Single()["events"]!;
}
