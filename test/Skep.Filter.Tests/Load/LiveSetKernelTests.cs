using CsCheck;
using Skep.Bpf;
using Skep.Filter.Load;
using Skep.Filter.Packets;

namespace Skep.Filter.Tests.Load;

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
                    Assert.Contains("not in it", Assert.Throws<InvalidDataException>(() => set.Delete(elements)).Message, StringComparison.Ordinal);
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

    [Fact]
    public void A_list_is_a_feed_that_loads_as_the_same_set()
    {
        Apply("set s { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.0.2.1-192.0.2.77, 203.0.113.9 } }\nset p { type ipv4_addr . inet_service; elements = { 10.0.0.1 . 53 } }\nset one { type ipv4_addr; elements = { 10.0.0.1 } }\n"
            + "ip saddr @s drop\nip daddr . udp dport @p drop\nip daddr @one drop");
        foreach (var (name, more) in (ReadOnlySpan<(string, string)>)[("s", "10.1.0.0/16"), ("p", "10.0.0.2 . 80"), ("one", "10.0.0.2")])
        {
            using var set = LiveSet.Open(_name, name);
            var before = set.List().ToList();
            set.Add(set.Parse([more]).Elements!, null);
            if (name == "one") Assert.Equal(["10.0.0.1", "10.0.0.2"], set.List().Select(e => e.Text));
            set.Load(set.ParseFeed("feed", string.Join('\n', before.Select(e => e.Text))).Elements!, null);
            Assert.Equal(before, set.List());
            Assert.Equal(before.Count, AppliedTable.Read(_name)!.Sets.Single(s => s.Name == name).Elements);
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
            var feed = string.Join('\n', Enumerable.Range(0, 10 + 400 * (i % 3)).Select(n => $"{20 + i}.{n / 256}.{n % 256}.{i}{(i % 2 == 0 ? "" : "/31")}").Append(i % 2 == 0 ? "10.0.0.1" : "10.0.0.0/16"));
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
        Apply("set s { type ipv4_addr; size 3; elements = { 10.0.0.1 } }\nset r { type ipv4_addr . inet_service; flags interval; size 2; elements = { 10.0.0.0/8 . 1-9 } }\nset unused { type ipv4_addr }\nip saddr @s drop\nip saddr . udp dport @r drop");
        using var set = LiveSet.Open(_name, "s");
        Assert.Contains("room for 3", Assert.Throws<InvalidDataException>(() => set.Add(set.Parse(["10.0.0.2 10.0.0.3 10.0.0.4"]).Elements!, null)).Message, StringComparison.Ordinal);
        Assert.Contains("flags timeout", Assert.Throws<InvalidDataException>(() => set.Add(set.Parse(["10.0.0.2"]).Elements!, TimeSpan.FromDays(1))).Message, StringComparison.Ordinal);
        Assert.Contains("single values", Assert.Single(set.Parse(["10.0.0.0/24"]).Diagnostics).Message, StringComparison.Ordinal);
        Assert.Equal((3, 2), (set.ParseFeed("f", "# x\n10.0.0.9\n 10.0.0.0/24\n").Diagnostics[0].Line, set.ParseFeed("f", "# x\n10.0.0.9\n 10.0.0.0/24\n").Diagnostics[0].Column));
        Assert.Equal(["10.0.0.1"], set.List().Select(e => e.Text));
        using var rows = LiveSet.Open(_name, "r");
        Assert.Contains("room for 2", Assert.Throws<InvalidDataException>(() => rows.Add(rows.Parse(["1.1.1.1 . 1, 1.1.1.2 . 1-2"]).Elements!, null)).Message, StringComparison.Ordinal);
        Assert.Contains("no rule uses it", Assert.Throws<InvalidDataException>(() => LiveSet.Open(_name, "unused")).Message, StringComparison.Ordinal);
        Assert.Contains("the sets s, r, unused", Assert.Throws<InvalidDataException>(() => LiveSet.Open(_name, "x")).Message, StringComparison.Ordinal);
        Assert.Contains("filters no device", Assert.Throws<InvalidDataException>(() => LiveSet.Open(_name + "x", "s")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_replace_brings_the_elements_of_the_file_and_a_change_of_the_old_set_says_so()
    {
        Apply("set s { type ipv4_addr; elements = { 10.0.0.1 } }\nip saddr @s drop");
        using var old = LiveSet.Open(_name, "s");
        old.Add(old.Parse(["10.0.0.2"]).Elements!, null);
        Apply("set s { type ipv4_addr; elements = { 10.0.0.3 } }\nip saddr @s drop");
        using var set = LiveSet.Open(_name, "s");
        Assert.Equal(["10.0.0.3"], set.List().Select(e => e.Text));
        Assert.Contains("replaced", Assert.Throws<InvalidDataException>(() => old.Add(old.Parse(["10.0.0.4"]).Elements!, null)).Message, StringComparison.Ordinal);
    }

    private void Apply(string rules) =>
        FilterApplier.Apply(Rules.Table(rules) with { Name = _name }, new ApplyRequest([VethPair.Device], _pair.Name, false), _ => { });

    private static byte[] Build(string text)
    {
        Assert.True(PacketText.TryParse(text, out var spec, out _));
        return PacketBuilder.Build(spec);
    }

    private static bool IsDropped(BpfProgram program, string text) => program.Run(new BpfRun { Data = Build(text) }).ReturnValue == 1;
}
