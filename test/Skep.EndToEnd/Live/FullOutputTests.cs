using System.Text.RegularExpressions;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Live;

/// <summary>Standard output that takes nothing: every command that prints fails with the reason.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed partial class FullOutputTests(LiveScene scene) : IClassFixture<LiveScene>
{
    private static readonly Lazy<byte[]> s_elf = new(() => BpfSource.Compile("""
        #include <linux/bpf.h>
        #include <bpf/bpf_helpers.h>
        SEC("xdp") int passes(struct xdp_md *ctx) { return XDP_PASS; }
        """));

    // What prints nothing on success; ui, which fills a terminal; gen, whose device GenTests makes; guard log, which needs policies that
    // are applied; compat, which CompatTests tries where there are kernels.
    private static readonly string[] Silent =
    [
        "filter apply", "filter confirm", "filter remove", "filter rule del", "filter set add", "filter set del", "gen", "guard apply",
        "guard confirm", "guard remove", "guard log", "sign", "compat", "ui", "agent baseline set", "agent baseline add",
        "agent baseline remove", "agent baseline clear",
    ];

    // trace prints where trampolines may be used, where TraceTests tries it; the others need an agent or an etcd, which
    // AgentTests and FleetTests start.
    private static readonly string[] Elsewhere =
    [
        "trace prog", "trace helper", "agent status", "history events", "history programs", "history program", "history maps",
        "history attachments", "history filter", "history runs", "history alerts", "history guard", "agent baseline show",
        "agent test-alert", "fleet push", "fleet status", "fleet agents", "fleet history", "fleet diff", "fleet rollback", "fleet remove",
        "fleet prune", "fleet watch",
    ];

    // RULES, OBJECT, FEED: files of the test.
    public static TheoryData<string> Lines =>
    [
        "--help", "--version", "watch --help", "help prog list", "completion bash",
        "watch -j --cmd prog_test_run,map_update_elem", "watch --elements",
        "prog list", "prog list -j", "prog dump OBJECT", "prog dump OBJECT opcodes -j", "prog cfg OBJECT", "prog cfg OBJECT -j",
        "prog explain OBJECT", "prog explain OBJECT -j",
        "prog decompile OBJECT", "prog decompile OBJECT -j", "prog diff OBJECT OBJECT", "prog diff OBJECT OBJECT -j", "prog classic -j",
        "prog verify ELF", "prog verify ELF -j", "prog verify ELF --annotate html", "prog verify --log LOG",
        "prog replay ELF --packet PACKET", "prog replay ELF --packet PACKET -j", "debug ELF --packet PACKET -c continue",
        "debug ELF --packet PACKET --check", "filter debug RULES --packet PACKET -c continue",
        "map list", "map list -j", "map dump pinned POINTS", "map dump pinned POINTS -j", "map lookup pinned POINTS key 0 0 0 0",
        "map tap pinned RING", "map tap pinned RING -j", "map watch pinned MAP --interval 50ms", "map watch pinned MAP -j --interval 50ms",
        "link list -j", "btf list", "btf list -j", "net list", "net list -j", "cgroup list CGROUP -j", "cgroup tree -j", "perf list -j",
        "doctor", "doctor -j", "doctor --hidden", "doctor --hidden -j",
        "filter check RULES", "filter check RULES -j", "filter check RULES --format", "filter check RULES --plan",
        "filter check RULES --dump",
        "filter check RULES -p --plan --dump", "filter import iptables-save SAVE -j",
        "filter test RULES --packet PACKET", "filter test RULES --packet PACKET -j", "filter import iptables-save SAVE",
        "filter test RULES --expect EXPECT", "filter test RULES --expect EXPECT -j",
        "filter show TABLE", "filter show TABLE -j", "filter show TABLE --format", "filter diff OTHER", "filter diff OTHER -j",
        "filter stats TABLE", "filter stats TABLE -j", "filter stats TABLE --interval 50ms",
        "filter stats TABLE --interval 50ms -j",
        "filter list", "filter list -j", "filter set load TABLE s FEED", "filter set load TABLE s FEED -j",
        "filter set feed TABLE s -j < LINES", "filter set list TABLE s",
        "filter set list TABLE s -j", "filter set get TABLE s 10.9.9.9", "filter set get TABLE s 10.9.9.9 -j",
        "filter rule add TABLE udp dport 9 drop", "filter rule insert TABLE udp dport 8 drop -j",
        "filter log TABLE", "filter log TABLE -j", "filter log TABLE --write -", "top --interval 50ms", "top -j --interval 50ms",
        "guard check POLICY", "guard check POLICY -j", "guard test POLICY --events EVENTS", "guard test POLICY --events EVENTS -j",
        "guard test POLICY --events EVENTS -p", "guard learn --events EVENTS", "guard watch POLICY -j", "guard watch POLICY --duration 2s",
        "guard show", "guard show -j",
        "verify OBJECT --cert CERT", "verify OBJECT --cert CERT -j",
    ];

    [Fact]
    public void Every_command_that_prints_is_tried() =>
        Assert.Equal(
            [],
            Commands().Where(
                command =>
                    !Silent.Contains(command) && !Elsewhere.Contains(command)
                        && !Lines.Any(line => line.Data == command || line.Data.StartsWith(command + " ", StringComparison.Ordinal))));

    [Theory]
    [MemberData(nameof(Lines))]
    public void A_command_that_cannot_write_fails_with_the_reason(string line)
    {
        scene.Begin();
        using var scratch = new Scratch();
        using var cgroup = new TestCgroup();
        File.WriteAllText(scratch.File("rules"), "table t {\n    tcp dport 22 drop\n}\n");
        File.WriteAllText(scratch.File("feed"), "10.9.9.9\n");
        File.WriteAllText(scratch.File("save"), "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 22 -j DROP\nCOMMIT\n");
        File.WriteAllText(scratch.File("policy"), "[policy]\nname = \"p\"\n");
        File.WriteAllText(scratch.File("events"), "{\"syscall\":\"bpf\",\"cmd\":\"btf_load\"}\n");
        File.WriteAllBytes(scratch.File("program"), [0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);
        if (line.Contains("ELF", StringComparison.Ordinal)) File.WriteAllBytes(scratch.File("elf"), s_elf.Value);
        File.WriteAllText(scratch.File("cert"), SelfSigned.Make().Certificate);
        string[] words = [.. scene.Arguments(line).Select(word => word switch
        {
            "RULES" => scratch.File("rules"),
            "OTHER" => scratch.Write("other", $"table {scene.Arguments("TABLE")[0]} {{\n    tcp dport 23 drop\n}}\n"),
            "FEED" => scratch.File("feed"),
            "LINES" => scratch.Write("lines", "add 10.9.9.8\n"),
            "EXPECT" => scratch.Write("expect", "tcp 10.0.0.1:5 > 10.0.0.2:22 => drop\n"),
            "SAVE" => scratch.File("save"),
            "POLICY" => scratch.File("policy"),
            "EVENTS" => scratch.File("events"),
            "OBJECT" => scratch.File("program"),
            "ELF" => scratch.File("elf"),
            "LOG" => scratch.Write("log", "0: R1=ctx() R10=fp0\n0: (b7) r0 = 0\n1: (95) exit\nprocessed 2 insns (limit 1000000)\n"),
            "CERT" => scratch.File("cert"),
            "CGROUP" => cgroup.Directory,
            "POINTS" => scene.Map("points"),
            "PACKET" => "'tcp 10.0.0.1:5 > 10.0.0.2:22'",
            _ => word,
        })];
        Outcome outcome = Tool.Try("sh", "-c", $"exec timeout 30 '{SkepBinary.Path}' {string.Join(' ', words)} >/dev/full");
        Assert.True(
            outcome.Code == 1 && outcome.Error.Contains("writing standard output: No space left on device", StringComparison.Ordinal),
            $"exit {outcome.Code}\n{outcome.Error}");
    }

    // The commands that the overview lists; of a group among them, those that its help lists.
    private static IEnumerable<string> Commands()
    {
        string[] listed = [.. Overview().Matches(SkepBinary.Run().Output).Select(match => match.Groups[1].Value)];
        Assert.InRange(listed.Length, 25, 100);
        return listed.SelectMany(Below);
    }

    private static IEnumerable<string> Below(string command)
    {
        string help = SkepBinary.Run([.. command.Split(' '), "--help"]).Output;
        Match list = CommandList().Match(help);
        return list.Success ? CommandLine().Matches(list.Value).SelectMany(match => Below($"{command} {match.Groups[1].Value}"))
            : [command];
    }

    [GeneratedRegex(@"^  ([a-z-]+(?: [a-z-]+)?) {3,}", RegexOptions.Multiline)]
    private static partial Regex Overview();

    [GeneratedRegex(@"\nCommands:\n(?:  .*\n)+")]
    private static partial Regex CommandList();

    [GeneratedRegex(@"^  ([a-z][\w-]*)", RegexOptions.Multiline)]
    private static partial Regex CommandLine();
}
