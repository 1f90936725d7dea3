using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Filter;

/// <summary>A packet is stepped through a rule file, and back to the rule that changed it.</summary>
[Trait("level", "kernel")]
public sealed class FilterDebugTests
{
    private const string Rules = """
        table edge {
            policy pass
            ip protocol icmp drop
            ip ttl set 64 continue
            udp dport 53 ip ttl set 9 tx
        }
        """;

    private const int TimeToLive = 22;

    [Fact]
    public void The_rule_that_changed_a_packet_is_found_backwards()
    {
        Requires.Root();
        JsonElement[] answers = Debug("break 5", "continue", "info packet", "finish", "info packet", "break packet", "reverse-continue",
            "reverse-continue", "info packet");
        Assert.Equal(("breakpoint", 5L), (answers[2].Text("stop"), answers[2].Number("source.line")));
        Assert.Equal("udp dport 53 ip ttl set 9 tx", answers[2].Text("source.text"));
        Assert.Equal(64, TimeToLiveOf(answers[3]));
        Assert.Equal(("end", "XDP_TX (3)"), (answers[4].Text("stop"), answers[4].Text("returned")));
        Assert.Equal(9, TimeToLiveOf(answers[5]));

        // The checksum is written last, the time to live before it: by the same rule.
        Assert.Equal(5L, answers[7].Number("source.line"));
        Assert.Equal(5L, answers[8].Number("source.line"));
        Assert.Equal(64, TimeToLiveOf(answers[9]));
    }

    [Fact]
    public void A_command_that_cannot_be_done_is_a_failure()
    {
        Requires.Root();
        using var scratch = new Scratch();
        Outcome outcome = SkepBinary.Run(
            "filter", "debug", scratch.Write("edge.skep", Rules), "--packet", "udp 10.0.0.1:5 > 10.0.0.2:53", "-c", "break 99");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("no code is at line 99", outcome.Output, StringComparison.Ordinal);
    }

    private static int TimeToLiveOf(JsonElement answer) =>
        Convert.ToInt32(answer.Text("packet")!.Substring(2 * TimeToLive, 2), 16);

    private static JsonElement[] Debug(params string[] commands)
    {
        using var scratch = new Scratch();
        string output = Tool.Run(SkepBinary.Path,
        [
            "filter", "debug", scratch.Write("edge.skep", Rules), "--packet", "udp 10.0.0.1:5 > 10.0.0.2:53", "-j",
            .. commands.SelectMany(command => (string[])["-c", command]),
        ]);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Json.Parse)];
    }
}
