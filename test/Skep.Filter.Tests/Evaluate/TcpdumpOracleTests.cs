using Skep.Filter.Model;
using Skep.Packets.Building;

namespace Skep.Filter.Tests.Evaluate;

/// <summary>The packets that a rule hits are those that the same tcpdump expression prints.</summary>
public sealed class TcpdumpOracleTests
{
    private static readonly List<PacketSpec> Mixed = PacketGenerator.Mixed(4000);

    /// <summary>Expressions that tcpdump reads at a fixed place behind the Ethernet header, so tags have to be told to it.</summary>
    [Theory]
    [InlineData("ip saddr 10.0.0.1", "ip and src host 10.0.0.1")]
    [InlineData("ip saddr != 10.0.0.1", "ip and not src host 10.0.0.1")]
    [InlineData("ip daddr 10.0.0.0/8", "ip and dst net 10.0.0.0/8")]
    [InlineData("ip daddr 10.0.0.0/31", "ip and dst net 10.0.0.0/31")]
    [InlineData("ip daddr 0.0.0.0/0", "ip")]
    [InlineData("ip saddr 10.0.0.2/32", "ip and src host 10.0.0.2")]
    [InlineData("ip saddr != 10.0.0.0/24", "ip and not src net 10.0.0.0/24")]
    [InlineData("ip saddr 10.0.0.2-10.0.1.0", "ip[12:4] >= 0x0a000002 and ip[12:4] <= 0x0a000100")]
    [InlineData(
        "ip saddr { 10.0.0.1, 192.0.2.20, 255.255.255.255 }", "ip and (src host 10.0.0.1 or src host 192.0.2.20 or ip[12:4] = 0xffffffff)")]
    [InlineData("ip protocol udp", "ip[9] = 17")]
    [InlineData("ip protocol != { tcp, udp }", "ip and not ip[9] = 6 and not ip[9] = 17")]
    [InlineData("ip ttl < 5", "ip[8] < 5")]
    [InlineData("ip ttl 5-64", "ip[8] >= 5 and ip[8] <= 64")]
    [InlineData("ip dscp ef", "ip[1] & 0xfc = 0xb8")]
    [InlineData("ip dscp != { cs0, cs1 }", "ip and not ip[1] & 0xfc = 0 and not ip[1] & 0xfc = 0x20")]
    [InlineData("ip length > 100", "ip[2:2] > 100")]
    [InlineData("ip frag later", "ip[6:2] & 0x1fff != 0")]
    [InlineData("ip frag first", "ip[6:2] & 0x3fff = 0x2000")]
    [InlineData("ip frag none", "ip[6:2] & 0x3fff = 0")]
    [InlineData("ip frag", "ip[6:2] & 0x3fff != 0")]
    [InlineData("ip6 saddr 2001:db8::1", "ip6 and src host 2001:db8::1")]
    [InlineData("ip6 saddr != 2001:db8::1", "ip6 and not src host 2001:db8::1")]
    [InlineData("ip6 daddr 2001:db8::/32", "ip6 and dst net 2001:db8::/32")]
    [InlineData("ip6 daddr ::/0", "ip6")]
    [InlineData("ip6 daddr 2001:db8::2/128", "ip6 and dst host 2001:db8::2")]
    [InlineData("ip6 nexthdr udp", "ip6[6] = 17")]
    [InlineData("ip6 nexthdr { tcp, 60 }", "ip6[6] = 6 or ip6[6] = 60")]
    [InlineData("ip6 hoplimit >= 64", "ip6[7] >= 64")]
    [InlineData("ip6 dscp 10-20", "(ip6[0:2] & 0x0fc0) >= 640 and (ip6[0:2] & 0x0fc0) <= 1280")]
    [InlineData("ip6 length <= 60", "ip6[4:2] <= 60")]
    [InlineData("meta nfproto ipv4", "ip")]
    [InlineData("meta nfproto != ipv4", "ip6")]
    [InlineData("ether type arp", "ether proto 0x0806")]
    [InlineData("ether type 0x88cc", "ether proto 0x88cc")]
    [InlineData("ether type { ip, ip6 }", "ip or ip6")]
    [InlineData("ether type != arp", "ip or ip6 or ether proto 0x88cc")]
    [InlineData("icmp type echo-request", "icmp[0] = 8")]
    [InlineData("icmp type != echo-request", "icmp[0] != 8")]
    [InlineData("icmp type 3-5 icmp code 1", "icmp[0] >= 3 and icmp[0] <= 5 and icmp[1] = 1")]
    public void Network_matches(string match, string expression) => Compare(match, AtEachTag(expression), _ => true);

    /// <summary>tcpdump does not walk IPv6 extension headers to a transport header, so packets with them are left out.</summary>
    [Theory]
    [InlineData("meta l4proto tcp", "ip proto 6 or ip6 proto 6")]
    [InlineData(
        "meta l4proto != { udp, gre }", "ip or ip6 and not ip proto 17 and not ip6 proto 17 and not ip proto 47 and not ip6 proto 47")]
    [InlineData("tcp dport 80", "tcp dst port 80")]
    [InlineData("tcp dport != 80", "tcp dst portrange 0-65535 and not tcp dst port 80")]
    [InlineData("tcp sport 80-443", "tcp src portrange 80-443")]
    [InlineData("tcp dport { 22, 79-81 }", "tcp dst port 22 or tcp dst portrange 79-81")]
    [InlineData("tcp dport 0", "tcp dst port 0")]
    [InlineData("tcp dport 65535", "tcp dst port 65535")]
    [InlineData("udp dport domain", "udp dst port 53")]
    [InlineData("udp sport > 1023", "udp src portrange 1024-65535")]
    [InlineData("udp sport < 1024 udp dport 1024-8000", "udp src portrange 0-1023 and udp dst portrange 1024-8000")]
    [InlineData("sctp dport 443", "sctp dst port 443")]
    [InlineData("sctp sport != { 22, 80 }", "sctp src portrange 0-65535 and not sctp src port 22 and not sctp src port 80")]
    [InlineData("icmpv6 type nd-neighbor-solicit", "icmp6[0] = 135")]
    [InlineData("icmpv6 type != 133-136 icmpv6 code 0", "icmp6[0] < 133 and icmp6[1] = 0 or icmp6[0] > 136 and icmp6[1] = 0")]
    [InlineData("tcp flags syn", "tcp[13] & 2 != 0 or (ip6[6] = 6 and ip6[53] & 2 != 0)")]
    [InlineData("tcp flags & (syn|ack) == syn", "tcp[13] & 18 = 2 or (ip6[6] = 6 and ip6[53] & 18 = 2)")]
    [InlineData("tcp flags & (syn|fin) != syn|fin", "tcp[13] & 3 != 3 or (ip6[6] = 6 and ip6[53] & 3 != 3)")]
    [InlineData("tcp flags != 0x10", "tcp[13] != 16 or (ip6[6] = 6 and ip6[53] != 16)")]
    [InlineData("tcp flags fin,rst", "tcp[13] & 5 != 0 or (ip6[6] = 6 and ip6[53] & 5 != 0)")]
    [InlineData("tcp flags ! cwr", "tcp[13] & 128 = 0 or (ip6[6] = 6 and ip6[53] & 128 = 0)")]
    [InlineData(
        "ip saddr . tcp dport { 10.0.0.1 . 80, 10.0.0.0/24 . 22 }",
        "ip and ((src host 10.0.0.1 and tcp dst port 80) or (src net 10.0.0.0/24 and tcp dst port 22))")]
    [InlineData("ip saddr 10.0.0.0/8 udp dport != 53", "ip and src net 10.0.0.0/8 and udp dst portrange 0-65535 and not udp dst port 53")]
    public void Transport_matches(string match, string expression) =>
        Compare(match, AtEachTag(expression), s => s.Extensions.Count == 0 && !(s.IsIp6 && (s.MoreFragments || s.FragmentOffset > 0)));

    [Theory]
    [InlineData("ether saddr 52:54:00:00:00:01", "ether src 52:54:00:00:00:01", true)]
    [InlineData("ether daddr 52:54:00:00:00:03", "ether dst 52:54:00:00:00:03", false)]
    [InlineData("ether daddr != ff:ff:ff:ff:ff:ff", "not ether broadcast", false)]
    [InlineData("vlan id 100", "vlan 100", false)]
    [InlineData("vlan id 0-4095", "vlan", false)]
    [InlineData("vlan id != 100", "vlan and not ether[14:2] & 0xfff = 100", false)]
    [InlineData(
        "vlan id 100-101 vlan pcp 5",
        "vlan and ether[14] & 0xe0 = 0xa0 and (ether[14:2] & 0xfff = 100 or ether[14:2] & 0xfff = 101)",
        false)]
    [InlineData("meta length >= 100", "greater 100", false)]
    [InlineData("meta length 60-80", "len >= 60 and len <= 80", false)]
    public void Frame_matches(string match, string expression, bool all) => Compare(match, expression, _ => true, all);

    /// <summary>tshark walks IPv6 extension headers as the kernel does.</summary>
    [Theory]
    [InlineData("ip6 saddr ::/0 tcp dport 80", "ipv6 && tcp.dstport == 80")]
    [InlineData("ip6 saddr ::/0 udp sport != 53", "ipv6 && udp && udp.srcport != 53")]
    [InlineData("icmpv6 type 128-135", "ipv6 && icmpv6.type >= 128 && icmpv6.type <= 135")]
    [InlineData("ip6 frag later", "ipv6.fraghdr.offset > 0")]
    [InlineData("ip6 frag first", "ipv6.fraghdr.offset == 0 && ipv6.fraghdr.more == 1")]
    public void Extension_headers_are_walked_as_tshark_walks_them(string match, string filter)
    {
        Requires.Installed("tshark");
        var packets = Mixed.Where(s => s.IsIp6).Select(PacketBuilder.Build).ToList();
        var fields = Tool.Run(
            "tshark",
            CaptureFile.Write(packets),
            "-n",
            "-r",
            "-",
            "-o",
            "ipv6.defragment:FALSE",
            "-Y",
            filter,
            "-T",
            "fields",
            "-e",
            "frame.number");
        var shown = System.Text.Encoding.ASCII.GetString(fields).Split(
            '\n', StringSplitOptions.RemoveEmptyEntries).Select(n => int.Parse(n) - 1).ToList();
        AssertSame(match, packets, shown, "tshark", hitsAll: false);
    }

    private static string AtEachTag(string expression) => $"({expression}) or (vlan and ({expression})) or (vlan and ({expression}))";

    private static void Compare(string match, string expression, Func<PacketSpec, bool> isKnownToTcpdump, bool hitsAll = false)
    {
        Requires.Installed("tcpdump");
        var packets = Mixed.Where(isKnownToTcpdump).Select(PacketBuilder.Build).ToList();
        var printed = CaptureFile.Read(
            Tool.Run("tcpdump", CaptureFile.Write(packets), "-r", "-", "-w", "-", "-Z", "root", expression)).Select(p =>
                (int)(p.Nanoseconds / 1000)).ToList();
        AssertSame(match, packets, printed, "tcpdump", hitsAll);
    }

    private static void AssertSame(string match, List<byte[]> packets, List<int> printed, string tool, bool hitsAll)
    {
        var table = Rules.Table(match + " drop");
        var hit = Enumerable.Range(0, packets.Count).Where(
            i => new Skep.Filter.Evaluate.Evaluator(table, () => 0).Decide(packets[i].ToArray(), 0).Rule == 0).ToList();
        var difference = hit.Except(printed).Concat(printed.Except(hit))
            .Select(
                i =>
                    $"{(hit.Contains(i) ? "only the rule" : $"only {tool}")}: {PacketText.Format(packets[i])} "
                    + $"{Convert.ToHexString(packets[i])}");
        Assert.Equal([], difference.Take(5));
        Assert.NotEmpty(hit);
        if (!hitsAll) Assert.True(hit.Count < packets.Count);
    }
}
