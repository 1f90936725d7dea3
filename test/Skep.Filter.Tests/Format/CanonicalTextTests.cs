using Skep.Filter.Check;
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
}
