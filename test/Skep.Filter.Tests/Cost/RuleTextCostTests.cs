using Skep.Filter.Json;
using Skep.Filter.Syntax;

namespace Skep.Filter.Tests.Cost;

/// <summary>Reading rules costs about as much as they are long, whatever they are.</summary>
public sealed class RuleTextCostTests
{
    private static readonly Dictionary<string, (int Size, Func<int, string> Make)> Shapes = new()
    {
        ["rules with equal ids"] = (1000, n => Table(Lines(n, _ => "tcp dport 80 drop"))),
        ["rules with equal comments"] = (1000, n => Table(Lines(n, i => $"udp dport {i % 60000} drop comment \"same\""))),
        ["rules of different prefixes"] = (1000, n => Table(Lines(n, i => $"ip saddr {Address(i)} drop"))),
        ["rules with sets of their own"] = (
            1000, n => Table(Lines(n, i => $"ip saddr {{ {Address(3 * i)}, {Address((3 * i) + 1)}, 192.168.0.0/16 }} drop"))),
        ["few rules of large sets"] = (
            3000, n => Table(Lines(20, r => $"ip saddr {{ {Join(n / 10, i => Address((2 * i * 20) + r))} }} drop"))),
        ["a large set in rules that shadow nearly"] = (
            2000, n => Table(Lines(20, r => $"ip saddr {{ {Join(n / 10, i => Address(4 * i))}, {Address((4 * n) + (2 * r))} }} drop"))),
        ["the same field in many matches"] = (1000, n => Table(string.Concat(Enumerable.Repeat("tcp dport 1-65000 ", n)) + "drop")),
        ["sets of the same field in one rule"] = (
            2000, n => Table($"ip saddr {{ {Join(n, i => Address(2 * i))} }} ip saddr != {{ {Join(n, i => Address((2 * i) + 1))} }} drop")),
        ["a set of addresses"] = (
            20000, n => Table($"set s {{ type ipv4_addr; elements = {{ {Join(n, i => Address(7919 * i))} }} }}\nip saddr @s drop")),
        ["a set of products"] = (
            5000,
            n =>
                Table(
                    $"set s {{ type ipv4_addr . inet_service; flags interval; elements = {{ "
                    + $"{Join(n, i => $"10.0.0.0/{8 + (i % 20)} . {i % 60000}-65535")} }} }}\nip saddr . tcp dport @s drop")),
        ["products in a rule"] = (
            1000, n => Table($"ip saddr . tcp dport {{ {Join(n, i => $"10.{i / 256 % 256}.{i % 256}.0/24 . {i % 60000}-65535")} }} drop")),
        ["a set with many times"] = (
            5000,
            n =>
                Table(
                    $"set s {{ type ipv4_addr; flags timeout; elements = {{ {Join(n, i => $"{Address(i)} timeout {i + 1}s")} }} }}\nip "
                    + $"saddr @s drop")),
        ["many sets"] = (
            1000, n => Table(Lines(n, i => $"set s{i} {{ type ipv4_addr; elements = {{ {Address(i)} }} }}\nip saddr @s{i} drop"))),
        ["sets of one name"] = (2000, n => Table(Lines(n, _ => "set s { type ipv4_addr; }"))),
        ["sets that nothing uses"] = (2000, n => Table(Lines(n, i => $"set s{i} {{ type ipv4_addr; }}"))),
        ["devices"] = (5000, n => Table($"devices = {{ {Join(n, i => $"d{i}")} }}")),
        ["redirects"] = (1000, n => Table(Lines(n, i => $"udp dport {i % 60000} redirect d{i}"))),
        ["limits with keys"] = (1000, n => Table(Lines(n, i => $"udp dport {i % 60000} limit rate {i + 1}/second per ip saddr drop"))),
        ["statements"] = (1000, n => Table(string.Concat(Enumerable.Repeat("ip ttl set 5 ", n)) + "pass")),
        ["flags"] = (5000, n => Table($"tcp flags {string.Join('|', Enumerable.Repeat("syn", n))} drop")),
        ["errors"] = (5000, n => Table(Lines(n, i => $"tcp dprt {i} drop"))),
        ["errors on one line"] = (5000, n => Table(string.Concat(Enumerable.Repeat("accept; ", n)))),
        ["characters without a meaning"] = (20000, n => Table(new string('$', n))),
        ["warnings"] = (3000, n => Table(Lines(n, i => $"ip saddr {Address(i)}/8 drop"))),
        ["braces"] = (50000, n => Table(new string('{', n))),
        ["closing braces"] = (50000, n => Table(new string('}', n))),
        ["quotes"] = (20000, n => Table(string.Concat(Enumerable.Repeat("\"\" ", n)))),
        ["a quote without end"] = (100000, n => Table("\"" + new string('x', n))),
        ["comments"] = (5000, n => Table(Lines(n, i => $"# comment {i}\ntcp dport 80 drop # behind {i}"))),
        ["continued lines"] = (20000, n => Table(string.Concat(Enumerable.Repeat("\\\n", n)))),
        ["backslashes and blanks"] = (3000, n => Table(string.Concat(Enumerable.Repeat("\\" + new string(' ', 10), n)))),
        ["a backslash behind each blank"] = (1000, n => Table("\\" + new string(' ', n * 10) + "\\")),
        ["no table"] = (100000, n => string.Concat(Enumerable.Repeat("x ", n))),
        ["a long word"] = (100000, n => Table(new string('a', n))),
    };

    private static readonly Dictionary<string, (int Size, Func<int, string> Make)> Documents = new()
    {
        ["rules"] = (
            1000,
            n =>
                $"{{\"table\":\"t\",\"rules\":["
                + Join(n,
                    _ => "{\"match\":[{\"field\":[\"tcp dport\"],\"op\":\"==\",\"values\":[\"80\"]}],\"verdict\":{\"action\":\"drop\"}}")
                + "]}"),
        ["values"] = (
            5000,
            n =>
                $"{{\"table\":\"t\",\"rules\":[{{\"match\":[{{\"field\":[\"ip saddr\"],\"op\":\"==\",\"values\":["
                + $"{Join(n, i => $"\"{Address(i * 7919)}\"")}]}}],\"verdict\":{{\"action\":\"drop\"}}}}]}}"),
        ["elements"] = (
            5000,
            n =>
                $"{{\"table\":\"t\",\"sets\":[{{\"name\":\"s\",\"type\":[\"ipv4_addr\"],\"elements\":["
                + $"{Join(n, i => $"\"{Address(i * 7919)}\"")}]}}]}}"),
        ["nested arrays"] = (20000, n => $"{{\"table\":{new string('[', n)}"),
        ["nested objects"] = (20000, n => $"{{\"table\":{string.Concat(Enumerable.Repeat("{\"a\":", n))}"),
        ["equal keys"] = (5000, n => $"{{{Join(n, _ => "\"mode\":\"auto\"")},\"table\":\"t\"}}"),
        ["unknown keys"] = (5000, n => $"{{{Join(n, i => $"\"x{i}\":1")}}}"),
        ["a long string"] = (100000, n => $"{{\"table\":\"{new string('a', n)}\"}}"),
        ["escapes"] = (50000, n => $"{{\"table\":\"{string.Concat(Enumerable.Repeat("\\u0061", n))}\"}}"),
        ["lines before an error"] = (50000, n => $"{{\"table\":\"t\",{new string('\n', n)}x"),
        ["fields of a match"] = (
            3000,
            n =>
                $"{{\"table\":\"t\",\"rules\":[{{\"match\":[{{\"field\":[{Join(n, _ => "\"tcp dport\"")}"
                + $"],\"op\":\"==\",\"values\":[\"80\"]}}],\"verdict\":{{\"action\":\"drop\"}}}}]}}"),
        ["words of a type"] = (3000, n => $"{{\"table\":\"t\",\"sets\":[{{\"name\":\"s\",\"type\":[{Join(n, _ => "\"ipv4_addr\"")}]}}]}}"),
        ["statements"] = (
            2000,
            n =>
                $"{{\"table\":\"t\",\"rules\":[{{\"statements\":[{Join(n, _ => "{\"log\":{}}")}],\"verdict\":{{\"action\":\"drop\"}}}}]}}"),
    };

    private static readonly Dictionary<string, (int Size, Func<int, string> Make)> Feeds = new()
    {
        ["addresses"] = (50000, n => Lines(n, i => Address(i * 7919))),
        ["addresses, the same"] = (50000, n => Lines(n, _ => "10.0.0.1")),
        ["prefixes"] = (20000, n => Lines(n, i => $"{Address(i << 8)}/{8 + (i % 25)}")),
        ["times"] = (10000, n => Lines(n, i => $"{Address(i)} timeout {i + 1}s")),
        ["errors"] = (20000, n => Lines(n, i => $"x{i}")),
        ["comments"] = (50000, n => Lines(n, i => $"# {i}")),
        ["one line"] = (200000, n => new string('1', n)),
        ["blanks"] = (200000, n => new string(' ', n) + "x"),
    };

    public static TheoryData<string> ShapeNames => [.. Shapes.Keys];

    public static TheoryData<string> DocumentNames => [.. Documents.Keys];

    public static TheoryData<string> FeedNames => [.. Feeds.Keys];

    [Theory]
    [MemberData(nameof(ShapeNames))]
    public void Rule_text(string shape) => Growth.AssertAboutLinear(Shapes[shape].Size, Shapes[shape].Make, text => Show(Rules.Read(text)));

    [Theory]
    [MemberData(nameof(DocumentNames))]
    public void Rules_as_json(string shape) =>
        Growth.AssertAboutLinear(Documents[shape].Size, Documents[shape].Make, text => Show(TableJson.Read("t.json", text, _ => default)));

    [Theory]
    [MemberData(nameof(FeedNames))]
    public void Feed(string shape)
    {
        const string One = "table t {\n set s { type ipv4_addr; flags timeout; file \"f\" }\n ip saddr @s drop\n}";
        Growth.AssertAboutLinear(Feeds[shape].Size, Feeds[shape].Make, text => Show(Rules.Read(One, text)));
    }

    private static void Show(RuleFile file)
    {
        foreach (var diagnostic in file.Diagnostics.Take(50)) Assert.NotEmpty(DiagnosticFormatter.Format(diagnostic));
        if (file.Table is not null) Assert.NotEmpty(file.Format());
    }

    private static string Table(string rules) => $"table t {{\n{rules}\n}}\n";

    private static string Lines(int n, Func<int, string> line) => string.Join('\n', Enumerable.Range(0, n).Select(line));

    private static string Join(int n, Func<int, string> element) => string.Join(", ", Enumerable.Range(0, n).Select(element));

    private static string Address(int i) => $"{10 + ((i >> 24) & 0x7f)}.{(i >> 16) & 0xff}.{(i >> 8) & 0xff}.{i & 0xff}";
}
