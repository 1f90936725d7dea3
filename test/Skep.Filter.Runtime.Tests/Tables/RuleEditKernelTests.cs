using Skep.Bpf;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Attach;
using Skep.Filter.Runtime.Sets;
using Skep.Filter.Runtime.Tables;
using Skep.Filter.Runtime.Tests.Fixtures;
using Skep.Packets.Building;

namespace Skep.Filter.Runtime.Tests.Tables;

/// <summary>Single rules of applied tables, changed while they run.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class RuleEditKernelTests : IDisposable
{
    private readonly VethPair _pair = new();
    private readonly string _name = $"rules-{Environment.ProcessId}-{Guid.NewGuid():n}";

    public void Dispose()
    {
        AppliedTable.Remove(_name);
        _pair.Dispose();
    }

    [Fact]
    public void Other_rules_keep_their_counters_and_their_order()
    {
        Apply("udp dport 1 drop\nudp dport 2 drop");
        Send("udp 10.0.0.1:9 > 10.0.0.2:2", 3);
        Assert.NotEqual("", RuleEdits.Add(_name, "udp dport 3 drop", Ignore));
        RuleEdits.Insert(_name, null, "udp dport 4 drop", Ignore);
        RuleEdits.Insert(_name, "udp dport 2 drop", "udp dport 5 drop", Ignore);
        Assert.Equal(
            ["udp dport 4 drop", "udp dport 1 drop", "udp dport 5 drop", "udp dport 2 drop", "udp dport 3 drop"],
            Counted().Select(r => r.Text));
        Assert.Equal([0UL, 0, 0, 3, 0], Counted().Select(r => r.Count.Packets));
        foreach (var port in (ReadOnlySpan<int>)[1, 2, 3, 4, 5]) Assert.Equal(1u, Send($"udp 10.0.0.1:9 > 10.0.0.2:{port}"));
        Assert.Equal(2u, Send("udp 10.0.0.1:9 > 10.0.0.2:6"));
        RuleEdits.Delete(_name, "udp dport 1 drop", Ignore);
        RuleEdits.Delete(_name, Counted()[0].Id, Ignore);
        Assert.Equal(
            [("udp dport 5 drop", 1UL), ("udp dport 2 drop", 4), ("udp dport 3 drop", 1)],
            Counted().Select(r => (r.Text, r.Count.Packets)));
        Assert.Equal(2u, Send("udp 10.0.0.1:9 > 10.0.0.2:4"));
    }

    [Fact]
    public void Sets_keep_their_elements_also_when_another_set_is_used_no_more()
    {
        Apply(
            """
            set a { type ipv4_addr; flags interval; elements = { 10.0.0.0/24 } }
            set b { type ipv4_addr; flags timeout }
            set c { type ipv4_addr . inet_service; flags interval; elements = { 10.2.0.0/24 . 1-9 } }
            ip saddr @a drop
            ip saddr @b drop
            ip saddr . udp dport @c drop
            """);
        using (var set = LiveSet.Open(_name, "b")) set.Add(set.Parse(["10.1.0.1 timeout 1h"]).Elements!, null);
        RuleEdits.Delete(_name, "ip saddr @a drop", Ignore);
        Assert.Equal([2u, 1, 1, 2], Answers());
        RuleEdits.Add(_name, "ip daddr @b drop", Ignore);
        Assert.Equal([2u, 1, 1, 2], Answers());
        using (var set = LiveSet.Open(_name, "c")) set.Add(set.Parse(["10.3.0.0/16 . 53"]).Elements!, null);
        Assert.Equal([2u, 1, 1, 1], Answers());
        var error = Assert.Throws<InvalidDataException>(() => RuleEdits.Add(_name, "ip saddr @a drop", Ignore));
        Assert.Contains("its elements are not in the kernel", error.Message, StringComparison.Ordinal);
        Assert.Equal([2u, 1, 1, 1], Answers());

        uint[] Answers() =>
        [
            Send("udp 10.0.0.1:9 > 10.0.0.2:53"), Send("udp 10.1.0.1:9 > 10.0.0.2:53"), Send("udp 10.2.0.1:9 > 10.0.0.2:5"),
            Send("udp 10.3.0.1:9 > 10.0.0.2:53"),
        ];
    }

    [Theory]
    [InlineData("udp dport 99999 drop")]
    [InlineData("policy drop")]
    [InlineData("ip saddr @none drop")]
    [InlineData("} table other {")]
    public void What_is_no_rule_changes_nothing(string rule)
    {
        Apply("udp dport 1 drop");
        var program = Program();
        Assert.ThrowsAny<Exception>(() => RuleEdits.Add(_name, rule, Ignore));
        Assert.Equal(program, Program());
    }

    [Theory]
    [InlineData("udp dport 2 drop\nudp dport 3 drop")]
    [InlineData("set t { type ipv4_addr }\nudp dport 2 drop")]
    [InlineData("track ports\nudp dport 2 drop")]
    public void More_than_a_rule_is_refused(string text)
    {
        Apply("udp dport 1 drop");
        var error = Assert.Throws<InvalidDataException>(() => RuleEdits.Add(_name, text, Ignore));
        Assert.Contains("not one rule", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rules_that_wait_for_their_confirmation_are_not_changed()
    {
        Apply("udp dport 1 drop");
        var request = new ApplyRequest([VethPair.Device], _pair.Name, Replace: false) { Confirm = TimeSpan.FromMinutes(1) };
        FilterApplier.Apply(TableOf("udp dport 2 drop"), request, Ignore);
        var error = Assert.Throws<InvalidDataException>(() => RuleEdits.Add(_name, "udp dport 3 drop", Ignore));
        Assert.Contains("wait for their confirmation", error.Message, StringComparison.Ordinal);
        Assert.Equal("udp dport 2 drop", Assert.Single(Counted()).Text);
    }

    [Fact]
    public void A_rule_of_a_long_list_comes_and_goes()
    {
        var list = new ListGenerator(1).Make(ListShape.Exact, 2000);
        Apply(string.Join('\n', list.Select(r => r.Text)));
        Assert.Equal(2u, Send("udp 172.16.0.1:9 > 10.0.0.2:53"));
        RuleEdits.Insert(_name, list[1000].Text, "ip saddr 172.16.0.1 drop", Ignore);
        Assert.Equal(1u, Send("udp 172.16.0.1:9 > 10.0.0.2:53"));
        Assert.Equal(("ip saddr 172.16.0.1 drop", 1UL), (Counted()[1000].Text, Counted()[1000].Count.Packets));
        RuleEdits.Delete(_name, "ip saddr 172.16.0.1 drop", Ignore);
        Assert.Equal(2u, Send("udp 172.16.0.1:9 > 10.0.0.2:53"));
    }

    private void Apply(string rules) => FilterApplier.Apply(TableOf(rules), new([VethPair.Device], _pair.Name, Replace: false), Ignore);

    private Table TableOf(string rules) => Rules.Table(rules) with { Name = _name };

    private IReadOnlyList<CountedRule> Counted() => AppliedTable.Read(_name)!.Rules;

    private uint Program() => AppliedTable.Read(_name)!.Devices[0].ProgramId;

    private uint Send(string packet, int times = 1)
    {
        using var program = BpfProgram.OpenById(Program());
        Assert.True(PacketText.TryParse(packet, out var spec, out _));
        return program.Run(new BpfRun { Data = PacketBuilder.Build(spec), Repeat = times }).ReturnValue;
    }

    private static void Ignore(string message)
    {
    }
}
