namespace Skep.Filter.Compile;

/// <summary>The protocols that packets are counted by.</summary>
public static class Protocols
{
    private static readonly string[] Names = ["TCP", "UDP", "ICMP", "ICMPv6", "SCTP", "IPv4 other", "IPv6 other", "ARP", "other"];

    internal const int Count = 9;
    internal const int Tcp = 0, Udp = 1, Icmp = 2, Icmpv6 = 3, Sctp = 4, OtherIp = 5, OtherIp6 = 6, Arp = 7, Other = 8;

    /// <summary>
    /// Their names, by their place in a total. TCP to SCTP go by the protocol number, so later fragments count there too.
    /// </summary>
    public static IReadOnlyList<string> All => Names;

    /// <summary>
    /// The protocol that a number is counted as, for packets with an IP header; ICMP behind the other IP version is other.
    /// </summary>
    internal static readonly (int Number, int Place)[] Numbers = [(6, Tcp), (17, Udp), (132, Sctp)];
}
