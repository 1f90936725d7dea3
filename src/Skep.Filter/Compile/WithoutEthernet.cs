using Skep.Filter.Model;

namespace Skep.Filter.Compile;

/// <summary>
/// Which rules cannot be right on a device whose packets begin with their IP header. When a program in generic mode has run, the kernel
/// compares bytes 0 to 5 and 12 to 13 of the packet with what they were, as if they were an Ethernet address and type, and takes the packet
/// for a frame when they have changed (net/core/dev.c, bpf_prog_run_generic_xdp): its protocol is lost.
/// </summary>
internal static class WithoutEthernet
{
    /// <summary>Finds the first such rule.</summary>
    /// <param name="table">The table.</param>
    /// <param name="address">The device's own link-layer address, which the kernel compares the first bytes with; empty for none.</param>
    /// <param name="reason">What is wrong with the rule.</param>
    /// <returns>Null when there is none.</returns>
    internal static Rule? FindRule(Table table, ReadOnlySpan<byte> address, out string reason)
    {
        foreach (var rule in table.Rules)
        {
            reason = ReasonAgainst(rule, address);
            if (reason.Length > 0) return rule;
        }
        reason = "";
        return null;
    }

    private static string ReasonAgainst(Rule rule, ReadOnlySpan<byte> address)
    {
        var headers = rule.NamedHeaders();
        if (headers.Contains(Header.Ether)) return "names the Ethernet header, which packets there do not have";
        if (headers.Contains(Header.Vlan)) return "names a VLAN tag, which packets there do not have";
        if (rule.Verdict.Kind == VerdictKind.RedirectFib) return "forwards by the routing table, for which packets need an Ethernet header";
        foreach (var statement in rule.Statements)
        {
            var reason = statement switch
            {
                SwapStatement swap when swap.Headers.Contains(Header.Ip) || swap.Headers.Contains(Header.Ip6) => Rewrites("source address"),
                SetStatement { Field: Field.IpSaddr or Field.Ip6Saddr } => Rewrites("source address"),
                SetStatement { Field: Field.Ip6Dscp } => Rewrites("traffic class"),
                SetStatement { Field: Field.IpDscp } when address is [>= 0x40 and < 0x50, ..] => Rewrites("type of service"),
                _ => "",
            };
            if (reason.Length > 0) return reason;
        }
        return "";
    }

    private static string Rewrites(string what) =>
        $"rewrites the {what}, which lies where the kernel looks for an Ethernet header after XDP, and the packet would be lost";
}
