using CsCheck;

namespace Skep.Filter.Tests;

/// <summary>Makes random rule files, most of them valid, as text.</summary>
internal static class TableGenerator
{
    private static readonly Gen<string> Ipv4 = Gen.UInt.Select(
        Gen.Int[0, 33], (a, l) => l == 33 ? Quad(a) : $"{Quad(l == 0 ? 0 : a & (uint.MaxValue << (32 - l)))}/{l}");

    private static readonly Gen<string> Ipv6 = Gen.OneOf<string>(
        "2001:db8::/32", "::1", "fe80::/10", "::/0", "2001:db8::1-2001:db8::ff", "::ffff:10.0.0.1", "2001:db8:0:1::5/128");

    private static readonly Gen<string> Port = Gen.OneOf(
        Gen.UShort.Select(p => $"{p}"), Gen.UShort.Select(
            Gen.UShort, (a, b) => $"{Math.Min(a, b)}-{Math.Max(a, b)}"), Gen.OneOf<string>("ssh", "domain", "0x50", "https"));

    private static readonly Gen<string> Byte = Gen.OneOf(
        Gen.Byte.Select(b => $"{b}"), Gen.Byte.Select(Gen.Byte, (a, b) => $"{Math.Min(a, b)}-{Math.Max(a, b)}"));

    private static readonly Gen<string> Protocol = Gen.OneOf(
        Byte, Gen.OneOf<string>("tcp", "udp", "icmp", "icmpv6", "sctp", "esp", "ipv6-icmp"));

    private static readonly (string Field, string Group, Gen<string> Value)[] Fields =
    [
        ("ether saddr", "", Gen.OneOf<string>("52:54:00:00:00:01", "ff:ff:ff:ff:ff:ff", "02:00:00:00:00:00-02:00:00:00:00:ff")),
        ("ether type", "", Gen.OneOf<string>("ip", "ip6", "arp", "0x88cc", "0x0600-0x07ff")),
        ("vlan id", "", Gen.Int[0, 4095].Select(i => $"{i}")),
        ("vlan pcp", "", Gen.Int[0, 7].Select(i => $"{i}")),
        ("ip saddr", "4", Ipv4),
        ("ip daddr", "4", Ipv4),
        ("ip protocol", "4", Protocol),
        ("ip ttl", "4", Byte),
        ("ip dscp", "4", Gen.OneOf<string>("ef", "af11", "0x05", "7-20", "cs0")),
        ("ip length", "4", Gen.UShort.Select(i => $"{i}")),
        ("ip frag", "4", Gen.OneOf<string>("none", "first", "later")),
        ("ip6 saddr", "6", Ipv6),
        ("ip6 daddr", "6", Ipv6),
        ("ip6 nexthdr", "6", Protocol),
        ("ip6 hoplimit", "6", Byte),
        ("ip6 frag", "6", Gen.OneOf<string>("none", "first", "later")),
        ("tcp sport", "t", Port),
        ("tcp dport", "t", Port),
        ("udp sport", "u", Port),
        ("udp dport", "u", Port),
        ("sctp dport", "s", Port),
        ("icmp type", "4i", Gen.OneOf(Byte, Gen.OneOf<string>("echo-request", "redirect"))),
        ("icmpv6 type", "6j", Gen.OneOf(Byte, Gen.OneOf<string>("nd-neighbor-solicit", "echo-reply"))),
        ("meta length", "", Gen.Int[0, 9000].Select(i => $"{i}")),
        ("meta l4proto", "", Protocol),
        ("meta nfproto", "", Gen.OneOf<string>("ipv4", "ipv6")),
        ("meta iif", "", Gen.OneOf<string>("lo", "1", "2", "0-1", "2-900", "eth0", "\"a#1\"")),
    ];

    private static readonly Gen<string> Flags = Gen.OneOf<string>(
        "tcp flags syn", "tcp flags == syn|ack", "tcp flags != 0", "tcp flags & (syn|ack) == syn", "tcp flags & rst != 0",
        "tcp flags { syn, syn|ack, fin }",
        "tcp flags syn / fin,syn", "tcp flags ! ack", "tcp flags syn,ack,fin");

    private static readonly Gen<string> Match = Gen.Int[0, Fields.Length - 1].SelectMany(i => Gen.OneOf(
        Fields[i].Value.Select(v => $"{Fields[i].Field} {v}"),
        Fields[i].Value.Select(v => $"{Fields[i].Field} != {v}"),
        Fields[i].Value.Array[1, 5].Select(v => $"{Fields[i].Field} {{ {string.Join(", ", v)} }}"),
        Fields[i].Value.Array[2, 5].Select(v => $"{Fields[i].Field} != {{ {string.Join(", ", v)} }}")));

    private static readonly Gen<string> Concatenation = Ipv4.Select(Port, (a, p) => $"{a} . {p}").Array[1, 5].Select(
        e => $"ip saddr . tcp dport {{ {string.Join(", ", e)} }}");

    private static readonly Gen<string> SetUse = Gen.OneOf<string>(
        "ip saddr @nets", "ip daddr != @nets", "udp dport @ports", "ip saddr . udp sport @pairs", "tcp dport != @ports",
        "ip daddr . udp dport @seen", "ip daddr . udp dport != @seen", "ip saddr @heard", "ip6 saddr @far");

    private static readonly Gen<string> LimitKey = Gen.OneOf<string>(
        "", "", "per ether saddr size 99", "per ip saddr", "per ip6 saddr . meta l4proto size 40000", "per ip daddr . udp dport");

    private static readonly Gen<string> Rate = Gen.OneOf(
        Gen.OneOf<string>("1/second", "2/minute", "3/second", "1/hour"), Gen.Int[1, 100000].Select(r => $"{r}/second"));

    private static readonly Gen<string> Limit = Gen.OneOf(
        Gen.Const(""),
        Rate.Select(
            Gen.Bool,
            Gen.OneOf(Gen.Int[1, 4], Gen.Int[1, 50]),
            LimitKey,
            (r, o, b, k) => $"limit rate {(o ? "over " : "")}{r} burst {b} {k}"));

    private static readonly Gen<string> Statement = Gen.OneOf<string>(
        "", "log", "log sample 1/8", "ether daddr set 52:54:00:00:00:09", "swap ether", "vlan id set 7", "vlan pcp set 3");

    private static readonly Gen<string> Verdict = Gen.OneOf<string>(
        "drop", "pass", "tx", "continue", "redirect eth1", "redirect cpu 3", "redirect xsk", "redirect fib", "redirect \"cpu\"");

    private static readonly Gen<string> Comment = Gen.OneOf(
        Gen.Const(""), Gen.OneOf<string>("comment \"a \\\"b\\\\\"", "comment \"feed\"", "comment \"ünï\""));

    internal static readonly Gen<string> Rule = Gen.OneOf(Match, Match, Match, Flags, Concatenation, SetUse).Array[0, 3]
        .Select(Limit, Statement, Verdict, Comment, (m, l, s, v, c) => $"{string.Join(' ', m)} {l} {s} {v} {c}");

    internal static Gen<string> Table(int most) =>
        Rule.Array[0, most].Select(Ipv4.Array[0, 6], Port.Array[0, 6], Gen.Bool, (rules, nets, ports, strict) => $$"""
        table t {
            {{(strict ? "malformed drop" : "policy drop")}}
            set nets { type ipv4_addr; elements = { {{string.Join(", ", nets)}} } }
            set ports { type inet_service; flags interval; elements = { {{string.Join(", ", ports)}} } }
            set pairs { type ipv4_addr . inet_service; flags timeout; elements = { 10.0.0.1 . 53 timeout 1h, 10.0.0.0/24 . 80-90 } }
            set seen { type ipv4_addr . inet_service; counter
                elements = { 10.0.0.1 . 53 counter packets 3, 10.0.0.0/24 . 80-90 counter bytes 7 packets 1, 10.0.0.2 . 53 } }
            set heard { type ipv4_addr; flags interval, timeout; counter packets 2 bytes 3
                elements = { 10.0.0.0/25, 10.0.0.128/25 timeout 1h, 10.0.1.1 counter timeout 5ms, 192.0.2.0-192.0.2.77 timeout 1d } }
            set far { type ipv6_addr; counter; elements = { 2001:db8::1, 2001:db8::2, ::1 } }
            {{string.Join("\n    ", rules)}}
        }
        """);

    private static string Quad(uint a) => $"{a >> 24}.{(a >> 16) & 255}.{(a >> 8) & 255}.{a & 255}";
}
