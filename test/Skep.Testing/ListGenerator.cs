using System.Globalization;
using System.Text;

namespace Skep.Testing;

/// <summary>What a generated list of rules is like.</summary>
public enum ListShape
{
    /// <summary>One address and one UDP port, all different.</summary>
    Exact,

    /// <summary>Prefixes and ports, as the access lists of routers have them: specific, with few port ranges.</summary>
    AccessList,

    /// <summary>Firewalls: many wildcards, port ranges and flags.</summary>
    Firewall,

    /// <summary>Chains of a host's rules: protocols, addresses, ports in many combinations.</summary>
    Chain,

    /// <summary>Ranges of addresses and of ports that all cross each other: what hash tables are worst at.</summary>
    Crossing,

    /// <summary>Each pair of prefix lengths, so that few rules ask for the same bits.</summary>
    Lengths,

    /// <summary>Negations, flags, lists of ports and addresses.</summary>
    Mixed,
}

/// <summary>A rule of IPv4 with UDP or TCP, and what it matches.</summary>
/// <param name="Text">The rule.</param>
/// <param name="Protocol">6 or 17.</param>
/// <param name="Source">Source addresses.</param>
/// <param name="Destination">Destination addresses.</param>
/// <param name="SourcePorts">Source ports.</param>
/// <param name="DestinationPorts">Destination ports.</param>
public readonly record struct ListedRule(
    string Text, byte Protocol, Span32 Source, Span32 Destination, Span32 SourcePorts, Span32 DestinationPorts)
{
    /// <summary>Whether it passes what it matches.</summary>
    public bool Passes => Text.EndsWith("pass", StringComparison.Ordinal);
}

/// <summary>All numbers between two, both included.</summary>
/// <param name="Low">The lowest.</param>
/// <param name="High">The highest.</param>
public readonly record struct Span32(uint Low, uint High)
{
    /// <summary>Whether a number is between them.</summary>
    public bool Holds(uint value) => value - Low <= High - Low;
}

/// <summary>Makes long lists of rules in the shapes of real ones, the same for the same seed.</summary>
public sealed class ListGenerator(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>Makes a list.</summary>
    public ListedRule[] Make(ListShape shape, int count)
    {
        var networks = Enumerable.Range(0, Math.Max(16, count / 64)).Select(_ => (uint)_random.NextInt64(1L << 32)).ToArray();
        var rules = new ListedRule[count];
        for (var i = 0; i < count; i++)
        {
            rules[i] = shape switch
            {
                ListShape.Exact => Exact(i),
                ListShape.Crossing => Crossing(),
                ListShape.Lengths => Lengths(),
                ListShape.Mixed => Mixed(networks),
                _ => Any(shape, networks),
            };
        }

        // As people write them: what is special before what is general, mostly.
        return shape is ListShape.AccessList or ListShape.Firewall or ListShape.Chain or ListShape.Mixed
            ? [.. rules.OrderBy(r => Width(r) + _random.Next(12))] : rules;
    }

    private static double Width(ListedRule rule) =>
        Log(rule.Source) + Log(rule.Destination) + Log(rule.SourcePorts) + Log(rule.DestinationPorts);

    private static double Log(Span32 span) => Math.Log2((double)span.High - span.Low + 1);

    /// <summary>The rules as a table.</summary>
    public static string Table(IEnumerable<ListedRule> rules)
    {
        var text = new StringBuilder("table t {\n");
        foreach (var rule in rules) text.Append(rule.Text).Append('\n');
        return text.Append("}\n").ToString();
    }

    private static readonly Span32 AllAddresses = new(0, uint.MaxValue), AllPorts = new(0, 65535);

    // 32 bits times an odd number: all different.
    private static ListedRule Exact(int i)
    {
        var address = ((uint)i * 0x9e3779b1) ^ 0x0a000000;
        var port = (uint)(1 + i % 60000);
        var text = Line($"ip saddr {Address(address)} udp dport {port} drop");
        return new(text, 17, new(address, address), AllAddresses, AllPorts, new(port, port));
    }

    private ListedRule Crossing()
    {
        var (source, destination, ports) = (Ordered(32), Ordered(32), Ordered(16));
        return new(
            Line($"ip saddr {Text(source)} ip daddr {Text(destination)} udp dport {ports.Low}-{ports.High} {Verdict()}"), 17, source,
            destination, AllPorts, ports);
    }

    private ListedRule Lengths()
    {
        var network = new[] { (uint)_random.NextInt64(1L << 32) };
        var (source, sourceText) = Prefix("ip saddr", network, _random.Next(33));
        var (destination, destinationText) = Prefix("ip daddr", network, _random.Next(33));
        var (port, isSource) = ((uint)_random.Next(65536), _random.Next(2) == 0);
        var text = $"{sourceText}{destinationText} {Line($"udp {(isSource ? "sport" : "dport")} {port}")} {Verdict()}".Trim();
        return new(text, 17, source, destination, isSource ? new(port, port) : AllPorts, isSource ? AllPorts : new(port, port));
    }

    /// <summary>What more a rule asks for is not among what is known of it.</summary>
    private ListedRule Mixed(uint[] networks)
    {
        var rule = Any(ListShape.Chain, networks);
        var more = _random.Next(9) switch
        {
            0 => "ip daddr != 10.0.0.0/8",
            1 => "tcp flags & (syn|ack) == syn",
            2 => "tcp flags != { syn, fin }",
            3 => "ip ttl > 64",
            4 => "tcp dport { 22, 80, 443, 8000-8100 }",
            5 => "ip frag none",
            6 => "meta length 60-1500",
            7 => "tcp flags & (fin|rst) != fin",
            _ => "ip saddr . tcp dport { 10.0.0.1 . 22, 10.0.0.0/24 . 80-90 }",
        };
        if (more.Contains("tcp", StringComparison.Ordinal) && rule.Protocol != 6) more = "ip dscp ef";
        return rule with { Text = $"{more} {rule.Text}" };
    }

    private ListedRule Any(ListShape shape, uint[] networks)
    {
        var protocol = _random.Next(10) < (shape == ListShape.Firewall ? 6 : 8) ? "tcp" : "udp";
        var (source, sourceText) = Prefix("ip saddr", networks, Pick(shape switch
        {
            ListShape.AccessList => [(32, 40), (24, 25), (28, 10), (30, 5), (0, 10), (16, 10)],
            ListShape.Firewall => [(0, 45), (32, 15), (24, 20), (16, 10), (8, 5), (20, 5)],
            _ => [(32, 35), (0, 25), (24, 20), (27, 10), (16, 10)],
        }));
        var (destination, destinationText) = Prefix("ip daddr", networks, Pick(shape switch
        {
            ListShape.AccessList => [(32, 55), (24, 20), (29, 10), (22, 5), (26, 10)],
            ListShape.Firewall => [(32, 30), (24, 30), (16, 15), (0, 15), (28, 10)],
            _ => [(32, 45), (24, 25), (0, 10), (28, 10), (16, 10)],
        }));
        var (sport, sportText) = Ports(
            $"{protocol} sport", Pick(shape == ListShape.Firewall ? [(0, 80), (1, 12), (2, 8)] : [(0, 92), (1, 6), (2, 2)]));
        var (dport, dportText) = Ports($"{protocol} dport", Pick(shape switch
        {
            ListShape.AccessList => [(0, 15), (1, 70), (2, 15)],
            ListShape.Firewall => [(0, 25), (1, 40), (2, 35)],
            _ => [(0, 25), (1, 60), (2, 15)],
        }));
        var needed = sportText.Length + dportText.Length == 0 ? $" meta l4proto {protocol}" : "";
        var text = $"{sourceText}{destinationText}{sportText}{dportText}{needed} {Verdict()}".Trim();
        return new(text, (byte)(protocol == "tcp" ? 6 : 17), source, destination, sport, dport);
    }

    private string Verdict() => _random.Next(3) == 0 ? "pass" : "drop";

    private (Span32 Inside, string Text) Prefix(string name, uint[] networks, int length)
    {
        if (length == 0) return (AllAddresses, "");
        var network = networks[_random.Next(networks.Length)];
        var address = (network & 0xffff0000) | ((uint)_random.NextInt64(1L << 32) & 0xffff);
        var host = length == 32 ? 0 : uint.MaxValue >> length;
        var text = Line($" {name} {Address(address & ~host)}{(length == 32 ? "" : Line($"/{length}"))}");
        return (new(address & ~host, address | host), text);
    }

    private (Span32 Inside, string Text) Ports(string name, int kind)
    {
        switch (kind)
        {
            case 0:
                return (AllPorts, "");
            case 1:
                var port = (uint)(_random.Next(3) == 0 ? Popular[_random.Next(Popular.Length)] : _random.Next(65536));
                return (new(port, port), Line($" {name} {port}"));
            default:
                var range = Common[_random.Next(Common.Length)];
                if (_random.Next(3) == 0)
                {
                    var low = (uint)_random.Next(60000);
                    range = new(low, low + 1 + (uint)_random.Next(5000));
                }
                return (range, Line($" {name} {range.Low}-{range.High}"));
        }
    }

    private static readonly Span32[] Common =
        [new(1024, 65535), new(0, 1023), new(49152, 65535), new(6000, 6063), new(8000, 8100), new(137, 139)];

    private static readonly int[] Popular = [80, 443, 22, 53, 25, 123, 3306, 8080, 161, 1433];

    private int Pick((int Value, int Weight)[] choices)
    {
        var at = _random.Next(choices.Sum(c => c.Weight));
        foreach (var (value, weight) in choices)
        {
            if (at < weight) return value;
            at -= weight;
        }
        return 0;
    }

    private Span32 Ordered(int bits)
    {
        var (one, other) = ((uint)_random.NextInt64(1L << bits), (uint)_random.NextInt64(1L << bits));
        return new(Math.Min(one, other), Math.Max(one, other));
    }

    private static string Text(Span32 addresses) => $"{Address(addresses.Low)}-{Address(addresses.High)}";

    private static string Address(uint address) => Line($"{address >> 24}.{(address >> 16) & 255}.{(address >> 8) & 255}.{address & 255}");

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
