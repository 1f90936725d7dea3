using System.Diagnostics;
using System.Text.Json;

namespace Skep.Kernel.Tests;

/// <summary><c>skep filter log</c> on a veth pair with real sockets.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class FilterLogKernelTests : IDisposable
{
    private readonly FilteredVeth _veth = new();

    public void Dispose() => _veth.Dispose();

    [Fact]
    public void A_logged_packet_is_told_with_rule_and_verdict()
    {
        _veth.Apply("udp dport 7000 log drop comment \"seven\"\nudp dport 7001 log\nudp dport 7001 drop");
        using Process follower = _veth.Follow("-j", "-n", "2");
        _veth.Send(7000);
        _veth.Send(7001, 900);
        JsonElement[] packets = [.. End(follower, out string said).Select(Json.Parse)];
        Assert.Equal(["seven", "drop", "v1"], ((string[])["rule", "verdict", "device"]).Select(k => packets[0].Text(k)));
        Assert.Equal("udp dport 7000 log drop comment \"seven\"", packets[0].Text("text"));
        Assert.Equal((2, 62, 0), (packets[0].Number("line"), packets[0].Number("bytes"), packets[0].Number("rx_queue")));
        Assert.StartsWith("udp 10.81.0.1:", packets[0].Text("headers"), StringComparison.Ordinal);
        Assert.EndsWith("> 10.81.0.2:7000 length 62", packets[0].Text("headers"), StringComparison.Ordinal);
        Assert.Equal(("continue", 942, 512), (packets[1].Text("verdict"), packets[1].Number("bytes"), packets[1].Text("data")!.Length));
        Assert.Contains("2 packets shown; 2 logged, 0 of them lost", said, StringComparison.Ordinal);
        JsonElement table = Json.Parse(SkepBinary.Run("filter", "show", _veth.Table, "-j").Output);
        Assert.Equal((2, 0), (table.Number("log.packets"), table.Number("log.lost")));
    }

    [Fact]
    public void A_capture_is_whole_for_tshark()
    {
        Requires.Installed("tshark");
        _veth.Apply("udp dport 7000 log drop comment \"seven\"\nudp dport 7001 log redirect xsk");
        string file = _veth.File("log.pcapng");
        using Process follower = _veth.Follow("--write", file, "-n", "2");
        _veth.Send(7000, 900);
        _veth.Send(7001);
        Assert.Equal(2, End(follower, out _).Length);
        string[] lines = Tool.Run(
            "tshark", "-r", file, "-T", "fields", "-E", "separator=|", "-e", "frame.interface_name", "-e", "frame.len", "-e", "frame.cap_len", "-e", "udp.dstport", "-e", "frame.verdict.ebpf_xdp",
            "-e", "frame.comment").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            ["v1|942|256|7000|1|drop line 2: udp dport 7000 log drop comment \"seven\"", "v1|62|62|7001||redirect xsk line 3: udp dport 7001 log redirect xsk"], lines);
    }

    [Fact]
    public void Only_the_rules_asked_for_are_shown()
    {
        _veth.Apply("udp dport 7000 log drop comment \"seven\"\nudp dport 7001 log drop comment \"eight\"\nudp dport 7002 drop comment \"silent\"");
        using Process follower = _veth.Follow("--rule", "eight", "-n", "1");
        _veth.Send(7000);
        _veth.Send(7001);
        Assert.Contains(" v1 drop [eight] udp ", Assert.Single(End(follower, out string said)), StringComparison.Ordinal);
        Assert.Contains("1 packet shown; 2 logged", said, StringComparison.Ordinal);
        Outcome outcome = SkepBinary.Run("filter", "log", _veth.Table, "--rule", "silent");
        Assert.Equal(2, outcome.Code);
        Assert.Contains("seven, eight", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void It_goes_on_through_replaces()
    {
        _veth.Apply("udp dport 7000 log drop comment \"one\"");
        using Process follower = _veth.Follow("-j", "-n", "3");
        _veth.Send(7000);
        _veth.Apply("udp dport 7001 drop\nudp dport 7000 log pass comment \"one\"");
        _veth.Send(7000);
        _veth.Apply("udp dport 7000 log drop comment \"two\"");
        _veth.Send(7000);
        IEnumerable<JsonElement> packets = End(follower, out _).Select(Json.Parse);
        Assert.Equal(["one drop 2", "one pass 3", "two drop 2"], packets.Select(p => $"{p.Text("rule")} {p.Text("verdict")} {p.Number("line")}"));
    }

    [Fact]
    public void A_second_follower_is_refused_and_a_killed_one_leaves_room()
    {
        _veth.Apply("udp dport 7000 log drop");
        using (Process first = _veth.Follow())
        {
            Outcome second = SkepBinary.Run("filter", "log", _veth.Table, "-n", "1");
            Assert.Equal(1, second.Code);
            Assert.Contains("another skep filter log follows it", second.Error, StringComparison.Ordinal);
            first.Kill();
            first.WaitForExit();
        }

        // What was logged while nobody read is not shown to the next.
        _veth.Send(7000, 1);
        using Process next = _veth.Follow("-n", "1");
        _veth.Send(7000, 2);
        Assert.EndsWith(" length 44", Assert.Single(End(next, out _)), StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_log_and_what_is_not_there_cannot_be_followed()
    {
        _veth.Apply("udp dport 7000 drop");
        Outcome silent = SkepBinary.Run("filter", "log", _veth.Table);
        Assert.Equal(1, silent.Code);
        Assert.Contains("none of its rules logs", silent.Error, StringComparison.Ordinal);
        Assert.Equal(1, SkepBinary.Run("filter", "log", _veth.Table + "x").Code);
    }

    [Fact]
    public void A_removed_table_ends_it()
    {
        _veth.Apply("udp dport 7000 log drop");
        using Process follower = _veth.Follow();
        SkepBinary.Run("filter", "remove", _veth.Table);
        End(follower, out string said);
        Assert.Contains("filters no device any more", said, StringComparison.Ordinal);
    }

    private static string[] End(Process follower, out string said)
    {
        string output = follower.StandardOutput.ReadToEnd();
        said = follower.StandardError.ReadToEnd();
        follower.WaitForExit();
        Assert.True(follower.ExitCode == 0, said);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
