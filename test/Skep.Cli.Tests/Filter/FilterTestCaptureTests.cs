using System.Diagnostics;
using System.Text.Json;
using static Skep.Cli.Tests.Invocation;

namespace Skep.Cli.Tests.Filter;

/// <summary><c>skep filter test --pcap</c> on captures as tools write them: several link layers, cut packets, cut files.</summary>
public sealed class FilterTestCaptureTests : IDisposable
{
    private const string Udp = "45 00 00 1c 00 01 00 00 40 11 66 ce 0a 00 00 01 0a 00 00 02 00 05 00 35 00 08 00 00",
        Mac = "52 54 00 80 00 02 52 54 00 80 00 01 ";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("skep-cli-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void A_capture_of_several_link_layers_is_decided_and_written_as_such()
    {
        string rules = At("rules", "table t {\n ether type arp drop\n udp dport 53 udp dport set 54 tx\n}\n");
        Text2pcap("ethernet", 1, Mac + "08 00 " + Udp, Mac + "08 06 00 01");
        Text2pcap("raw", 101, Udp);
        Text2pcap("any", 276, "08 06 00 00 00 00 00 07 00 01 00 06 52 54 00 80 00 01 00 00 00 01",
            "08 00 00 00 00 00 00 07 00 01 04 06 52 54 00 80 00 01 00 00 " + Udp);
        Text2pcap("other", 127, Udp);
        Tool("mergecap", "-a", "-F", "pcapng", "-w", At("mixed"), At("ethernet"), At("raw"), At("any"));
        (int code, string output, string error) = Run("filter", "test", rules, "--pcap", At("mixed"), "-j", "--write", At("left"));
        Assert.Equal(0, code);
        JsonElement[] packets = [.. output.TrimEnd('\n').Split('\n').Select(Parse)];
        Assert.Equal(["tx", "drop", "tx", "pass", "tx"], packets.Select(p => p.GetProperty("verdict").GetString()));
        Assert.Equal(["-", "-", "raw", "linux_sll2", "linux_sll2"], packets
            .Select(p => p.TryGetProperty("link", out JsonElement link) ? link.GetString() : "-"));
        Assert.Equal([42, 16, 28, 2, 28], packets.Select(p => p.GetProperty("length").GetInt32()));
        Assert.Equal((7, true), (packets[4].GetProperty("ifindex").GetInt32(), packets[4].GetProperty("outgoing").GetBoolean()));
        Assert.Equal("packet length 2", packets[3].GetProperty("headers").GetString());
        Assert.Contains(
            "warning: 3 packets have no Ethernet header in the capture: rules that name ether or vlan do not match (line 2)\n",
            error, StringComparison.Ordinal);
        Assert.Contains("warning: 1 packet was sent by the machine, which XDP does not see", error, StringComparison.Ordinal);
        Assert.EndsWith("skep: 5 packets: drop 1, pass 1, tx 3\n", error, StringComparison.Ordinal);

        // What is left has its link layer again, and the new port.
        string[] left = [.. Tool("tshark", "-r", At("left"), "-T", "fields", "-E", "separator=,", "-e", "frame.protocols", "-e",
            "udp.dstport").Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        Assert.Equal(4, left.Length);
        Assert.All([0, 1, 3], i => Assert.EndsWith(",54", left[i], StringComparison.Ordinal));
        Assert.Equal(["eth:", "raw:", "sll:", "sll:"], left.Select(l => l[..4]));

        // What is not understood is not decided, and all else is.
        Tool("mergecap", "-a", "-F", "pcapng", "-w", At("mixed"), At("other"), At("raw"));
        (code, output, error) = Run("filter", "test", rules, "--pcap", At("mixed"));
        Assert.Equal(1, code);
        Assert.StartsWith("2 udp 10.0.0.1:5 > 10.0.0.2:53 length 28\n  tx ", output, StringComparison.Ordinal);
        Assert.Contains("error: reading packets: 1 packet of link type 127 is not decided (known are Ethernet 1, ", error,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pcap")]
    [InlineData("pcapng")]
    public void A_capture_cut_in_its_last_record_decides_those_before_it_and_says_so(string format)
    {
        string rules = At("rules", "table t {\n udp dport 53 drop\n}\n");
        MakeCapture("whole", 101, format, Udp, Udp, Udp);
        byte[] whole = File.ReadAllBytes(At("whole"));
        int record = format == "pcap" ? 16 + 28 : 32 + 28;
        Assert.All((int[])[1, 28, record - 1], cut =>
        {
            File.WriteAllBytes(At("cut"), whole[..^cut]);
            (int code, string output, string error) = Run("filter", "test", rules, "--pcap", At("cut"), "--write", At("left"));
            Assert.Equal((1, 4), (code, output.Count(c => c == '\n')));
            Assert.StartsWith("skep: 2 packets: drop 2\nskep: error: reading ", error, StringComparison.Ordinal);
            Assert.Matches(@"cut short at byte \d+ \(the 2 packets before it are decided\)\n$", error);
        });

        File.WriteAllBytes(At("cut"), whole[..^record]);
        (int code2, _, string error2) = Run("filter", "test", rules, "--pcap", At("cut"));
        Assert.Equal((0, "skep: 2 packets: drop 2\n"), (code2, error2));
    }

    [Fact]
    public void Packets_that_the_capture_cut_keep_their_length_and_are_marked()
    {
        string rules = At("rules", "table t {\n meta length > 1000 drop\n}\n");
        string zeros = string.Join(' ', Enumerable.Repeat("00", 1232));
        Text2pcap("whole", 1, Mac + "08 00 45 00 04 ec 00 01 00 00 40 11 61 fe 0a 00 00 01 0a 00 00 02 00 05 00 35 04 d8 00 00 " + zeros);
        Tool("editcap", "-s", "60", At("whole"), At("cut"));
        (int code, string output, string error) = Run("filter", "test", rules, "--pcap", At("cut"), "-j");
        JsonElement packet = Parse(output);
        Assert.Equal((0, "drop", 60, 1274), (code, packet.GetProperty("verdict").GetString(), packet.GetProperty("bytes").GetInt32(),
            packet.GetProperty("length").GetInt32()));
        Assert.True(packet.GetProperty("truncated").GetBoolean());
        Assert.Equal("udp 10.0.0.1:5 > 10.0.0.2:53 length 1274", packet.GetProperty("headers").GetString());
        Assert.StartsWith("skep: warning: 1 packet was cut by the capture: lengths are those on the wire", error, StringComparison.Ordinal);
        Assert.StartsWith("1 udp 10.0.0.1:5 > 10.0.0.2:53 length 1274, of which 60 captured\n  drop ",
            Run("filter", "test", rules, "--pcap", At("cut")).Output, StringComparison.Ordinal);

        // Whole packets are not marked.
        Assert.False(Parse(Run("filter", "test", rules, "--pcap", At("whole"), "-j").Output).TryGetProperty("truncated", out _));
    }

    private string At(string name, string? content = null)
    {
        string path = Path.Combine(_directory.FullName, name);
        if (content is not null) File.WriteAllText(path, content);
        return path;
    }

    private void Text2pcap(string name, int type, params string[] packets) => MakeCapture(name, type, "pcapng", packets);

    private void MakeCapture(string name, int type, string format, params string[] packets) =>
        Tool("text2pcap", "-q", "-F", format, "-l", $"{type}", At("dump", string.Concat(packets.Select(p => $"000000 {p}\n"))), At(name));

    private static string Tool(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {error.GetAwaiter().GetResult()}");
        return output;
    }

    private static JsonElement Parse(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
