using Skep.Filter.Syntax;

namespace Skep.Filter.Tests.Syntax;

public sealed class MessageTests
{
    [Fact]
    public void Messages_show_place_text_and_suggestion() => Assert.Equal(
    [
        """
        test.skep:2:19: error: XDP has no accept: a packet is passed to the kernel's network stack, whose own rules still see it
            ip saddr 10.0.0.1 accept
                              ^~~~~~
            (write pass)
        """,
        """
        test.skep:3:4: error: ip has no field sadr
            ip sadr 10.0.0.1 pass
               ^~~~
            (did you mean saddr?)
        """,
        """
        test.skep:4:11: error: 70000 is too large; the highest value is 65535
            tcp dport 70000 drop
                      ^~~~~
        """,
        """
        test.skep:6:10: error: there is no set bda
            ip saddr @bda drop
                     ^~~~
            (did you mean bad?)
        """,
    ], Rules.Messages(
        "ip saddr 10.0.0.1 accept\nip sadr 10.0.0.1 pass\ntcp dport 70000 drop\nset bad { type ipv4_addr }\nip saddr @bda drop"));

    [Theory]
    [InlineData("ct state established pass", "connection tracking")]
    [InlineData("jump other", "no chains to jump to")]
    [InlineData("chain input {\n type filter hook input priority 0\n drop\n}", "there are no chains")]
    [InlineData("tcp dport 22 counter drop", "every rule counts")]
    [InlineData("tcp dport 22 drop counter", "every rule counts")]
    [InlineData("iifname \"eth0\" drop", "interfaces are matched by index")]
    [InlineData("meta iifname \"eth0\" drop", "interfaces are matched by index")]
    [InlineData("tcp dport 22 reject", "cannot answer")]
    [InlineData("ip saddr 10.0.0.1 dnat to 10.0.0.2", "connection tracking")]
    [InlineData("tcp drop", "tcp needs a field")]
    [InlineData("ip saddr 2001:db8::1 drop", "not an IPv4 address")]
    [InlineData("ip saddr 10.0.0.1:80 drop", "not an IPv4 address")]
    [InlineData("ip saddr 10.0.0.0/33 drop", "longer than the address")]
    [InlineData("ip saddr 10.0.0.0/255.0.0.0 drop", "not an IPv4 address")]
    [InlineData("ip saddr = 10.0.0.1 drop", "a match has no =")]
    [InlineData("tcp dport 80, 443 drop", "several values stand in braces")]
    [InlineData("tcp dport 90-80 drop", "ends before it begins")]
    [InlineData("tcp dport { } drop", "the braces are empty")]
    [InlineData("tcp dport 80 udp dport 53 drop", "no packet has both TCP and UDP headers")]
    [InlineData("ip saddr 1.1.1.1 icmpv6 type 1 drop", "no packet has both IPv4 and ICMPv6")]
    [InlineData("tcp dport 80", "the rule decides nothing")]
    [InlineData("drop tcp dport 80", "behind the verdict")]
    [InlineData("log tcp dport 80 drop", "a match behind a statement")]
    [InlineData("log limit rate 1/second drop", "a limit behind a statement")]
    [InlineData("limit rate 10 mbytes/second drop", "limits count packets")]
    [InlineData("limit rate 10/fortnight drop", "is not a rate")]
    [InlineData("limit rate 10/second limit rate 5/second drop", "has a limit already")]
    [InlineData("limit rate 10/second size 5 drop", "without a key")]
    [InlineData("log prefix \"x\" drop", "log has no prefix")]
    [InlineData("log sample 2/3 drop", "is not a share")]
    [InlineData("ip protocol set tcp pass", "cannot be set")]
    [InlineData("sctp dport set 5 pass", "cannot be set")]
    [InlineData("ip daddr set 10.0.0.0/8 pass", "set to one value")]
    [InlineData("swap sctp tx", "no source and destination to swap")]
    [InlineData("swap ip,ip tx", "swapped twice")]
    [InlineData("redirect", "expected where to redirect to")]
    [InlineData("redirect to eth1", "redirect takes the device's name")]
    [InlineData("redirect a_name_too_long_for_it", "not a name for a device")]
    [InlineData("redirect cpu 9999", "is not a CPU")]
    [InlineData("tcp flags sny drop", "is not a TCP flag")]
    [InlineData("tcp flags & syn == ack drop", "not within the mask")]
    [InlineData("tcp flags . tcp dport syn . 5 drop", "not joined with other fields")]
    [InlineData("ip saddr . ip saddr 1.1.1.1 . 1.1.1.1 drop", "stands twice")]
    [InlineData("ip saddr . tcp dport 1.1.1.1 drop", "has 1 part where 2 are needed")]
    [InlineData("vlan id @s drop\nset s { type inet_service }", "not matched with named sets")]
    [InlineData("ip saddr @s drop\nset s { type inet_service }", "set s holds inet_service, and ip saddr is ipv4_addr")]
    [InlineData("ip saddr < @s drop\nset s { type ipv4_addr }", "a set has no order")]
    [InlineData("set s { elements = { 1 } }", "has no type")]
    [InlineData("set s { type ipv4; }", "no set type ipv4")]
    [InlineData("set s { typeof ip saddr; }", "named, not taken from a field")]
    [InlineData("set s { type ipv4_addr; flags dynamic; }", "has no flag dynamic")]
    [InlineData("set s { type ipv4_addr; elements = { 1.1.1.1 timeout 1h }; }", "do not run out")]
    [InlineData("set s { type ipv4_addr; timeout 1y; }", "is not a time")]
    [InlineData("set s { type ipv4_addr; size 1; elements = { 1.1.1.1, 2.2.2.2 } }", "has 2 elements and room for 1")]
    [InlineData("set s { type ipv4_addr; type ipv6_addr }", "type twice")]
    [InlineData("set s { type ipv4_addr }\nset s { type ipv4_addr }", "there is a set s already")]
    [InlineData("set s { type ipv4_addr; file \"\" }", "a feed's path has 1 to 4096 characters")]
    [InlineData("policy accept", "policy is drop or pass, not accept")]
    [InlineData("policy drop\npolicy pass", "has policy twice")]
    [InlineData("mode skb", "mode is native, generic or auto")]
    [InlineData("devices = { eth0, eth0 }", "stands twice in the list")]
    [InlineData("devices { eth0 }", "expected = behind devices")]
    [InlineData("drop comment \"\"", "a comment has 1 to 128 characters")]
    [InlineData("drop comment \"no end", "the string has no end")]
    [InlineData("ip saddr $bad drop", "no meaning here (U+0024)")]
    [InlineData("-A INPUT -j DROP", "this is a rule of iptables")]
    [InlineData("accpt", "expected a match, a statement or a verdict, found accpt")]
    [InlineData("ip frag-off & 0x1fff != 0 drop", "matched by their place")]
    [InlineData("ip saddr & 255.0.0.0 == 10.0.0.0 drop", "only tcp flags are matched with a mask")]
    public void What_is_refused_is_explained(string rules, string message)
    {
        var file = Rules.ReadRules(rules);
        Assert.Null(file.Table);
        Assert.Contains(message, file.Diagnostics.First(d => d.Severity == Severity.Error).Message);
    }

    [Theory]
    [InlineData("", "the file has no table")]
    [InlineData("table inet t {\n}", "tables have no family")]
    [InlineData("table t {\n drop", "the table has no end")]
    [InlineData("table t {\n}\ntable u {\n}", "a file holds one table")]
    [InlineData("table t {\n}\n}", "behind the table's end")]
    [InlineData("flush ruleset\ntable t {\n}", "a rule file states the whole table")]
    [InlineData("table 5t {\n}", "is not a name for a table")]
    [InlineData("drop", "expected table")]
    public void A_file_that_is_no_table_is_explained(string text, string message)
    {
        var file = Rules.Read(text);
        Assert.Null(file.Table);
        Assert.Contains(message, file.Diagnostics[0].Message);
    }

    [Fact]
    public void Each_error_of_a_file_is_reported()
    {
        var lines = Rules.ReadRules(
            "accept\ntcp dport 80 drop\njump x\nset s { type x }\nip saddr 1 drop\nct state new drop").Diagnostics.Where(d =>
                d.Severity == Severity.Error).Select(d => d.Line);
        Assert.Equal([2, 4, 5, 6, 7], lines);
    }

    [Fact]
    public void Errors_end_at_a_hundred() =>
        Assert.Equal(101, Rules.ReadRules(string.Join('\n', Enumerable.Repeat("accept", 500))).Diagnostics.Count);

    [Theory]
    [InlineData("ip saddr 10.0.0.5/8 drop", "it is read as 10.0.0.0/8")]
    [InlineData("ether type 8021q drop", "looks through two VLAN tags")]
    [InlineData("set s { type ipv4_addr }", "no rule uses set s")]
    public void What_is_odd_is_warned_of(string rules, string message)
    {
        var finding = Assert.Single(Rules.ReadRules(rules).Diagnostics);
        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.Contains(message, finding.Message);
    }
}
