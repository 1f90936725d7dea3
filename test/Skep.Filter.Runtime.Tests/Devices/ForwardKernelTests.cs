using System.Buffers.Binary;
using Skep.Filter.Runtime.Attach;
using Skep.Filter.Runtime.Devices;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Tables;
using Skep.Filter.Runtime.Tests.Fixtures;
using Skep.Packets.Building;

namespace Skep.Filter.Runtime.Tests.Devices;

/// <summary>
/// <c>redirect fib</c> on a router held to the router's own kernel: what comes out at the server is the same, byte for byte.
/// </summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class ForwardKernelTests : IDisposable
{
    private readonly Router _router = new();
    private readonly string _name = $"test-{Environment.ProcessId}-{Guid.NewGuid():n}";

    public void Dispose()
    {
        AppliedTable.Remove(_name);
        _router.Dispose();
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("generic")]
    public void What_is_plainly_routed_is_forwarded_as_by_the_kernel(string mode)
    {
        string[] texts =
        [
            "udp 10.80.0.1:1 > 10.80.1.1:2", "tcp 10.80.0.1:1 > 10.80.1.1:2 flags ack", "icmp 10.80.0.1 > 10.80.1.1 type echo-reply",
            "sctp 10.80.0.1:1 > 10.80.1.1:2", "gre 10.80.0.1 > 10.80.1.1",
            "udp 10.80.0.1:1 > 10.80.1.1:2 ttl 2", "udp 10.80.0.1:1 > 10.80.1.1:2 ttl 255", "udp 10.80.0.1:1 > 10.80.1.1:2 dscp ef",
            "udp 10.80.0.1:1 > 10.80.1.1:2 payload 1472",
            "udp 10.80.0.1:1 > 10.80.1.1:2 frag first", "udp 10.80.0.1:1 > 10.80.1.1:2 frag later", "udp 10.80.0.9:1 > 10.80.1.1:2",
            "udp [fd80::1]:1 > [fd81::1]:2", "tcp [fd80::1]:1 > [fd81::1]:2 flags ack", "icmpv6 fd80::1 > fd81::1 type echo-reply",
            "udp [fd80::1]:1 > [fd81::1]:2 ttl 2", "udp [fd80::1]:1 > [fd81::1]:2 dscp cs7",
            "udp [fd80::1]:1 > [fd81::1]:2 frag later", "udp [fd80::9]:1 > [fd81::1]:2 payload 1400",
        ];
        var frames = texts.Select(Router.Frame).ToList();

        // Each checksum, so that the one that the kernel's decrement carries over is among them.
        for (var i = 0; i < 200; i++) frames.Add(WithIdentification(Router.Frame("udp 10.80.0.1:1 > 10.80.1.1:2"), (ushort)(i * 331)));
        frames.Add(WithChecksum(Router.Frame("udp 10.80.0.1:1 > 10.80.1.1:2 ttl 5"), 0xfeff));
        frames.Add(WithExtension());
        Assert.Equal((0, frames.Count, 0), Compare(frames, frames.Count, mode));
    }

    [Fact]
    public void What_needs_more_than_a_route_is_left_to_the_kernel()
    {
        // The kernel forwards the last: the source is not its own, and the reverse path is not filtered.
        string[] texts =
        [
            "udp 10.80.0.1:1 > 10.80.1.1:2 ttl 1",
            "udp 10.80.0.1:1 > 10.80.1.1:2 ttl 0",
            "udp 10.80.0.1:1 > 10.80.0.2:2",
            "udp 10.80.0.1:1 > 10.80.1.77:2",
            "udp 10.80.0.1:1 > 10.80.0.7:2",
            "udp 10.80.0.1:1 > 224.0.0.5:2",
            "udp 10.80.0.1:1 > 255.255.255.255:2",
            "udp 10.80.0.1:1 > 0.1.2.3:2",
            "udp 127.0.0.1:1 > 10.80.1.1:2",
            "udp 0.0.0.0:1 > 10.80.1.1:2",
            "udp 224.0.0.1:1 > 10.80.1.1:2",
            "udp 10.80.0.2:1 > 10.80.1.1:2",
            "udp 10.80.1.2:1 > 10.80.1.1:2",
            "udp [fd80::1]:1 > [fd81::1]:2 ttl 1",
            "udp [fe80::1]:1 > [fd81::1]:2",
            "udp [::1]:1 > [fd81::1]:2",
            "udp [fd80::1]:1 > [ff0e::1]:2",
            "udp [fd80::1]:1 > [fd80::2]:2",
            "vlan 5 udp 10.80.0.1:1 > 10.80.1.1:2",
            "udp 10.80.1.50:1 > 10.80.1.1:2",
        ];
        Assert.Equal((texts.Length, 0, 0), Compare([.. texts.Select(Router.Frame)], 1));
    }

    [Fact]
    public void Options_wrong_sums_and_wrong_lengths_are_left_to_the_kernel()
    {
        var plain = Router.Frame("udp 10.80.0.1:1 > 10.80.1.1:2");
        var wrongSum = plain.ToArray();
        wrongSum[24] ^= 1;
        Assert.True(PacketText.TryParse($"udp 10.80.0.1:1 > 10.80.1.1:2 ether {Router.Sender} > {Router.Ingress}", out var spec, out _));
        var options = PacketBuilder.Build(spec with { Options = [1, 1, 1, 1] });
        Assert.True(PacketText.TryParse($"udp [fd80::1]:1 > [fd81::1]:2 ether {Router.Sender} > {Router.Ingress}", out var six, out _));
        var hopByHop = PacketBuilder.Build(six with { Extensions = [new(0, [0, 1, 4, 0, 0, 0, 0])] });
        var elsewhere = plain.ToArray();
        elsewhere[5] ^= 1;
        Assert.Equal((5, 0, 0), Compare([wrongSum, options, hopByHop, elsewhere, plain[..^4]], 2));
    }

    [Fact]
    public void Routes_that_refuse_drop()
    {
        _router.Ip("route add blackhole 10.99.1.0/24");
        _router.Ip("route add unreachable 10.99.2.0/24");
        _router.Ip("route add prohibit 10.99.3.0/24");
        _router.Ip("route add blackhole fd99::/64");
        Assert.Equal(
            (0, 0, 4),
            Compare(
                [.. (
                    (string[])["udp 10.80.0.1:1 > 10.99.1.1:2", "udp 10.80.0.1:1 > 10.99.2.1:2", "udp 10.80.0.1:1 > 10.99.3.1:2",
                        "udp [fd80::1]:1 > [fd99::1]:2"]).Select(Router.Frame)],
                0));
    }

    [Fact]
    public void What_is_too_long_for_the_next_device_is_left_to_the_kernel()
    {
        _router.Ip("link set r1 mtu 1280");

        // The kernel makes two fragments of the first; IPv6 senders are told of the MTU.
        Assert.Equal((2, 2, 0), Compare([.. ((string[])[
            "udp 10.80.0.1:1 > 10.80.1.1:2 payload 1300", "udp [fd80::1]:1 > [fd81::1]:2 payload 1300", "udp 10.80.0.1:1 > 10.80.1.1:2 "
                + "payload 1252", "udp [fd80::1]:1 > [fd81::1]:2 payload 1232"]).Select(Router.Frame)], 4));
    }

    // Of each, the shorter packets are forwarded and the longer are fragmented by the kernel, or answered. The last has no MTU of its own.
    [Theory]
    [InlineData("mtu 600", "mtu 1280", 6)]
    [InlineData("mtu lock 600", "mtu lock 1280", 4)]
    public void What_is_too_long_for_its_route_is_left_to_the_kernel(string four, string six, int passed)
    {
        _router.Ip($"route add 10.82.0.0/24 via 10.80.1.1 dev r1 {four}");
        _router.Ip($"-6 route add fd82::/64 via fd81::1 dev r1 {six}");
        string[] texts =
        [
            "udp 10.80.0.1:1 > 10.82.0.1:2 payload 572", "udp 10.80.0.1:1 > 10.82.0.1:2 payload 573", "udp 10.80.0.1:1 > 10.82.0.1:2 "
                + "payload 1000",
            "udp [fd80::1]:1 > [fd82::1]:2 payload 1232", "udp [fd80::1]:1 > [fd82::1]:2 payload 1233", "udp [fd80::1]:1 > [fd82::1]:2 "
                + "payload 1400",
            "udp 10.80.0.1:1 > 10.80.1.1:2 payload 1000", "udp [fd80::1]:1 > [fd81::1]:2 payload 1400",
        ];
        Assert.Equal((passed, texts.Length - passed, 0), Compare([.. texts.Select(Router.Frame)], 8));
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("generic")]
    public void Only_frames_to_the_present_address_of_a_device_are_forwarded(string mode)
    {
        Assert.SkipUnless(ReceiverProbe.Find(new()) is not null, "the machine cannot: its kernel has no BTF");
        string[] texts = ["udp 10.80.0.1:1 > 10.80.1.1:2", "udp [fd80::1]:1 > [fd81::1]:2"];
        var toOld = texts.Select(Router.Frame).ToList();
        var toNew = toOld.ConvertAll(frame => (byte[])[0x52, 0x54, 0, 0x80, 0x77, 0x77, .. frame[6..]]);
        Apply($"mode {mode}\nudp dport 9999 pass\nether saddr != {Router.Sender} pass\nredirect fib");
        Assert.Equal(2, _router.Through(toOld).Count);
        Assert.Equal(2UL, Redirected());
        _router.Ip("link set r0 address 52:54:00:80:77:77");
        Assert.Empty(_router.Through(toOld, to: "52:54:00:80:77:77"));
        Assert.Equal(2UL, Redirected());
        Assert.Equal(2, _router.Through(toNew, to: "52:54:00:80:77:77").Count);
        Assert.Equal(4UL, Redirected());

        ulong Redirected() => AppliedTable.Read(_name)!.Actions.Single(a => a.Key == "XDP_REDIRECT").Value.Packets;
    }

    [Fact]
    public void Without_forwarding_all_is_left_to_the_kernel()
    {
        _router.Sysctl("net.ipv4.conf.r0.forwarding=0");
        Assert.Equal((1, 0, 0), Compare([Router.Frame("udp 10.80.0.1:1 > 10.80.1.1:2")], 0));
    }

    [Fact]
    public void The_reverse_path_filter_holds()
    {
        _router.Sysctl("net.ipv4.conf.r0.rp_filter=1");
        Assert.Equal((1, 0, 0), Compare([Router.Frame("udp 10.80.1.50:1 > 10.80.1.1:2")], 0));
    }

    [Fact]
    public void A_next_hop_that_cannot_be_sent_to_by_xdp_is_left_to_the_kernel()
    {
        _router.SetPolling(false);
        Assert.Equal((1, 0, 0), Compare([Router.Frame("udp 10.80.0.1:1 > 10.80.1.1:2")], 1));
    }

    /// <summary>Sends frames without and with the table.</summary>
    /// <returns>How many were passed, redirected and dropped by the table.</returns>
    private (int Passed, int Redirected, int Dropped) Compare(List<byte[]> frames, int arrive, string mode = "auto")
    {
        var byKernel = _router.Through(frames);
        Assert.Equal(arrive, byKernel.Count);
        Apply($"mode {mode}\nudp dport 9999 pass\nether saddr != {Router.Sender} pass\nredirect fib");
        Assert.Equal(byKernel, _router.Through(frames));
        var table = AppliedTable.Read(_name)!;
        var others = table.Rules[0].Count + table.Rules[1].Count;
        Assert.Equal((ulong)frames.Count, table.Rules[2].Count.Packets);
        var actions = table.Actions.ToDictionary(a => a.Key, a => a.Value);
        return (
            (int)(actions["XDP_PASS"].Packets - others.Packets), (int)actions["XDP_REDIRECT"].Packets, (int)actions["XDP_DROP"].Packets);
    }

    private void Apply(string rules) =>
        FilterApplier.Apply(Rules.Table(rules) with { Name = _name }, new ApplyRequest(["r0"], _router.Name, false), _ => { });

    private static byte[] WithIdentification(byte[] frame, ushort number)
    {
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(18), number);
        return WithSum(frame);
    }

    /// <summary>The frame with the identification by which its header checksum is as wanted.</summary>
    private static byte[] WithChecksum(byte[] frame, ushort sum)
    {
        for (var i = 0; i <= ushort.MaxValue; i++)
            if (BinaryPrimitives.ReadUInt16BigEndian(WithIdentification(frame, (ushort)i).AsSpan(24)) == sum) return frame;
        throw new ArgumentException("no identification gives that sum");
    }

    private static byte[] WithSum(byte[] frame)
    {
        var sum = 0;
        for (var at = 14; at < 34; at += 2)
            if (at != 24) sum += BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(at));
        while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(24), (ushort)~sum);
        return frame;
    }

    private static byte[] WithExtension()
    {
        Assert.True(PacketText.TryParse($"udp [fd80::1]:1 > [fd81::1]:2 ether {Router.Sender} > {Router.Ingress}", out var spec, out _));
        return PacketBuilder.Build(spec with { Extensions = [new(60, [0, 1, 4, 0, 0, 0, 0])] });
    }
}
