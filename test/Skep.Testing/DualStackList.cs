using System.Globalization;
using System.Text;

namespace Skep.Testing;

/// <summary>
/// Makes a list of rules over both versions of IP, with all kinds of matches, and packets near the limits of what the rules
/// name. The same for the same seed.
/// </summary>
public sealed class DualStackList
{
    private static readonly string[] TcpFlags =
    [
        "syn", "== syn|ack", "!= 0", "& (syn|ack) == syn", "& (syn|ack) != syn", "& rst != 0", "{ syn, syn|ack, fin, 0 }",
        "!= { syn, fin|ack }",
        "& (fin|syn|rst|psh) != (fin|rst)", "! ack",
    ];

    private readonly Random _random;
    private readonly UInt128[] _networks, _networks6;
    private readonly List<List<Wanted>> _rules = [];
    private readonly Dictionary<string, List<string>> _again = [];
    private readonly StringBuilder _text = new();

    public DualStackList(int seed, int count, bool goesOn = true)
    {
        _random = new(seed);
        _networks = [.. Enumerable.Range(0, 6).Select(_ => (UInt128)(uint)_random.NextInt64(1L << 32))];
        _networks6 = [.. Enumerable.Range(0, 6).Select(_ => Number(128) | (UInt128)1 << 127)];
        _text.Append("table t {\n");
        if (_random.Next(3) == 0) _text.Append("malformed drop\n");
        if (_random.Next(3) == 0) _text.Append("policy drop\n");
        if (_random.Next(3) == 0) _text.Append("track sources,ports,sizes\n");
        Set("n4", "ipv4_addr", "flags interval, timeout", () => Value(new("", 32, _networks), 20) + Timeout());
        Set("m4", "ipv4_addr", "flags interval", () => Value(new("", 32, _networks), 20));
        Set("n6", "ipv6_addr", "flags interval", () => Value(new("", 128, _networks6), 20));
        Set("p", "inet_service", "flags interval", () => Value(new("", 16), 50));
        Set("c4", "ipv4_addr . inet_service", "flags interval", () => $"{Value(new("", 32, _networks), 30)} . {Value(new("", 16), 30)}");
        Set("c6", "ipv6_addr . inet_service", "", () => $"{Value(new("", 128, _networks6), 0)} . {Value(new("", 16), 0)}");
        for (var i = 0; i < count; i++)
        {
            _rules.Add([]);
            var terms = Enumerable.Range(0, _random.Next(1, 4)).Select(_ => "").ToArray();
            var (version, protocol) = (_random.Next(3), _random.Next(5));
            for (var term = 0; term < terms.Length; term++) terms[term] = Term(version, protocol);
            _text.Append(string.Join(' ', terms))
                .Append(' ').Append(goesOn && _random.Next(Math.Max(40, count / 3)) == 0
                    ? GoesOn(version, protocol) : Verdict()).Append('\n');
        }
        Text = _text.Append("}\n").ToString();
    }

    /// <summary>The table.</summary>
    public string Text { get; }

    private readonly record struct Wanted(string Field, UInt128 Low, UInt128 High);

    private readonly record struct Kind(string Name, int Bits, UInt128[]? Near = null, bool HasRanges = true);

    private List<Wanted>? Current => _rules.Count == 0 ? null : _rules[^1];

    private string Term(int version, int protocol) => _random.Next(14) switch
    {
        0 => Ether(),
        1 => Meta(),
        2 or 3 => Network(version),
        4 or 5 => SetUse(version, protocol),
        7 when protocol is 0 or 1 => Joined(version, protocol),
        8 or 9 or 10 => Address(version),
        _ => Transport(version, protocol),
    };

    private string SetUse(int version, int protocol)
    {
        if (protocol > 1 || _random.Next(2) == 0)
            return version == 0
                ? Again("4", 3, () => $"ip {Side()} {Negation()}@{Pick("n4", "m4")}")
                : Again("6", 2, () => $"ip6 {Side()} {Negation()}@n6");
        if (_random.Next(2) == 0) return Again($"{protocol}", 1, () => $"{Port(protocol)} {Negation()}@p");
        return Again($"{version == 0} {protocol}", 1, () =>
            $"ip{(version == 0 ? "" : "6")} {Side()} . {Port(protocol)} {Negation()}@c{(version == 0 ? 4 : 6)}");
    }

    /// <summary>A term of at most so many of a kind, since each is looked up by itself.</summary>
    private string Again(string kind, int most, Func<string> make)
    {
        if (!_again.TryGetValue(kind, out var terms)) _again.Add(kind, terms = []);
        if (terms.Count == most) return terms[_random.Next(most)];
        terms.Add(make());
        return terms[^1];
    }

    private string Ether() => _random.Next(6) switch
    {
        0 => Match(new("vlan id", 12)),
        1 => Match(new("vlan pcp", 3)),
        2 => "ether type { ip, 0x88cc }",
        3 => "ether type != ip6",
        _ => Match(new("ether " + Side(), 48, [0x525400000000, 0x525400000100])),
    };

    private string Meta() => _random.Next(6) switch
    {
        0 => "meta nfproto " + (_random.Next(2) == 0 ? "ipv4" : "ipv6"),
        1 => "meta nfproto != ipv6",
        2 => Match(new("meta iif", 32, [0, 0x10000])),
        3 => Match(new("meta l4proto", 8, [1, 6, 17])),
        4 => Match(new("meta l4proto", 8, [58, 132])),
        _ => Match(new("meta length", 32, [60, 80, 100])),
    };

    private string Network(int version) => version == 0
        ? _random.Next(5) switch
        {
            0 => Match(new("ip ttl", 8)),
            1 => Match(new("ip dscp", 6)),
            2 => Match(new("ip length", 16, [40, 60, 80])),
            3 => Match(new("ip protocol", 8, [6, 17])),
            _ => "ip frag " + Pick("none", "first", "later", "{ first, later }", "!= none"),
        }
        : _random.Next(5) switch
        {
            0 => Match(new("ip6 hoplimit", 8)),
            1 => Match(new("ip6 dscp", 6)),
            2 => Match(new("ip6 length", 16, [20, 40, 60])),
            3 => Match(new("ip6 nexthdr", 8, [6, 17])),
            _ => "ip6 frag " + Pick("none", "first", "later", "{ first, later }", "!= none"),
        };

    private string Address(int version) =>
        version == 0 ? Match(new("ip " + Side(), 32, _networks)) : Match(new("ip6 " + Side(), 128, _networks6));

    private string Transport(int version, int protocol) => protocol switch
    {
        0 when _random.Next(4) == 0 => "tcp flags " + TcpFlags[_random.Next(TcpFlags.Length)],
        0 or 1 or 2 => Match(new(Port(protocol), 16)),
        3 when version == 0 => Match(new("icmp " + Pick("type", "code"), 8)),
        3 => Match(new("icmpv6 " + Pick("type", "code"), 8)),
        _ => Address(version),
    };

    private string Joined(int version, int protocol)
    {
        var kinds = _random.Next(3) == 0
            ? new Kind[] { new("ether " + Side(), 48, [0x525400000000]), new(Port(protocol), 16) }
            : [version == 0 ? new("ip " + Side(), 32, _networks) : new("ip6 " + Side(), 128, _networks6), new(Port(protocol), 16)];
        string Text(string negation) => $"{string.Join(" . ", kinds.Select(k => k.Name))} {negation}{{ {string.Join(", ",
            Enumerable.Range(0, _random.Next(1, 6)).Select(_ => string.Join(" . ", kinds.Select(k => Value(k, 40)))))} }}";
        return _random.Next(5) == 0 ? Again($"rows {kinds[0].Bits} {protocol}", 1, () => Text("!= ")) : Text("");
    }

    private string Port(int protocol) => $"{Pick3(protocol)} {Pick("sport", "dport")}";

    private static string Pick3(int protocol) => protocol switch { 0 => "tcp", 1 => "udp", _ => "sctp" };

    private string Side() => Pick("saddr", "daddr");

    private string Negation() => _random.Next(3) == 0 ? "!= " : "";

    private string Timeout() => _random.Next(3) switch { 0 => " timeout 1h", 1 => " timeout 1ms", _ => "" };

    private string Verdict() => Pick("drop", "pass", "tx", "redirect lo", "drop", "pass");

    private string GoesOn(int version, int protocol) => _random.Next(4) switch
    {
        0 => version == 0 ? "ip ttl set 64 continue" : "ip6 hoplimit set 64 continue",
        1 when protocol is 0 or 1 => $"swap {Pick3(protocol)} continue",
        2 => version == 0 ? "swap ip continue" : "swap ip6 continue",
        _ => "continue",
    };

    private string Match(Kind kind)
    {
        var negation = _random.Next(5) == 0 ? "!= " : "";
        var values = _random.Next(100) switch
        { < 70 => 1, < 95 => _random.Next(2, 6), < 99 => _random.Next(6, 40), _ => _random.Next(40, 200) };
        if (values == 1) return $"{kind.Name} {negation}{Value(kind, 40)}";
        string Text() => $"{kind.Name} {negation}{{ {string.Join(", ", Enumerable.Range(0, values).Select(_ => Value(kind, 30)))} }}";
        return values > 5 ? Again("long " + kind.Name, 1, Text) : Text();
    }

    /// <summary>A value, or of so many in 100 a range, or a prefix of an address.</summary>
    private string Value(Kind kind, int ranges)
    {
        var all = UInt128.MaxValue >> (128 - kind.Bits);
        var value = kind.Near is { } near
            ? (near[_random.Next(near.Length)] + (Number(kind.Bits) >> _random.Next(kind.Bits + 1))) & all : Number(kind.Bits);
        if (_random.Next(6) == 0) value = _random.Next(2) == 0 ? 0 : all;
        var (low, high) = (value, value);
        var isPrefix = kind.Bits is 32 && !kind.Name.StartsWith("meta", StringComparison.Ordinal) || kind.Bits == 128;
        if (_random.Next(100) < ranges)
        {
            if (isPrefix && _random.Next(3) > 0)
            {
                var length = _random.Next(kind.Bits + 1);
                var host = length == kind.Bits ? 0 : all >> length;
                Want(kind, value & ~host, value | host);
                return $"{Format(kind, value & ~host)}/{length}";
            }
            var width = Number(kind.Bits) >> _random.Next(kind.Bits);
            high = all - low < width ? all : low + width;
        }
        Want(kind, low, high);
        return low == high ? Format(kind, low) : $"{Format(kind, low)}-{Format(kind, high)}";
    }

    private void Want(Kind kind, UInt128 low, UInt128 high) => Current?.Add(new(kind.Name, low, high));

    private static string Format(Kind kind, UInt128 value) => kind.Bits switch
    {
        48 => string.Join(':', Enumerable.Range(0, 6).Select(
            i => ((byte)(value >> (40 - 8 * i))).ToString("x2", CultureInfo.InvariantCulture))),
        128 => string.Join(':', Enumerable.Range(0, 8).Select(
            i => ((ushort)(value >> (112 - 16 * i))).ToString("x", CultureInfo.InvariantCulture))),
        32 when !kind.Name.StartsWith("meta", StringComparison.Ordinal) =>
            string.Join('.', Enumerable.Range(0, 4).Select(i => (byte)(value >> (24 - 8 * i)))),
        _ => value.ToString(CultureInfo.InvariantCulture),
    };

    private void Set(string name, string type, string flags, Func<string> element) => _text.Append(
        CultureInfo.InvariantCulture,
        $"set {name} {{ type {type}; {(flags.Length == 0 ? "" : flags + "; ")}"
        + $"elements = {{ {string.Join(", ", Enumerable.Range(0, 6).Select(_ => element()).Distinct())} }} }}\n");

    private UInt128 Number(int bits) =>
        (new UInt128((ulong)_random.NextInt64(), (ulong)_random.NextInt64()) << 1
            ^ (UInt128)_random.Next()) & (UInt128.MaxValue >> (128 - bits));

    private string Pick(params string[] words) => words[_random.Next(words.Length)];

    /// <summary>A packet that meets much of what some rule asks for.</summary>
    public byte[] Packet(Random random)
    {
        var wanted = new Dictionary<string, UInt128>();
        for (var rules = random.Next(3); rules >= 0; rules--)
        {
            foreach (var want in _rules[random.Next(_rules.Count)].OrderBy(_ => random.Next()))
                wanted[want.Field] = Near(want, random);
        }
        return PacketNear.Build(wanted, random);
    }

    private static UInt128 Near(Wanted want, Random random) => random.Next(8) switch
    {
        0 => want.Low - 1,
        1 => want.High + 1,
        2 or 3 => want.Low,
        4 or 5 => want.High,
        _ => want.Low + (new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64()) >> random.Next(127))
            % (want.High - want.Low + 1 == 0 ? UInt128.MaxValue : want.High - want.Low + 1),
    };
}
