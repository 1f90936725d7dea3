using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>
/// A machine with two veth pairs: v0 (10.99.0.1) and w0 are inside, where the table <c>edge</c> filters v0; v1 and w1 are outside, where
/// the table
/// <c>peer</c> counts what comes back by v1 and over by w1. Removed when disposed, with the tables.
/// </summary>
public sealed partial class FilterMachine : IDisposable
{
    internal const string Rules = """
        set bad { type ipv4_addr; flags interval; elements = { 198.51.100.0/24 } }
        ip saddr @bad drop comment "bad"
        tcp dport 22 log drop comment "ssh"
        udp dport 53 limit rate over 1/hour burst 5 drop comment "dns"
        udp dport 7 redirect w0 comment "echo"
        udp dport 6000 redirect cpu 1 comment "cpu"
        icmp type echo-request swap ether,ip tx comment "back"
        """;

    private const string PeerRules = """
        icmp type echo-request ip saddr 10.99.0.1 drop comment "came back"
        udp dport 7 drop comment "came over"
        """;

    private readonly Scratch _scratch = new();
    private readonly TestNamespace _inside = new(), _outside = new();

    public FilterMachine()
    {
        foreach (string pair in (string[])["v", "w"])
        {
            Tool.Run(
                "ip", "link", "add", $"{pair}0", "netns", _inside.Name, "type", "veth", "peer", "name", $"{pair}1", "netns", _outside.Name);
            _inside.Ip($"link set {pair}0 addrgenmode none arp off up");
            _outside.Ip($"link set {pair}1 addrgenmode none arp off up");
        }

        _inside.Ip("addr add 10.99.0.1/24 dev v0");
        ApplyPeer();
    }

    internal TestNamespace Inside => _inside;

    internal TestNamespace Outside => _outside;

    /// <summary>A file with a table.</summary>
    internal string Table(string name, string head, string rules) =>
        _scratch.Write($"{name}.skep", $"table {name} {{\n{head}\n{rules}\n}}\n");

    internal void ApplyPeer() =>
        Succeed("filter", "apply", Table("peer", "devices = { v1, w1 }\nmode native", PeerRules), "--netns", Outside.Name);

    /// <summary>Applies the table <c>edge</c> to v0.</summary>
    internal void ApplyEdge(string mode, string rules, params string[] options) =>
        Succeed(["filter", "apply", Table("edge", $"devices = {{ v0 }}\nmode {mode}", rules), "--netns", Inside.Name, .. options]);

    /// <summary>Runs a command of skep that must succeed; what it printed.</summary>
    internal static string Succeed(params string[] arguments)
    {
        Outcome outcome = SkepBinary.Run(arguments);
        Assert.True(outcome.Code == 0, $"skep {string.Join(' ', arguments)}: exit {outcome.Code}\n{outcome.Error}");
        return outcome.Output;
    }

    /// <summary>Sends a number of each of the six kinds of demo/traffic.c; what redirect cpu takes arrives a little later.</summary>
    internal void Send(int count)
    {
        string[] words = Outside.Inside(Built.Traffic, "v1", AddressOf(Inside, "v0"), count.ToString(CultureInfo.InvariantCulture), "0");
        Tool.Run(words[0], words[1..]);
        Thread.Sleep(TimeSpan.FromSeconds(2));
    }

    /// <summary>The packets of each rule of a table, in order.</summary>
    internal static string Counts(string table) => Counts(SkepBinary.Json("filter", "show", table));

    internal static string Counts(JsonNode shown) =>
        string.Join(", ", shown["rules"]!.AsArray().Select(rule => $"{rule!["id"]} {rule["packets"]}"));

    /// <summary>What the device carries, as ip prints it; null where there is no program.</summary>
    internal JsonNode? XdpOf(string device) => JsonNode.Parse(Inside.Ip($"-j -d link show {device}"))![0]!["xdp"];

    internal string AddressOf(TestNamespace space, string device) => Ether().Match(space.Ip($"-o link show {device}")).Groups[1].Value;

    /// <summary>Datagrams that the network stack inside has received, with and without a listener.</summary>
    internal long Datagrams()
    {
        string[] words = Inside.Inside("cat", "/proc/net/snmp");
        string[] fields = Tool.Run(words[0], words[1..]).Split('\n').Last(
            line => line.StartsWith("Udp: ", StringComparison.Ordinal)).Split(' ');
        return long.Parse(fields[2], CultureInfo.InvariantCulture);
    }

    /// <summary>Starts to follow the log, and waits until it does.</summary>
    internal static Process FollowLog(params string[] options)
    {
        Process log = SkepBinary.Start(["filter", "log", "edge", .. options]);
        while (log.StandardError.ReadLine() is { } line && !line.Contains("following the log", StringComparison.Ordinal)) { }
        return log;
    }

    public void Dispose()
    {
        foreach (string table in (string[])["edge", "fib", "peer"]) SkepBinary.Run("filter", "remove", table);
        _inside.Dispose();
        _outside.Dispose();
        _scratch.Dispose();
    }

    [GeneratedRegex("link.ether ([0-9a-f:]*)")]
    private static partial Regex Ether();
}
