using CsCheck;
using Skep.Filter.Json;
using Skep.Filter.Syntax;
using Skep.Packets.Building;

namespace Skep.Filter.Tests.Syntax;

/// <summary>Whatever the text, reading ends in a table or in errors that can be shown.</summary>
public sealed class ParserFuzzTests
{
    private static readonly Gen<string> Fragment = Gen.OneOf<string>(
        "table", "t", "{", "}", "{", "}", "set", "type", "ipv4_addr", "elements", "=", ",", ";", "\n", "\n", "ip", "saddr", "10.0.0.1",
        "10.0.0.0/8", "tcp", "dport",
        "80", "1-2", "-", "/", ".", "@", "@s", "!=", "==", "<", "&", "|", "(", ")", "flags", "syn", "limit", "rate", "over", "1/second",
        "per", "log", "sample", "1/2",
        "swap", "ether", "redirect", "cpu", "drop", "comment", "\"x\"", "\"", "#", "\\", "$x", "\u202e", "\ud800", "vlan id", "ip frag",
        "timeout", "1d", "file", "malformed", "policy",
        "devices", "99999999999999999999999", "0x", "::", "::1/129", "\t", "\r\n", "\0", "é");

    private static void ReadAnything(string text)
    {
        var file = Rules.Read(text, text);
        Assert.True(file.Table is not null || file.Diagnostics.Any(d => d.Severity == Severity.Error));
        foreach (var diagnostic in file.Diagnostics)
        {
            var lines = DiagnosticFormatter.Format(diagnostic).Split('\n');
            Assert.InRange(lines.Length, diagnostic.Source.MayBeQuoted ? 3 : 1, diagnostic.Source.MayBeQuoted ? 4 : 2);
            Assert.DoesNotContain(string.Concat(lines), c => char.IsControl(c) && c != '\t');
        }
        if (file.Table is not null) Assert.NotNull(Rules.Read(file.Format(), text).Table);
    }

    [Fact]
    public void Any_string() => Gen.String[0, 200].Sample(ReadAnything, iter: 3000);

    [Fact]
    public void Any_words_of_the_language() =>
        Fragment.Array[0, 60].Select(Gen.Bool, (w, b) => (b ? "table t {\n" : "") + string.Join(' ', w)).Sample(ReadAnything, iter: 10000);

    [Fact]
    public void A_damaged_table() => TableGenerator.Table(4).Select(Gen.Int[0, 100000], Gen.Int[0, 20], Fragment, (text, at, cut, put) =>
    {
        var start = at % (text.Length + 1);
        return text[..start] + put + text[Math.Min(text.Length, start + cut)..];
    }).Sample(ReadAnything, iter: 3000);

    [Fact]
    public void Any_json() => Gen.OneOf(Gen.String[0, 100], Gen.OneOf<string>(
        "null", "{}", "[]", "{\"table\":null}", "{\"table\":\"t\",\"rules\":[null]}", "{\"table\":\"t\",\"sets\":[null]}",
        "{\"table\":\"t\",\"rules\":[{\"verdict\":null}]}",
        "{\"table\":\"t\",\"rules\":[{\"verdict\":{\"action\":\"drop\"},\"match\":[{\"field\":[null],\"op\":\"==\",\"values\":[\"1\"]}]}]}",
        "{\"table\":\"t\",\"rules\":[{\"verdict\":{\"action\":\"drop\"},\"statements\":[{}]}]}",
        "{\"table\":\"t\",\"rules\":[{\"verdict\":{\"action\":\"drop\"},\"limit\":{\"rate\":1,\"unit\":\"second drop\"}}]}",
        "{\"table\":\"t {\\n drop\\n}\"}", "{\"table\":\"t\",\"devices\":[\"a b\"]}", "{\"table\":\"t\",\"x\":1}",
        "{\"table\":\"t\",\"policy\":\"pass\",\"policy\":\"drop\"}")).Sample(json =>
    {
        var file = TableJson.Read("x.json", json, _ => default);
        Assert.Null(file.Table);
        Assert.NotEmpty(file.Diagnostics.Select(DiagnosticFormatter.Format));
    }, iter: 2000);

    [Fact]
    public void A_value_of_json_cannot_become_another_match()
    {
        const string json = """
            {"table":"t","rules":[{"verdict":{"action":"drop"},"match":[{"field":["tcp dport"],"op":"==","values":["80 tcp sport 5"]}]}]}
            """;
        Assert.Null(TableJson.Read("x.json", json, _ => default).Table);
    }

    [Fact]
    public void Any_packet_line() =>
        Gen.OneOf(
            Gen.String[0, 60],
            Gen.OneOf<string>(
                "udp",
                "tcp",
                "10.0.0.1:5",
                ">",
                "[::1]:5",
                "vlan",
                "5",
                "flags",
                "syn",
                "ttl",
                "ether",
                "arp").Array[0, 12].Select(w => string.Join(' ', w)))
        .Sample(line =>
        {
            if (PacketText.TryParse(line, out var spec, out var error)) Assert.NotEmpty(PacketBuilder.Build(spec));
            else Assert.NotEmpty(error);
        }, iter: 5000);
}
