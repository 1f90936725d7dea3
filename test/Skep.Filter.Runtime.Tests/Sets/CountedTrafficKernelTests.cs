using System.Net;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Attach;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Sets;
using Skep.Filter.Runtime.Tables;
using Skep.Filter.Runtime.Tests.Fixtures;

namespace Skep.Filter.Runtime.Tests.Sets;

/// <summary>Sets that count, in tables that are changed while packets come in on several CPUs.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class CountedTrafficKernelTests : IDisposable
{
    private const string Sets = "set p { type inet_service; counter; elements = { 7001, 7002, 7003 } }\n"
        + "set n { type ipv4_addr; flags interval; counter; elements = { 10.77.0.0/25, 10.77.0.128/25 } }\n";

    private const string Counting = "udp dport @p continue\nudp dport 7001-7003 ip saddr @n continue\n";

    private const int Patience = 120;

    private readonly VethPair _pair = new();
    private readonly string _name = $"counted-{Environment.ProcessId}-{Guid.NewGuid():n}";

    public void Dispose()
    {
        AppliedTable.Remove(_name);
        _pair.Dispose();
    }

    [Fact]
    public async Task Nothing_is_lost_by_changes_under_traffic()
    {
        Apply(Sets + Counting + "udp dport 7001-7003 drop");
        using var stop = new CancellationTokenSource();
        var senders = Enumerable.Range(7001, 3).Select(port => Task.Run(() => Send(port, stop.Token))).ToArray();
        using (var set = LiveSet.Open(_name, "p"))
        {
            // Each thread sends when the changes begin.
            Tool.Until(() => set.List().All(e => e.Count!.Value.Packets > 1000), "packets for each element", Patience);
            for (var round = 0; round < 6; round++)
            {
                set.Add(set.Parse([$"{8000 + round}"]).Elements!, null);
                set.Add(set.Parse([$"{9000 + round}", $"{9100 + round}"]).Elements!, null);
                set.Delete(set.Parse([$"{8000 + round}"]).Elements!);
                set.Load(set.ParseFeed("feed", "7001\n7002\n7003\n" + $"{100 + round}").Elements!, null);
                Apply(Sets + Counting + $"udp dport {round + 1} drop\nudp dport 7001-7003 drop");
                RuleEdits.Add(_name, $"udp sport {round + 1} drop", static _ => { });
            }
        }
        await stop.CancelAsync();
        await Task.WhenAll(senders);
        var table = AppliedTable.Read(_name, withElements: true)!;
        Assert.Equal(table.Rules[0].Count, Sum(table.CountedElements["p"]));
        Assert.Equal(table.Rules[1].Count, Sum(table.CountedElements["n"]));
        Assert.True(table.Rules[0].Count.Packets > 3000, $"{table.Rules[0].Count.Packets} packets came in");
        Assert.Equal(["7001", "7002", "7003"], table.CountedElements["p"].Select(e => e.Text));
        Assert.All(table.CountedElements["p"], e => Assert.NotEqual(0UL, e.Count!.Value.Packets));
    }

    [Fact]
    public void An_element_keeps_its_count_as_long_as_it_is_in_the_set()
    {
        Apply("set s { type ipv4_addr; counter; elements = { 10.0.0.1, 10.0.0.2 counter packets 5 bytes 50 } }\nip saddr @s drop");
        using var set = LiveSet.Open(_name, "s");
        set.Add(set.Parse(["10.0.0.3 counter packets 7"]).Elements!, null);
        Assert.Equal(["10.0.0.1 0/0", "10.0.0.2 5/50", "10.0.0.3 7/0"], Counts(set));

        // One that is there goes on, whatever is said of it.
        set.Add(set.Parse(["10.0.0.2 counter packets 99 bytes 9", "10.0.0.4"]).Elements!, null);
        set.Add(set.Parse(["10.0.0.3 counter packets 99"]).Elements!, null);
        Assert.Equal(["10.0.0.1 0/0", "10.0.0.2 5/50", "10.0.0.3 7/0", "10.0.0.4 0/0"], Counts(set));

        // One that is deleted begins anew, in place and by another image.
        set.Delete(set.Parse(["10.0.0.2"]).Elements!);
        set.Add(set.Parse(["10.0.0.2"]).Elements!, null);
        set.Delete(set.Parse(["10.0.0.3", "10.0.0.4"]).Elements!);
        set.Add(set.Parse(["10.0.0.3", "10.0.0.4 counter bytes 4 packets 3"]).Elements!, null);
        Assert.Equal(["10.0.0.1 0/0", "10.0.0.2 0/0", "10.0.0.3 0/0", "10.0.0.4 3/4"], Counts(set));

        // A list is a feed that loads as the same set.
        var lines = set.List().Select(e => e.Line).ToList();
        set.Delete(set.Parse(["10.0.0.4"]).Elements!);
        set.Load(set.ParseFeed("feed", string.Join('\n', lines)).Elements!, null);
        Assert.Equal(lines, set.List().Select(e => e.Line));
    }

    [Fact]
    public void Places_are_made_and_used_again()
    {
        Apply("set s { type ipv4_addr; counter; elements = { 10.0.0.1 counter packets 5 bytes 50 } }\nip saddr @s drop");
        using var set = LiveSet.Open(_name, "s");
        for (var round = 0; round < 5; round++)
        {
            var feed = string.Join('\n', Enumerable.Range(0, 900 * (round + 1)).Select(
                i => $"10.{round + 1}.{i >> 8}.{i & 255} counter packets {i} bytes 1"));
            set.Load(set.ParseFeed("feed", "10.0.0.1\n" + feed).Elements!, null);
            var counts = Counts(set);
            Assert.Equal("10.0.0.1 5/50", counts[0]);
            Assert.Equal(900 * (round + 1) + 1, counts.Count);
            for (var i = 1; i < counts.Count; i += 77) Assert.EndsWith($" {i - 1}/1", counts[i], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Elements_that_count_are_disjoint_and_deleted_as_they_were_added()
    {
        Apply("set s { type ipv4_addr; flags interval; counter; elements = { 10.0.0.0/24, 10.0.1.0/24 } }\nip saddr @s drop");
        using var set = LiveSet.Open(_name, "s");
        Assert.Contains("in common",
            Assert.Throws<InvalidDataException>(() => set.Add(set.Parse(["10.0.0.7"]).Elements!, null)).Message, StringComparison.Ordinal);
        Assert.Contains("not an element of it",
            Assert.Throws<InvalidDataException>(() => set.Delete(set.Parse(["10.0.0.7"]).Elements!)).Message, StringComparison.Ordinal);
        set.Delete(set.Parse(["10.0.0.0/24"]).Elements!);
        set.Add(set.Parse(["10.0.0.7"]).Elements!, null);
        Assert.Equal(["10.0.0.7 0/0", "10.0.1.0/24 0/0"], Counts(set));
        Assert.Equal(["10.0.1.0/24"], set.Find(set.Parse(["10.0.1.9"]).Elements!).Select(e => e.Text));
    }

    private static List<string> Counts(LiveSet set) =>
        [.. set.List().Select(e => $"{e.Text} {e.Count!.Value.Packets}/{e.Count.Value.Bytes}")];

    private static Counter Sum(IEnumerable<LiveElement> elements) =>
        elements.Aggregate(default(Counter), (sum, e) => sum + new Counter(e.Count!.Value.Packets, e.Count.Value.Bytes));

    private void Send(int port, CancellationToken stop)
    {
        using var socket = _pair.Sender();
        var (target, length) = (new IPEndPoint(IPAddress.Parse("10.77.0.2"), port), 0);
        while (!stop.IsCancellationRequested) socket.SendTo(new byte[length++ % 200], target);
    }

    private void Apply(string rules) => FilterApplier.Apply(
        Rules.Table(rules) with { Name = _name }, new ApplyRequest([VethPair.Device], _pair.Name, false), _ => { });
}
