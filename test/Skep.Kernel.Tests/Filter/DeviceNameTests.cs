using System.Text.Json;

namespace Skep.Kernel.Tests;

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

    private void Apply(params string[] devices)
    {
        string file = _scratch.File("t.skep");
        File.WriteAllText(file, $"table {_table} {{\n udp dport 7000 drop\n}}\n");
        Outcome outcome = SkepBinary.Run(["filter", "apply", file, "--netns", _network.Name, .. devices.SelectMany(d => (string[])["--dev", d])]);
        Assert.True(outcome.Code == 0, outcome.Error);
    }

    private bool Runs(string device) => Tool.Run("ip", "-n", _network.Name, "-d", "link", "show", device).Contains("prog/xdp", StringComparison.Ordinal);

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
        Assert.Equal(0, SkepBinary.Run("filter", "remove", _table, "--dev", "w0").Code);
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
        Assert.Equal(0, SkepBinary.Run("filter", "remove", _table, "--dev", "v0").Code);
        Assert.False(Runs("v0"));
        Assert.True(Runs("v1"));
        Assert.StartsWith($"{index}: ", Tool.Run("ip", "-n", _network.Name, "-o", "link", "show", "v1"), StringComparison.Ordinal);
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
        Assert.Equal(0, SkepBinary.Run("filter", "remove", _table).Code);
        Assert.DoesNotContain("prog/xdp", Tool.Run("ip", "-n", other.Name, "-d", "link", "show", "m1"), StringComparison.Ordinal);
    }
}
