using System.Diagnostics;
using System.Text.Json;
using Skep.EndToEnd.Machine;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Guard;

/// <summary>Policies beside what happens meanwhile.</summary>
[Trait("level", "kernel")]
public sealed class GuardLiveTests
{
    private const int Patience = 60;

    [Fact]
    public void Findings_are_reported_while_the_watch_goes_on()
    {
        using var scratch = new Scratch();
        string policy = scratch.Write("finding.toml",
            "[policy]\nname = \"finding\"\n\n[[rule]]\naction = \"alert\"\non = \"prog_load\"\nfinding = \"sends-signals\"\n");
        string watch = $"(echo $BASHPID >{scratch.File("pid")}; exec {SkepBinary.Path} watch -j --insns 2>{scratch.File("said")})",
            test = $"{SkepBinary.Path} guard test {policy} --events - -j | grep --line-buffered alert >{scratch.File("out")}";
        using Process pipe = Tool.Start("bash", ["-c", $"{watch} | {test}"]);
        try
        {
            Tool.Until(() => Text("said").Contains("watching", StringComparison.Ordinal), "watching", Patience);
            string pin = $"/sys/fs/bpf/live-{Environment.ProcessId}";
            Tool.Try(Tool.Bpftool, "prog", "load", OffensivePrograms.Object("send-signal"), pin);
            File.Delete(pin);
            Tool.Until(() => Text("out").Length > 0, "an alert", Patience);
            JsonElement alert = Json.Parse(Text("out").Split('\n')[0]);
            Assert.Equal(("alert", "prog_load", 1L), (alert.Text("decision"), alert.Text("cmd"), alert.Number("rule")));
        }
        finally
        {
            Tool.Shell($"kill -INT {Text("pid")}");
            Tool.Finish(pipe);
        }

        string Text(string name) => File.Exists(scratch.File(name)) ? File.ReadAllText(scratch.File(name)) : "";
    }

    [Fact]
    public void The_process_of_what_is_denied_gets_a_signal()
    {
        JsonElement[] reactions = Reactions("--signal KILL", _ =>
            Assert.Equal(137, Tool.Try("sh", "-c", $"{Built.Guarded} storm 7 5 {Patience}000; exit $?").Code));
        Assert.Contains(reactions, d => d.Text("reaction")!.StartsWith("SIGKILL sent to process", StringComparison.Ordinal));
    }

    [Fact]
    public void The_link_of_a_program_that_is_denied_is_detached()
    {
        using var cgroup = new TestCgroup();
        string pins = $"/sys/fs/bpf/late-{Environment.ProcessId}";
        Directory.CreateDirectory(pins);
        try
        {
            JsonElement[] reactions = Reactions("--detach", until =>
            {
                Tool.Run(Built.Guarded, "cgroup", cgroup.Directory, pins);
                until(" detached");

                // The other program was attached without a link.
                Assert.Single(Tool.BpftoolJson("cgroup", "show", cgroup.Directory).AsArray());
            });
            JsonElement detached = Assert.Single(reactions);
            Assert.Equal("link_create", detached.Text("cmd"));
            Assert.Matches("^link [0-9]+ detached$", detached.Text("reaction"));
        }
        finally
        {
            Directory.Delete(pins, recursive: true);
        }
    }

    // Those of a watch while something is done.
    private static JsonElement[] Reactions(string options, Action<Action<string>> meanwhile)
    {
        using var scratch = new Scratch();
        string policy = scratch.Write("late.toml", """
            [policy]
            name = "late"

            [[rule]]
            action = "deny"
            on = "prog_load"
            helper = "get_prandom_u32"

            [[rule]]
            action = "deny"
            on = "prog_load"
            prog_type = "cgroup_skb"
            prog_name = "guarded"
            """);
        string output = scratch.Write("out", ""), said = scratch.Write("said", "");
        using Process watch = Tool.Start(
            "sh", ["-c", $"exec {SkepBinary.Path} guard watch {policy} {options} -j >{output} 2>{said}"]);
        try
        {
            Until(said, "judging");
            meanwhile(text => Until(output, text));
            Assert.Equal(0, Tool.End(watch, "INT").Code);
        }
        finally
        {
            watch.Kill();
            watch.WaitForExit();
        }

        return [.. File.ReadAllLines(output).Select(Json.Parse).Where(d => d.Has("reaction"))];
    }

    private static void Until(string file, string text) =>
        Tool.Until(() => File.ReadAllText(file).Contains(text, StringComparison.Ordinal), text, Patience);

    [Fact]
    public void What_happens_meanwhile_is_learned_by_content()
    {
        using var scratch = new Scratch();
        string learned = scratch.File("learned.toml"), said = scratch.File("said");
        using Process learn = Tool.Start(
            "sh", ["-c", $"exec {SkepBinary.Path} guard learn --duration {Patience}s -o {learned} 2>{said}"]);
        Tool.Until(() => File.Exists(said) && File.ReadAllText(said).Contains("learning", StringComparison.Ordinal), "learning", Patience);
        Watched seen = SkepBinary.Watch("--insns --cmd prog_load", CProgram.Path("loads.c"), "many", "3", "2").Succeeded();
        Outcome ended = Tool.End(learn, "INT");
        Assert.True(ended.Code == 0, File.ReadAllText(said));
        Assert.Contains("policy learned, ", Tool.Run(SkepBinary.Path, "guard", "check", learned), StringComparison.Ordinal);
        string events = scratch.Write("events.json", string.Concat(seen.Of("prog_load").Select(e => e.GetRawText() + "\n")));
        string[] decided = Tool.Run(SkepBinary.Path, "guard", "test", learned, "--events", events, "-j")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(decided);
        Assert.All(decided, line => Assert.Equal("allow", Json.Parse(line).Text("decision")));
    }
}
