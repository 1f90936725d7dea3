using Skep.Filter.Evaluate;
using Skep.Packets.Building;

namespace Skep.Filter.Tests.Evaluate;

/// <summary>
/// Each match with a packet that it hits, one that it just misses and one of another protocol, behind no, one and two VLAN tags.
/// </summary>
public sealed class MatchTests
{
    private const string Udp = "udp 10.0.0.1:1000 > 10.0.0.2:53";
    private const string Tcp = "tcp 10.0.0.1:1000 > 10.0.0.2:80";
    private const string Udp6 = "udp [2001:db8::1]:1000 > [2001:db8::2]:53";

    [Theory]
    [InlineData("ip saddr 10.0.0.1", Udp, "udp 10.0.0.0:1 > 10.0.0.2:53", Udp6)]
    [InlineData("ip saddr 0.0.0.0/0", "udp 255.255.255.255:1 > 0.0.0.0:1", Udp6, "ether arp")]
    [InlineData("ip saddr 10.0.0.1/32", Udp, "udp 10.0.0.2:1 > 10.0.0.2:53", Udp6)]
    [InlineData("ip saddr 10.0.0.0/8", "udp 10.255.255.255:1 > 1.1.1.1:1", "udp 11.0.0.0:1 > 1.1.1.1:1", Udp6)]
    [InlineData("ip saddr 10.0.0.0/8", "udp 10.0.0.0:1 > 1.1.1.1:1", "udp 9.255.255.255:1 > 1.1.1.1:1", "ether arp")]
    [InlineData("ip daddr 10.0.0.2/31", "udp 1.1.1.1:1 > 10.0.0.3:1", "udp 1.1.1.1:1 > 10.0.0.4:1", Udp6)]
    [InlineData("ip daddr 10.0.0.5-10.0.0.7", "udp 1.1.1.1:1 > 10.0.0.7:1", "udp 1.1.1.1:1 > 10.0.0.8:1", Udp6)]
    [InlineData("ip daddr 10.0.0.5-10.0.0.7", "udp 1.1.1.1:1 > 10.0.0.5:1", "udp 1.1.1.1:1 > 10.0.0.4:1", Udp6)]
    [InlineData("ip daddr != 10.0.0.2", "udp 10.0.0.2:1 > 10.0.0.3:1", Udp, Udp6)]
    [InlineData("ip protocol udp", Udp, Tcp, Udp6)]
    [InlineData("ip ttl 64", Udp, Udp + " ttl 63", Udp6)]
    [InlineData("ip ttl < 10", Udp + " ttl 9", Udp + " ttl 10", Udp6 + " ttl 9")]
    [InlineData("ip dscp af11", Udp + " dscp af11", Udp + " dscp af12", Udp6 + " dscp af11")]
    [InlineData("ip length 44", Udp, Udp + " payload 17", Udp6)]
    [InlineData("ip frag first", Udp + " frag first", Udp, Udp6 + " frag first")]
    [InlineData("ip frag later", Udp + " frag later", Udp + " frag first", Udp6 + " frag later")]
    [InlineData("ip frag none", Udp, Udp + " frag later", Udp6)]
    [InlineData("ip frag", Udp + " frag later", Udp, Udp6 + " frag later")]
    [InlineData("ip6 saddr 2001:db8::/32", Udp6, "udp [2001:db9::]:1 > [::1]:1", Udp)]
    [InlineData("ip6 saddr ::/0", "udp [ffff::1]:1 > [::1]:1", Udp, "ether arp")]
    [InlineData("ip6 daddr 2001:db8::2/128", Udp6, "udp [2001:db8::2]:1 > [2001:db8::3]:1", Udp)]
    [InlineData("ip6 daddr 2001:db8::/127", "udp [::1]:1 > [2001:db8::1]:1", "udp [::1]:1 > [2001:db8::2]:1", Udp)]
    [InlineData("ip6 daddr != 2001:db8::2", "udp [::1]:1 > [2001:db8::3]:1", Udp6, Udp)]
    [InlineData("ip6 nexthdr udp", Udp6, "tcp [::1]:1 > [::2]:1", Udp)]
    [InlineData("ip6 nexthdr ipv6-frag", Udp6 + " frag first", Udp6, Udp + " frag first")]
    [InlineData("ip6 hoplimit 64", Udp6, Udp6 + " ttl 65", Udp)]
    [InlineData("ip6 dscp cs6", Udp6 + " dscp cs6", Udp6 + " dscp cs7", Udp + " dscp cs6")]
    [InlineData("ip6 length 24", Udp6, Udp6 + " payload 15", Udp)]
    [InlineData("ip6 frag later", Udp6 + " frag later", Udp6 + " frag first", Udp + " frag later")]
    [InlineData("ip6 frag none", Udp6, Udp6 + " frag first", Udp)]
    [InlineData("tcp dport 80", Tcp, "tcp 10.0.0.1:80 > 10.0.0.2:81", "udp 10.0.0.1:80 > 10.0.0.2:80")]
    [InlineData("tcp dport 80", "tcp [::1]:5 > [::2]:80", "tcp [::1]:80 > [::2]:79", "sctp [::1]:5 > [::2]:80")]
    [InlineData("tcp dport != 80", "tcp [::1]:80 > [::2]:81", Tcp, Udp)]
    [InlineData("tcp dport != 80", "tcp [::1]:80 > [::2]:81", Tcp + " frag later", Udp)]
    [InlineData("tcp sport 1000-1999", Tcp, "tcp 10.0.0.1:999 > 10.0.0.2:80", Udp)]
    [InlineData("tcp sport 1000-1999", "tcp 10.0.0.1:1999 > 10.0.0.2:80", "tcp 10.0.0.1:2000 > 10.0.0.2:80", Udp)]
    [InlineData("tcp dport 0-65535", "tcp 10.0.0.1:0 > 10.0.0.2:0", Tcp + " frag later", Udp)]
    [InlineData("tcp flags syn", Tcp + " flags syn,ack", Tcp + " flags ack", Udp)]
    [InlineData("tcp flags == syn", Tcp + " flags syn", Tcp + " flags syn,ack", Udp)]
    [InlineData("tcp flags & (syn|ack) == syn", Tcp + " flags syn,urg", Tcp + " flags syn,ack", Udp)]
    [InlineData("tcp flags { syn, syn|ack }", Tcp + " flags ack,syn", Tcp + " flags ack", Udp)]
    [InlineData("udp dport domain", Udp, "udp 10.0.0.1:53 > 10.0.0.2:54", "tcp 10.0.0.1:53 > 10.0.0.2:53")]
    [InlineData("udp sport 1000", Udp6, "udp [::1]:1001 > [::2]:1000", "tcp [::1]:1000 > [::2]:53")]
    [InlineData("udp sport { 1000, 2000-2010 }", "udp 10.0.0.1:2010 > 10.0.0.2:1", "udp 10.0.0.1:2011 > 10.0.0.2:1", Tcp)]
    [InlineData("sctp dport 5", "sctp 10.0.0.1:1 > 10.0.0.2:5", "sctp 10.0.0.1:5 > 10.0.0.2:6", "udp 10.0.0.1:1 > 10.0.0.2:5")]
    [InlineData("sctp sport 1", "sctp [::1]:1 > [::2]:5", "sctp [::1]:5 > [::2]:1", "tcp [::1]:1 > [::2]:5")]
    [InlineData(
        "icmp type echo-request", "icmp 10.0.0.1 > 10.0.0.2", "icmp 10.0.0.1 > 10.0.0.2 type echo-reply", "icmpv6 ::1 > ::2 type 8")]
    [InlineData(
        "icmp code port-unreachable",
        "icmp 10.0.0.1 > 10.0.0.2 type 3 code 3",
        "icmp 10.0.0.1 > 10.0.0.2 type 3 code 2",
        "icmpv6 ::1 > ::2 type 1 code 3")]
    [InlineData(
        "icmpv6 type nd-router-advert", "icmpv6 ::1 > ::2 type 134", "icmpv6 ::1 > ::2 type 133", "icmp 10.0.0.1 > 10.0.0.2 type 134")]
    [InlineData(
        "icmpv6 code 1", "icmpv6 ::1 > ::2 type 1 code 1", "icmpv6 ::1 > ::2 type 1 code 0", "icmp 10.0.0.1 > 10.0.0.2 type 3 code 1")]
    [InlineData("meta l4proto { tcp, udp }", Udp6 + " frag later", "sctp [::1]:1 > [::2]:1", "ether arp")]
    [InlineData("meta nfproto ipv4", Udp, Udp6, "ether arp")]
    [InlineData("ether type arp", "ether arp", "ether 0x0807", Udp)]
    [InlineData(
        "ether saddr 52:54:00:00:00:aa",
        Udp + " ether 52:54:00:00:00:aa > 52:54:00:00:00:bb",
        Udp + " ether 52:54:00:00:00:ab > 52:54:00:00:00:aa",
        "ether arp")]
    [InlineData(
        "ether daddr != 52:54:00:00:00:bb",
        Udp,
        Udp + " ether 52:54:00:00:00:aa > 52:54:00:00:00:bb",
        "ether arp ether 52:54:00:00:00:aa > 52:54:00:00:00:bb")]
    [InlineData("ip saddr . udp dport 10.0.0.1 . 53", Udp, "udp 10.0.0.1:53 > 10.0.0.2:54", Tcp)]
    [InlineData("ip saddr . udp dport != { 10.0.0.1 . 53, 10.0.0.0/24 . 80-90 }", "udp 10.0.0.1:1 > 10.0.0.2:91", Udp, Udp6)]
    public void A_match_hits_and_misses(string match, string hit, string nearMiss, string other)
    {
        Assert.All((string[])["", "vlan 5 ", "vlan 5 vlan 6 "], tags =>
        {
            Assert.True(Rules.Hits(match, Packet(tags + hit)), tags + hit);
            Assert.False(Rules.Hits(match, Packet(tags + nearMiss)), tags + nearMiss);
            Assert.False(Rules.Hits(match, Packet(tags + other)), tags + other);
        });
    }

    [Theory]
    [InlineData("vlan id 5", "vlan 5 ", "vlan 4 vlan 5 ")]
    [InlineData("vlan id != 5", "vlan 4 vlan 5 ", "vlan 5 ")]
    [InlineData("vlan id 0-4095", "vlan 4095 ", "")]
    [InlineData("vlan id 0-4095", "vlan 0 vlan 0 ", "")]
    [InlineData("vlan pcp 0", "vlan 1 ", "")]
    [InlineData("meta length > 58", "vlan 1 ", "")]
    public void A_match_of_the_tags_hits_and_misses(string match, string hit, string miss)
    {
        Assert.True(Rules.Hits(match, Packet(hit + Udp)));
        Assert.False(Rules.Hits(match, Packet(miss + Udp)));
    }

    [Fact]
    public void A_hit_counts_packet_and_bytes_once_a_rule()
    {
        var evaluator = new Skep.Filter.Evaluate.Evaluator(
            Rules.Table("ip ttl 0-255 continue\nudp dport 53 drop\nudp dport 53 drop"), () => 0);
        evaluator.Decide(Packet(Udp), 0);
        evaluator.Decide(Packet(Udp + " payload 100"), 0);
        evaluator.Decide(Packet(Tcp), 0);
        Assert.Equal([(3, 58 + 142 + 70), (2, 200), (0, 0)], evaluator.Counts.Select(c => ((int)c.Packets, (int)c.Bytes)));
    }

    private static byte[] Packet(string line)
    {
        Assert.True(PacketText.TryParse(line, out var spec, out var error), error);
        return PacketBuilder.Build(spec);
    }
}
