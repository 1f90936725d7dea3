using Skep.Filter.Check;
using Skep.Filter.Format;
using Skep.Filter.Syntax;

namespace Skep.Filter.Tests.Format;

public sealed class CanonicalTextTests
{
    private const string Edge = """
        # the example of the design
        table edge {
            devices = { eth0, eth1 }          # or --dev on the command line
            mode auto
            policy pass
            malformed drop

            set bad   { type ipv4_addr; flags interval; file "drop.txt" }
            # web ports
            set web   { type inet_service; elements = { 80, 443, 8000-8099 } }
            set pairs { type ipv4_addr . inet_service; elements = { 10.0.0.5 . 53, 10.0.0.6 . 5353 } }

            ether type arp pass
            ip saddr @bad drop comment "feed"
            ip saddr 10.0.0.0/8 tcp dport 22 pass
            ip6 saddr 2001:db8::/32 tcp dport != @web drop  # not the web
            ip daddr . udp dport @pairs pass
            tcp flags & (syn|fin) == syn|fin log sample 1/1000 drop
            icmp type echo-request limit rate over 100/second burst 200 per ip saddr drop
            udp dport 53 limit rate over 2000/second per ip saddr drop
            vlan id 100 redirect cpu 3
            udp dport 7 swap ether,ip,udp tx
            ip daddr 192.0.2.20 udp dport 6000 ip daddr set 10.9.0.2 ether daddr set 52:54:00:00:00:02 redirect eth1
            ip daddr 198.51.100.0/24 redirect fib
            udp dport 4789 redirect xsk
        }
        """;

    [Fact]
    public void The_example_of_the_design_is_written_canonically()
    {
        var file = RuleFile.Read(new SourceText("edge.skep", Edge), _ => new FeedText("10.1.0.0/16\n"));
        Assert.Empty(file.Diagnostics.Select(DiagnosticFormatter.Format));
        Assert.Equal("""
            # the example of the design
            table edge {
                devices = { eth0, eth1 }  # or --dev on the command line
                policy pass
                malformed drop

                set bad {
                    type ipv4_addr
                    flags interval
                    file "drop.txt"
                }

                # web ports
                set web {
                    type inet_service
                    flags interval
                    elements = { 80, 443, 8000-8099 }
                }

                set pairs {
                    type ipv4_addr . inet_service
                    elements = { 10.0.0.5 . 53, 10.0.0.6 . 5353 }
                }

                ether type arp pass
                ip saddr @bad drop comment "feed"
                ip saddr 10.0.0.0/8 tcp dport 22 pass
                ip6 saddr 2001:db8::/32 tcp dport != @web drop  # not the web
                ip daddr . udp dport @pairs pass
                tcp flags & (fin|syn) == fin|syn log sample 1/1000 drop
                icmp type echo-request limit rate over 100/second burst 200 per ip saddr drop
                udp dport 53 limit rate over 2000/second per ip saddr drop
                vlan id 100 redirect cpu 3
                udp dport 7 swap ether,ip,udp tx
                ip daddr 192.0.2.20 udp dport 6000 ip daddr set 10.9.0.2 ether daddr set 52:54:00:00:00:02 redirect eth1
                ip daddr 198.51.100.0/24 redirect fib
                udp dport 4789 redirect xsk
            }

            """, file.Format());
    }

    [Fact]
    public void No_comment_is_lost()
    {
        const string text = """
            #a
            table t { #b
                #c
                policy drop #d
                mode auto #e
                set s { #f
                    #g
                    type ipv4_addr #h
                    elements = { 1.1.1.1, #i
                        2.2.2.2 } #j
                } #k
                #l
                ip saddr @s drop; tcp dport 5 \
                    pass #m
                devices = { a, #n
                    b } #o
                #p
            } #q
            #r
            """;
        var formatted = Rules.Read(text).Format();
        Assert.Equal("abcdefghijklmnopqr", string.Concat(formatted.Split('#').Skip(1).Select(c => c[0]).Order()));
        Assert.Equal(formatted, Rules.Read(formatted).Format());
    }

    [Theory]
    [InlineData("tcp dport > 1023 drop", "tcp dport 1024-65535 drop")]
    [InlineData("tcp dport <= 0x10 drop", "tcp dport 0-16 drop")]
    [InlineData("tcp dport { http, 81, 80-82, 90 } drop", "tcp dport { 80-82, 90 } drop")]
    [InlineData("icmpv6 type { 133, 134, 135 } drop", "icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit } drop")]
    [InlineData("icmp type 0-200 drop", "icmp type 0-200 drop")]
    [InlineData("ip protocol 0x11 drop", "ip protocol udp drop")]
    [InlineData("ether type 0x800-0x900 drop", "ether type 0x0800-0x0900 drop")]
    [InlineData("ip saddr 10.0.0.0-10.0.0.255 drop", "ip saddr 10.0.0.0/24 drop")]
    [InlineData("ip saddr { 10.0.0.1-10.0.0.2 } drop", "ip saddr 10.0.0.1-10.0.0.2 drop")]
    [InlineData("ip frag drop", "ip frag { first, later } drop")]
    [InlineData("ip frag ip saddr 1.1.1.1 drop", "ip frag { first, later } ip saddr 1.1.1.1 drop")]
    [InlineData("tcp flags syn,fin drop", "tcp flags fin,syn drop")]
    [InlineData("tcp flags & syn != 0 drop", "tcp flags syn drop")]
    [InlineData("tcp flags syn / fin,syn drop", "tcp flags & (fin|syn) == syn drop")]
    [InlineData("tcp flags & 0xff == syn drop", "tcp flags == syn drop")]
    [InlineData("tcp flags { syn|ack, syn } drop", "tcp flags { syn, syn|ack } drop")]
    [InlineData("log ip daddr set 1.1.1.1", "log ip daddr set 1.1.1.1 continue")]
    [InlineData("log sample 1/1 drop", "log drop")]
    [InlineData("limit rate until 5/second burst 5 packets drop", "limit rate 5/second drop")]
    [InlineData("comment \"x\" drop", "drop comment \"x\"")]
    [InlineData("redirect \"xsk\"", "redirect \"xsk\"")]
    [InlineData("redirect \"eth0.5\"", "redirect eth0.5")]
    [InlineData("ip6 saddr 2001:DB8:0:0::1 drop", "ip6 saddr 2001:db8::1 drop")]
    public void A_rule_has_one_form(string rule, string canonical) =>
        Assert.Equal(canonical, RuleFormatter.Format(Rules.Table(rule).Rules[0]));
}
