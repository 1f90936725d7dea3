using Skep.Filter.Evaluate;
using Skep.Filter.Model;
using Skep.Packets.Building;
using Skep.Packets.Headers;

namespace Skep.Filter.Tests.Evaluate;

/// <summary>The edges of the walk over the headers.</summary>
public sealed class HeaderWalkTests
{
    private static readonly PacketSpec Tcp4 = new()
    {
        Protocol = 6, Source = 0x0a000001, Destination = 0x0a000002, SourcePort = 1000,
        DestinationPort = 80, PayloadLength = 0
    };
    private static readonly PacketSpec Tcp6 = Tcp4 with { EtherType = 0x86dd };
    private static readonly ExtensionHeader Options = new(60, [0, 1, 4, 0, 0, 0, 0]);

    private static string? Malformed(ReadOnlySpan<byte> packet) => PacketHeaders.Walk(packet).Malformed;

    private static byte[] With(PacketSpec spec, int at, params byte[] bytes)
    {
        var packet = PacketBuilder.Build(spec);
        bytes.CopyTo(packet, at);
        return packet;
    }

    [Fact]
    public void A_packet_cut_at_any_byte_is_malformed_until_it_has_all_headers()
    {
        PacketSpec[] specs =
        [
            Tcp4, Tcp6, Tcp4 with { Protocol = 17 }, Tcp4 with { Protocol = 132 }, Tcp4 with { Protocol = 1 },
            Tcp6 with { Protocol = 58, Extensions = [Options, Options] },
            Tcp4 with { Options = [1, 1, 1, 1] }, Tcp6 with { Tags =
            [
                new(0x88a8, 0, 1), new(0x8100, 0, 2)
            ], Extensions = [Options], MoreFragments = true },
        ];
        Assert.All(specs, spec =>
        {
            var packet = PacketBuilder.Build(spec);
            for (var length = 0; length < packet.Length; length++)
                Assert.True(Malformed(packet.AsSpan(0, length)) is not null, $"{spec} at {length}");
            Assert.Null(Malformed(packet));
        });
    }

    [Fact]
    public void A_decision_never_reads_beyond_a_packet_cut_at_any_byte()
    {
        var table = Rules.Table(
            "ip6 frag first drop\nip saddr . tcp dport { 1.2.3.4 . 5 } drop\ntcp flags syn tcp sport set 5 drop\nicmpv6 code 5 drop\nvlan "
            + "pcp 3 drop\nip6 saddr set ::1 continue");
        foreach (var spec in PacketGenerator.Mixed(200))
        {
            var packet = PacketBuilder.Build(spec);
            for (var length = 0; length <= packet.Length; length++)
                Assert.Equal(length, new Evaluator(table, () => 0).Decide(packet[..length], 0).Headers.Length);
        }
    }

    [Theory]
    [InlineData(14, 0x55, "IPv4 version is not 4")]
    [InlineData(14, 0x44, "IPv4 header length below 20")]
    [InlineData(14, 0x4f, "IPv4 options cut short")]
    [InlineData(17, 19, "IPv4 total length below the header length")]
    [InlineData(17, 39, "TCP header cut short")]
    [InlineData(46, 0x4f, "TCP data offset below 20")]
    [InlineData(46, 0x60, "TCP options cut short")]
    public void An_impossible_ipv4_packet_is_malformed(int at, byte value, string why) =>
        Assert.Equal(why, Malformed(With(Tcp4, at, value)));

    [Theory]
    [InlineData(14, 0x45, "IPv6 version is not 6")]
    [InlineData(19, 19, "TCP header cut short")]
    [InlineData(19, 0, "TCP header cut short")]
    [InlineData(20, 60, "IPv6 extension header cut short")]
    [InlineData(20, 58, null)]
    [InlineData(20, 50, null)]
    public void An_impossible_ipv6_packet_is_malformed(int at, byte value, string? why) =>
        Assert.Equal(why, Malformed(With(Tcp6 with { SourcePort = 0x06ff }, at, value)));

    [Fact]
    public void An_udp_length_below_8_is_malformed_except_0_in_ipv6()
    {
        Assert.Equal("UDP length below 8", Malformed(With(Tcp4 with { Protocol = 17 }, 38, 0, 7)));
        Assert.Equal("UDP length below 8", Malformed(With(Tcp4 with { Protocol = 17 }, 38, 0, 0)));
        Assert.Equal("UDP length below 8", Malformed(With(Tcp6 with { Protocol = 17 }, 58, 0, 7)));
        Assert.Null(Malformed(With(Tcp6 with { Protocol = 17 }, 58, 0, 0)));
    }

    [Fact]
    public void Eight_extension_headers_are_walked_and_a_ninth_is_malformed()
    {
        var eight = Tcp6 with { Extensions = [.. Enumerable.Repeat(Options, 8)] };
        Assert.True(Rules.Hits("tcp dport 80", PacketBuilder.Build(eight)));
        var nine = PacketBuilder.Build(Tcp6 with { Extensions = [.. Enumerable.Repeat(Options, 9)] });
        Assert.Equal("more than 8 IPv6 extension headers", Malformed(nine));
        Assert.False(Rules.Hits("tcp dport != 0", nine));
        Assert.False(Rules.Hits("meta l4proto 0-255", nine));
        Assert.False(Rules.Hits("ip6 frag none", nine));
        Assert.True(Rules.Hits("ip6 saddr 0::/0", nine));
    }

    [Fact]
    public void A_header_is_not_read_from_padding()
    {
        var packet = With(Tcp4, 17, 20);
        Assert.Equal("TCP header cut short", Malformed(packet));
        Assert.False(Rules.Hits("tcp dport 80", packet));
        Assert.True(Rules.Hits("ip protocol tcp", packet));
    }

    [Fact]
    public void A_jumbogram_ends_with_the_frame()
    {
        var packet = PacketBuilder.Build(Tcp6 with { Extensions = [new(0, [0, 0xc2, 4, 0, 1, 0, 0])] });
        packet[18] = packet[19] = 0;
        Assert.True(Rules.Hits("tcp dport 80", packet));
    }

    [Fact]
    public void The_third_tag_is_not_looked_through()
    {
        var packet = PacketBuilder.Build(Tcp4 with { Tags = [new(0x8100, 1, 1), new(0x8100, 2, 2), new(0x8100, 3, 3)] });
        Assert.False(Rules.Hits("tcp dport 80", packet));
        Assert.True(Rules.Hits("ether type 8021q", packet));
        Assert.True(Rules.Hits("vlan id 1 vlan pcp 1", packet));
        Assert.Null(Malformed(packet));
    }

    [Fact]
    public void Icmp_of_the_other_ip_version_is_only_a_number()
    {
        var packet = PacketBuilder.Build(Tcp6 with { Protocol = 1, IcmpType = 8 });
        Assert.False(Rules.Hits("icmp type 8", packet));
        Assert.True(Rules.Hits("meta l4proto icmp", packet));
        Assert.False(Rules.Hits("icmpv6 type 0-255", PacketBuilder.Build(Tcp4 with { Protocol = 58 })));
    }

    [Fact]
    public void An_ipv6_fragment_header_that_fragments_nothing_is_no_fragment()
    {
        var packet = PacketBuilder.Build(Tcp6 with { Extensions = [new(44, [0, 0, 0, 0, 0, 0, 9])] });
        Assert.True(Rules.Hits("ip6 frag none tcp dport 80", packet));
    }

    [Fact]
    public void A_later_ipv6_fragment_has_the_protocol_that_its_header_names()
    {
        var packet = PacketBuilder.Build(Tcp6 with { FragmentOffset = 100, PayloadLength = 40 });
        Assert.True(Rules.Hits("meta l4proto tcp ip6 frag later", packet));
        Assert.False(Rules.Hits("tcp dport 0-65535", packet));
        Assert.False(Rules.Hits("tcp dport != 80", packet));
    }

    [Fact]
    public void Malformed_decides_before_the_rules_only_when_it_is_said()
    {
        var packet = PacketBuilder.Build(Tcp4)[..40];
        Assert.Equal(VerdictKind.Tx, Rules.Decide("ip saddr 10.0.0.1 tx", packet).Verdict.Kind);
        var decision = Rules.Decide("malformed drop\nip saddr 10.0.0.1 tx", packet);
        Assert.Equal((VerdictKind.Drop, DecisionReason.Malformed), (decision.Verdict.Kind, decision.Reason));
        Assert.Equal(VerdictKind.Pass, Rules.Decide("policy drop\nmalformed pass\ndrop", packet).Verdict.Kind);
        Assert.Equal(VerdictKind.Drop, Rules.Decide("policy drop\ntcp dport 80 pass", packet).Verdict.Kind);
    }

    [Fact]
    public void A_frame_whose_tag_is_cut_short_has_no_ethernet_header()
    {
        var packet = PacketBuilder.Build(Tcp4 with { Tags = [new(0x8100, 0, 1)] })[..16];
        Assert.False(Rules.Hits("ether saddr != 00:00:00:00:00:00", packet));
        Assert.True(Rules.Hits("meta length 16", packet));
    }
}
