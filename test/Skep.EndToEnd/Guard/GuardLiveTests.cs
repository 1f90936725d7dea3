using System.Diagnostics;
using System.Text.Json;
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
            File.WriteAllBytes(scratch.File("program.o"), OffensivePrograms.Compile("signals"));
            string pin = $"/sys/fs/bpf/live-{Environment.ProcessId}";
            Tool.Try(Tool.Bpftool, "prog", "load", scratch.File("program.o"), pin);
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
