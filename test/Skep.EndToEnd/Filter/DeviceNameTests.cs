using System.Diagnostics;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Filter;

/// <summary>Devices that are renamed, swap names or move while a table filters them.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class DeviceNameTests : IDisposable
{
    private readonly TestNetwork _network = new();
    private readonly Scratch _scratch = new();
    private readonly string _table = $"names{Environment.ProcessId}";

    public void Dispose()
    {
        SkepBinary.Run("filter", "remove", _table);
        _network.Dispose();
        _scratch.Dispose();
    }

    private void Link(params string[] words) => Tool.Run("ip", ["-n", _network.Name, "link", .. words]);

    private void Rename(string from, string to)
    {
        Link("set", from, "down");
        Link("set", from, "name", to);
        Link("set", to, "up");
    }

    private void Apply(params string[] devices) => ApplyRule("udp dport 7000 drop", devices);

    private void ApplyRule(string rule, params string[] devices)
    {
        string file = _scratch.File("t.skep");
        File.WriteAllText(file, $"table {_table} {{\n {rule}\n}}\n");
        Outcome outcome = SkepBinary.Run(
            ["filter", "apply", file, "--netns", _network.Name, .. devices.SelectMany(d => (string[])["--dev", d])]);
        Assert.True(outcome.Code == 0, outcome.Error);
    }

    private bool Runs(string device) =>
        Tool.Run("ip", "-n", _network.Name, "-d", "link", "show", device).Contains("prog/xdp", StringComparison.Ordinal);

    [Fact]
    public void A_name_that_another_device_took_removes_nothing()
    {
        Apply("v0");
        Rename("v0", "w0");
        Link("add", "v0", "type", "veth", "peer", "name", "x0");
        Outcome wrong = SkepBinary.Run("filter", "remove", _table, "--dev", "v0");
        Assert.Equal(1, wrong.Code);
        Assert.Contains("it filters w0 (was v0)", wrong.Error, StringComparison.Ordinal);
        Assert.True(Runs("w0"));
        JsonElement device = Json.Parse(SkepBinary.Run("filter", "show", _table, "-j").Output).GetProperty("devices")[0];
        Assert.Equal(("w0", "v0"), (device.Text("device"), device.Text("applied_as")));
        Assert.Contains("w0 (was v0)", SkepBinary.Run("filter", "list").Output, StringComparison.Ordinal);
        SkepBinary.Run("filter", "remove", _table, "--dev", "w0").Succeeds();
        Assert.False(Runs("w0"));
    }

    [Fact]
    public void Of_devices_that_swapped_names_the_one_that_is_named_is_left()
    {
        Apply("v0", "v1");
        long index = _network.IfIndex;
        Rename("v0", "t0");
        Rename("v1", "v0");
        Rename("t0", "v1");
        SkepBinary.Run("filter", "remove", _table, "--dev", "v0").Succeeds();
        Assert.False(Runs("v0"));
        Assert.True(Runs("v1"));
        Assert.StartsWith($"{index}: ", Tool.Run("ip", "-n", _network.Name, "-o", "link", "show", "v1"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("udp dport 7000 redirect t0")]
    [InlineData("meta iif != t0 udp dport 7000 drop")]
    public void The_next_apply_finds_a_device_that_was_made_anew(string rule)
    {
        Link("add", "t0", "type", "veth", "peer", "name", "t1");
        ApplyRule(rule, "v0");
        long before = Program();
        Link("del", "t0");
        Outcome missing = SkepBinary.Run("filter", "apply", _scratch.File("t.skep"), "--netns", _network.Name, "--dev", "v0");
        Assert.Equal(1, missing.Code);
        Assert.Contains("t0", missing.Error, StringComparison.Ordinal);
        Link("add", "t0", "type", "veth", "peer", "name", "t1");
        ApplyRule(rule, "v0");
        Assert.NotEqual(before, Program());

        long Program() =>
            Json.Parse(SkepBinary.Run("filter", "show", _table, "-j").Output).GetProperty("devices")[0].Number("prog_id")!.Value;
    }

    [Fact]
    public void A_device_that_moved_is_not_taken_for_one_that_has_its_name()
    {
        using var other = new TestNetwork();
        Link("set", "v1", "name", "m1");
        Apply("m1");
        Link("set", "m1", "netns", other.Name);
        Link("add", "m1", "type", "veth", "peer", "name", "x1");
        Outcome wrong = SkepBinary.Run("filter", "remove", _table, "--dev", "m1");
        Assert.Equal(1, wrong.Code);
        Assert.Contains("m1 (not found in its network namespace)", wrong.Error, StringComparison.Ordinal);
        Assert.Contains("prog/xdp", Tool.Run("ip", "-n", other.Name, "-d", "link", "show", "m1"), StringComparison.Ordinal);
        SkepBinary.Run("filter", "remove", _table).Succeeds();
        Assert.DoesNotContain("prog/xdp", Tool.Run("ip", "-n", other.Name, "-d", "link", "show", "m1"), StringComparison.Ordinal);
    }

    [Fact]
    public void Live_statistics_go_by_the_present_name()
    {
        Apply("v0", "v1");
        using Process stats = SkepBinary.Start("filter", "stats", _table, "--interval", "200ms", "-n", "100");
        Until(stats, $"{_table} v0 v1");
        Rename("v0", "w0");
        Until(stats, $"{_table} w0 (was v0) v1");
        using var other = new TestNetwork();
        Link("set", "v1", "name", "m1");
        Link("set", "m1", "netns", other.Name);
        Until(stats, "v1 (not found in its network namespace)");
        Link("del", "w0");
        Until(stats, "(removed)");
        Tool.End(stats).Succeeds();
    }

    [Fact]
    public void A_target_of_redirects_that_has_another_name_or_was_removed_is_reported()
    {
        Link("add", "r0", "type", "veth", "peer", "name", "r1");
        Link("add", "s0", "type", "veth", "peer", "name", "s1");
        string file = _scratch.File("t.skep");
        File.WriteAllText(file, $"table {_table} {{\n mode generic\n udp dport 1 redirect r0\n udp dport 2 redirect s0\n}}\n");
        SkepBinary.Run("filter", "apply", file, "--netns", _network.Name, "--dev", "v0").Succeeds();
        Assert.DoesNotContain("that device", SkepBinary.Run("filter", "show", _table).Output, StringComparison.Ordinal);
        Rename("r0", "q0");
        Link("del", "s0");
        Link("add", "s0", "type", "veth", "peer", "name", "s1");
        string shown = SkepBinary.Run("filter", "show", _table).Output;
        Assert.Contains("  redirect r0: that device is called q0 now\n", shown, StringComparison.Ordinal);
        Assert.Contains("  redirect s0: that device was removed, and packets to it are dropped", shown, StringComparison.Ordinal);
        JsonElement[] targets =
        [
            .. Json.Parse(SkepBinary.Run("filter", "show", _table, "-j").Output).GetProperty("redirects").EnumerateArray()
        ];
        Assert.Equal(
            ("q0", "r0", "s0", true),
            (
                targets[0].Text("device"),
                targets[0].Text("applied_as"),
                targets[1].Text("device"),
                targets[1].GetProperty("gone").GetBoolean()));
    }

    [Fact]
    public void An_alternative_name_is_as_good_as_the_first()
    {
        Link("property", "add", "dev", "v0", "altname", "alternative0");
        Link("property", "add", "dev", "v1", "altname", "alternative1");
        Apply("alternative0");
        Assert.Contains($"{_table}  v0 native\n", SkepBinary.Run("filter", "list").Output, StringComparison.Ordinal);
        Assert.Equal(1, SkepBinary.Run("filter", "remove", _table, "--dev", "alternative1").Code);
        SkepBinary.Run("filter", "remove", _table, "--dev", "alternative0").Succeeds();
        Assert.False(Runs("v0"));

        string file = _scratch.File("t.skep");
        File.WriteAllText(file, $"table {_table} {{\n mode generic\n udp dport 1 redirect alternative1\n}}\n");
        SkepBinary.Run("filter", "apply", file, "--netns", _network.Name, "--dev", "v0").Succeeds();
        Assert.DoesNotContain("that device", SkepBinary.Run("filter", "show", _table).Output, StringComparison.Ordinal);
    }

    private static void Until(Process process, string words)
    {
        while (true)
        {
            string? line = process.StandardOutput.ReadLine();
            if (line is null) Assert.Fail($"never came: {words}");
            if (line.Contains(words, StringComparison.Ordinal)) return;
        }
    }
}
