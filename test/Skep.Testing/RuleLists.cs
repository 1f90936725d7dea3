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
}

/// <summary>A rule, with a packet that it matches.</summary>
/// <param name="Text">The rule.</param>
/// <param name="Source">A source address that it matches.</param>
/// <param name="Destination">A destination address that it matches.</param>
/// <param name="Protocol">6 or 17.</param>
/// <param name="SourcePort">A source port that it matches.</param>
/// <param name="DestinationPort">A destination port that it matches.</param>
public readonly record struct ListedRule(string Text, uint Source, uint Destination, byte Protocol, ushort SourcePort, ushort DestinationPort);

/// <summary>Makes long lists of rules in the shapes of real ones, the same for the same seed.</summary>
public sealed class RuleLists(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>Makes a list.</summary>
    public ListedRule[] Make(ListShape shape, int count)
    {
        var networks = Enumerable.Range(0, Math.Max(16, count / 64)).Select(_ => (uint)_random.NextInt64(1L << 32)).ToArray();
        var rules = new ListedRule[count];
        for (var i = 0; i < count; i++) rules[i] = shape == ListShape.Exact ? Exact(i) : Any(shape, networks);
        return rules;
    }

    /// <summary>The rules as a table.</summary>
    public static string Table(IEnumerable<ListedRule> rules)
    {
        var text = new StringBuilder("table t {\n");
        foreach (var rule in rules) text.Append(rule.Text).Append('\n');
        return text.Append("}\n").ToString();
    }

    // 32 bits times an odd number: all different.
    private static ListedRule Exact(int i)
    {
        var address = (uint)i * 0x9e3779b1 ^ 0x0a000000;
        var port = (ushort)(1 + i % 60000);
        return new(Line($"ip saddr {Address(address)} udp dport {port} drop"), address, 0x0a000002, 17, 1000, port);
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
        var (sport, sportText) = Ports($"{protocol} sport", Pick(shape == ListShape.Firewall ? [(0, 80), (1, 12), (2, 8)] : [(0, 92), (1, 6), (2, 2)]));
        var (dport, dportText) = Ports($"{protocol} dport", Pick(shape switch
        {
            ListShape.AccessList => [(0, 15), (1, 70), (2, 15)],
            ListShape.Firewall => [(0, 25), (1, 40), (2, 35)],
            _ => [(0, 25), (1, 60), (2, 15)],
        }));
        var needed = sportText.Length + dportText.Length == 0 ? $" meta l4proto {protocol}" : "";
        var verdict = _random.Next(3) == 0 ? "pass" : "drop";
        return new($"{sourceText}{destinationText}{sportText}{dportText}{needed} {verdict}".Trim(),
            source, destination, (byte)(protocol == "tcp" ? 6 : 17), sport, dport);
    }

    private (uint Inside, string Text) Prefix(string name, uint[] networks, int length)
    {
        if (length == 0) return ((uint)_random.NextInt64(1L << 32), "");
        var network = networks[_random.Next(networks.Length)];
        var host = (uint)_random.NextInt64(1L << 32);
        var address = (network & 0xffff0000) | (host & 0xffff);
        var mask = length == 32 ? uint.MaxValue : ~(uint.MaxValue >> length);
        var text = Line($" {name} {Address(address & mask)}{(length == 32 ? "" : Line($"/{length}"))}");
        return ((address & mask) | ((uint)_random.NextInt64(1L << 32) & ~mask), text);
    }

    private static readonly (int Low, int High)[] Common = [(1024, 65535), (0, 1023), (49152, 65535), (6000, 6063), (8000, 8100), (137, 139)];

    private static readonly int[] Popular = [80, 443, 22, 53, 25, 123, 3306, 8080, 161, 1433];

    private (ushort Inside, string Text) Ports(string name, int kind)
    {
        switch (kind)
        {
            case 0:
                return ((ushort)_random.Next(65536), "");
            case 1:
                var port = _random.Next(3) == 0 ? Popular[_random.Next(Popular.Length)] : _random.Next(65536);
                return ((ushort)port, Line($" {name} {port}"));
            default:
                var (low, high) = Common[_random.Next(Common.Length)];
                if (_random.Next(3) == 0)
                {
                    low = _random.Next(60000);
                    high = low + 1 + _random.Next(5000);
                }
                return ((ushort)_random.Next(low, high + 1), Line($" {name} {low}-{high}"));
        }
    }

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

    private static string Address(uint address) => Line($"{address >> 24}.{(address >> 16) & 255}.{(address >> 8) & 255}.{address & 255}");

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
