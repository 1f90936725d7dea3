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
    public void Functions_of_the_kernel_are_named_while_it_is_watched()
    {
        Assert.SkipUnless(
            Tool.Shell("grep -wc bpf_rcu_read_lock /proc/kallsyms || true").Trim() != "0",
            "the machine cannot: its kernel has no function bpf_rcu_read_lock");
        using var scratch = new Scratch();
        File.WriteAllBytes(scratch.File("program.o"), BpfSource.Compile("""
            #include <linux/bpf.h>
            #include <bpf/bpf_helpers.h>
            extern void bpf_rcu_read_lock(void) __ksym;
            extern void bpf_rcu_read_unlock(void) __ksym;
            SEC("raw_tp/sys_enter") int locks(void *context)
            {
                bpf_rcu_read_lock();
                bpf_rcu_read_unlock();
                return 0;
            }
            char LICENSE[] SEC("license") = "GPL";
            """));
        JsonElement[] decisions = Decisions("", """
            [policy]
            name = "functions"

            [[rule]]
            action = "deny"
            on = "prog_load"
            prog_name = "locks"
            kfunc = "bpf_task_release"

            [[rule]]
            action = "alert"
            on = "prog_load"
            prog_name = "locks"
            kfunc = "bpf_rcu_read_unlock"
            """, until =>
        {
            string pin = $"/sys/fs/bpf/locks-{Environment.ProcessId}";
            Tool.Run(Tool.Bpftool, "prog", "load", scratch.File("program.o"), pin);
            File.Delete(pin);
            until("\"alert\"");
        });
        Assert.Contains(decisions, d => d.Text("decision") == "alert" && d.Number("rule") == 2);
        Assert.DoesNotContain(decisions, d => d.Text("decision") == "undecided" && d.Text("cmd") == "prog_load");
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
    private static JsonElement[] Reactions(string options, Action<Action<string>> meanwhile) => [.. Decisions(options, """
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
        """, meanwhile).Where(d => d.Has("reaction"))];

    private static JsonElement[] Decisions(string options, string text, Action<Action<string>> meanwhile)
    {
        using var scratch = new Scratch();
        string policy = scratch.Write("late.toml", text);
        string output = scratch.Write("out", ""), said = scratch.Write("said", "");
        using Process watch = Tool.Start(
            "sh", ["-c", $"exec {SkepBinary.Path} guard watch {policy} {options} -j >{output} 2>{said}"]);
        try
        {
            Until(said, "judging");
            meanwhile(text => Until(output, text));
            Tool.End(watch, "INT").Succeeds();
        }
        finally
        {
            watch.Kill();
            watch.WaitForExit();
        }

        return [.. File.ReadAllLines(output).Select(Json.Parse)];
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
