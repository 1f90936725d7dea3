using Skep.Bpf;
using Skep.Filter.Runtime.Attach;
using Skep.Filter.Runtime.Tables;
using Skep.Filter.Runtime.Tests.Fixtures;
using Skep.Linux.Kernel;

namespace Skep.Filter.Runtime.Tests.Devices;

/// <summary>
/// Redirects with real sockets. Frames are made with right checksums: those of a veth's local sockets are made by the other end.
/// </summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class RedirectKernelTests : IDisposable
{
    private const string ToServer = $"ip daddr set 10.80.1.1 ether daddr set {Router.Server} ether saddr set {Router.Egress} redirect r1";

    private readonly Router _router = new();
    private readonly string _name = $"test-{Environment.ProcessId}-{Guid.NewGuid():n}";
    private readonly List<string> _said = [];

    public void Dispose()
    {
        AppliedTable.Remove(_name);
        AppliedTable.Remove(_name + "2");
        _router.Dispose();
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("generic")]
    public void A_device_sends_what_is_redirected_to_it(string mode)
    {
        using var receiver = _router.Receiver(7000);
        Apply($"mode {mode}\nudp dport 7000 {ToServer}");
        _router.Send(Router.Frame("udp 10.80.0.1:1 > 192.0.2.1:7000 payload 33"));
        Assert.Equal(33, receiver.Receive(new byte[100]));
        Assert.Equal((1ul, 1ul), (Action("XDP_REDIRECT"), AppliedTable.Read(_name)!.Rules[0].Count.Packets));
        Assert.Empty(_said);
    }

    [Fact]
    public void A_veth_sends_when_its_peer_has_a_program()
    {
        _router.SetPolling(false);
        using var receiver = _router.Receiver(7000);
        FilterApplier.Apply(
            Rules.Table("udp dport 7000 pass") with { Name = _name + "2" },
            new ApplyRequest(["s0"], _router.ServerName, false),
            _ => { });
        Apply($"udp dport 7000 {ToServer}");
        Assert.Empty(_said);
        _router.Send(Router.Frame("udp 10.80.0.1:1 > 192.0.2.1:7000 payload 33"));
        Assert.Equal(33, receiver.Receive(new byte[100]));
        Assert.Equal(1ul, AppliedTable.Read(_name + "2")!.Rules[0].Count.Packets);
    }

    [Fact]
    public void A_device_that_cannot_send_is_told_of()
    {
        _router.SetPolling(false);
        Apply($"udp dport 7000 {ToServer}");
        Assert.Contains("r1: ", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("generic")]
    public void A_device_that_is_down_is_told_of(string mode)
    {
        _router.Ip("link set r1 down");
        Apply($"mode {mode}\nudp dport 7000 {ToServer}");
        Assert.Contains("r1: it is down", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("generic")]
    public void A_device_that_takes_less_is_told_of(string mode)
    {
        _router.Ip("link set r1 mtu 1000");
        using var receiver = _router.Receiver(7000);
        Apply($"mode {mode}\nudp dport 7000 {ToServer}");
        Assert.Contains("r1: its mtu of 1000 is less than that of r0 (1500)", Assert.Single(_said), StringComparison.Ordinal);
        foreach (var length in (int[])[1200, 33]) _router.Send(Router.Frame($"udp 10.80.0.1:1 > 192.0.2.1:7000 payload {length}"));
        Assert.Equal(33, receiver.Receive(new byte[2000]));
    }

    [Theory]
    [InlineData("native")]
    [InlineData("generic")]
    public void A_veth_whose_peer_has_no_program_is_told_of_with_tx(string mode)
    {
        using var pair = new VethPair();
        pair.SetPolling();
        var request = new ApplyRequest([VethPair.Device], pair.Name, false);
        FilterApplier.Apply(Rules.Table($"mode {mode}\nudp dport 7 tx") with { Name = _name }, request, _said.Add);
        if (mode == "generic") Assert.Empty(_said);
        else Assert.Contains($"{VethPair.Device}: what tx sends back does not arrive", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Fact]
    public void To_a_device_that_has_gone_packets_are_dropped()
    {
        Apply($"udp dport 7000 {ToServer}");
        _router.Ip("link del r1");
        _router.Send(Router.Frame("udp 10.80.0.1:1 > 192.0.2.1:7000"));
        for (var i = 0; i < 100 && Action("XDP_DROP") == 0; i++) Thread.Sleep(20);
        Assert.Equal((1ul, 0ul), (Action("XDP_DROP"), Action("XDP_REDIRECT")));
    }

    [Fact]
    public void A_device_of_another_namespace_is_not_found()
    {
        var error = Assert.Throws<BpfException>(() => Apply("udp dport 7000 redirect s0"));
        Assert.Contains("find device s0", error.Message, StringComparison.Ordinal);
        Assert.Null(AppliedTable.Read(_name));
    }

    [Theory]
    [InlineData("native")]
    [InlineData("generic")]
    public void Another_cpu_takes_packets_to_the_stack(string mode)
    {
        using var receiver = _router.Receiver(7000);
        Apply($"mode {mode}\nudp dport 7000 redirect cpu {PossibleCpus.Count - 1}");
        _router.Send(Router.Frame("udp 10.80.0.1:1 > 10.80.1.1:7000 payload 33"));
        Assert.Equal(33, receiver.Receive(new byte[100]));
        Assert.Equal(1ul, Action("XDP_REDIRECT"));
    }

    [Fact]
    public void Rules_that_need_another_kind_of_program_are_refused_while_it_runs()
    {
        using var receiver = _router.Receiver(7000);
        Apply("mode generic\nudp dport 7001 drop");
        var error = Assert.Throws<InvalidDataException>(() => Apply("mode generic\nudp dport 7000 redirect cpu 0"));
        Assert.Contains("skep filter remove", error.Message, StringComparison.Ordinal);
        Assert.Equal("udp dport 7001 drop", AppliedTable.Read(_name)!.Rules.Single().Text);

        // The other way it can stay what it is.
        AppliedTable.Remove(_name);
        Apply("mode generic\nudp dport 7000 redirect cpu 0");
        Apply("mode generic\nudp dport 7001 drop");
        Apply("mode generic\nudp dport 7000 redirect cpu 0");
        _router.Send(Router.Frame("udp 10.80.0.1:1 > 10.80.1.1:7000 payload 33"));
        Assert.Equal(33, receiver.Receive(new byte[100]));
    }

    [Fact]
    public void A_cpu_that_the_machine_has_not_is_refused()
    {
        var error = Assert.Throws<InvalidDataException>(() => Apply($"udp dport 7000 redirect cpu {PossibleCpus.Count}"));
        Assert.Contains($"CPUs 0 to {PossibleCpus.Count - 1}", error.Message, StringComparison.Ordinal);
        Assert.Null(AppliedTable.Read(_name));
    }

    [Fact]
    public void Without_a_socket_packets_for_sockets_are_passed()
    {
        using var receiver = _router.Receiver(7000);
        Apply("udp dport 7000 redirect xsk");
        _router.Send(Router.Frame("udp 10.80.0.1:1 > 10.80.1.1:7000 payload 33"));
        Assert.Equal(33, receiver.Receive(new byte[100]));
        Assert.Equal(1ul, AppliedTable.Read(_name)!.Rules[0].Count.Packets);
    }

    [Fact]
    public void A_swapped_packet_comes_back()
    {
        using var pair = new VethPair();
        using var sender = pair.Sender();

        // SO_NO_CHECK: a veth leaves the checksum to the other end, which is this one.
        sender.SetRawSocketOption(1, 11, BitConverter.GetBytes(1));
        sender.ReceiveTimeout = 3000;

        // A veth wakes its peer for frames of XDP_TX only when that has a program (drivers/net/veth.c, veth_xdp_flush).
        FilterApplier.Apply(
            Rules.Table("udp sport 7 pass") with { Name = _name + "2" },
            new ApplyRequest(["outer"], pair.SenderName, false),
            _ => { });
        FilterApplier.Apply(
            Rules.Table("udp dport 7 swap ether,ip,udp tx") with { Name = _name },
            new ApplyRequest([VethPair.Device], pair.Name, false),
            _said.Add);
        Assert.Empty(_said);
        VethPair.Send(sender, 7);
        Assert.Equal(20, sender.Receive(new byte[100]));
        Assert.Equal((1ul, 1ul), (Action("XDP_TX"), AppliedTable.Read(_name)!.Rules[0].Count.Packets));
    }

    private ulong Action(string name) => AppliedTable.Read(_name)!.Actions.Single(a => a.Key == name).Value.Packets;

    private void Apply(string rules) =>
        FilterApplier.Apply(Rules.Table(rules) with { Name = _name }, new ApplyRequest(["r0"], _router.Name, false), _said.Add);
}
