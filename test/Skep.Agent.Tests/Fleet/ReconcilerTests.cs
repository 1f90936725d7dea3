using System.Text.Json;
using Skep.Agent.Fleet.Content;
using Skep.Agent.Fleet.Health;
using Skep.Agent.Fleet.Model;
using Skep.Agent.Fleet.Reconcile;

namespace Skep.Agent.Tests.Fleet;

public sealed class ReconcilerTests
{
    private const string Guard = "[policy]\nname = \"g\"\n", Key = "table edge";

    private readonly MemorySource _source = new();
    private readonly MemoryEnforcer _enforcer = new();
    private readonly ContentCache _cache = new(null);
    private FleetState _saved = new("boot", [], [], []);
    private readonly List<string> _messages = [];
    private string _kind = "etcd";
    private double _metric = 1;
    private Exception? _saveFault;
    private FleetAgent _agent;

    public ReconcilerTests() => _agent = Agent();

    [Fact]
    public async Task A_version_is_applied_once_and_reported()
    {
        PolicyTarget one = _source.Store("edge", 1, ("edge.skep", Rules(22)));
        _source.Want(one);
        await Turn(3);
        Assert.Equal(1, _enforcer.Changes);
        PolicyReport report = Assert.Single(_source.Reported!.Policies);
        Assert.Equal(
            ("edge", 1L, one.Sha256, PolicyStates.Applied, null),
            (report.Name, report.Version, report.Sha256, report.State, report.Error));
        Assert.Equal([new SeenGroup("web", 1)], _source.Reported.Groups);
    }

    [Theory]
    [InlineData("table edge {\n devices = { eth9 }\n tcp dprt 22 drop\n}\n", "edge.skep:3:")]
    [InlineData("table edge {\n tcp dport 22 drop\n}\n", "edge.skep: no device is named")]
    [InlineData("table edge {\n devices = { eth9 }\n set s { type ipv4_addr; file \"/etc/passwd\" }\n}\n", "is not among the files")]
    public async Task What_has_an_error_changes_nothing_and_is_reported(string bad, string error)
    {
        PolicyTarget one = _source.Store("edge", 1, ("edge.skep", Rules(22)));
        _source.Want(one);
        await Turn();
        string? before = _enforcer.Sum(Key);
        _source.Want(_source.Store("edge", 2, ("edge.skep", bad)));
        await Turn(2);
        Assert.Equal(before, _enforcer.Sum(Key));
        PolicyReport report = Assert.Single(_source.Reported!.Policies);
        Assert.Equal((1L, PolicyStates.Failed, 2L), (report.Version, report.State, report.FailedVersion));
        Assert.Contains(error, report.Error, StringComparison.Ordinal);
        _source.Want(one);
        await Turn();
        Assert.Equal(PolicyStates.Applied, _source.Reported.Policies[0].State);
    }

    [Fact]
    public async Task Parts_are_applied_all_or_none()
    {
        _source.Want(_source.Store("edge", 1, ("edge.skep", Rules(22))));
        await Turn();
        string? before = _enforcer.Sum(Key);
        _enforcer.Refused = "guard";
        _source.Want(_source.Store("edge", 2, ("edge.skep", Rules(23)), ("g.toml", Guard)));
        await Turn();
        Assert.Equal(before, _enforcer.Sum(Key));
        Assert.Equal([Key], _enforcer.Keys);
        Assert.Equal("applying guard: refused", _source.Reported!.Policies[0].Error);
    }

    [Fact]
    public async Task What_a_version_or_a_group_does_not_have_any_more_is_removed()
    {
        _source.Want(_source.Store("edge", 1, ("edge.skep", Rules(22)), ("g.toml", Guard)));
        await Turn();
        Assert.Equal(["guard", Key], _enforcer.Keys);
        _source.Want(_source.Store("edge", 2, ("g.toml", Guard)));
        await Turn();
        Assert.Equal(["guard"], _enforcer.Keys);
        _source.Want();
        await Turn();
        Assert.Empty(_enforcer.Keys);
        Assert.Empty(_source.Reported!.Policies);
    }

    [Fact]
    public async Task A_store_that_is_down_or_older_or_empty_changes_nothing()
    {
        PolicyTarget one = _source.Store("edge", 1, ("edge.skep", Rules(22))), two = _source.Store("edge", 2, ("edge.skep", Rules(23)));
        _source.Want(one);
        GroupState older = _source.State;
        _source.Want(two);
        await Turn();
        string? now = _enforcer.Sum(Key);
        _source.IsDown = true;
        await Turn();
        _agent = Agent();
        await Turn();
        _source.IsDown = false;
        _source.State = older;
        await Turn();
        Assert.Equal((now, 1), (_enforcer.Sum(Key), _enforcer.Changes));
        string error = Assert.Single(_source.Reported!.Errors);
        Assert.Contains("generation 1, which is before 2: what is enforced stays", error, StringComparison.Ordinal);
        _source.State = _source.State with { Group = "other", Generation = 9, Policies = [] };
        await Turn();
        Assert.Equal((now, 1), (_enforcer.Sum(Key), _enforcer.Changes));
    }

    [Fact]
    public async Task Another_source_begins_with_generations_of_its_own_and_the_same_does_not()
    {
        PolicyTarget one = _source.Store("edge", 1, ("edge.skep", Rules(22))), two = _source.Store("edge", 2, ("edge.skep", Rules(23)));
        _source.State = _source.State with { Generation = 12, Policies = [one] };
        await Turn();
        _source.State = _source.State with { Generation = 0, Policies = [two] };
        _agent = Agent();
        await Turn();
        Assert.Contains("generation 0, which is before 12", Assert.Single(_source.Reported!.Errors), StringComparison.Ordinal);

        (_kind, _source.IsDown) = ("dir:", true);
        _agent = Agent();
        await Turn();
        Assert.Equal((1L, 1), (_agent.Last!.Find("edge")!.Version, _enforcer.Changes));
        _source.IsDown = false;
        await Turn();
        Assert.Equal((2L, 2), (Report.Version, _enforcer.Changes));
        Assert.Empty(_source.Reported.Errors);

        (_kind, _source.State) = ("etcd", _source.State with { Generation = 5, Policies = [one] });
        _agent = Agent();
        await Turn();
        Assert.Equal((1L, 3), (Report.Version, _enforcer.Changes));
        _source.State = _source.State with { Generation = 4, Policies = [two] };
        _agent = Agent();
        await Turn();
        Assert.Contains("generation 4, which is before 5", Assert.Single(_source.Reported.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trial_becomes_the_version_when_the_group_has_it()
    {
        (PolicyTarget one, PolicyTarget two) = await Try(null);
        Assert.Equal((PolicyStates.Trial, 2L, "w"), (Report.State, Report.Version, Report.Wave));
        _source.Want(two);
        await Turn();
        Assert.Equal((PolicyStates.Applied, 2L), (Report.State, Report.Version));
        _enforcer.NowNs = long.MaxValue;
        Assert.Equal(2, _enforcer.Changes);
        Assert.Null(_enforcer.DriftOf(Key, "2"));
    }

    [Fact]
    public async Task A_trial_returns_when_it_is_halted_or_late_or_unwell_and_is_not_tried_again()
    {
        foreach ((string what, string reason) in ((string, string)[])
            [
                ("halt", "the rollout was halted"), ("late", "it was not confirmed in time"),
                ("unwell", "health: m < 5 does not hold: it is 7"),
            ])
        {
            (_metric, _enforcer.NowNs, _saved) = (1, 0, new("boot", [], [], []));
            _agent = Agent();
            (PolicyTarget one, _) = await Try("m < 5");
            string? tried = _enforcer.Sum(Key);
            if (what == "halt") _source.Want(one);
            if (what == "late") _enforcer.NowNs = 61_000_000_000;
            if (what == "unwell") _metric = 7;
            await Turn(3);
            Assert.NotEqual(tried, _enforcer.Sum(Key));
            Assert.Equal((PolicyStates.Returned, 1L, 2L, reason), (Report.State, Report.Version, Report.FailedVersion, Report.Error));
        }
    }

    [Fact]
    public async Task A_version_that_cannot_be_tried_is_returned_from()
    {
        PolicyTarget one = _source.Store("edge", 1, ("edge.skep", Rules(22))), bad = _source.Store("edge", 2, ("edge.skep", "table"));
        _source.Want(one);
        await Turn();
        _source.Want(one with { Wave = new("w", 2, bad.Sha256, ["a"], 60, null) });
        await Turn(2);
        Assert.Equal((PolicyStates.Returned, 1L, 2L, 1), (Report.State, Report.Version, Report.FailedVersion, _enforcer.Changes));
    }

    [Fact]
    public async Task A_first_version_that_cannot_be_tried_is_reported_and_the_next_is_applied()
    {
        PolicyTarget bad = _source.Store("edge", 1, ("edge.skep", "table"));
        _source.Want(new PolicyTarget("edge", 0, "") { Wave = new("w", 1, bad.Sha256, ["a"], 60, null) });
        await Turn(2);
        Assert.Equal((PolicyStates.Returned, 0L, 1L, "w"), (Report.State, Report.Version, Report.FailedVersion, Report.Wave));
        _source.Want(_source.Store("edge", 2, ("edge.skep", Rules(22))));
        await Turn(2);
        Assert.Equal((PolicyStates.Applied, 2L, 0L), (Report.State, Report.Version, Report.FailedVersion));
    }

    [Fact]
    public async Task A_wave_is_reported_also_where_the_version_before_cannot_be_applied()
    {
        _enforcer.Refused = Key;
        PolicyTarget one = _source.Store("edge", 1, ("edge.skep", Rules(22))), two = _source.Store("edge", 2, ("edge.skep", Rules(23)));
        _source.Want(one);
        await Turn();
        Assert.Equal((PolicyStates.Failed, 1L), (Report.State, Report.FailedVersion));
        _source.Want(one with { Wave = new("w", 2, two.Sha256, ["a"], 60, null) });
        await Turn(2);
        Assert.Equal((PolicyStates.Returned, 2L, "w"), (Report.State, Report.FailedVersion, Report.Wave));
        _source.Want(one);
        await Turn();
        Assert.Equal((PolicyStates.Failed, 1L), (Report.State, Report.FailedVersion));
    }

    [Fact]
    public async Task A_boot_has_what_is_remembered_applied_again_without_a_store()
    {
        _source.Want(_source.Store("edge", 1, ("edge.skep", Rules(22))));
        await Turn();
        string? before = _enforcer.Sum(Key);
        _enforcer.Meddle(Key);
        _source.IsDown = true;
        Reconciler booted = Reconciler("another boot");
        booted.Restore();
        Assert.Equal(before, _enforcer.Sum(Key));
        booted.Restore();
        Assert.Equal(2, _enforcer.Changes);
    }

    [Fact]
    public async Task Drift_is_reported_and_not_undone()
    {
        _source.Want(_source.Store("edge", 1, ("edge.skep", Rules(22))));
        await Turn();
        _enforcer.Meddle(Key);
        await Turn();
        Assert.Equal(("table edge is another", PolicyStates.Applied, 1), (Report.Drift, Report.State, _enforcer.Changes));
    }

    [Fact]
    public async Task A_content_that_is_another_than_its_hash_is_not_applied()
    {
        PolicyTarget one = _source.Store("edge", 1, ("edge.skep", Rules(22)));
        foreach (string key in _source.Pieces.Keys.ToArray()) _source.Pieces[key] = ContentPieces.Pack("table edge {\n}\n"u8);
        _source.Want(one);
        await Turn();
        Assert.Empty(_enforcer.Keys);
        Assert.Contains("it is another", Report.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_that_cannot_be_written_is_reported_and_written_later()
    {
        _saveFault = new IOException("the disk is full");
        _source.Want(_source.Store("edge", 1, ("edge.skep", Rules(22))));
        await Turn(2);
        Assert.Equal((PolicyStates.Applied, 1), (Report.State, _enforcer.Changes));
        Assert.Equal(["what is enforced cannot be remembered: the disk is full"], _source.Reported!.Errors);
        Assert.Null(_saved.Find("edge"));
        _saveFault = null;
        _source.IsDown = true;
        await Turn();
        Assert.NotNull(_saved.Find("edge"));
        _source.IsDown = false;
        await Turn();
        Assert.Empty(_source.Reported.Errors);
    }

    [Fact]
    public async Task What_goes_wrong_in_a_source_is_said_once_and_ends_nothing()
    {
        _source.Want(_source.Store("edge", 1, ("edge.skep", Rules(22))));
        foreach (Exception fault in (Exception[])
            [new IOException("a"), new InvalidDataException("b"), new JsonException("c"), new FormatException("d"),
                new InvalidOperationException("e"), new UnauthorizedAccessException("f")])
        {
            _messages.Clear();
            _source.Fault = fault;
            await Turn(2);
            Assert.Equal(fault.Message, _agent.Unreachable);
            Assert.Equal([$"fleet: {fault.Message}; what is enforced stays"], _messages);
            _source.Fault = null;
            await Turn();
            Assert.Null(_agent.Unreachable);
        }

        Assert.Equal(1, _enforcer.Changes);
    }

    private PolicyReport Report => Assert.Single(_source.Reported!.Policies);

    private async Task<(PolicyTarget One, PolicyTarget Two)> Try(string? health)
    {
        PolicyTarget one = _source.Store("edge", 1, ("edge.skep", Rules(22))), two = _source.Store("edge", 2, ("edge.skep", Rules(23)));
        _source.Want(one);
        await Turn();
        _source.Want(one with { Wave = new("w", 2, two.Sha256, ["a"], 60, health) });
        await Turn(2);
        return (one, two);
    }

    private async Task Turn(int times = 1)
    {
        for (int i = 0; i < times; i++) await _agent.Turn(TestContext.Current.CancellationToken);
    }

    private FleetAgent Agent() => new(_source, Reconciler("boot"), _messages.Add);

    private Reconciler Reconciler(string boot) => new(
        new("a", ["web"], boot, _kind), new PolicyLoader(_source, _cache), _enforcer,
        new TrialHealth(() => [new MetricSample("m", [], _metric)]), _saved, Save, () => _enforcer.NowNs);

    private void Save(FleetState state) => _saved = _saveFault is null ? state : throw _saveFault;

    private static string Rules(int port) => $"table edge {{\n    devices = {{ eth9 }}\n    tcp dport {port} drop\n}}\n";
}
