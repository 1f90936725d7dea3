using System.Text;
using Skep.Agent.History;
using Skep.Agent.Query;
using Skep.Agent.Tests.Support;

namespace Skep.Agent.Tests.History;

/// <summary>Decisions of guard in the history, and how a history of an earlier version gets them.</summary>
public sealed class DecisionTests : IDisposable
{
    private readonly Store _store = new();

    [Fact]
    public void Each_part_of_them_is_found()
    {
        using (HistoryWriter writer = _store.Open())
        {
            Assert.Null(writer.LastDecision);
            Assert.True(writer.Store(
            [
                Row(1, "deny", "server", "prog_load", "kprobe", "bpftrace", "a.service", 0),
                Row(2, "alert", "other", "map_create", "hash", "tool", null, 1000),
                Row(3, "deny", null, "link_create", null, "tool", null, 0),
            ]));
        }

        Assert.Equal([1, 2, 3], Found(new()));
        Assert.Equal([3], Found(new() { Last = 1 }));
        Assert.Equal([2, 3], Found(new() { Since = 2 }));
        Assert.Equal([1], Found(new() { Until = 2 }));
        Assert.Equal([1, 3], Found(new() { Decisions = ["deny"] }));
        Assert.Equal([2], Found(new() { Policies = ["other", "none"] }));
        Assert.Equal([1], Found(new() { Types = ["kprobe"] }));
        Assert.Equal([2, 3], Found(new() { Comm = "tool" }));
        Assert.Equal([1], Found(new() { Unit = "a.service" }));
        Assert.Equal([2], Found(new() { Uid = 1000 }));
        Assert.Equal([1, 3], Found(new() { Commands = ["prog_load", "link_create"] }));
        using HistoryReader reader = _store.Read();
        HistoryDecision first = reader.Decisions(new()).First();
        Assert.Equal(("line 1", "{\"number\":1}"), (first.Text, Encoding.UTF8.GetString(first.Json.Span)));
    }

    // Their numbers begin anew when the machine boots.
    [Fact]
    public void The_last_of_a_boot_is_known_at_the_next_start()
    {
        using (HistoryWriter writer = _store.Open("one")) writer.Store([Row(7), Row(8)]);
        using (HistoryWriter writer = _store.Open("one")) Assert.Equal(8, writer.LastDecision);
        using (HistoryWriter writer = _store.Open("two")) Assert.Null(writer.LastDecision);
    }

    [Theory]
    [InlineData(1, "DROP TABLE alerts; DROP TABLE baseline; DROP TABLE decisions; DROP INDEX events_uid")]
    [InlineData(2, "DROP TABLE decisions; DROP INDEX events_uid")]
    public void A_history_of_an_earlier_version_is_kept_and_gets_what_is_new(int version, string missing)
    {
        using (HistoryWriter writer = _store.Open())
        {
            Store.Write(writer, Events.Load(5, "kept", 3));
            HistoryDatabase.Run(writer.Connection, $"{missing}; PRAGMA user_version = {version}");
        }

        Assert.Contains("an earlier version", Assert.Throws<InvalidDataException>(_store.Read).Message, StringComparison.Ordinal);
        using (HistoryWriter writer = _store.Open())
        {
            Assert.True(writer.Store([Row(1)]));
            Assert.True(writer.Store([new AlertRow(1, "rule", "warning", "subject", "{}"u8.ToArray())], []));
            Assert.Equal(HistoryDatabase.Version, HistoryDatabase.Number(writer.Connection, "PRAGMA user_version"));
        }

        Assert.Single(_store.ReadEvents(), e => e.Gap is null);
        Assert.Equal([1], Found(new()));
    }

    public void Dispose() => _store.Dispose();

    private IEnumerable<long> Found(HistoryFilter filter)
    {
        using HistoryReader reader = _store.Read();
        return [.. reader.Decisions(filter).Select(one => one.Time)];
    }

    private static DecisionRow Row(
        long number, string decision = "deny", string? policy = "server", string command = "prog_load", string? type = "kprobe",
        string comm = "tool", string? unit = null, uint uid = 0) => new(
            number, number, decision, policy, command, type, comm, unit, uid, $"line {number}",
            Encoding.UTF8.GetBytes($"{{\"number\":{number}}}"));
}
