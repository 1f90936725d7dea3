using System;
using System.Net.Sockets;
using Skep.Bpf;
using Skep.Filter.Runtime.Attach;
using Skep.Filter.Runtime.Change;
using Skep.Filter.Runtime.Tables;
using Skep.Filter.Runtime.Tests.Fixtures;

namespace Skep.Filter.Runtime.Tests.Attach;

/// <summary>Tables on devices whose packets begin with their IP header, with real packets.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class TunKernelTests : IDisposable
{
    private const string ToUs = "udp 10.88.0.2:5 > 10.88.0.1:";

    private readonly TunPair _pair = new();
    private readonly string _name = $"test-{Environment.ProcessId}-{Guid.NewGuid():n}";
    private readonly List<string> _said = [];

    public void Dispose()
    {
        AppliedTable.Remove(_name);
        _pair.Dispose();
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("generic")]
    public void Rules_match_from_the_IP_header_on(string mode)
    {
        using var receiver = _pair.Receiver(7000);
        Apply(
            $"mode {mode}\npolicy drop\nip saddr 10.88.0.2 udp dport 7000 pass\nip6 saddr fd88::2 udp dport 7000 pass\nudp dport 7001 drop",
            "t0");
        Assert.Equal(mode == "auto", _said.Any(s => s.StartsWith("t0: no native mode", StringComparison.Ordinal)));
        foreach (var packet in (string[])[ToUs + "7000 payload 33", "udp [fd88::2]:5 > [fd88::1]:7000 payload 34", ToUs + "7001"])
            _pair.First.Receive(TunPair.Packet(packet));
        Assert.Equal([33, 34], [receiver.Receive(new byte[100]), receiver.Receive(new byte[100])]);
        Assert.Equal([1ul, 1ul, 1ul], AppliedTable.Read(_name)!.Rules.Select(r => r.Count.Packets));
        Assert.True(AppliedTable.Read(_name)!.Devices[0].IsBare);
    }

    [Fact]
    public void Native_mode_is_refused_by_the_driver()
    {
        var e = Assert.Throws<InvalidDataException>(() => Apply("mode native\nudp dport 7000 drop", "t0"));
        Assert.Contains("attaching to t0 in native mode", e.Message, StringComparison.Ordinal);
        Assert.Null(AppliedTable.Read(_name));
    }

    [Fact]
    public void One_table_filters_devices_of_both_kinds()
    {
        Apply("udp dport 7000 drop comment \"one\"", "t0", "v1");
        Assert.NotEqual(ProgramOn("t0"), ProgramOn("v1"));
        SendToBoth(7000);
        Assert.Equal(2ul, Count("one"));
        Assert.False(AppliedTable.Read(_name)!.IsMixed);

        // The rules after go on with the counters of those before, whichever device they were counted on.
        Apply("udp dport 7001 drop\nudp dport 7000 drop comment \"one\"", "v1", "t0", "t1");
        SendToBoth(7000);
        Assert.Equal(4ul, Count("one"));
        Assert.Equal(ProgramOn("t0"), ProgramOn("t1"));
        Assert.True(AppliedTable.Remove(_name, "v1"));
        Assert.Equal(4ul, Count("one"));
        Apply("udp dport 7000 drop comment \"one\"", "v1");
        SendToBoth(7000);
        Assert.Equal((5ul, 0u), (Count("one"), ProgramOn("t0")));
    }

    [Fact]
    public void Rules_to_be_confirmed_act_and_return_on_both_kinds()
    {
        Apply("udp dport 7000 drop comment \"before\"", "t0", "v1");
        FilterApplier.Apply(
            Rules.Table("udp dport 7000 drop comment \"after\"") with { Name = _name },
            new ApplyRequest(["t0", "v1"], _pair.Name, false) { Confirm = TimeSpan.FromSeconds(60) }, _said.Add);
        SendToBoth(7000);
        Assert.Equal(2ul, Count("after"));
        Assert.Equal(ConfirmationState.Returned, Confirmation.Return(_name, _ => { }));
        SendToBoth(7000);
        Assert.Equal(2ul, Count("before"));

        var program = FilterApplier.Apply(
            Rules.Table("udp dport 7000 drop comment \"kept\"") with { Name = _name },
            new ApplyRequest(["v1", "t0"], _pair.Name, false) { Confirm = TimeSpan.FromSeconds(60) }, _said.Add);
        Assert.Equal(ConfirmationState.Confirmed, Confirmation.Confirm(_name, _ => { }));
        Assert.Equal(ConfirmationState.Confirmed, Confirmation.Look(_name, program));
        SendToBoth(7000);
        Assert.Equal(2ul, Count("kept"));
    }

    [Theory]
    [InlineData("ether saddr 02:00:00:00:00:01 drop", "names the Ethernet header")]
    [InlineData("ether type arp drop", "names the Ethernet header")]
    [InlineData("vlan id 5 drop", "names a VLAN tag")]
    [InlineData("limit rate 5/second per ether saddr drop", "names the Ethernet header")]
    [InlineData("ether daddr set 02:00:00:00:00:01 pass", "names the Ethernet header")]
    [InlineData("udp dport 7 swap ether,udp tx", "names the Ethernet header")]
    [InlineData("udp dport 7 swap ip,udp tx", "rewrites the source address")]
    [InlineData("swap ip6 tx", "rewrites the source address")]
    [InlineData("ip saddr set 10.0.0.1 pass", "rewrites the source address")]
    [InlineData("ip6 saddr set fd00::1 pass", "rewrites the source address")]
    [InlineData("ip6 dscp set ef pass", "rewrites the traffic class")]
    [InlineData("redirect fib", "forwards by the routing table")]
    [InlineData("udp dport 7 redirect v0", "redirects to v0, but packets of t0 begin with an IP header")]
    public void A_rule_that_cannot_be_right_there_is_refused(string rule, string reason)
    {
        var e = Assert.Throws<InvalidDataException>(() => Apply($"udp dport 1 drop\n{rule}", "v1", "t0"));
        Assert.Contains($"applying table {_name} to t0", e.Message, StringComparison.Ordinal);
        Assert.Contains("line 3 ", e.Message, StringComparison.Ordinal);
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.Equal((0u, 0u), (ProgramOn("t0"), ProgramOn("v1")));
        if (rule != "udp dport 7 redirect v0") Apply($"mode generic\n{rule}", "v1");
    }

    [Fact]
    public void A_frame_is_not_redirected_to_a_device_without_an_Ethernet_header()
    {
        var e = Assert.Throws<InvalidDataException>(() => Apply("udp dport 7 redirect t0", "v1"));
        Assert.Contains(
            "line 2 redirects to t0, but packets of v1 begin with an Ethernet header and those of t0 do not",
            e.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_packet_leaves_again_by_its_own_device_another_or_another_processor()
    {
        using var receiver = _pair.Receiver(7003);
        Apply(
            "udp dport 7001 ip ttl set 9 ip daddr set 10.88.0.9 swap udp tx\nudp dport 7002 redirect t1\nudp dport 7003 redirect cpu 0",
            "t0");
        _pair.First.Receive(TunPair.Packet(ToUs + "7001"));
        Assert.Equal(TunPair.Packet("udp 10.88.0.2:7001 > 10.88.0.9:5 ttl 9"), _pair.First.Sent(IsUdp));
        _pair.First.Receive(TunPair.Packet(ToUs + "7002"));
        Assert.Equal(TunPair.Packet(ToUs + "7002"), _pair.Second.Sent(IsUdp));
        _pair.First.Receive(TunPair.Packet(ToUs + "7003 payload 35"));
        Assert.Equal(35, receiver.Receive(new byte[100]));
    }

    [Fact]
    public void Rewrites_that_are_allowed_reach_the_socket()
    {
        using var receiver = _pair.Receiver(7000);
        Apply("ip daddr 10.88.0.77 ip dscp set ef ip ttl set 3 ip daddr set 10.88.0.1 udp dport set 7000 pass\n"
            + "ip6 daddr fd88::77 ip6 hoplimit set 3 ip6 daddr set fd88::1 udp dport set 7000 pass", "t0");
        _pair.First.Receive(TunPair.Packet("udp 10.88.0.2:5 > 10.88.0.77:1 payload 33"));
        _pair.First.Receive(TunPair.Packet("udp [fd88::2]:5 > [fd88::77]:1 payload 34"));
        Assert.Equal([33, 34], [receiver.Receive(new byte[100]), receiver.Receive(new byte[100])]);
    }

    [Fact]
    public void What_is_no_IP_is_the_policys()
    {
        Apply("malformed drop\npolicy pass\nip ttl 1-255 drop\nip6 hoplimit 1-255 drop", "t0");
        foreach (var length in (int[])[1, 4, 19]) Receive(new byte[length], first: 0x45);
        var counts = Actions();
        Assert.Equal((3ul, 0ul), (counts["XDP_DROP"], counts["XDP_PASS"]));
        Assert.Equal(0ul, AppliedTable.Read(_name)!.Rules[0].Count.Packets);

        void Receive(byte[] packet, byte first)
        {
            packet[0] = first;
            _pair.First.Receive(packet);
        }
    }

    [Theory]
    [InlineData(512, true)]
    [InlineData(519, true)]
    [InlineData(768, true)]
    [InlineData(769, true)]
    [InlineData(776, true)]
    [InlineData(778, true)]
    [InlineData(823, true)]
    [InlineData(0xfffe, true)]
    [InlineData(280, false)]
    [InlineData(803, false)]
    [InlineData(1, false)]
    public void The_type_of_the_device_decides(ushort type, bool isFiltered)
    {
        _pair.Ip("link set t1 down");
        _pair.Second.SetType(type);
        _pair.Ip("link set t1 up");
        if (!isFiltered)
        {
            var e = Assert.Throws<InvalidDataException>(() => Apply("udp dport 7000 drop", "t1"));
            Assert.Contains(
                type == 1 ? "it is a tun, which has no Ethernet header"
                    : $"neither with an Ethernet nor with an IP header (device type {type}, tun)",
                e.Message,
                StringComparison.Ordinal);
            return;
        }
        Apply("udp dport 7000 drop", "t1");
        _pair.Second.Receive(TunPair.Packet(ToUs + "7000"));
        Assert.Equal(1ul, AppliedTable.Read(_name)!.Rules[0].Count.Packets);
    }

    [Fact]
    public void A_tap_has_an_Ethernet_header_also_in_native_mode()
    {
        using var tap = new TunDevice(_pair.Name, "p0", isTap: true);
        _pair.Ip("link set p0 up");
        Apply("mode native\nether type ip udp dport 7000 drop", "p0");
        tap.Receive([.. new byte[12], 8, 0, .. TunPair.Packet(ToUs + "7000")]);
        Assert.Equal(1ul, AppliedTable.Read(_name)!.Rules[0].Count.Packets);
        Assert.False(AppliedTable.Read(_name)!.Devices[0].IsBare);
    }

    private void Apply(string rules, params string[] devices) =>
        FilterApplier.Apply(Rules.Table(rules) with { Name = _name }, new ApplyRequest(devices, _pair.Name, false), _said.Add);

    /// <summary>Sends a datagram into t0 and one into v1, and waits until both are decided.</summary>
    private void SendToBoth(int port)
    {
        ulong Seen() => Actions().Values.Aggregate(0ul, (sum, count) => sum + count);
        var (before, expected) = (Seen(), (ulong)AppliedTable.Read(_name)!.Devices.Count(d => d.Device is "t0" or "v1"));
        _pair.First.Receive(TunPair.Packet($"{ToUs}{port}"));
        using (var socket = _pair.Within(() => new LinkSocket("v0")))
            socket.Send([.. new byte[12], 8, 0, .. TunPair.Packet($"{ToUs}{port}")]);
        for (var i = 0; i < 100 && Seen() < before + expected; i++) Thread.Sleep(10);
    }

    private Dictionary<string, ulong> Actions() => AppliedTable.Read(_name)!.Actions.ToDictionary(a => a.Key, a => a.Value.Packets);

    private ulong Count(string id) => AppliedTable.Read(_name)!.Rules.Single(r => r.Id == id).Count.Packets;

    private uint ProgramOn(string device) => _pair.Within(() => XdpDevice.QueryProgramId(XdpDevice.IndexOf(device)));

    // The kernel's own packets leave by a tun as well.
    private static bool IsUdp(byte[] packet) => packet[0] == 0x45 && packet[9] == 17;
}
