using System.Globalization;
using System.Text.Json;
using Skep.Bpf;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Watch;

/// <summary>Programs of rules of iptables (xt_bpf): what is seen of them, and what doctor says that is not.</summary>
[Trait("level", "kernel")]
public sealed class RuleProgramTests
{
    private static readonly ulong[] Return1 = [0x1_0000_00b7, 0x95];

    [Fact]
    public void The_program_is_taken_from_its_pin_and_then_kept_by_nobody_who_is_known()
    {
        using var network = new TestNamespace();
        NeedsMatch(network);
        string pin = $"/sys/fs/bpf/{network.Name}";
        uint id = LoadPinned(pin);
        Watched watched;
        try
        {
            watched = SkepBinary.Watch("", network.Inside(["iptables-legacy", .. Rule("--object-pinned", pin)])).Succeeded();
        }
        finally
        {
            File.Delete(pin);
        }

        JsonElement opened = Assert.Single(watched.Events);
        Assert.Equal(("obj_get", (long)id), (opened.Text("cmd"), opened.Number("prog.id")));
        string[] show = ["prog", "show", "id", id.ToString(CultureInfo.InvariantCulture), "-j"];
        Assert.Contains("\"kept_by\":\"unknown\"", Tool.Run(SkepBinary.Path, show), StringComparison.Ordinal);
    }

    [Fact]
    public void Bytecode_of_a_rule_is_not_seen_and_doctor_says_so()
    {
        using var network = new TestNamespace();
        NeedsMatch(network);
        Assert.Empty(SkepBinary.Watch("", network.Inside(["iptables-legacy", .. Rule("--bytecode", "1,6 0 0 1")])).Succeeded().Events);
        JsonElement[] tiers = [.. Json.Parse(Tool.Run(SkepBinary.Path, "doctor", "-j")).At("tiers")!.Value.EnumerateArray()];
        Assert.All(tiers.Where(tier => tier.At("usable")!.Value.GetBoolean()), tier => Assert.Contains(
            tier.At("missed")!.Value.EnumerateArray(), missed => missed.GetString()!.Contains("xt_bpf", StringComparison.Ordinal)));
    }

    private static string[] Rule(string kind, string program) => ["-A", "INPUT", "-m", "bpf", kind, program, "-j", "ACCEPT"];

    private static uint LoadPinned(string pin)
    {
        using var program = BpfProgram.Load(BpfProgramType.SocketFilter, Return1, new ProgramLoadOptions { Name = "of_rule" });
        program.Pin(pin);
        return program.GetInfo().Id;
    }

    private static void NeedsMatch(TestNamespace network)
    {
        Requires.Installed("iptables-legacy");
        string[] words = network.Inside(["iptables-legacy", .. Rule("--bytecode", "1,6 0 0 0")]);
        Outcome outcome = Tool.Try(words[0], words[1..]);
        Assert.SkipUnless(outcome.Code == 0, $"the machine cannot: its kernel has no xt_bpf: {outcome.Error}");
    }
}
