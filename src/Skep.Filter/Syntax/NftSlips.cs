using System.Collections.Frozen;

namespace Skep.Filter.Syntax;

/// <summary>What to answer to words that nft, iptables or tcpdump know and this language does not.</summary>
internal static class NftSlips
{
    private static readonly FrozenDictionary<string, (string Message, string Suggestion)> Words = new Dictionary<string, (string, string)>
    {
        ["accept"] = ("XDP has no accept: a packet is passed to the kernel's network stack, whose own rules still see it", "write pass"),
        ["reject"] = ("XDP cannot answer with an ICMP error or a TCP reset", "write drop, or reject in nft behind a pass"),
        ["return"] = ("there are no chains to return from", "write pass to end the rules, or continue to go to the next one"),
        ["jump"] = ("there are no chains to jump to; rules are one list and the first verdict wins", "write the rules in place"),
        ["goto"] = ("there are no chains to go to; rules are one list and the first verdict wins", "write the rules in place"),
        ["chain"] =
            ("there are no chains: the table is the one list of rules, run for each packet that its devices receive",
                "write the rules directly in the table"),
        ["hook"] = ("there are no hooks to choose: rules run at XDP, before the network stack", "leave it out"),
        ["priority"] = ("there are no priorities: rules run at XDP, before the network stack", "leave it out"),
        ["type"] = ("there are no chains and so no chain types: rules run at XDP, on reception", "leave it out"),
        ["counter"] = ("every rule counts its packets and bytes without being asked", "leave counter out"),
        ["quota"] = ("there are no quotas", "use limit rate, or read the rule's counters"),
        ["ct"] =
            ("XDP runs before connection tracking, so no connection state is known here", "match addresses, ports or tcp flags; for "
                + "state, pass the packet and filter in nft"),
        ["state"] = ("XDP runs before connection tracking, so no connection state is known here", "match addresses, ports or tcp flags"),
        ["conntrack"] =
            ("XDP runs before connection tracking, so no connection state is known here", "match addresses, ports or tcp flags"),
        ["notrack"] = ("XDP runs before connection tracking, so there is nothing to turn off", "leave it out, or keep it in nft"),
        ["flow"] = ("there is no flow offload here", "use redirect fib to forward without the network stack"),
        ["meter"] = ("a limit with a key does what a meter does", "write limit rate over 100/second per ip saddr"),
        ["mark"] = ("packets have no mark yet at XDP", "match what the mark was made from"),
        ["masquerade"] =
            ("address translation needs connection tracking, which runs after XDP", "use ip saddr set or ip daddr set for a fixed "
                + "address, or nft for translation"),
        ["snat"] =
            ("address translation needs connection tracking, which runs after XDP", "write ip saddr set ADDRESS for a fixed, stateless "
                + "rewrite"),
        ["dnat"] =
            ("address translation needs connection tracking, which runs after XDP", "write ip daddr set ADDRESS for a fixed, stateless "
                + "rewrite"),
        ["queue"] = ("packets cannot be queued to a netfilter program from XDP", "write redirect xsk for a program with an AF_XDP socket"),
        ["tproxy"] = ("XDP cannot hand packets to a local socket", "pass the packet and use tproxy in nft"),
        ["dup"] = ("XDP cannot copy packets", "write log to record them, or dup in nft behind a pass"),
        ["fwd"] = ("forwarding to a device is a verdict of its own", "write redirect DEVICE"),
        ["iif"] = ("the interface is matched by meta iif", "write meta iif eth0"),
        ["iifname"] = ("interfaces are matched by index: that of the name when the table is applied", "write meta iif eth0"),
        ["oif"] = ("packets are not routed yet at XDP, so there is no output device", "match ip daddr instead"),
        ["oifname"] = ("packets are not routed yet at XDP, so there is no output device", "match ip daddr instead"),
        ["skuid"] = ("received packets have no socket yet at XDP", "match addresses and ports"),
        ["fib"] = ("the routing table is a verdict's business here, not a match's", "write redirect fib"),
        ["rt"] = ("packets are not routed yet at XDP", "match addresses"),
        ["socket"] = ("received packets have no socket yet at XDP", "match addresses and ports"),
        ["th"] = ("ports are matched by protocol", "write tcp dport, udp dport or sctp dport, one rule each"),
        ["exthdr"] =
            ("IPv6 extension headers are walked, not matched", "match meta l4proto for what follows them, or ip6 frag for fragments"),
        ["frag"] = ("fragments are a field of the IP headers here", "write ip frag later, ip frag first, or ip6 frag"),
        ["hbh"] = ("IPv6 extension headers are walked, not matched", "match meta l4proto for what follows them"),
        ["dst"] = ("destinations are matched by header", "write ip daddr, ip6 daddr, ether daddr or tcp dport"),
        ["src"] = ("sources are matched by header", "write ip saddr, ip6 saddr, ether saddr or tcp sport"),
        ["host"] = ("addresses are matched by direction", "write ip saddr or ip daddr"),
        ["net"] = ("addresses are matched by direction", "write ip saddr 10.0.0.0/8 or ip daddr 10.0.0.0/8"),
        ["port"] = ("ports are matched by protocol and direction", "write tcp dport or udp dport"),
        ["dport"] = ("ports are matched by protocol", "write tcp dport or udp dport"),
        ["sport"] = ("ports are matched by protocol", "write tcp sport or udp sport"),
        ["saddr"] = ("addresses are matched by protocol", "write ip saddr or ip6 saddr"),
        ["daddr"] = ("addresses are matched by protocol", "write ip daddr or ip6 daddr"),
        ["ipv4"] = ("the IPv4 header is called ip", "write ip saddr, or meta nfproto ipv4 for the protocol as such"),
        ["ipv6"] = ("the IPv6 header is called ip6", "write ip6 saddr, or meta nfproto ipv6 for the protocol as such"),
        ["icmp6"] = ("the protocol is called icmpv6", "write icmpv6 type"),
        ["arp"] = ("fields of ARP are not matched", "match the protocol as such: ether type arp"),
        ["dccp"] = ("ports of DCCP are not matched", "match the protocol as such: meta l4proto dccp"),
        ["udplite"] = ("ports of UDP-Lite are not matched", "match the protocol as such: meta l4proto udplite"),
        ["ah"] = ("fields of AH are not matched", "match the protocol as such: meta l4proto ah"),
        ["esp"] = ("fields of ESP are not matched", "match the protocol as such: meta l4proto esp"),
        ["map"] = ("there are no maps", "write a rule or a set for each outcome"),
        ["vmap"] = ("there are no verdict maps", "write a rule with a set for each verdict"),
        ["flowtable"] = ("there are no flow tables", "use redirect fib to forward without the network stack"),
        ["define"] = ("there are no variables", "write the value, or a set for several"),
        ["include"] = ("a table is one file", "put long lists into sets with file \"...\""),
        ["flush"] = ("a rule file states the whole table; applying it replaces the old one", "leave it out"),
        ["add"] = ("a rule file states the whole table; there are no commands in it", "write the rule itself"),
        ["insert"] = ("a rule file states the whole table; there are no commands in it", "write the rule itself"),
        ["delete"] = ("a rule file states the whole table; there are no commands in it", "leave it out"),
        ["rule"] = ("a rule has no keyword", "write the matches and the verdict only"),
        ["aborted"] = ("XDP_ABORTED is for errors of the program", "write drop"),
        ["allow"] = ("the verdict is called pass", "write pass"),
        ["deny"] = ("the verdict is called drop", "write drop"),
        ["block"] = ("the verdict is called drop", "write drop"),
        ["-A"] = ("this is a rule of iptables", "convert it: iptables-save > FILE, then skep filter import iptables-save FILE"),
        ["-p"] = ("this is an option of iptables", "write tcp dport, or meta l4proto tcp"),
        ["-j"] = ("this is an option of iptables", "write the verdict alone: drop, pass"),
        ["-s"] = ("this is an option of iptables", "write ip saddr"),
        ["-d"] = ("this is an option of iptables", "write ip daddr"),
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, (string Message, string Suggestion)> Fields = new Dictionary<string, (string, string)>
    {
        ["ip frag-off"] =
            ("fragments are matched by their place, not by the field's bits", "write ip frag later for ip frag-off & 0x1fff != 0, or ip "
                + "frag for any fragment"),
        ["ip nexthdr"] = ("nexthdr is a field of IPv6", "write ip protocol"),
        ["ip hoplimit"] = ("hoplimit is a field of IPv6", "write ip ttl"),
        ["ip6 protocol"] =
            ("IPv6 calls it nexthdr", "write ip6 nexthdr for the fixed header's field, or meta l4proto for what follows the extension "
                + "headers"),
        ["ip6 ttl"] = ("ttl is a field of IPv4", "write ip6 hoplimit"),
        ["ip6 frag-off"] =
            ("fragments are matched by their place, not by the field's bits", "write ip6 frag later, or ip6 frag for any fragment"),
        ["ip src"] = ("the source is called saddr", "write ip saddr"),
        ["ip dst"] = ("the destination is called daddr", "write ip daddr"),
        ["ip6 src"] = ("the source is called saddr", "write ip6 saddr"),
        ["ip6 dst"] = ("the destination is called daddr", "write ip6 daddr"),
        ["ether src"] = ("the source is called saddr", "write ether saddr"),
        ["ether dst"] = ("the destination is called daddr", "write ether daddr"),
        ["ip version"] = ("a header whose version does not fit its EtherType is malformed", "write meta nfproto ipv4, or malformed drop"),
        ["ip6 version"] = ("a header whose version does not fit its EtherType is malformed", "write meta nfproto ipv6, or malformed drop"),
        ["tcp port"] = ("ports are matched by direction", "write tcp sport or tcp dport"),
        ["udp port"] = ("ports are matched by direction", "write udp sport or udp dport"),
        ["meta protocol"] = ("the protocol of the frame is a field of Ethernet", "write ether type"),
        ["meta iifname"] = ("interfaces are matched by index: that of the name when the table is applied", "write meta iif eth0"),
        ["meta oifname"] = ("packets are not routed yet at XDP, so there is no output device", "match ip daddr instead"),
        ["meta mark"] = ("packets have no mark yet at XDP", "match what the mark was made from"),
        ["meta pkttype"] = ("the packet type is not known at XDP", "match ether daddr"),
        ["ether length"] = ("Ethernet has no length of its own here", "write meta length"),
    }.ToFrozenDictionary();

    internal static bool TryExplain(string word, out (string Message, string Suggestion) answer) => Words.TryGetValue(word, out answer);

    internal static bool TryExplainField(string name, out (string Message, string Suggestion) answer) =>
        Fields.TryGetValue(name, out answer);

    internal static bool IsFamily(string word) => word is "inet" or "ip" or "ip6" or "arp" or "bridge" or "netdev";
}
