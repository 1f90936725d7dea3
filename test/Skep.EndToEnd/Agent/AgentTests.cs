using System.Diagnostics;
using System.Text.Json.Nodes;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Agent;

/// <summary>The real agent, and the history that it keeps.</summary>
public sealed class AgentTests
{
    [Fact]
    public void A_load_is_in_the_history_with_its_code_and_its_loader()
    {
        using RunningAgent agent = new RunningAgent().Start();
        Load("skep_agent_a", 7);
        JsonNode program = agent.Await(p => (string?)p["name"] == "skep_agent_a", "history", "programs");
        Assert.Equal("xdp", (string?)program["type"]);
        Assert.Equal(1, (int)program["loads"]!);
        JsonNode instance = Assert.Single(program["instances"]!.AsArray())!;
        Assert.Equal("bpftool", (string?)instance["comm"]);
        Assert.True((bool)instance["watched"]!);

        // The code is what the kernel's tag is of.
        JsonNode detail = Assert.Single(agent.Lines("history", "program", (string)program["sha256"]!));
        Assert.Equal(3, SkepBinary.Json("prog", "dump", (string)detail["file"]!).AsArray().Count);
        Assert.Equal((string?)program["sha256"], Sha256(System.IO.Path.ChangeExtension((string)detail["file"]!, ".bin")));
        JsonNode load = Assert.Single(
            agent.Lines("history", "events", "--cmd", "prog_load", "--program", "skep_agent_a"), e => e["prog"] is not null);
        Assert.Equal((string?)program["sha256"], (string?)load["prog"]!["sha256"]);
        Assert.Equal((string?)program["tag"], (string?)load["prog"]!["tag"]);
    }

    [Fact]
    public void What_was_attached_and_detached_is_known()
    {
        using RunningAgent agent = new RunningAgent().Start();
        using var link = new AttachedProgram("skep_agent_b");
        JsonNode place = agent.Await(a => (string?)a["name"] == "skep_agent_b", "history", "attachments");
        Assert.Equal("xdp", (string?)place["point"]);
        Assert.Contains("lo", (string?)place["target"], StringComparison.Ordinal);
        Assert.Null(place["gone"]);
        link.Detach();
        agent.Await(a => (string?)a["name"] == "skep_agent_b" && a["gone"] is not null, "history", "attachments");
    }

    [Fact]
    public void A_storm_is_stored_or_counted_whole()
    {
        using RunningAgent agent = new RunningAgent().Start();
        int storm = Storm(2, 2500);
        JsonNode events = Settled(agent, 5000);
        long captured = (long)events["captured"]!, dropped = Dropped(events);
        Assert.True(captured >= 5000, events.ToJsonString());
        Assert.Equal(captured, (long)events["stored"]! + dropped);
        int stored = Loads(agent, [storm]);
        Assert.InRange(stored, 5000 - dropped, 5000);
    }

    [Fact]
    public void A_kill_loses_at_most_the_last_second_and_the_gap_is_stated()
    {
        using var agent = new RunningAgent();
        var storms = new List<int>();
        for (int turn = 1; turn <= 3; turn++)
        {
            agent.Start();
            storms.Add(Storm(1, 200));

            // What others load at the same time waits before it.
            Tool.Until(
                () =>
                {
                    Thread.Sleep(1500);
                    return (long)agent.Lines("agent", "status").Single()["events"]!["pending"]! < 500;
                },
                "the events of others are stored");
            string last = agent.Lines("history", "events", "-n", "1").Last(e => e["gap"] is null)["time"]!.ToString();
            agent.End("KILL");
            JsonNode[] after = agent.Lines("history", "events", "--since", last);
            Assert.NotEmpty(after);
            Assert.Equal(turn * 200, Loads(agent, storms));
            Assert.Equal("ok", Tool.Run("sqlite3", System.IO.Path.Combine(agent.StateDirectory, "skep.db"),
                "PRAGMA integrity_check").Trim());
        }

        agent.Start();
        Assert.Equal(3, agent.Lines("history", "events").Count(e => e["gap"] is { } gap && (bool)gap["killed"]!));
        Assert.Contains("the one before did not end by itself", agent.End(), StringComparison.Ordinal);
        Assert.Equal([false, false, false, true], agent.Lines("history", "runs").Select(run => run["ended"] is not null));
    }

    [Fact]
    public void What_was_loaded_while_no_agent_ran_is_found()
    {
        using var agent = new RunningAgent();
        agent.Start().End();
        using var link = new AttachedProgram("skep_agent_c");
        agent.Start();
        JsonNode program = agent.Await(p => (string?)p["name"] == "skep_agent_c", "history", "programs");
        Assert.Null(program["sha256"]);
        Assert.False((bool)Assert.Single(program["instances"]!.AsArray())!["watched"]!);
    }

    [Fact]
    public void It_ends_soon_and_says_what_it_captured()
    {
        using RunningAgent agent = new RunningAgent().Start();
        Load("skep_agent_d", 3);
        long begun = Stopwatch.GetTimestamp();
        string said = agent.End();
        Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(10), said);
        Assert.Equal(0, agent.Process.ExitCode);
        Assert.Contains("events captured, 0 lost", said, StringComparison.Ordinal);
        Assert.Equal(1, agent.Skep("agent", "status").Code);
        Assert.Contains(agent.Lines("history", "programs"), p => (string?)p["name"] == "skep_agent_d");
    }

    [Fact]
    public void A_second_agent_is_refused()
    {
        using RunningAgent agent = new RunningAgent().Start();
        Outcome second = agent.Skep("agent");
        Assert.Equal(1, second.Code);
        Assert.Contains("another agent uses it", second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_cannot_serve_ends_and_is_not_taken_for_one_that_was_killed()
    {
        using RunningAgent first = new RunningAgent().Start(), second = new();
        string text = File.ReadAllText(second.ConfigPath);
        File.WriteAllText(second.ConfigPath, text.Replace($":{second.Port}", $":{first.Port}", StringComparison.Ordinal));
        Outcome refused = second.Skep("agent");
        Assert.Equal(1, refused.Code);
        Assert.Contains("listen names another address", refused.Error, StringComparison.Ordinal);
        Assert.NotNull(Assert.Single(second.Lines("history", "runs"))["ended"]);
    }

    [Fact]
    public void A_hang_up_reads_the_configuration_again_and_an_error_leaves_it_as_it_was()
    {
        using RunningAgent agent = new RunningAgent("retention_days = 3").Start();
        string text = File.ReadAllText(agent.ConfigPath);
        File.WriteAllText(agent.ConfigPath, text.Replace("= 3", "= 5", StringComparison.Ordinal) + "\n[watch]\nexplain = true\n");
        Tool.Run("kill", "-HUP", $"{agent.Process.Id}");
        Thread.Sleep(500);
        File.WriteAllText(agent.ConfigPath, "retention_days = 0");
        Tool.Run("kill", "-HUP", $"{agent.Process.Id}");
        Thread.Sleep(500);
        string said = agent.End();
        Assert.Contains("was read again; watch.explain will be used by the next agent", said, StringComparison.Ordinal);
        Assert.Contains("retention_days takes days", said, StringComparison.Ordinal);
        Assert.Contains("the configuration is as it was", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_stops_no_capture()
    {
        Requires.Root();
        using var disk = new Scratch();
        Outcome mounted = Tool.Try("mount", "-t", "tmpfs", "-o", "mode=0700,size=1m", "tmpfs", disk.Path);
        Assert.SkipWhen(mounted.Code != 0, $"the machine cannot: it mounts no tmpfs: {mounted.Error}");
        try
        {
            using var agent = new RunningAgent();
            string text = File.ReadAllText(agent.ConfigPath);
            File.WriteAllText(agent.ConfigPath, text.Replace(agent.StateDirectory, disk.File("state"), StringComparison.Ordinal));
            agent.Start();
            Tool.Run(CProgram.Path("storm.c", "-lpthread"), "2", "2000");
            JsonNode events = Settled(agent, 4000);
            Assert.True((long)events["dropped"]!["store"]! > 0, events.ToJsonString());
            Assert.Equal((long)events["captured"]!, (long)events["stored"]! + Dropped(events));
            Assert.Contains("the disk is full", agent.End(), StringComparison.Ordinal);
            Assert.Equal(0, agent.Process.ExitCode);
        }
        finally
        {
            Tool.Run("umount", disk.Path);
        }
    }

    [Fact]
    public void Nobody_but_root_can_read_what_it_keeps()
    {
        using RunningAgent agent = new RunningAgent().Start();
        Load("skep_agent_e", 9);
        agent.Await(p => (string?)p["name"] == "skep_agent_e", "history", "programs");
        foreach (string directory in (string[])[agent.StateDirectory, agent.RuntimeDirectory])
        {
            Assert.Equal((UnixFileMode)0x1c0, File.GetUnixFileMode(directory));
            foreach (string file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
                Assert.Equal((UnixFileMode)0x180, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public void A_command_that_cannot_write_fails_with_the_reason()
    {
        using RunningAgent agent = new RunningAgent().Start();
        using var program = new AttachedProgram("skep_agent_j");
        agent.Await(a => (string?)a["name"] == "skep_agent_j", "history", "attachments");
        Assert.All(
            (string[])["agent status", "history events", "history programs", "history program skep_agent_j", "history maps",
                "history attachments", "history runs"],
            command => Assert.All((string[])["", "-j"], form =>
            {
                Outcome outcome = Tool.Try(
                    "sh", "-c", $"exec timeout 30 '{SkepBinary.Path}' {command} {form} --config '{agent.ConfigPath}' >/dev/full");
                Assert.True(outcome.Code == 1, $"{command} {form}: {outcome.Code} {outcome.Error}");
                Assert.Contains("No space left on device", outcome.Error, StringComparison.Ordinal);
            }));
    }

    // Loads programs of one name, as other tests beside this one do; its process.
    private static int Storm(int threads, int each)
    {
        using Process storm = Tool.Start(CProgram.Path("storm.c", "-lpthread"), $"{threads}", $"{each}");
        storm.WaitForExit();
        Assert.Equal(0, storm.ExitCode);
        return storm.Id;
    }

    private static int Loads(RunningAgent agent, List<int> pids)
    {
        JsonNode[] loads = agent.Lines("history", "events", "--cmd", "prog_load");
        return loads.Count(e => e["pid"] is { } pid && pids.Contains((int)(long)pid));
    }

    private static void Load(string name, byte result)
    {
        using var one = new AttachedProgram(name, result, isAttached: false);
    }

    private static string Sha256(string file) => Tool.Run("sha256sum", file)[..64];

    private static long Dropped(JsonNode events) => events["dropped"]!.AsObject().Sum(one => (long)one.Value!);

    // The counts of an agent when nothing waits: others beside the test go on to make events.
    private static JsonNode Settled(RunningAgent agent, long least)
    {
        JsonNode? events = null;
        Tool.Until(
            () =>
            {
                events = agent.Lines("agent", "status").Single()["events"]!;
                return (long)events["pending"]! == 0 && (long)events["captured"]! >= least;
            },
            "the agent has stored what it captured", 60);
        return events!;
    }
}
