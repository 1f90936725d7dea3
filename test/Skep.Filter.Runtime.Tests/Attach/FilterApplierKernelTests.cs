using System;
using Skep.Bpf;
using Skep.Filter.Runtime.Attach;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.State;
using Skep.Filter.Runtime.Tables;
using Skep.Filter.Runtime.Tests.Fixtures;

namespace Skep.Filter.Runtime.Tests.Attach;

/// <summary>
/// Tables on a veth pair with real sockets. A packet behind the tested ones, to a port that no rule names, shows that they were handled.
/// </summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class FilterApplierKernelTests : IDisposable
{
    private const int Tested = 7000, Last = 7001;

    private readonly VethPair _pair = new();
    private readonly string _name = $"test-{Environment.ProcessId}-{Guid.NewGuid():n}";

    public void Dispose()
    {
        AppliedTable.Remove(_name);
        AppliedTable.Remove(_name + "2");
        _pair.Dispose();
    }

    [Fact]
    public void A_replace_keeps_link_and_counters()
    {
        using var sender = _pair.Sender();
        using var tested = _pair.Receiver(Tested);
        using var last = _pair.Receiver(Last);
        Apply(_name, "udp dport 7000 drop comment \"x\"");
        var before = AppliedTable.Read(_name)!;
        for (var i = 0; i < 5; i++) VethPair.Send(sender, Tested);
        Pass(sender, last);
        Assert.Equal(0, tested.Available);
        Assert.Equal(new Counter(5, 5 * 62), AppliedTable.Read(_name)!.Rules[0].Count);
        Assert.Equal(5ul, AppliedTable.Read(_name)!.Actions.Single(a => a.Key == "XDP_DROP").Value.Packets);

        Apply(_name, "ether type arp pass\nudp dport 7000 pass comment \"x\"");
        VethPair.Send(sender, Tested);
        Assert.Equal(20, tested.Receive(new byte[100]));
        var after = AppliedTable.Read(_name)!;
        Assert.Equal(before.Devices[0].LinkId, after.Devices[0].LinkId);
        Assert.NotEqual(before.Devices[0].ProgramId, after.Devices[0].ProgramId);
        Assert.Equal(6ul, after.Rules[1].Count.Packets);
    }

    [Fact]
    public void A_table_that_an_earlier_version_applied_keeps_its_counters()
    {
        using var sender = _pair.Sender();
        using var last = _pair.Receiver(Last);
        const string rules = "set s { type ipv4_addr; }\nip saddr @s drop\nudp dport { 7000, 9 } drop\nudp dport { 9, 7000 } limit rate "
            + "1/hour pass\nudp dport { 9, 7000 } drop";
        Apply(_name, rules);
        for (var i = 0; i < 3; i++) VethPair.Send(sender, Tested);
        Pass(sender, last);

        // Ids were hashes of the text of the rules.
        var store = new TableStore(_name);
        var program = AppliedTable.Read(_name)!.Devices[0].ProgramId;
        var state = store.ReadState(program)!;
        Assert.Equal(4, state.Rules.Select(r => r.Id).Distinct().Count());
        store.WriteState(program, state with { RuleIds = 0, Rules = [.. state.Rules.Select((r, i) => r with { Id = $"r{i:x12}" })] });
        Assert.Equal(
            ["r000000000000", "r000000000001", "r000000000002", "r000000000003"], AppliedTable.Read(_name)!.Rules.Select(r => r.Id));

        Apply(_name, "vlan id 5 drop\n" + rules);
        VethPair.Send(sender, Tested);
        Pass(sender, last);
        var after = AppliedTable.Read(_name)!;
        Assert.Equal(state.Rules.Select(r => r.Id), after.Rules.Skip(1).Select(r => r.Id));
        Assert.Equal([0ul, 0ul, 4ul, 0ul, 0ul], after.Rules.Select(r => r.Count.Packets));
    }

    [Fact]
    public void Counters_move_to_a_larger_map()
    {
        using var sender = _pair.Sender();
        using var last = _pair.Receiver(Last);
        Apply(_name, "udp dport 7000 drop comment \"x\"");
        VethPair.Send(sender, Tested);
        Pass(sender, last);
        var many = string.Join('\n', Enumerable.Range(1, 400).Select(i => $"tcp dport {i} drop"));
        Apply(_name, $"{many}\nudp dport 7000 drop comment \"x\"");
        VethPair.Send(sender, Tested);
        Pass(sender, last);
        Assert.Equal(2ul, AppliedTable.Read(_name)!.Rules[^1].Count.Packets);
    }

    [Fact]
    public void No_packet_passes_while_tables_that_drop_it_replace_each_other()
    {
        using var sender = _pair.Sender();
        using var tested = _pair.Receiver(Tested);
        using var last = _pair.Receiver(Last);
        Apply(_name, "udp dport 7000 drop");
        var (stop, sent) = (false, 0);
        var traffic = new Thread(() =>
        {
            for (; !Volatile.Read(ref stop); sent++) VethPair.Send(sender, Tested);
        });
        traffic.Start();
        for (var i = 0; i < 40; i++) Apply(_name, i % 2 == 0 ? $"tcp dport {i + 1} drop\nudp dport 6999-7000 drop" : "udp dport 7000 drop");
        Volatile.Write(ref stop, true);
        traffic.Join();
        Pass(sender, last);
        Assert.Equal(0, tested.Available);
        Assert.Equal((ulong)sent, AppliedTable.Read(_name)!.Actions.Single(a => a.Key == "XDP_DROP").Value.Packets);
    }

    [Fact]
    public void Another_program_is_named_and_stays_unless_it_is_to_be_replaced()
    {
        Apply(_name, "udp dport 7000 drop");
        var error = Assert.Throws<InvalidDataException>(() => Apply(_name + "2", "udp dport 7000 pass"));
        Assert.Contains($"program {AppliedTable.Read(_name)!.Devices[0].ProgramId}", error.Message, StringComparison.Ordinal);
        Assert.Contains("--replace", error.Message, StringComparison.Ordinal);
        Assert.Null(AppliedTable.Read(_name + "2"));

        Apply(_name + "2", "udp dport 7000 pass", replace: true);
        Assert.Null(AppliedTable.Read(_name));
        Assert.NotNull(AppliedTable.Read(_name + "2"));
    }

    [Fact]
    public void A_table_without_rules_is_shown_and_gets_rules()
    {
        Apply(_name, "policy pass");
        Assert.Empty(AppliedTable.Read(_name)!.Rules);
        Apply(_name, "udp dport 7000 drop");
        Assert.Single(AppliedTable.Read(_name)!.Rules);
    }

    [Fact]
    public void All_devices_or_none()
    {
        Apply(_name + "2", "drop", devices: ["lo"]);
        Assert.Throws<InvalidDataException>(() => Apply(_name, "drop", devices: [VethPair.Device, "lo"]));
        Assert.Null(AppliedTable.Read(_name));
        Assert.Equal(0u, _pair.Within(() => XdpDevice.QueryProgramId(XdpDevice.IndexOf(VethPair.Device))));
    }

    [Fact]
    public void A_driver_without_xdp_falls_back_under_auto_only_and_it_is_said()
    {
        var said = new List<string>();
        Apply(_name, "drop", devices: ["lo"], say: said.Add);
        Assert.Equal("generic", AppliedTable.Read(_name)!.Devices[0].Mode);
        Assert.Contains("generic", Assert.Single(said, s => !s.StartsWith("waiting", StringComparison.Ordinal)), StringComparison.Ordinal);
        AppliedTable.Remove(_name);
        var error = Assert.Throws<InvalidDataException>(() => Apply(_name, "mode native\ndrop", devices: ["lo"]));
        Assert.Contains("Underlying driver does not support XDP in native mode", error.Message, StringComparison.Ordinal);
        Assert.Null(AppliedTable.Read(_name));
    }

    private void Apply(string name, string rules, bool replace = false, string[]? devices = null, Action<string>? say = null)
    {
        var table = Rules.Table(rules) with { Name = name };
        FilterApplier.Apply(table, new ApplyRequest(devices ?? [VethPair.Device], _pair.Name, replace), say ?? (_ => { }));
    }

    private static void Pass(System.Net.Sockets.Socket sender, System.Net.Sockets.Socket last)
    {
        VethPair.Send(sender, Last);
        Assert.Equal(20, last.Receive(new byte[100]));
    }
}
