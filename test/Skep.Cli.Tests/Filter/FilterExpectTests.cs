using System.Text.Json;
using static Skep.Cli.Tests.Invocation;

namespace Skep.Cli.Tests.Filter;

/// <summary><c>skep filter test --expect</c>, as a user runs it. Nothing here needs a permission.</summary>
public sealed class FilterExpectTests : IDisposable
{
    private const string Edge = """
        table edge {
            set web { type inet_service; elements = { 443, 80 } }
            tcp dport 22 drop comment "no ssh"
            tcp dport @web drop comment "web"
            meta iif eth7 drop
            udp dport 7 swap ip,udp tx
        }

        """;

    private const string Ssh = "tcp 10.0.0.1:5 > 10.0.0.2:22";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("skep-cli-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Expectations_that_hold_are_counted()
    {
        string expectations = Write("edge.expect", $"{Ssh} => drop by rule \"no ssh\"\ntcp 10.0.0.1:5 > 10.0.0.2:80 => drop\n"
            + "in eth7: udp 10.0.0.1:5 > 10.0.0.2:9 => drop by line 5\nudp 10.0.0.1:5 > 10.0.0.2:7 => tx\n");
        Assert.Equal((0, "4 passed, 0 failed\n", ""), Run("filter", "test", Write("edge.skep", Edge), "--expect", expectations));
    }

    [Fact]
    public void An_expectation_that_does_not_hold_is_printed_with_what_came()
    {
        string file = Write("edge.skep", Edge), expectations = Write("edge.expect",
            $"# ssh\n{Ssh} => pass by policy\n{Ssh} => drop\n"
                + "udp 10.0.0.1:5 > 10.0.0.2:7 \\\n    => tx rewritten udp 10.0.0.2:7 > 10.0.0.1:6\n");
        (int code, string output, string error) = Run("filter", "test", file, "--expect", expectations);
        Assert.Equal((1, ""), (code, error));
        Assert.Equal(
            $"""
            {expectations}:2: the verdict is drop, expected pass; decided by rule 1 in line 3, expected by policy
              expected: {Ssh} => pass by policy
              result:   drop line 3: tcp dport 22 drop comment "no ssh"
            {expectations}:4: udp dport is 5, expected 6
              expected: udp 10.0.0.1:5 > 10.0.0.2:7 => tx rewritten udp 10.0.0.2:7 > 10.0.0.1:6
              result:   tx line 6: udp dport 7 swap ip,udp tx
            rules that no packet matched: lines 4, 5
            1 passed, 2 failed

            """,
            output);
    }

    [Fact]
    public void Json_has_an_object_for_each_and_a_summary()
    {
        string file = Write("edge.skep", Edge);
        string expectations = Write("edge.expect", $"{Ssh} => drop\nicmp 10.0.0.1 > 10.0.0.2 => drop by policy\n");
        (int code, string output, string error) = Run("filter", "test", file, "--expect", expectations, "-j");
        Assert.Equal((1, ""), (code, error));
        JsonElement[] lines = [.. output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(3, lines.Length);
        Assert.Equal(
            ("passed", "no ssh", 3, 1),
            (lines[0].GetProperty("result").GetString(), lines[0].GetProperty("rule").GetString(), lines[0].GetProperty("line").GetInt32(),
                lines[0].GetProperty("hits").GetArrayLength()));
        JsonElement failed = lines[1], expectation = failed.GetProperty("expectation");
        Assert.Equal(
            (expectations, 2, "icmp 10.0.0.1 > 10.0.0.2 => drop by policy"),
            (expectation.GetProperty("file").GetString(), expectation.GetProperty("line").GetInt32(),
                expectation.GetProperty("text").GetString()));
        Assert.Equal(
            ("failed", "pass", "policy", "the verdict is pass, expected drop"),
            (failed.GetProperty("result").GetString(), failed.GetProperty("verdict").GetString(), failed.GetProperty("reason").GetString(),
                failed.GetProperty("differences")[0].GetString()));
        Assert.Equal(
            """{"passed":1,"failed":1,"not_matched":[{"rule":"web","line":4},"""
                + $$"""{"rule":"{{IdOf(lines, 1)}}","line":5},{"rule":"{{IdOf(lines, 2)}}","line":6}]}""",
            lines[2].GetProperty("summary").GetRawText());
    }

    [Fact]
    public void A_file_that_does_not_check_decides_nothing()
    {
        string file = Write("edge.skep", Edge), expectations = Write("edge.expect", $"{Ssh} => drop\n{Ssh} => dorp\n");
        (int code, string output, string error) = Run("filter", "test", file, "--expect", expectations);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith($"{expectations}:2:33: error: expected a verdict behind =>, found dorp\n", error, StringComparison.Ordinal);
        (code, output, error) = Run("filter", "test", Write("bad.skep", "table t { dorp }"), "--expect", expectations);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains("bad.skep:1:11: error: ", error, StringComparison.Ordinal);
        (code, _, error) = Run("filter", "test", file, "--expect", Write("none.expect", "# later\n"));
        Assert.Equal(2, code);
        Assert.Contains("error: the file has no expectation", error, StringComparison.Ordinal);
        (code, _, error) = Run("filter", "test", file, "--expect", Path.Combine(_directory.FullName, "absent"));
        Assert.Equal(1, code);
        Assert.Contains("absent: ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("filter test FILE --expect E --pcap P", "give one of --pcap FILE, --packet 'TEXT' and --expect FILE")]
    [InlineData("filter test FILE --expect E --packet icmp", "give one of --pcap FILE, --packet 'TEXT' and --expect FILE")]
    [InlineData("filter test FILE --expect E --write W", "--write is of --pcap and --packet (leave it out)")]
    [InlineData("filter test - --expect -", "FILE and --expect are both standard input (name a file for one of them)")]
    public void What_does_not_go_together_is_wrong_usage(string line, string message)
    {
        (int code, string output, string error) = Run(line.Split(' '));
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Either_file_may_be_standard_input_and_rules_may_be_json()
    {
        string file = Write("edge.skep", Edge), json = Write("edge.json", Run("filter", "check", "-j", file).Output);
        string expectations = Write("edge.expect", $"{Ssh} => drop by rule \"no ssh\"\n");
        (_, string fromInput, _) = RunWith(Edge, "filter", "test", "-", "--expect", expectations);
        Assert.EndsWith("1 passed, 0 failed\n", fromInput, StringComparison.Ordinal);
        Assert.EndsWith("1 passed, 0 failed\n", Run("filter", "test", json, "--expect", expectations).Output, StringComparison.Ordinal);
        (int code, string output, _) = RunWith($"{Ssh} => pass\n", "filter", "test", file, "--expect", "-");
        Assert.Equal(1, code);
        Assert.StartsWith("standard input:1: the verdict is drop, expected pass\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_interface_of_the_command_line_is_that_of_packets_that_name_none()
    {
        string file = Write("edge.skep", Edge), expectations = Write("edge.expect",
            "icmp 10.0.0.1 > 10.0.0.2 => drop by line 5\nin eth0: icmp 10.0.0.1 > 10.0.0.2 => pass\n");
        Assert.Equal(0, Run("filter", "test", file, "--iif", "eth7", "--expect", expectations).Code);
        Assert.Equal(1, Run("filter", "test", file, "--expect", expectations).Code);
    }

    [Fact]
    public void Of_many_rules_that_no_packet_matched_the_first_are_named()
    {
        string rules = string.Concat(Enumerable.Range(1, 30).Select(port => $"tcp dport {port} drop\n"));
        string file = Write("many.skep", $"table many {{\n{rules}}}\n"), expectations = Write("many.expect", $"{Ssh} => drop\n");
        string lines = string.Join(", ", Enumerable.Range(2, 20));
        Assert.Equal(
            $"rules that no packet matched: lines {lines} and 9 more\n1 passed, 0 failed\n",
            Run("filter", "test", file, "--expect", expectations).Output);
    }

    [Fact]
    public void The_example_tests_each_rule_of_the_demo() => Assert.Equal(
        (0, "5 passed, 0 failed\n", ""),
        Run("filter", "test", Repository.File("demo/edge.skep"), "--expect", Repository.File("demo/edge.expect")));

    private static string? IdOf(JsonElement[] lines, int number) =>
        lines[2].GetProperty("summary").GetProperty("not_matched")[number].GetProperty("rule").GetString();

    private string Write(string name, string text)
    {
        string path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
