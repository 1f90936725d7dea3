using System.Diagnostics;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Filter;

/// <summary>Applied tables as the commands show and change them.</summary>
[Collection("filter")]
public sealed class FilterTableTests : IDisposable
{
    private readonly TestNetwork _network = new();
    private readonly Scratch _scratch = new();
    private readonly string _table = $"table-{Environment.ProcessId}-{Guid.NewGuid():n}"[..30];

    public void Dispose()
    {
        SkepBinary.Run("filter", "remove", _table);
        _network.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public void A_table_is_shown_with_the_keys_of_its_contract()
    {
        Apply(
            "set web { type inet_service; elements = { 80, 443 } }\n tcp dport @web drop comment \"web\"\n udp dport 7 tx", "--dev", "v0");
        JsonElement table = Json.Parse(Tool.Run(SkepBinary.Path, "filter", "show", _table, "-j"));
        Assert.Equal(
            ["actions", "devices", "policy", "protocols", "rules", "sets", "sha256", "source", "table"],
            Keys(table).Order(StringComparer.Ordinal));
        JsonElement device = Assert.Single(table.GetProperty("devices").EnumerateArray().ToArray());
        Assert.Equal(["device", "netns", "mode", "prog_id", "link_id", "since"], Keys(device));
        Assert.Equal(("v0", _network.Name, "native"), (device.Text("device"), device.Text("netns"), device.Text("mode")));
        Assert.Contains(
            $"prog/xdp id {device.Number("prog_id")} ",
            Tool.Run("ip", "-n", _network.Name, "-d", "link", "show", "v0"),
            StringComparison.Ordinal);
        Assert.Contains(
            $"{device.Number("link_id")}: xdp  prog {device.Number("prog_id")}",
            Tool.Run("bpftool", "link", "show", "id", $"{device.Number("link_id")}"),
            StringComparison.Ordinal);
        Assert.InRange(DateTimeOffset.Parse(device.Text("since")!, null), DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow);
        Assert.Equal(["id", "line", "text", "packets", "bytes"], Keys(table.GetProperty("rules")[0]));
        Assert.Equal("web", table.GetProperty("rules")[0].Text("id"));
        Assert.Equal(["XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX", "XDP_REDIRECT"], Keys(table.GetProperty("actions")));
        Assert.Superset(new HashSet<string> { "TCP", "UDP", "ICMP" }, new HashSet<string>(Keys(table.GetProperty("protocols"))));
        Assert.Equal(["packets", "bytes"], Keys(table.GetProperty("actions").GetProperty("XDP_DROP")));
        Assert.Equal(["name", "type", "elements"], Keys(Assert.Single(table.GetProperty("sets").EnumerateArray().ToArray())));

        JsonElement[] list = [.. Json.Parse(Tool.Run(SkepBinary.Path, "filter", "list", "-j")).EnumerateArray()];
        Assert.Equal(device.ToString(), list.Single(t => t.Text("table") == _table).GetProperty("devices")[0].ToString());
        Assert.Contains($"{_table}  v0 native\n", Tool.Run(SkepBinary.Path, "filter", "list"), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_says_mode_and_age_what_waits_and_what_is_gone()
    {
        Apply("udp dport 7 drop", "--dev", "v0", "--dev", "v1", "--confirm", "10m");
        string text = Tool.Run(SkepBinary.Path, "filter", "show", _table);
        Assert.Matches(
            $@"^table {_table}, policy pass\n  from \S+, sha256 [0-9a-f]{{16}}\n"
            + $@"  v0 netns {_network.Name}  native  prog_id \d+  link_id \d+  "
            + $@"since \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ \(\d+s\)\n",
            text);
        Assert.Contains("to be confirmed: the previous rules are restored in ", text, StringComparison.Ordinal);
        Assert.Contains("to be confirmed", Tool.Run(SkepBinary.Path, "filter", "list"), StringComparison.Ordinal);
        Assert.InRange(Json.Parse(Tool.Run(SkepBinary.Path, "filter", "show", _table, "-j")).GetProperty("returns_in").GetDouble(), 1, 600);
        SkepBinary.Run("filter", "confirm", _table).Succeeds();
        Assert.Equal(1, SkepBinary.Run("filter", "confirm", _table).Code);

        Tool.Run("ip", "-n", _network.Name, "link", "del", "v0");
        text = Tool.Run(SkepBinary.Path, "filter", "show", _table);
        Assert.Equal(2, text.Split('\n').Count(line => line.EndsWith("the device was removed", StringComparison.Ordinal)));
        Assert.DoesNotContain("to be confirmed", text, StringComparison.Ordinal);
        Assert.Contains($"{_table}  v0 (removed), v1 (removed)\n", Tool.Run(SkepBinary.Path, "filter", "list"), StringComparison.Ordinal);
        SkepBinary.Run("filter", "remove", _table).Succeeds();
        Assert.DoesNotContain(_table, Tool.Run(SkepBinary.Path, "filter", "list"), StringComparison.Ordinal);
    }

    [Fact]
    public void Errors_say_what_is_wrong_and_what_to_do()
    {
        string file = File("udp dport 7 drop"), bad = File("udp dport 70000 drop", "bad.skep");
        Failed(2, "no device is named", "--dev DEV", "apply", file);
        Failed(1, "find device nowhere", "ip link", "apply", file, "--dev", "nowhere", "--netns", _network.Name);
        Failed(1, "open network namespace nowhere", "", "apply", file, "--dev", "v0", "--netns", "nowhere");
        Failed(1, $"finding table {_table}", "skep filter list", "show", _table);
        Failed(1, $"finding table {_table}", "skep filter list", "remove", _table);
        Failed(1, "no rules of it wait", "--confirm", "confirm", _table);
        Failed(1, "finding table ../x", "skep filter list", "remove", "../x");
        Outcome outcome = SkepBinary.Run("filter", "apply", bad, "--dev", "v0", "--netns", _network.Name);
        Assert.Equal(2, outcome.Code);
        Assert.StartsWith($"{bad}:2:12: error: ", outcome.Error, StringComparison.Ordinal);

        Apply("udp dport 7 drop", "--dev", "v0");
        Failed(1, "it does not filter that device", "v0", "remove", _table, "--dev", "v1");
        Failed(
            1,
            "native mode: Underlying driver does not support XDP in native mode",
            "mode auto",
            "apply",
            File("mode native\n drop"),
            "--dev",
            "lo",
            "--netns",
            _network.Name);
    }

    [Fact]
    public void A_foreign_program_and_its_owner_are_named()
    {
        string program = CProgram.Object("net.bpf.c"), pin = $"/sys/fs/bpf/{_table}";
        Tool.Run("bpftool", "prog", "load", program, pin);
        try
        {
            Tool.Run("nsenter", $"--net=/run/netns/{_network.Name}", "bpftool", "net", "attach", "xdp", "pinned", pin, "dev", "v0");
            long id = Json.Parse(Tool.Run("bpftool", "-j", "prog", "show", "pinned", pin)).Number("id")!.Value;
            Failed(1, $"program {id} '", "--replace", "apply", File("udp dport 7 drop"), "--dev", "v0", "--netns", _network.Name);
            Outcome replaced = SkepBinary.Run(
                "filter", "apply", File("udp dport 7 drop"), "--dev", "v0", "--netns", _network.Name, "--replace");
            replaced.Succeeds();
            Assert.Contains($"replaced program {id}", replaced.Error, StringComparison.Ordinal);
        }
        finally
        {
            System.IO.File.Delete(pin);
        }
    }

    [Fact]
    public void The_owner_of_a_table_that_another_process_holds_is_its_table()
    {
        Apply("udp dport 7 drop", "--dev", "v0");
        string other = _scratch.File("other.skep");
        System.IO.File.WriteAllText(other, $"table {_table}x {{\n udp dport 8 drop\n}}\n");
        Failed(1, $"of table {_table},", "--replace", "apply", other, "--dev", "v0", "--netns", _network.Name);
    }

    [Theory]
    [InlineData("\n", 0, "the new rules stay", "udp dport 8 drop")]
    [InlineData("\u0003", 1, "were withdrawn", "udp dport 7 drop")]
    public void On_a_terminal_enter_keeps_the_rules_and_control_c_takes_them_back(string key, int code, string said, string rule)
    {
        Requires.Installed("script");
        Apply("udp dport 7 drop", "--dev", "v0");
        string file = File("udp dport 8 drop");
        using Process terminal = Tool.Start(
            "script",
            ["-qec", $"trap : INT; {SkepBinary.Path} filter apply {file} --dev v0 --netns {_network.Name} --confirm 10m; echo exit code $?",
                "/dev/null"]);
        Assert.Contains("press Enter", terminal.StandardOutput.ReadLine(), StringComparison.Ordinal);
        terminal.StandardInput.Write(key);
        terminal.StandardInput.Flush();
        string text = terminal.StandardOutput.ReadToEnd();
        terminal.WaitForExit();
        Assert.Contains(said, text, StringComparison.Ordinal);
        Assert.EndsWith($"exit code {code}", text.TrimEnd(), StringComparison.Ordinal);
        Assert.Equal(rule, Json.Parse(Tool.Run(SkepBinary.Path, "filter", "show", _table, "-j")).GetProperty("rules")[0].Text("text"));
    }

    [Fact]
    public void In_the_background_of_a_terminal_nothing_is_asked()
    {
        Requires.Installed("script");
        Apply("udp dport 7 drop", "--dev", "v0");
        string file = File("udp dport 8 drop");
        string text = Tool.Run(
            "script",
            "-qec",
            $"set -m; {SkepBinary.Path} filter apply {file} --dev v0 --netns {_network.Name} --confirm 10m & wait $!; echo exit code $?",
            "/dev/null");
        Assert.Contains($"unless these are kept (skep filter confirm {_table})", text, StringComparison.Ordinal);
        Assert.EndsWith("exit code 0", text.TrimEnd(), StringComparison.Ordinal);
        SkepBinary.Run("filter", "confirm", _table).Succeeds();
    }

    [Fact]
    public void Rules_return_in_time_after_the_terminal_and_the_process_are_gone()
    {
        Apply("udp dport 7 drop", "--dev", "v0");
        string file = File("udp dport 8 drop");
        using Process terminal = Tool.Start(
            "script", ["-qec", $"{SkepBinary.Path} filter apply {file} --dev v0 --netns {_network.Name} --confirm 5s", "/dev/null"]);
        Assert.Contains("press Enter", terminal.StandardOutput.ReadLine(), StringComparison.Ordinal);
        terminal.Kill(entireProcessTree: true);
        terminal.WaitForExit();
        string rule;
        do rule = Json.Parse(Tool.Run(SkepBinary.Path, "filter", "show", _table, "-j")).GetProperty("rules")[0].Text("text")!;
        while (rule != "udp dport 7 drop");
        Assert.Equal(1, SkepBinary.Run("filter", "confirm", _table).Code);
    }

    [Fact]
    public void An_ordinary_user_checks_and_tests_and_is_told_what_the_rest_needs()
    {
        string skep = SkepBinary.CopyTo(_scratch), file = File("udp dport 7 drop"), bad = File("udp dport 70000 drop", "bad.skep");
        Outcome As(params string[] arguments) =>
            Tool.Try("setpriv", ["--reuid", "65534", "--regid", "65534", "--clear-groups", skep, "filter", .. arguments]);
        As("check", file).Succeeds();
        As("check", "--plan", "--dump", file).Succeeds();
        Outcome test = As("test", file, "--packet", "udp 10.0.0.1:5 > 10.0.0.2:7");
        test.Succeeds();
        Assert.Contains("drop  line 2", test.Output, StringComparison.Ordinal);
        Outcome wrong = As("check", bad);
        Assert.Equal(2, wrong.Code);
        Assert.StartsWith($"{bad}:2:12: error: ", wrong.Error, StringComparison.Ordinal);
        string[][] refused = [["apply", file, "--dev", "lo"], ["list"], ["show"], ["stats"], ["remove", "x"], ["confirm", "x"]];
        Assert.All(refused, command =>
        {
            Outcome outcome = As(command);
            Assert.Equal((3, ""), (outcome.Code, outcome.Output));
            Assert.Contains("run it as root", outcome.Error, StringComparison.Ordinal);
        });
        Assert.Equal(3, As("test", file, "--kernel", "--packet", "udp 10.0.0.1:5 > 10.0.0.2:7").Code);
    }

    [Fact]
    public void The_kernel_decides_as_the_reference_does()
    {
        string file = File("udp dport 7 swap ether,ip,udp tx\n tcp dport 80 drop");
        string[] packets =
        [
            "--packet", "udp 10.0.0.1:5 > 10.0.0.2:7", "--packet", "tcp 10.0.0.1:5 > 10.0.0.2:80", "--packet", "icmp 10.0.0.1 > 10.0.0.2"
        ];
        Outcome reference = SkepBinary.Run(["filter", "test", file, "-j", .. packets]), kernel = SkepBinary.Run(
            ["filter", "test", file, "-j", "--kernel", .. packets]);
        kernel.Succeeds();
        Assert.Equal(reference, kernel);
    }

    [Fact]
    public void The_kernel_does_what_the_example_expects()
    {
        string rules = Repository.File("demo/edge.skep"), expectations = Repository.File("demo/edge.expect");
        Outcome kernel = SkepBinary.Run("filter", "test", rules, "--expect", expectations, "--kernel");
        Assert.Equal((0, "5 passed, 0 failed\n", ""), (kernel.Code, kernel.Output, kernel.Error));
    }

    private void Failed(int code, string cause, string remedy, params string[] arguments)
    {
        Outcome outcome = SkepBinary.Run(["filter", .. arguments]);
        Assert.Equal((code, ""), (outcome.Code, outcome.Output));
        Assert.StartsWith("skep: error: ", outcome.Error, StringComparison.Ordinal);
        Assert.Contains(cause, outcome.Error, StringComparison.Ordinal);
        Assert.Contains(remedy, outcome.Error, StringComparison.Ordinal);
    }

    private string File(string rules, string name = "rules.skep")
    {
        string file = _scratch.File(name);
        System.IO.File.WriteAllText(file, $"table {_table} {{\n {rules}\n}}\n");
        return file;
    }

    private void Apply(string rules, params string[] options) =>
        Tool.Run(SkepBinary.Path, ["filter", "apply", File(rules), "--netns", _network.Name, .. options]);

    private static string[] Keys(JsonElement e) => [.. e.EnumerateObject().Select(p => p.Name)];
}
