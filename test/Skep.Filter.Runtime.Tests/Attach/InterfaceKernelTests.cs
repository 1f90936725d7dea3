using Skep.Filter.Model;
using Skep.Filter.Runtime.Attach;
using Skep.Filter.Runtime.Simulate;
using Skep.Filter.Runtime.Tables;
using Skep.Filter.Runtime.Tests.Fixtures;
using Skep.Filter.Simulate;
using Skep.Packets.Building;

namespace Skep.Filter.Runtime.Tests.Attach;

/// <summary><c>meta iif</c> on real devices, and in test runs that come in by them.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class InterfaceKernelTests : IDisposable
{
    private readonly VethPair _pair = new();
    private readonly string _name = $"test-{Environment.ProcessId}-{Guid.NewGuid():n}";
    private readonly List<string> _said = [];

    public void Dispose()
    {
        AppliedTable.Remove(_name);
        _pair.Dispose();
    }

    [Fact]
    public void Rules_hit_packets_of_the_interface_that_they_name()
    {
        _pair.AddDevice("other", 77);
        using var sender = _pair.Sender();
        using var last = _pair.Receiver(7001);
        Apply(
            [VethPair.Device, "other"],
            "meta iif other udp dport 7000 drop\nmeta iif 77 pass\nmeta iif inner udp dport 7000 drop\nmeta iif != inner pass");
        Assert.Empty(_said);
        for (var i = 0; i < 3; i++) VethPair.Send(sender, 7000);
        VethPair.Send(sender, 7001);
        Assert.Equal(20, last.Receive(new byte[100]));
        var read = AppliedTable.Read(_name)!;
        Assert.Equal([0ul, 0ul, 3ul, 0ul], read.Rules.Select(r => r.Count.Packets));
        Assert.Equal("meta iif other udp dport 7000 drop", read.Rules[0].Text);
    }

    [Fact]
    public void A_renamed_interface_is_matched_still_and_named_anew_when_the_table_is_applied_again()
    {
        using var sender = _pair.Sender();
        using var last = _pair.Receiver(7001);
        Apply([VethPair.Device], "meta iif inner udp dport 7000 drop");
        _pair.Ip("link set inner down");
        _pair.Ip("link set inner name renamed");
        _pair.Ip("link set renamed up");
        VethPair.Send(sender, 7000);
        VethPair.Send(sender, 7001);
        Assert.Equal(20, last.Receive(new byte[100]));
        Assert.Equal(1ul, AppliedTable.Read(_name)!.Rules[0].Count.Packets);

        var error = Assert.Throws<InvalidDataException>(() => Apply(["renamed"], "meta iif inner udp dport 7000 drop"));
        Assert.Contains("line 2 matches packets of inner, and there is no such interface", error.Message, StringComparison.Ordinal);
        Assert.Equal(1ul, AppliedTable.Read(_name)!.Rules[0].Count.Packets);
        Apply(["renamed"], "meta iif renamed udp dport 7000 drop");
    }

    [Fact]
    public void A_rule_for_an_interface_that_the_table_is_not_attached_to_is_named()
    {
        _pair.AddDevice("other");
        Apply([VethPair.Device], "meta iif other drop\nmeta iif != other pass");
        Assert.Contains("line 2 matches no packet", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("inner", "drop", false)]
    [InlineData("inner", "drop", true)]
    [InlineData("lo", "tx", false)]
    [InlineData("lo", "tx", true)]
    [InlineData("1", "tx", false)]
    [InlineData("1", "tx", true)]
    [InlineData("other", "pass", false)]
    [InlineData("other", "pass", true)]
    public void Test_runs_come_in_by_the_interface_given(string iif, string verdict, bool inKernel)
    {
        _pair.AddDevice("other", 77);
        var table = Rules.Table("meta iif inner drop\nmeta iif lo tx\nmeta iif missing drop\nmeta iif 77 pass\ndrop");
        Assert.True(PacketText.TryParse("udp 10.0.0.1:5 > 10.0.0.2:53", out var spec, out _));
        Assert.Equal(verdict, _pair.Within(() =>
        {
            using var simulator = Simulators.Create(table, iif, inKernel);
            return simulator.Decide(PacketBuilder.Build(spec), 0).Verdict;
        }));
    }

    [Fact]
    public void A_test_run_by_an_interface_that_is_not_there_needs_the_reference()
    {
        var table = Rules.Table("meta iif missing drop");
        Assert.Contains(
            "no such interface",
            Assert.Throws<InvalidDataException>(() => Simulators.Create(table, "missing", inKernel: true)).Message,
            StringComparison.Ordinal);
        Assert.True(PacketText.TryParse("ether arp", out var spec, out _));
        using var reference = Simulators.Create(table, "missing", inKernel: false);
        Assert.Equal("drop", reference.Decide(PacketBuilder.Build(spec), 0).Verdict);
    }

    private void Apply(string[] devices, string rules) =>
        FilterApplier.Apply(Table(rules), new(devices, _pair.Name, Replace: false), _said.Add);

    private Table Table(string rules) => Rules.Read($"table {_name} {{\n{rules}\n}}\n").Table!;
}
