using System;
using CsCheck;
using Skep.Bpf;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Attach;
using Skep.Filter.Runtime.Change;
using Skep.Filter.Runtime.Sets;
using Skep.Filter.Runtime.Tables;
using Skep.Filter.Runtime.Tests.Fixtures;
using Skep.Packets.Building;

namespace Skep.Filter.Runtime.Tests.Sets;

/// <summary>Sets of applied tables, changed while they run.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class LiveSetKernelTests : IDisposable
{
    private readonly VethPair _pair = new();
    private readonly string _name = $"sets-{Environment.ProcessId}-{Guid.NewGuid():n}";

    public void Dispose()
    {
        AppliedTable.Remove(_name);
        _pair.Dispose();
    }

    [Theory]
    [InlineData("type ipv4_addr; flags interval")]
    [InlineData("type ipv4_addr; flags interval, timeout")]
    [InlineData("type ipv4_addr . inet_service; flags interval")]
    public void Calls_do_what_a_list_of_addresses_says(string head)
    {
        var joined = head.Contains('.', StringComparison.Ordinal);
        Apply($"set s {{ {head} }}\n{(joined ? "ip saddr . udp dport" : "ip saddr")} @s drop");
        using var set = LiveSet.Open(_name, "s");
        using var program = BpfProgram.OpenById(AppliedTable.Read(_name)!.Devices[0].ProgramId);
        var model = new bool[64];
        var random = new Random(5);
        for (var call = 0; call < 40; call++)
        {
            var low = random.Next(64);
            var high = Math.Min(63, low + (random.Next(3) == 0 ? random.Next(30) : 0));
            var text = $"10.0.0.{low}-10.0.0.{high}{(joined ? " . 53" : "")}";
            var elements = set.Parse([text]).Elements!;
            switch (random.Next(joined ? 2 : 5))
            {
                case 0 when !joined && model[low..(high + 1)].Contains(false):
                    Assert.Contains(
                        "not in it", Assert.Throws<InvalidDataException>(() => set.Delete(elements)).Message, StringComparison.Ordinal);
                    break;
                case 0 when !joined:
                    set.Delete(elements);
                    Array.Fill(model, false, low, high - low + 1);
                    break;
                case 4:
                    set.Load(elements, null);
                    Array.Fill(model, false);
                    Array.Fill(model, true, low, high - low + 1);
                    break;
                default:
                    set.Add(elements, null);
                    Array.Fill(model, true, low, high - low + 1);
                    break;
            }
            Assert.Equal(model, Enumerable.Range(0, 64).Select(a => IsDropped(program, $"udp 10.0.0.{a}:1 > 10.0.0.2:53")));
        }
    }

    [Theory]
    [InlineData("s", "10.1.0.0/16")]
    [InlineData("p", "10.0.0.2 . 80")]
    [InlineData("one", "10.0.0.2")]
    public void A_list_is_a_feed_that_loads_as_the_same_set(string name, string more)
    {
        Apply("set s { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.0.2.1-192.0.2.77, 203.0.113.9 } }\nset p { type "
            + "ipv4_addr . inet_service; elements = { 10.0.0.1 . 53 } }\nset one { type ipv4_addr; elements = { 10.0.0.1 } }\n"
            + "ip saddr @s drop\nip daddr . udp dport @p drop\nip daddr @one drop");
        using var set = LiveSet.Open(_name, name);
        var before = set.List().ToList();
        set.Add(set.Parse([more]).Elements!, null);
        if (name == "one") Assert.Equal(["10.0.0.1", "10.0.0.2"], set.List().Select(e => e.Text));
        set.Load(set.ParseFeed("feed", string.Join('\n', before.Select(e => e.Text))).Elements!, null);
        Assert.Equal(before, set.List());
        Assert.Equal(before.Count, AppliedTable.Read(_name)!.Sets.Single(s => s.Name == name).Elements);
    }

    [Fact]
    public void The_element_that_holds_an_address_is_found_until_it_ends()
    {
        Apply("set s { type ipv4_addr; flags interval, timeout; elements = { 10.0.0.0/24 timeout 1h, 10.0.1.0/24, "
            + "10.0.3.7 timeout 1ms } }\n"
            + "set p { type ipv4_addr . inet_service; flags interval; elements = { 10.0.0.0/8 . 1-100, 10.1.0.0/16 . 53-200 } }\n"
            + "set one { type ipv4_addr; elements = { 10.0.0.1, 10.0.0.2 } }\nset port { type inet_service; elements = { 80, 81 } }\n"
            + "ip saddr @s drop\nip daddr . udp dport @p drop\nip daddr @one drop\nudp sport @port drop");
        Thread.Sleep(5);
        Assert.Equal(["10.0.0.0/24"], Find("s", "10.0.0.77"));
        Assert.Equal(["10.0.0.0/24", "10.0.1.0/24"], Find("s", "10.0.0.255-10.0.1.0"));
        Assert.Empty(Find("s", "10.0.1.255-10.0.2.0"));
        Assert.Empty(Find("s", "10.0.3.7"));
        Assert.Empty(Find("s", "9.255.255.255-10.0.0.0"));
        Assert.Equal(["10.0.0.0/8 . 1-100", "10.1.0.0/16 . 53-200"], Find("p", "10.1.2.3 . 53"));
        Assert.Empty(Find("p", "10.1.2.3 . 201"));
        Assert.Equal(["10.0.0.2"], Find("one", "10.0.0.2"));
        Assert.Empty(Find("one", "10.0.0.3"));
        Assert.Equal(["81"], Find("port", "81"));
        using (var set = LiveSet.Open(_name, "s"))
        {
            Assert.InRange(Assert.Single(set.Find(set.Parse(["10.0.0.1"]).Elements!)).Expires!.Value.TotalMinutes, 55, 60);
            Assert.Null(Assert.Single(set.Find(set.Parse(["10.0.1.1"]).Elements!)).Expires);
        }

        IEnumerable<string> Find(string name, string element)
        {
            using var set = LiveSet.Open(_name, name);
            return [.. set.Find(set.Parse([element]).Elements!).Select(e => e.Text)];
        }
    }

    [Fact]
    public void Elements_run_out_and_keep_the_longer_time()
    {
        Apply("set s { type ipv4_addr; flags interval, timeout }\nip saddr @s drop");
        using var set = LiveSet.Open(_name, "s");
        using var program = BpfProgram.OpenById(AppliedTable.Read(_name)!.Devices[0].ProgramId);
        set.Add(set.Parse(["10.0.0.0/24", "timeout", "1h"]).Elements!, null);
        set.Add(set.Parse(["10.0.0.0/30", "10.9.9.9"]).Elements!, TimeSpan.FromMilliseconds(50));
        Thread.Sleep(60);
        Assert.True(IsDropped(program, "udp 10.0.0.1:1 > 10.0.0.2:53"));
        Assert.False(IsDropped(program, "udp 10.9.9.9:1 > 10.0.0.2:53"));
        var only = Assert.Single(set.List());
        Assert.Equal("10.0.0.0/24", only.Text);
        Assert.InRange(only.Expires!.Value.TotalMinutes, 1, 60);
    }

    [Fact]
    public void A_packet_that_is_in_both_sets_is_dropped_at_every_moment()
    {
        Apply("set s { type ipv4_addr; flags interval; elements = { 10.0.0.1 } }\nip saddr @s drop");
        using var set = LiveSet.Open(_name, "s");
        using var program = BpfProgram.OpenById(AppliedTable.Read(_name)!.Devices[0].ProgramId);
        var stop = false;
        var (runs, misses) = (0L, 0L);
        var traffic = new Thread(() =>
        {
            var packet = Build("udp 10.0.0.1:1 > 10.0.0.2:53");
            for (; !Volatile.Read(ref stop); runs++)
                if (program.Run(new BpfRun { Data = packet }).ReturnValue != 1) misses++;
        });
        traffic.Start();
        for (var i = 0; i < 25; i++)
        {
            var feed = string.Join(
                '\n',
                Enumerable.Range(0, 10 + 400 * (i % 3)).Select(
                    n => $"{20 + i}.{n / 256}.{n % 256}.{i}{(i % 2 == 0 ? "" : "/31")}").Append(i % 2 == 0 ? "10.0.0.1" : "10.0.0.0/16"));
            set.Load(set.ParseFeed("feed", feed).Elements!, null);
        }
        Volatile.Write(ref stop, true);
        traffic.Join();
        Assert.True(runs > 0);
        Assert.Equal(0, misses);
    }

    [Fact]
    public void Two_rules_see_one_set()
    {
        Apply("set s { type ipv4_addr }\nip saddr @s continue comment \"a\"\nip daddr @s drop comment \"b\"");
        using var set = LiveSet.Open(_name, "s");
        using var program = BpfProgram.OpenById(AppliedTable.Read(_name)!.Devices[0].ProgramId);
        var stop = false;
        var traffic = new Thread(() =>
        {
            var packet = Build("udp 10.0.0.1:1 > 10.0.0.1:53");
            while (!Volatile.Read(ref stop)) program.Run(new BpfRun { Data = packet, Repeat = 10_000 });
        });
        traffic.Start();
        var one = set.Parse(["10.0.0.1"]).Elements!;
        for (var i = 0; i < 20; i++)
        {
            set.Add(one, null);
            set.Delete(one);
        }
        Volatile.Write(ref stop, true);
        traffic.Join();
        var counts = AppliedTable.Read(_name)!.Rules.Select(r => r.Count).ToList();
        Assert.True(counts[0].Packets > 0);
        Assert.Equal(counts[0], counts[1]);
    }

    [Fact]
    public void Callers_at_the_same_time_lose_nothing()
    {
        Apply("set s { type ipv4_addr }\nip saddr @s drop");
        Parallel.For(0, 4, thread =>
        {
            using var set = LiveSet.Open(_name, "s");
            for (var i = 0; i < 5; i++) set.Add(set.Parse([$"10.0.{thread}.{2 * i}"]).Elements!, null);
        });
        using var all = LiveSet.Open(_name, "s");
        Assert.Equal(20, all.List().Count());
    }

    [Fact]
    public void What_a_set_cannot_hold_is_refused_and_changes_nothing()
    {
        Apply(
            "set s { type ipv4_addr; size 3; elements = { 10.0.0.1 } }\nset r { type ipv4_addr . inet_service; flags interval; size 2; "
            + "elements = { 10.0.0.0/8 . 1-9 } }\nset unused { type ipv4_addr }\nip saddr @s drop\nip saddr . udp dport @r drop");
        using var set = LiveSet.Open(_name, "s");
        Assert.Contains(
            "room for 3",
            Assert.Throws<InvalidDataException>(() => set.Add(set.Parse(["10.0.0.2 10.0.0.3 10.0.0.4"]).Elements!, null)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "flags timeout",
            Assert.Throws<InvalidDataException>(() => set.Add(set.Parse(["10.0.0.2"]).Elements!, TimeSpan.FromDays(1))).Message,
            StringComparison.Ordinal);
        Assert.Contains("single values", Assert.Single(set.Parse(["10.0.0.0/24"]).Diagnostics).Message, StringComparison.Ordinal);
        Assert.Equal(
            (3, 2),
            (
                set.ParseFeed("f", "# x\n10.0.0.9\n 10.0.0.0/24\n").Diagnostics[0].Line,
                set.ParseFeed("f", "# x\n10.0.0.9\n 10.0.0.0/24\n").Diagnostics[0].Column));
        Assert.Equal(["10.0.0.1"], set.List().Select(e => e.Text));
        using var rows = LiveSet.Open(_name, "r");
        Assert.Contains(
            "room for 2",
            Assert.Throws<InvalidDataException>(() => rows.Add(rows.Parse(["1.1.1.1 . 1, 1.1.1.2 . 1-2"]).Elements!, null)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "no rule uses it", Assert.Throws<InvalidDataException>(() => LiveSet.Open(_name, "unused")).Message, StringComparison.Ordinal);
        Assert.Contains(
            "the sets s, r, unused", Assert.Throws<InvalidDataException>(() => LiveSet.Open(_name, "x")).Message, StringComparison.Ordinal);
        Assert.Contains(
            "filters no device",
            Assert.Throws<InvalidDataException>(() => LiveSet.Open(_name + "x", "s")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_replace_brings_the_elements_of_the_file_and_a_change_goes_to_the_new_set()
    {
        Apply("set s { type ipv4_addr; elements = { 10.0.0.1 } }\nip saddr @s drop");
        using var old = LiveSet.Open(_name, "s");
        old.Add(old.Parse(["10.0.0.2"]).Elements!, null);
        Apply("set s { type ipv4_addr; elements = { 10.0.0.3 } }\nip saddr @s drop");
        using var set = LiveSet.Open(_name, "s");
        Assert.Equal(["10.0.0.3"], set.List().Select(e => e.Text));
        old.Add(old.Parse(["10.0.0.4"]).Elements!, null);
        Assert.Equal(["10.0.0.3", "10.0.0.4"], set.List().Select(e => e.Text));
        Apply("set s { type ipv4_addr . inet_service }\nip saddr . udp dport @s drop");
        Assert.Contains(
            "another kind",
            Assert.Throws<InvalidDataException>(() => old.Add(old.Parse(["10.0.0.4"]).Elements!, null)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_load_reports_what_changed_and_refuses_to_lose_most_of_a_set()
    {
        Apply("set s { type ipv4_addr }\nset six { type ipv6_addr; flags interval }\nip saddr @s drop\nip6 saddr @six drop");
        using var set = LiveSet.Open(_name, "s");
        using var six = LiveSet.Open(_name, "six");
        ElementListPair Feed(string four, string sixes) => new(set.ParseFeed("f", four).Elements!, six.ParseFeed("f", sixes).Elements!);
        IReadOnlyList<SetDelta> Load(ElementListPair feed, bool force = false) =>
            LiveSet.Load(_name, [(set, feed.Four), (six, feed.Six)], null, force, _ => { });
        Assert.Equal([new("s", 4, 0, 0), new("six", 1, 0, 0)], Load(Feed("10.0.0.1\n10.0.0.2\n10.0.0.3\n10.0.0.4\n", "2001:db8::/32\n")));
        Assert.Equal([new("s", 1, 2, 2), new("six", 0, 0, 1)], Load(Feed("10.0.0.2\n10.0.0.3\n10.9.0.9\n", "2001:db8::/32\n")));
        Assert.Contains("no element", Assert.Throws<SetLossException>(() => Load(Feed("# empty\n", ""))).Message, StringComparison.Ordinal);
        Assert.Contains(
            "less than half",
            Assert.Throws<SetLossException>(() => Load(Feed("10.0.0.2\n", "2001:db8::/32\n"))).Message,
            StringComparison.Ordinal);
        var lost = Assert.Throws<SetLossException>(() => Load(Feed("10.0.0.2\n10.0.0.3\n10.9.0.9\n", "")));
        Assert.Equal([new("s", 0, 0, 3), new("six", 0, 1, 0)], lost.Deltas);
        Assert.Equal((3, 1), (set.List().Count(), six.List().Count()));
        Assert.Equal([new("s", 0, 3, 0), new("six", 0, 1, 0)], Load(Feed("", ""), force: true));
        Assert.Empty(set.List());
    }

    [Fact]
    public void A_set_without_ranges_stays_one()
    {
        Apply(
            "set s { type ipv4_addr; elements = { 10.0.0.1, 10.0.0.2 } }\nset p { type inet_service; size 3; elements = { 80, 81 } }\nip "
            + "saddr @s drop\ntcp dport @p drop");
        using var set = LiveSet.Open(_name, "s");
        using var ports = LiveSet.Open(_name, "p");
        Assert.Equal(["10.0.0.1", "10.0.0.2"], set.List().Select(e => e.Text));
        Assert.Equal(["80", "81"], ports.List().Select(e => e.Text));
        Assert.Null(set.Parse(["10.0.0.0/24"]).Elements);
        Assert.Null(ports.Parse(["80-90"]).Elements);
        Assert.Contains(
            "room for 3",
            Assert.Throws<InvalidDataException>(() => ports.Add(ports.Parse(["82 83"]).Elements!, null)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_set_lets_elements_go_and_times_are_listed_as_they_load()
    {
        Apply("set s { type ipv4_addr; flags interval, timeout; size 1; elements = { 10.0.0.0/24 timeout 1h } }\nip saddr @s drop");
        using var set = LiveSet.Open(_name, "s");
        set.Delete(set.Parse(["10.0.0.5"]).Elements!);
        var lines = set.List().Select(e => e.Line).ToList();
        Assert.Equal(2, lines.Count);
        Assert.All(lines, line => Assert.Contains(" timeout 59m", line, StringComparison.Ordinal));
        Apply("set s { type ipv4_addr; flags interval, timeout }\nip saddr @s drop");
        set.Load(set.ParseFeed("saved", string.Join('\n', lines)).Elements!, null);
        Assert.Equal(["10.0.0.0-10.0.0.4", "10.0.0.6-10.0.0.255"], set.List().Select(e => e.Text));
        Assert.All(set.List(), e => Assert.InRange(e.Expires!.Value.TotalMinutes, 55, 60));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_element_added_while_rules_wait_is_kept_whichever_stay(bool confirmed)
    {
        Apply("set s { type ipv4_addr }\nip saddr @s drop");
        FilterApplier.Apply(Rules.Table(
            "set s { type ipv4_addr; flags interval; elements = { 192.0.2.0/24 } }\nip saddr @s drop") with
        { Name = _name },
            new ApplyRequest([VethPair.Device], _pair.Name, false) { Confirm = TimeSpan.FromMinutes(5) }, _ => { });
        using (var set = LiveSet.Open(_name, "s"))
        {
            set.Add(set.Parse(["10.0.0.1 10.0.0.7"]).Elements!, null);
            set.Delete(set.Parse(["10.0.0.7"]).Elements!);
        }
        if (confirmed) Confirmation.Confirm(_name, _ => { });
        else Confirmation.Return(_name, _ => { });
        using var after = LiveSet.Open(_name, "s");
        Assert.Equal(confirmed ? ["10.0.0.1", "192.0.2.0/24"] : ["10.0.0.1"], after.List().Select(e => e.Text));
    }

    [Fact]
    public async Task Elements_added_while_the_table_is_applied_are_not_lost()
    {
        const string Text = "set s { type ipv4_addr }\nip saddr @s drop";
        Apply(Text);
        using var set = LiveSet.Open(_name, "s");
        var added = new HashSet<string>();
        var applied = 0;
        var last = new HashSet<string>();
        var applier = Task.Run(() =>
        {
            for (; applied < 6; applied++) Apply(Text);
        }, TestContext.Current.CancellationToken);
        for (var i = 0; !applier.IsCompleted || i < 10; i++)
        {
            var element = $"10.0.{i / 100}.{2 * (i % 100)}";
            var before = Volatile.Read(ref applied);
            set.Add(set.Parse([element]).Elements!, null);
            added.Add(element);
            if (before == 6) last.Add(element);
        }
        await applier.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Superset(last, set.List().Select(e => e.Text).ToHashSet());
        Assert.Subset(added, set.List().Select(e => e.Text).ToHashSet());
    }

    [Fact]
    public void A_re_apply_keeps_the_buckets_of_limits_that_did_not_change_and_what_is_tracked()
    {
        const string Text = "track sizes\nip saddr 10.0.0.1 limit rate 1/week burst 5 pass comment \"a\"\nip saddr 10.0.0.1 drop";
        Apply(Text);
        Assert.Equal(5, Passed(8));
        Apply(Text);
        Assert.Equal(0, Passed(8));
        Apply(Text.Replace("burst 5", "burst 6", StringComparison.Ordinal));
        Assert.Equal(6, Passed(8));
        Assert.True(AppliedTable.Read(_name, withSketches: true)!.Sketches!.Sizes!.Aggregate(0ul, (sum, s) => sum + s.Count.Packets) >= 24);

        int Passed(int packets)
        {
            using var program = BpfProgram.OpenById(AppliedTable.Read(_name)!.Devices[0].ProgramId);
            return Enumerable.Range(0, packets).Count(_ => !IsDropped(program, "udp 10.0.0.1:1 > 10.0.0.2:53"));
        }
    }

    private sealed record ElementListPair(Skep.Filter.Model.ElementList Four, Skep.Filter.Model.ElementList Six);

    private void Apply(string rules) =>
        FilterApplier.Apply(Rules.Table(rules) with { Name = _name }, new ApplyRequest([VethPair.Device], _pair.Name, false), _ => { });

    private static byte[] Build(string text)
    {
        Assert.True(PacketText.TryParse(text, out var spec, out _));
        return PacketBuilder.Build(spec);
    }

    private static bool IsDropped(BpfProgram program, string text) => program.Run(new BpfRun { Data = Build(text) }).ReturnValue == 1;
}
