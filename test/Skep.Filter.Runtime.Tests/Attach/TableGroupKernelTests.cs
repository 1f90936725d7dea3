using Skep.Filter.Model;
using Skep.Filter.Runtime.Attach;
using Skep.Filter.Runtime.Change;
using Skep.Filter.Runtime.State;
using Skep.Filter.Runtime.Tables;
using Skep.Filter.Runtime.Tests.Fixtures;

namespace Skep.Filter.Runtime.Tests.Attach;

/// <summary>Tables that are removed with others that are applied: all of it, or nothing.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class TableGroupKernelTests : IDisposable
{
    private const string First = VethPair.Device, Second = "second", Third = "third", From = "/directory";

    private readonly VethPair _pair = new();
    private readonly string _old, _other, _new;
    private readonly List<string> _said = [];

    public TableGroupKernelTests()
    {
        _pair.AddDevice(Second);
        _pair.AddDevice(Third);
        string name = $"group-{Environment.ProcessId}-{Guid.NewGuid():n}";
        (_old, _other, _new) = (name, name + "2", name + "3");
        Group(null, (_old, 1, [First, Second]), (_other, 2, [Third]));
    }

    public void Dispose()
    {
        foreach (string name in (string[])[_old, _other, _new]) AppliedTable.Remove(name);
        _pair.Dispose();
    }

    [Fact]
    public void Devices_of_removed_tables_go_to_those_that_are_applied_or_are_free()
    {
        Assert.Equal([_old, _other], Find().Names);
        Group(Find(_other), (_new, 3, [First]), (_other, 2, [Third]));
        Assert.Equal(["3", "", "2"], Dropped());
        Assert.Null(AppliedTable.Read(_old));
        Assert.False(Directory.Exists($"/run/skep/bpf/{_old}"));
        Assert.False(Directory.Exists($"/run/skep/filter/{_old}"));
        Assert.Equal([$"table {_other}: unchanged", $"table {_old}: removed, as no file of {From} has it any more"], _said);
    }

    [Fact]
    public void Where_one_cannot_be_removed_all_stays_as_it_was()
    {
        foreach (string state in Directory.GetFiles($"/run/skep/filter/{_other}")) File.WriteAllText(state, "damaged");
        Assert.Throws<DamagedTableException>(() => Group(new(From, [_old, _other]), (_new, 3, [First])));
        Assert.Equal(["1", "1", "2"], Dropped());
        Assert.Equal([First, Second], AppliedTable.Read(_old)!.Devices.Select(device => device.Device));
        Assert.Null(AppliedTable.Read(_new));

        // What cannot be read may be anybody's.
        _said.Clear();
        Assert.Equal([_old], Find().Names);
        Assert.StartsWith($"table {_other} stays as it is: ", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Fact]
    public void A_removal_that_nobody_ends_is_taken_back_by_the_kernel()
    {
        TableRemoval.Begin(_old, From, TimeSpan.FromSeconds(1), _said.Add);
        Assert.Equal(["", "", "2"], Dropped());
        Assert.Null(AppliedTable.Read(_old));
        Tool.Until(() => Dropped()[0] == "1", "the rules return");
        Assert.Equal(["1", "1", "2"], Dropped());
        AppliedTable.Recover(_said.Add);
        Assert.Equal(2, AppliedTable.Read(_old)!.Devices.Count);
        Assert.Equal(["1", "1", "2"], Dropped());
    }

    [Fact]
    public void A_table_that_somebody_else_applied_meanwhile_is_not_removed()
    {
        StaleTables stale = Find(_other);
        Apply(_old, 3, [First, Second], directory: null);
        Group(stale, (_other, 2, [Third]));
        Assert.Equal(["3", "3", "2"], Dropped());
        Assert.DoesNotContain(_said, text => text.Contains("removed", StringComparison.Ordinal));
        Assert.Empty(Find(_other).Names);
    }

    [Fact]
    public void A_table_whose_devices_are_gone_is_removed()
    {
        _pair.Ip($"link del {Third}");
        Group(new(From, [_other]), (_old, 1, [First, Second]));
        Assert.False(Directory.Exists($"/run/skep/bpf/{_other}"));
        Assert.False(Directory.Exists($"/run/skep/filter/{_other}"));
    }

    private StaleTables Find(params string[] present) => StaleTables.Find(From, present, _said.Add);

    private string[] Dropped() => [.. ((string[])[First, Second, Third]).Select(device => VerdictProbe.Dropped(_pair, device))];

    private void Group(StaleTables? stale, params (string Name, int Port, string[] Devices)[] tables) =>
        TableGroup.Apply([.. tables.Select(one => (TableOf(one.Name, one.Port), RequestFor(one.Devices, From)))], stale, _said.Add);

    private void Apply(string name, int port, string[] devices, string? directory) =>
        FilterApplier.Apply(TableOf(name, port), RequestFor(devices, directory), _said.Add);

    private static Table TableOf(string name, int port) => Rules.Table($"udp dport {port} drop") with { Name = name };

    private ApplyRequest RequestFor(string[] devices, string? directory) => new(devices, _pair.Name, false)
    {
        Source = new AppliedSource("/directory/file.skep", new string('0', 64), "test") { Directory = directory },
    };
}
