using System.Buffers.Binary;
using System.Text.Json;
using static Skep.Cli.Tests.Invocation;

namespace Skep.Cli.Tests.Filter;

/// <summary><c>skep filter check</c>, <c>test</c> and <c>import</c>, as a user runs them. Nothing here needs a permission.</summary>
public sealed class FilterCommandTests : IDisposable
{
    private const string Edge = """
        table edge {
            set web { type inet_service; elements = { 443, 80 } }
            tcp dport @web drop comment "web"   # kept
            udp dport 7 swap ip,udp tx
        }

        """;

    private const string Web = "tcp 10.0.0.1:5 > 10.0.0.2:80", Echo = "udp 10.0.0.1:5 > 10.0.0.2:7", Other = "icmp 10.0.0.1 > 10.0.0.2";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("skep-cli-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Check_says_what_is_there()
    {
        Assert.Equal((0, "table edge: 2 rules, 1 set, no error\n", ""), Run("filter", "check", Write("edge.skep", Edge)));
        Assert.Equal((0, "table edge: 2 rules, 1 set, no error\n", ""), RunWith(Edge, "filter", "check", "-"));
    }

    [Fact]
    public void Check_formats_to_a_text_that_stays_as_it_is()
    {
        (int code, string text, _) = Run("filter", "check", "--format", Write("edge.skep", Edge));
        Assert.Equal(0, code);
        Assert.Contains("elements = { 80, 443 }", text, StringComparison.Ordinal);
        Assert.Contains("# kept", text, StringComparison.Ordinal);
        Assert.Equal((0, text, ""), RunWith(text, "filter", "check", "--format", "-"));
    }

    [Fact]
    public void Check_writes_json_that_it_reads()
    {
        (int code, string json, _) = Run("filter", "check", "-j", Write("edge.skep", Edge));
        Assert.Equal(0, code);
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Equal("edge", document.RootElement.GetProperty("table").GetString());
        Assert.Equal(2, document.RootElement.GetProperty("rules").GetArrayLength());
        Assert.Equal((0, json, ""), RunWith(json, "filter", "check", "--json", "-"));
    }

    [Fact]
    public void Check_shows_plan_and_code()
    {
        (int code, string plan, _) = Run("filter", "check", "--plan", Write("edge.skep", Edge));
        Assert.Equal(0, code);
        Assert.Contains("set web: bitmap, since", plan, StringComparison.Ordinal);
        Assert.Contains("map rules: percpu_array", plan, StringComparison.Ordinal);
        (code, string dump, _) = Run("filter", "check", "--dump", Write("edge.skep", Edge));
        Assert.Equal(0, code);
        Assert.Contains("; line 3: tcp dport @web drop comment \"web\"", dump, StringComparison.Ordinal);
        Assert.Contains("exit", dump, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("test", "--packet", Other)]
    [InlineData("check", "--plan")]
    public void An_error_returns_2_with_its_place(string command, params string[] options)
    {
        string file = Write("bad.skep", "table edge {\n    tcp dport 80 drop\n    tcp dport 99999 drop\n}\n");
        (int code, string output, string error) = Run(["filter", command, file, .. options]);
        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.StartsWith($"{file}:3:15: error: ", error, StringComparison.Ordinal);
        Assert.Contains("              ^~~~~", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_warning_is_said_and_returns_0()
    {
        (int code, _, string error) =
            RunWith("table t { set s { type ipv4_addr; elements = { 10.0.0.1 } }\n drop }\n", "filter", "check", "-");
        Assert.Equal(0, code);
        Assert.Contains("standard input:1:15: warning: ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("filter check")]
    [InlineData("filter check FILE another")]
    [InlineData("filter check --nonsense FILE")]
    [InlineData("filter test FILE")]
    [InlineData("filter test FILE --packet icmp --pcap FILE")]
    [InlineData("filter import pf FILE")]
    [InlineData("filter apply FILE --confirm soon")]
    [InlineData("filter confirm")]
    [InlineData("filter remove")]
    [InlineData("filter nothing")]
    public void Wrong_usage_returns_2(string line)
    {
        (int code, string output, string error) = Run(line.Split(' '));
        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.All(error.TrimEnd('\n').Split('\n'), text => Assert.StartsWith("skep: ", text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("check")]
    [InlineData("test", "--packet", Other)]
    public void A_file_that_is_not_there_returns_1(string command, params string[] options)
    {
        (int code, string output, string error) = Run(["filter", command, "/nonexistent/\e[31m", .. options]);
        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith("skep: error: reading ", error, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', error);
    }

    [Fact]
    public void Feeds_are_read_beside_the_file()
    {
        Write("feed.txt", "192.0.2.0/24 # documentation\n\n192.0.2.7\n");
        string file = Write("feed.skep", "table t {\n set bad { type ipv4_addr; file \"feed.txt\" }\n ip saddr @bad drop\n}\n");
        (int code, string output, _) = Run("filter", "test", file, "--packet", "udp 192.0.2.7:5 > 10.0.0.2:7", "--packet", Echo);
        Assert.Equal(0, code);
        Assert.Contains("  drop  line 3: ip saddr @bad drop", output, StringComparison.Ordinal);
        Assert.Contains("  pass  policy", output, StringComparison.Ordinal);
        Write("feed.txt", "192.0.2.0/24\n nonsense\n");
        (code, _, string error) = Run("filter", "check", file);
        Assert.Equal(2, code);
        Assert.Contains("feed.txt:2", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Test_shows_the_rule_the_verdict_and_the_rewritten_packet()
    {
        (int code, string output, string error) =
            Run("filter", "test", Write("edge.skep", Edge), "--packet", Web, "--packet", Echo, "--packet", Other);
        Assert.Equal((0, "skep: 3 packets: drop 1, pass 1, tx 1\n"), (code, error));
        Assert.Equal(
            [
                "1 tcp 10.0.0.1:5 > 10.0.0.2:80 flags syn length 70", "  drop  line 3: tcp dport @web drop comment \"web\"",
                "2 udp 10.0.0.1:5 > 10.0.0.2:7 length 58", "  tx  line 4: udp dport 7 swap ip,udp tx",
                "  rewritten: udp 10.0.0.2:7 > 10.0.0.1:5 length 58",
                "3 icmp 10.0.0.1 > 10.0.0.2 type echo-request code 0 length 58", "  pass  policy",
            ],
            output.TrimEnd('\n').Split('\n').Select(line => line.TrimEnd()));
    }

    [Fact]
    public void Test_reads_and_writes_captures()
    {
        string file = Write("edge.skep", Edge), first = Path.Combine(_directory.FullName, "first.pcapng"),
            second = Path.Combine(_directory.FullName, "second.pcapng");
        Assert.Equal(0, Run("filter", "test", Write("all.skep", "table t { }\n"), "--packet", Web, "--packet", Echo, "--packet", Other,
            "--write", first).Code);
        (int code, string output, string error) = Run("filter", "test", file, "--pcap", first, "-j", "--write", second);
        Assert.Equal((0, "skep: 3 packets: drop 1, pass 1, tx 1\n"), (code, error));
        JsonElement[] packets = [.. output.TrimEnd('\n').Split('\n').Select(Parse)];
        Assert.Equal(["drop", "tx", "pass"], packets.Select(p => p.GetProperty("verdict").GetString()));
        Assert.Equal("web", packets[0].GetProperty("rule").GetString());
        Assert.Equal(3, packets[0].GetProperty("line").GetInt32());
        Assert.False(packets[2].TryGetProperty("rule", out _));
        Assert.True(packets[1].TryGetProperty("rewritten", out _));

        // What is dropped is not written; the rest is as the rules leave it.
        (code, output, _) = Run("filter", "test", file, "--pcap", second);
        Assert.Equal(0, code);
        Assert.StartsWith("1 udp 10.0.0.2:7 > 10.0.0.1:5", output, StringComparison.Ordinal);
        Assert.Contains("\n2 icmp", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\n3 ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_capture_that_is_none_or_of_another_link_type_returns_1()
    {
        string file = Write("edge.skep", Edge), capture = Write("text.pcap", "this is no capture");
        Assert.Equal(1, Run("filter", "test", file, "--pcap", capture).Code);
        var raw = new byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(raw, 0xa1b2c3d4);
        BinaryPrimitives.WriteUInt16LittleEndian(raw.AsSpan(4), 2);
        BinaryPrimitives.WriteUInt16LittleEndian(raw.AsSpan(6), 4);
        BinaryPrimitives.WriteUInt32LittleEndian(raw.AsSpan(16), 65535);
        BinaryPrimitives.WriteUInt32LittleEndian(raw.AsSpan(20), 127);
        byte[] packet = [.. raw, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 20, 0, 0, 0, .. new byte[20]];
        File.WriteAllBytes(capture, packet);
        (int code, _, string error) = Run("filter", "test", file, "--pcap", capture);
        Assert.Equal(1, code);
        Assert.Contains("1 packet of link type 127 is not decided (known are Ethernet 1, ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_packet_that_is_none_returns_2()
    {
        (int code, string output, string error) = Run("filter", "test", Write("edge.skep", Edge), "--packet", "tpc 10.0.0.1");
        Assert.Equal((2, ""), (code, output));
        Assert.Contains("tpc is not a protocol", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_makes_a_rule_file_and_says_what_it_left_out()
    {
        (int code, string output, string error) = RunWith(
            "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp --dport 22 -j ACCEPT\n-A INPUT -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n",
            "filter", "import", "iptables-save", "-", "--table", "old");
        Assert.Equal(0, code);
        Assert.StartsWith("table old {\n", output, StringComparison.Ordinal);
        Assert.Contains("tcp dport 22 pass", output, StringComparison.Ordinal);
        Assert.Contains("skep: line 4: ", error, StringComparison.Ordinal);
        Assert.Equal(0, RunWith(output, "filter", "check", "-").Code);

        string file = Write("rules.nft",
            "table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n"
            + "\t\ttcp dport 22 accept\n\t\tct state new accept\n\t}\n}\n");
        (code, output, error) = Run("filter", "import", "nft", file);
        Assert.Equal(0, code);
        Assert.StartsWith("table imported {\n", output, StringComparison.Ordinal);
        Assert.Contains("tcp dport 22 pass", output, StringComparison.Ordinal);
        Assert.Contains("skep: line 5: ", error, StringComparison.Ordinal);
        Assert.Equal(0, RunWith(output, "filter", "check", "-").Code);
    }

    [Theory]
    [InlineData("nft", "*filter\n:INPUT DROP [0:0]\n", "imported", 1, "give what nft list ruleset prints")]
    [InlineData("iptables-save", "table inet t {\n}\n", "imported", 1, "give what iptables-save prints")]
    [InlineData("iptables-save", "*filter\n:INPUT ACCEPT [0:0]\n", "x y", 2, "as a table x y")]
    public void Import_of_nothing_writes_nothing(string kind, string text, string table, int expected, string reason)
    {
        (int code, string output, string error) = RunWith(text, "filter", "import", kind, "-", "--table", table);
        Assert.Equal((expected, ""), (code, output));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        string file = Path.Combine(_directory.FullName, name);
        File.WriteAllText(file, text);
        return file;
    }

    private static JsonElement Parse(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    }
}
