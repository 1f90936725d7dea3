using System.Diagnostics;
using System.Globalization;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Filter;

/// <summary>A veth pair with a table on it: <c>v1</c> (10.81.0.2) is filtered, <c>v0</c> (10.81.0.1) sends. Gone when disposed.</summary>
internal sealed class FilteredVeth : IDisposable
{
    private readonly TestNetwork _network = new();
    private readonly Scratch _scratch = new();

    public FilteredVeth()
    {
        // One namespace for both would take packets by loopback.
        Peer = _network.Name + "-p";
        Tool.Run("ip", "netns", "add", Peer);
        Tool.Run("ip", "-n", _network.Name, "link", "set", "v0", "netns", Peer);
        foreach (
            (
                string space,
                string device,
                string address) in ((string, string, string)[])[(Peer, "v0", "10.81.0.1/24"), (_network.Name, "v1", "10.81.0.2/24")])
        {
            Tool.Run("ip", "-n", space, "addr", "add", address, "dev", device);
            Tool.Run("ip", "-n", space, "link", "set", device, "addrgenmode", "none");
            Tool.Run("ip", "-n", space, "link", "set", device, "up");
        }
    }

    /// <summary>The table's name.</summary>
    public string Table => "kernel-" + _network.Name.Replace('.', '-');

    /// <summary>The namespace of the filtered device.</summary>
    public string Namespace => _network.Name;

    /// <summary>The namespace that sends.</summary>
    public string Peer { get; }

    /// <summary>The MAC address of the filtered device.</summary>
    public string Address => Tool.Run("ip", "-n", Namespace, "-o", "link", "show", "v1").Split("link/ether ")[1].Split(' ')[0];

    /// <summary>Datagrams that came to the filtered side, where no socket waits for them (<c>NoPorts</c> of /proc/net/snmp).</summary>
    public long WithoutSocket()
    {
        string[][] lines =
        [
            .. Tool.Run("nsenter", $"--net=/run/netns/{Namespace}", "cat", "/proc/net/snmp").Split('\n')
                .Where(line => line.StartsWith("Udp:", StringComparison.Ordinal)).Select(line => line.Split(' ')),
        ];
        return long.Parse(lines[1][Array.IndexOf(lines[0], "NoPorts")], CultureInfo.InvariantCulture);
    }

    /// <summary>A file of the test's own.</summary>
    public string File(string name) => _scratch.File(name);

    public void Apply(string rules) => Apply(rules, "v1");

    public void Apply(string rules, params string[] devices)
    {
        string file = File("rules.skep");
        System.IO.File.WriteAllText(file, $"table {Table} {{\n{rules}\n}}\n");
        Outcome outcome = SkepBinary.Run(
            ["filter", "apply", file, "--netns", Namespace, .. devices.SelectMany(d => (string[])["--dev", d])]);
        Assert.True(outcome.Code == 0, outcome.Error);
    }

    /// <summary>The elements of a set of the table, without what stands behind them.</summary>
    public string[] Elements(string set) =>
        [.. Tool.Run(SkepBinary.Path, "filter", "set", "list", Table, set).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ')[0])];

    /// <summary>Sends a datagram of so many bytes.</summary>
    public void Send(int port, int bytes = 20) =>
        Tool.Run("nsenter", $"--net=/run/netns/{Peer}", "bash", "-c", $"head -c {bytes} /dev/zero > /dev/udp/10.81.0.2/{port}");

    /// <summary>Starts to follow the log, and waits until it does.</summary>
    public Process Follow(params string[] options)
    {
        Process process = SkepBinary.Start(["filter", "log", Table, .. options]);
        while (process.StandardError.ReadLine() is { } line && !line.Contains("following the log", StringComparison.Ordinal)) { }
        return process;
    }

    public void Dispose()
    {
        SkepBinary.Run("filter", "remove", Table);
        Tool.Run("ip", "netns", "del", Peer);
        _network.Dispose();
        _scratch.Dispose();
    }
}
