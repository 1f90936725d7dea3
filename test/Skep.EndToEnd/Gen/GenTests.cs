using System.Diagnostics;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Gen;

/// <summary><c>skep gen</c> out of one end of a veth, whose other end counts and captures what comes in.</summary>
[Trait("level", "kernel")]
public sealed class GenTests : IDisposable
{
    private const string Udp = "udp 10.0.0.1:5 > 10.0.0.2:53";

    private readonly TestNetwork _network = new();
    private readonly Scratch _scratch = new();

    public GenTests()
    {
        // Nothing of the kernel's own goes over the pair.
        _network.Ip("link set v0 addrgenmode none");
        _network.Ip("link set v1 addrgenmode none");
        _network.Ip("link set v0 up");
        _network.Ip("link set v1 up");
        Inside("ethtool", "-K", "v1", "gro", "on");
    }

    public void Dispose()
    {
        _network.Dispose();
        _scratch.Dispose();
    }

    private string Inside(params string[] command)
    {
        string[] words = _network.Inside(command);
        return Tool.Run(words[0], words[1..]);
    }

    private Outcome Gen(params string[] arguments)
    {
        string[] words = _network.Inside([SkepBinary.Path, "gen", .. arguments]);
        return Tool.Try(words[0], words[1..]);
    }

    private long Received()
    {
        using JsonDocument links = JsonDocument.Parse(_network.Ip("-s -j link show v1"));
        return links.RootElement[0].GetProperty("stats64").GetProperty("rx").GetProperty("packets").GetInt64();
    }

    private void AwaitReceived(long packets)
    {
        long until = Environment.TickCount64 + 5_000;
        while (Received() != packets && Environment.TickCount64 < until) Thread.Sleep(20);
        Assert.Equal(packets, Received());
    }

    private string[] Captured(int packets, params string[] arguments)
    {
        string file = _scratch.File("received.pcap");
        string[] words = _network.Inside("tcpdump", "-i", "v1", "-n", "-U", "-c", $"{packets}", "-w", file);
        using Process capture = Tool.Start(words[0], words[1..]);
        try
        {
            long until = Environment.TickCount64 + 10_000;
            while (!(File.Exists(file) && new FileInfo(file).Length >= 24) && Environment.TickCount64 < until) Thread.Sleep(20);
            Outcome outcome = Gen(["v0", .. arguments]);
            Assert.True(outcome.Code == 0, outcome.Error);
            Assert.True(capture.WaitForExit(20_000), "not all packets came");
        }
        finally
        {
            if (!capture.HasExited) capture.Kill();
        }

        return Tool.Run("tcpdump", "-n", "-t", "-vv", "-r", file).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(200_001)]
    public void The_other_end_receives_as_many_as_were_sent(int count)
    {
        Outcome outcome = Gen("v0", "--packet", Udp, "-n", $"{count}", "--rate", "400000", "-j");
        Assert.True(outcome.Code == 0, outcome.Error);
        JsonElement sent = Json.Parse(outcome.Output);
        Assert.Equal((count, 0), (sent.GetProperty("packets").GetInt64(), sent.GetProperty("errors").GetInt64()));
        Assert.Equal(58L * count, sent.GetProperty("bytes").GetInt64());
        AwaitReceived(count);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" -j")]
    public void An_output_that_is_full_is_reported(string form)
    {
        string[] words = _network.Inside("sh", "-c", $"exec '{SkepBinary.Path}' gen v0 --packet '{Udp}' -n 1{form} >/dev/full");
        Outcome outcome = Tool.Try(words[0], words[1..]);
        Assert.Equal(1, outcome.Code);
        Assert.Contains("writing standard output: No space left on device", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_rate_each_packet_is_received_or_an_error()
    {
        Outcome outcome = Gen("v0", "--packet", Udp, "--range", "saddr=10.1.0.0-10.255.255.255", "--seed", "3", "-n", "3000000", "-j");
        JsonElement sent = Json.Parse(outcome.Output);
        long errors = sent.GetProperty("errors").GetInt64();
        Assert.Equal(3_000_000, sent.GetProperty("packets").GetInt64() + errors);
        Assert.Equal(errors == 0 ? 0 : 1, outcome.Code);
        AwaitReceived(sent.GetProperty("packets").GetInt64());
    }

    [Fact]
    public void What_is_captured_is_what_was_asked_for()
    {
        string[] lines = Captured(
            9, "--packet", Udp, "--packet", "tcp 10.0.0.1:5 > 10.0.0.2:53 payload 700", "--packet",
            "udp 10.0.0.1:5 > 10.0.0.2:53 payload 1",
            "--range", "saddr=10.3.0.1-10.3.0.2", "--range", "dport=1-2", "-n", "9");
        string[] flows = [.. lines.Where(line => line.Contains(" > ", StringComparison.Ordinal)).Select(line => line.Trim())];
        Assert.Equal(9, flows.Length);
        Assert.StartsWith("10.3.0.1.5 > 10.0.0.2.1: [udp sum ok]", flows[0], StringComparison.Ordinal);
        Assert.StartsWith("10.3.0.1.5 > 10.0.0.2.1: Flags [S], cksum", flows[1], StringComparison.Ordinal);
        Assert.Contains("(correct)", flows[1], StringComparison.Ordinal);
        Assert.Contains("length 700", flows[1], StringComparison.Ordinal);
        Assert.StartsWith("10.3.0.1.5 > 10.0.0.2.1: [udp sum ok]", flows[2], StringComparison.Ordinal);
        Assert.StartsWith("10.3.0.2.5 > 10.0.0.2.1:", flows[3], StringComparison.Ordinal);
        Assert.StartsWith("10.3.0.1.5 > 10.0.0.2.2:", flows[6], StringComparison.Ordinal);
        Assert.DoesNotContain(lines, line => line.Contains("bad", StringComparison.Ordinal));
    }

    [Fact]
    public void A_capture_is_replayed_byte_by_byte()
    {
        Captured(
            3000, "--packet", Udp, "--packet", "tcp 10.0.0.1:5 > 10.0.0.2:53 payload 1000", "--range",
            "saddr=10.3.0.1-10.3.255.255", "-n", "3000");
        string first = _scratch.File("first.pcap");
        File.Move(_scratch.File("received.pcap"), first);
        Captured(3000, "--pcap", first, "--rate", "100000");
        string[] read = ["-n", "-t", "-xx", "-r"];
        Assert.Equal(Tool.Run("tcpdump", [.. read, first]), Tool.Run("tcpdump", [.. read, _scratch.File("received.pcap")]));
    }

    [Fact]
    public void A_rate_is_kept()
    {
        Outcome outcome = Gen("v0", "--packet", Udp, "--rate", "5000", "--time", "1s", "-j");
        Assert.InRange(Json.Parse(outcome.Output).GetProperty("packets").GetInt64(), 1_000, 5_001);
    }

    [Fact]
    public void A_signal_ends_it_with_its_numbers()
    {
        string[] words = _network.Inside(SkepBinary.Path, "gen", "v0", "--packet", Udp, "--rate", "1000", "-j");
        using Process gen = Tool.Start(words[0], words[1..]);
        long until = Environment.TickCount64 + 20_000;
        while (Received() == 0 && Environment.TickCount64 < until) Thread.Sleep(20);
        Tool.Run("kill", "-INT", $"{gen.Id}");
        Assert.True(gen.WaitForExit(10_000), "it does not end");
        Assert.Equal(0, gen.ExitCode);
        AwaitReceived(Json.Parse(gen.StandardOutput.ReadToEnd()).GetProperty("packets").GetInt64());
    }

    [Fact]
    public void A_device_that_cannot_send_is_refused_with_the_remedy()
    {
        Inside("ethtool", "-K", "v1", "gro", "off");
        Outcome outcome = Gen("v0", "--packet", Udp, "-n", "1");
        Assert.Equal(3, outcome.Code);
        Assert.Contains("ethtool -K PEER gro on", outcome.Error, StringComparison.Ordinal);
        _network.Ip("link set v0 down");
        outcome = Gen("v0", "--packet", Udp, "-n", "1");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("ip link set v0 up", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(0, Received());
    }

    [Fact]
    public void A_device_of_the_machine_is_refused()
    {
        // The loopback device is no veth. Where process 1 cannot be looked at, no namespace is known to be another one.
        const string First = "/proc/1/ns/net";
        string[] enter = Tool.Try("readlink", First).Code == 0 ? ["nsenter", $"--net={First}"] : ["env"];
        Outcome outcome = Tool.Try(enter[0], [.. enter[1..], SkepBinary.Path, "gen", "lo", "--packet", Udp, "-n", "1"]);
        Assert.Equal(3, outcome.Code);
        Assert.Contains("--yes-really", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_packet_longer_than_the_device_takes_is_refused()
    {
        Outcome outcome = Gen("v0", "--packet", Udp + " payload 3000", "-n", "1");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("mtu 1500", outcome.Error, StringComparison.Ordinal);
    }
}
