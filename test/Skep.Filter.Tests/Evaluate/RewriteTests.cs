using System;
using System.Text;
using Skep.Filter.Evaluate;
using Skep.Filter.Model;
using Skep.Packets.Building;
using Skep.Packets.Headers;

namespace Skep.Filter.Tests.Evaluate;

/// <summary>
/// A rewritten packet is, byte for byte, the packet that would have been made with the new values; tshark finds its checksums right.
/// </summary>
public sealed class RewriteTests
{
    // ICMP of the other IP version has no checksum that means anything.
    private static readonly List<PacketSpec> Mixed = [.. PacketGenerator.Mixed(1500).Where(s => s.Protocol != (s.IsIp6 ? 1 : 58))];

    private static readonly Dictionary<string, Func<PacketSpec, PacketSpec>> Rewrites = new()
    {
        ["ether saddr set 02:00:00:00:00:0a"] = s => s with { EtherSource = 0x02000000000a },
        ["ether daddr set 02:00:00:00:00:0b"] = s => s with { EtherDestination = 0x02000000000b },
        ["vlan id set 1234"] = s => s with { Tags = [s.Tags[0] with { Id = 1234 }, .. s.Tags.Skip(1)] },
        ["vlan pcp set 5"] = s => s with { Tags = [s.Tags[0] with { Pcp = 5 }, .. s.Tags.Skip(1)] },
        ["ip saddr set 203.0.113.77"] = s => s with { Source = 0xcb00714d },
        ["ip daddr set 0.0.0.0"] = s => s with { Destination = 0 },
        ["ip ttl set 1"] = s => s with { Ttl = 1 },
        ["ip dscp set ef"] = s => s with { Dscp = 46 },
        ["ip6 saddr set 2001:db8:5::77"] = s =>
            s with { Source = UInt128.Parse("20010db8000500000000000000000077", System.Globalization.NumberStyles.HexNumber) },
        ["ip6 daddr set ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"] = s => s with { Destination = UInt128.MaxValue },
        ["ip6 hoplimit set 255"] = s => s with { Ttl = 255 },
        ["ip6 dscp set cs7"] = s => s with { Dscp = 56 },
        ["tcp sport set 1"] = s => s with { SourcePort = 1 },
        ["tcp dport set 8080"] = s => s with { DestinationPort = 8080 },
        ["udp sport set 65535"] = s => s with { SourcePort = 65535 },
        ["udp dport set 0"] = s => s with { DestinationPort = 0 },
        ["swap ether"] = s => s with { EtherSource = s.EtherDestination, EtherDestination = s.EtherSource },
        ["swap ip"] = s => s with { Source = s.Destination, Destination = s.Source },
        ["swap ip6"] = s => s with { Source = s.Destination, Destination = s.Source },
        ["swap tcp"] = s => s with { SourcePort = s.DestinationPort, DestinationPort = s.SourcePort },
        ["swap ether,ip,udp"] = s => s with
        {
            EtherSource = s.EtherDestination,
            EtherDestination = s.EtherSource,
            Source = s.Destination,
            Destination = s.Source,
            SourcePort = s.DestinationPort,
            DestinationPort = s.SourcePort,
        },
        ["ip ttl set 9 ip saddr set 10.9.9.9 ip daddr set 10.8.8.8 udp dport set 5353"] = s =>
            s with { Ttl = 9, Source = 0x0a090909, Destination = 0x0a080808, DestinationPort = 5353 },
    };

    public static TheoryData<string> Statements() => [.. Rewrites.Keys];

    [Theory]
    [MemberData(nameof(Statements))]
    public void A_rewrite_equals_the_packet_made_anew(string statements)
    {
        var table = Rules.Table(statements + " tx");
        var rewritten = new List<byte[]>();
        Assert.All(Mixed, spec =>
        {
            var packet = PacketBuilder.Build(spec);
            var before = packet.ToArray();
            var isHit = new Evaluator(table, () => 0).Decide(packet, 0).Rule == 0;
            Assert.Equal(isHit ? PacketBuilder.Build(Rewrites[statements](spec)) : before, packet);
            if (isHit) rewritten.Add(packet);
        });
        Assert.NotEmpty(rewritten);
        AssertChecksumsGood(rewritten);
    }

    [Fact]
    public void Checksums_of_made_packets_are_good() => AssertChecksumsGood([.. Mixed.Select(PacketBuilder.Build)]);

    private static void AssertChecksumsGood(List<byte[]> packets)
    {
        Requires.Installed("tshark");
        string[] protocols = ["ip", "tcp", "udp", "icmp", "icmpv6", "sctp"];
        var options = new List<string> { "-n", "-r", "-", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-T", "fields" };
        foreach (var protocol in protocols)
        {
            options.AddRange(["-e", $"{protocol}.checksum.status"]);
            if (protocol is "ip" or "tcp" or "udp") options.AddRange(["-o", $"{protocol}.check_checksum:TRUE"]);
        }
        options.AddRange(["-o", "sctp.checksum:TRUE"]);
        var lines = Encoding.ASCII.GetString(Tool.Run("tshark", CaptureFile.Write(packets), [.. options])).TrimEnd('\n').Split('\n');
        Assert.Equal(packets.Count, lines.Length);
        for (var i = 0; i < lines.Length; i++)
            Assert.False(
                lines[i].Split('\t').Any(f => f.Split(',')[0] == "0"),
                $"{lines[i]}: {PacketText.Format(packets[i])} {Convert.ToHexString(packets[i])}");
        if (packets.Exists(p => PacketHeaders.Walk(p) is { Ip: >= 0 })) Assert.Contains(lines, l => l.Split('\t')[0].StartsWith('1'));
    }

    [Fact]
    public void An_udp_checksum_of_zero_stays_none()
    {
        var packet = PacketBuilder.Build(new() { Source = 1, Destination = 2, SourcePort = 3, DestinationPort = 4 });
        packet[40] = packet[41] = 0;
        Rules.Decide("ip saddr set 10.0.0.1 udp dport set 99 pass", packet);
        Assert.Equal([0, 0], packet[40..42]);
        Assert.Equal(99, packet[37]);
    }

    [Fact]
    public void An_udp_checksum_that_becomes_zero_is_written_as_all_ones()
    {
        var spec = new PacketSpec { Source = 0x0a000001, Destination = 0x0a000002, SourcePort = 1 };
        var packet = PacketBuilder.Build(spec);
        var sum = (packet[40] << 8) | packet[41];
        Rules.Decide($"udp dport set {sum} pass", packet);
        Assert.Equal([0xff, 0xff], packet[40..42]);
        Assert.Equal(PacketBuilder.Build(spec with { DestinationPort = (ushort)sum }), packet);
    }

    [Fact]
    public void A_destination_behind_segments_left_is_not_in_the_checksum()
    {
        var spec = new PacketSpec
        {
            EtherType = 0x86dd, Protocol = 6, Source = 1, Destination = 2, Extensions =
        [
            new(43, [0, 0, 1, 0, 0, 0, 0])
        ]
        };
        var packet = PacketBuilder.Build(spec);
        var before = packet.ToArray();
        Rules.Decide("ip6 daddr set ::5 pass", packet);
        before[14 + 39] = 5;
        Assert.Equal(before, packet);
        Rules.Decide("ip6 saddr set ::9 pass", packet);
        Assert.Equal(PacketBuilder.Build(spec with { Source = 9 })[^36..], packet[^36..]);
    }

    [Theory]
    [InlineData(33)]
    [InlineData(136)]
    public void Addresses_of_dccp_and_udplite_keep_the_checksum_right(int protocol)
    {
        var packet = PacketBuilder.Build(
            new() { Protocol = (byte)protocol, Source = 0x0a000001, Destination = 0x0a000002, PayloadLength = 24 });
        var (before, changed) = (Sum(packet), packet.ToArray());
        Rules.Decide("ip saddr set 10.0.0.77 pass", changed);
        Assert.NotEqual(packet[40..42], changed[40..42]);
        Assert.Equal(before, Sum(changed));

        static uint Sum(byte[] p) => Checksum.Sum(p.AsSpan(26, 8), Checksum.Sum(p.AsSpan(34)));
    }

    [Fact]
    public void Later_rules_see_what_earlier_ones_wrote()
    {
        var packet = PacketBuilder.Build(new() { Source = 0x0a000001, Destination = 0x0a000002, DestinationPort = 53 });
        var decision = Rules.Decide("udp dport 53 udp dport set 54 continue\nudp dport 53 drop\nudp dport 54 tx", packet);
        Assert.Equal(new Verdict(VerdictKind.Tx), decision.Verdict);
        Assert.Equal([0, 2], decision.Hits);
    }
}
