using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Skep.EndToEnd.Support;
using Skep.EndToEnd.Top;

namespace Skep.EndToEnd.Filter;

/// <summary><c>skep filter stats</c> on a device that frames of known kinds come to.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed partial class StatsTests : IDisposable
{
    // What a scene sends: so many of each of 98 bytes, see demo/traffic.c.
    private const int Each = 50;
    private const ulong Bytes = 98;

    private readonly TestNetwork _network = new();
    private readonly string _table = $"stats-{Environment.ProcessId}";
    private readonly string _traffic = Path.Combine(Repository.Root, "out/demo/traffic");

    public StatsTests()
    {
        Requires.Installed("ethtool");
        Tool.Run("make", "-s", "-C", Repository.Root, "out/demo/traffic");
        using var scratch = new Scratch();
        string rules = scratch.File("rules");
        File.WriteAllText(
            rules, $"table {_table} {{\ndevices = {{ v0 }}\ntcp dport 22 drop\nudp dport 53 drop\nudp dport 6000 redirect cpu 0\n}}\n");
        foreach (string device in (string[])["v0", "v1"])
            Tool.Run(
                "nsenter",
                $"--net=/run/netns/{_network.Name}",
                "sh",
                "-c",
                $"ip link set {device} addrgenmode none arp off; ip link set {device} up");
        Tool.Run(SkepBinary.Path, "filter", "apply", rules, "--netns", _network.Name, "--sketch", "sources,ports,sizes");
    }

    public void Dispose()
    {
        SkepBinary.Run("filter", "remove", _table);
        _network.Dispose();
    }

    [Fact]
    public void Totals_are_what_was_sent()
    {
        Send(Each, 0);
        JsonElement stats = Json.Parse(Stats("-j"));
        Assert.Equal(
            (2 * Each, 3 * Each, Each),
            (Packets(stats, "actions", "XDP_DROP"), Packets(stats, "actions", "XDP_PASS"), Packets(stats, "actions", "XDP_REDIRECT")));
        Assert.Equal(
            (2 * Each, 3 * Each, Each),
            (Packets(stats, "protocols", "TCP"), Packets(stats, "protocols", "UDP"), Packets(stats, "protocols", "ICMP")));
        Assert.Equal(Each * Bytes, stats.GetProperty("rules")[1].GetProperty("bytes").GetUInt64());
        JsonElement source = Assert.Single(stats.GetProperty("sources").GetProperty("top").EnumerateArray());
        Assert.Equal(("10.99.0.2", 6 * Each), (source.Text("source"), source.GetProperty("packets").GetInt32()));
        Assert.Equal(
            ["tcp 22", "tcp 80", "udp 53", "udp 6000", "udp 7"],
            stats.GetProperty("ports").GetProperty("top").EnumerateArray().Select(p => $"{p.Text("protocol")} {p.Number("port")}"));
        JsonElement size = Assert.Single(stats.GetProperty("sizes").EnumerateArray(), s => s.Number("packets") > 0);
        Assert.Equal((64, 127, 6 * Each), (size.Number("from"), size.Number("to"), size.Number("packets")));

        Assert.Contains($"XDP_DROP:{2 * Each,18}\n", Stats(), StringComparison.Ordinal);
        Assert.Equal(2, Stats("--mode", "ports", "--top", "1").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.DoesNotContain("sources", Stats("-j", "--mode", "actions"), StringComparison.Ordinal);
    }

    [Fact]
    public void Live_lines_add_up_and_a_signal_ends_them()
    {
        using Process stats = SkepBinary.Start("filter", "stats", _table, "-j", "--mode", "actions", "--interval", "200ms");
        JsonElement first = Json.Parse(stats.StandardOutput.ReadLine()!);
        Send(Each, 1);
        double counted = 0;
        JsonElement last = first;
        while (Packets(last, "actions", "XDP_DROP") < 2 * Each)
        {
            last = Json.Parse(stats.StandardOutput.ReadLine()!);
            counted += last.GetProperty("actions").GetProperty("XDP_DROP").GetProperty("pps").GetDouble() * last.GetProperty("interval_s")
                .GetDouble();
        }

        // Each rate is rounded to a tenth of a packet a second.
        Assert.InRange(counted, 2 * Each - 1, 2 * Each + 1);
        Tool.Run("kill", "-TERM", $"{stats.Id}");
        stats.WaitForExit();
        Assert.Equal(0, stats.ExitCode);
        Assert.Contains("intervals shown", stats.StandardError.ReadToEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_terminal_is_redrawn_and_shows_bars()
    {
        using Process traffic = Tool.Start("nsenter", Sending(1000, 3));
        string shown = Tool.Run(
            "script", "-qec", $"stty cols 100 rows 30; TERM=xterm '{SkepBinary.Path}' filter stats {_table} --interval 500ms -n 4",
            "/dev/null");
        traffic.Kill();
        Assert.InRange(shown.Split("\e[H").Length - 1, 4, 20);
        Assert.Contains("█", shown, StringComparison.Ordinal);
        Assert.Contains("4 intervals shown", shown, StringComparison.Ordinal);
        string[] lines = shown[..shown.IndexOf("\e[?1049l", StringComparison.Ordinal)].Split(["\n", "\e[H"], StringSplitOptions.None);
        Assert.All(lines, line => Assert.InRange(Escapes().Replace(line, "").TrimEnd('\r').Length, 0, 100));
    }

    [Fact]
    public void Keys_move_in_the_screen_and_show_rows_that_never_counted()
    {
        using var screen = new Screen(10, 100, $"{SkepBinary.Path} filter stats {_table} --interval 100ms");
        string[] lines = screen.Wait("packet/s");
        Assert.DoesNotContain(lines, line => line.StartsWith("XDP_REDIRECT", StringComparison.Ordinal));
        screen.Press("z");
        screen.Wait("XDP_ABORTED");
        screen.Press("G");
        screen.Wait(shown => shown.Any(line => line.StartsWith("other", StringComparison.Ordinal))
            && !shown.Any(line => line.StartsWith("XDP_ABORTED", StringComparison.Ordinal)));
        screen.Press("g ");
        screen.Wait("HELD");
        screen.Press("q");
        Assert.Equal(0, screen.End());
        Assert.Contains("intervals shown", screen.All, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_that_is_removed_ends_the_view()
    {
        using Process stats = SkepBinary.Start("filter", "stats", _table, "--interval", "100ms");
        stats.StandardOutput.ReadLine();
        Tool.Run(SkepBinary.Path, "filter", "remove", _table);
        stats.StandardOutput.ReadToEnd();
        stats.WaitForExit();
        Assert.Contains("was removed", stats.StandardError.ReadToEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "there is no mode 'foo'", "--mode", "foo")]
    [InlineData(2, "add --interval", "-n", "3")]
    [InlineData(2, "from 1 up", "--top", "0")]
    public void Wrong_usage_is_said(int code, string message, params string[] options)
    {
        Outcome outcome = SkepBinary.Run(["filter", "stats", _table, .. options]);
        Assert.Equal(code, outcome.Code);
        Assert.Contains(message, outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_sketch_its_mode_says_how_to_get_it()
    {
        using var scratch = new Scratch();
        string rules = scratch.File("rules");
        File.WriteAllText(rules, $"table {_table} {{\ndevices = {{ v0 }}\ntcp dport 22 drop\n}}\n");
        Tool.Run(SkepBinary.Path, "filter", "apply", rules, "--netns", _network.Name, "--track", "none");
        Outcome outcome = SkepBinary.Run("filter", "stats", _table, "--mode", "sources");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("--track sources", outcome.Error, StringComparison.Ordinal);
        Assert.Equal("", outcome.Output);
    }

    private string Stats(params string[] options) => Tool.Run(SkepBinary.Path, ["filter", "stats", _table, .. options]);

    private void Send(int count, int seconds) => Tool.Run("nsenter", Sending(count, seconds));

    private string[] Sending(int count, int seconds) =>
        [$"--net=/run/netns/{_network.Name}", "sh", "-c", $"exec '{_traffic}' v1 $(ip -br link show v0 | tr -s ' ' | cut -d' ' -f3) "
            + $"{count} {seconds}"];

    private static int Packets(JsonElement stats, string kind, string name) =>
        stats.GetProperty(kind).GetProperty(name).GetProperty("packets").GetInt32();

    [GeneratedRegex(@"\e\[[?0-9;]*[A-Za-z]")]
    private static partial Regex Escapes();
}
