using System.Diagnostics;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Filter;

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
            "tshark", "-r", file, "-T", "fields", "-E", "separator=|", "-e", "frame.interface_name", "-e", "frame.len", "-e",
            "frame.cap_len", "-e", "udp.dstport", "-e", "frame.verdict.ebpf_xdp",
            "-e", "frame.comment").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            ["v1|942|256|7000|1|drop line 2: udp dport 7000 log drop comment \"seven\"", "v1|62|62|7001||redirect xsk line 3: udp dport "
                + "7001 log redirect xsk"], lines);
    }

    [Fact]
    public void Only_the_rules_asked_for_are_shown()
    {
        _veth.Apply(
            "udp dport 7000 log drop comment \"seven\"\nudp dport 7001 log drop comment \"eight\"\nudp dport 7002 drop comment \"silent\"");
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
        Assert.Equal(
            ["one drop 2", "one pass 3", "two drop 2"], packets.Select(p => $"{p.Text("rule")} {p.Text("verdict")} {p.Number("line")}"));
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

    [Theory]
    [InlineData("time")]
    [InlineData("signal")]
    public async Task A_flood_does_not_keep_it_from_its_end(string reason)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        _veth.Apply("udp dport 7000 log drop");
        using Process flood = Tool.Start(
            "nsenter", $"--net=/run/netns/{_veth.Peer}", SkepBinary.Path, "gen", "v0", "--packet", "udp 10.81.0.1:5 > 10.81.0.2:7000",
            "--time", "30s");
        try
        {
            using Process follower = reason == "time" ? _veth.Follow("-j", "--duration", "1s") : _veth.Follow("-j");
            Task<string> output = follower.StandardOutput.ReadToEndAsync(cancel), said = follower.StandardError.ReadToEndAsync(cancel);
            if (reason == "signal")
            {
                await Task.Delay(1000, cancel);
                Tool.Run("kill", "-TERM", $"{follower.Id}");
            }

            Assert.True(follower.WaitForExit(20_000), "it goes on while packets come");
            Assert.False(flood.HasExited, "the flood ended first");
            Assert.NotEmpty(await output);
            Assert.Contains(" logged, ", await said, StringComparison.Ordinal);
        }
        finally
        {
            flood.Kill();
            await flood.WaitForExitAsync(cancel);
        }
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

    [Fact]
    public void A_device_that_is_renamed_or_moves_is_shown_by_its_present_name()
    {
        using var other = new TestNetwork();
        _veth.Apply("udp dport 7000 log drop");
        Rename("v1", "w1");
        string file = _veth.File("log.pcapng");
        using Process follower = _veth.Follow("-j", "-n", "3", "--write", file);
        _veth.Send(7000);
        Assert.Equal("w1", Json.Parse(follower.StandardOutput.ReadLine()!).Text("device"));
        Rename("w1", "u1");
        _veth.Send(7000);
        Assert.Equal("u1", Json.Parse(follower.StandardOutput.ReadLine()!).Text("device"));

        Ip("link", "set", "u1", "netns", other.Name);
        Tool.Run("ip", "-n", other.Name, "addr", "add", "10.81.0.2/24", "dev", "u1");
        Tool.Run("ip", "-n", other.Name, "link", "set", "u1", "up");
        string index = Tool.Run("ip", "-n", other.Name, "-o", "link", "show", "u1").Split(':')[0];
        _veth.Send(7000);
        Assert.Equal($"if{index}", Json.Parse(Assert.Single(End(follower, out string said))).Text("device"));
        Assert.Contains("the device that was called w1 is called u1 now", said, StringComparison.Ordinal);
        Assert.Contains(
            $"u1 is not in its network namespace any more; its packets are shown as those of if{index}", said, StringComparison.Ordinal);
        Requires.Installed("tshark");
        Assert.Equal($"w1\nu1\nif{index}\n", Tool.Run("tshark", "-r", file, "-T", "fields", "-e", "frame.interface_name"));

        void Rename(string from, string to)
        {
            Ip("link", "set", from, "down");
            Ip("link", "set", from, "name", to);
            Ip("link", "set", to, "up");
        }
    }

    [Fact]
    public void Packets_of_a_tun_are_shown_and_captured_from_their_IP_header_on()
    {
        using var tun = new TunDevice(_veth.Namespace, "t0");
        Ip("addr", "add", "10.88.0.1/24", "dev", "t0");
        Ip("link", "set", "t0", "up");
        _veth.Apply("udp dport 7000 log drop comment \"seven\"", "t0", "v1");
        Outcome shown = SkepBinary.Run("filter", "show", _veth.Table);
        Assert.Contains("  t0 netns ", shown.Output, StringComparison.Ordinal);
        Assert.Contains("  generic (no Ethernet header)  prog_id ", shown.Output, StringComparison.Ordinal);
        string file = _veth.File("log.pcapng");
        using Process follower = _veth.Follow("--write", file, "-n", "3");

        // UDP from 10.88.0.2, port 5, to 10.88.0.1, port 7000, without data; then the same over IPv6.
        tun.Receive(Convert.FromHexString("4500001c00010000401165190a5800020a580001" + "00051b5800080000"));
        tun.Receive(
            Convert.FromHexString(
                "6000000000081140" + "fd880000000000000000000000000002" + "fd880000000000000000000000000001" + "00051b580008e9f4"));
        _veth.Send(7000);
        string[] lines = End(follower, out _);
        Assert.EndsWith(" t0 drop [seven] udp 10.88.0.2:5 > 10.88.0.1:7000 length 28", lines[0], StringComparison.Ordinal);
        Assert.EndsWith(" udp [fd88::2]:5 > [fd88::1]:7000 length 48", lines[1], StringComparison.Ordinal);
        Assert.Contains(" v1 drop ", lines[2], StringComparison.Ordinal);
        Requires.Installed("tshark");
        Assert.Equal(
            "t0|raw:ip:udp|10.88.0.1|\nt0|raw:ipv6:udp||fd88::1\nv1|eth:ethertype:ip:udp|10.81.0.2|\n",
            Tool.Run(
                "tshark",
                "-r",
                file,
                "-T",
                "fields",
                "-E",
                "separator=|",
                "-e",
                "frame.interface_name",
                "-e",
                "frame.protocols",
                "-e",
                "ip.dst",
                "-e",
                "ipv6.dst").Replace(":data|", "|", StringComparison.Ordinal));
    }

    private void Ip(params string[] words) => Tool.Run("ip", ["-n", _veth.Namespace, .. words]);

    private static string[] End(Process follower, out string said)
    {
        string output = follower.StandardOutput.ReadToEnd();
        said = follower.StandardError.ReadToEnd();
        follower.WaitForExit();
        Assert.True(follower.ExitCode == 0, said);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
