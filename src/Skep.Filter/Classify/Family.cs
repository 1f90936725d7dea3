using Skep.Filter.Model;

namespace Skep.Filter.Classify;

/// <summary>Which packets some rows can match, by the headers that they need.</summary>
internal enum Family
{
    Ip,
    Ip6,
    Any,
}

internal static class Families
{
    internal const int Count = 3;

    internal static Family Of(int presence) =>
        (presence & (Presence.Ip | Presence.Icmp)) != 0 ? Family.Ip
        : (presence & (Presence.Ip6 | Presence.Icmpv6)) != 0 ? Family.Ip6 : Family.Any;

    /// <summary>The presence bit of its packets; 0 for all packets.</summary>
    internal static int Bit(Family family) => family switch { Family.Ip => Presence.Ip, Family.Ip6 => Presence.Ip6, _ => 0 };
}
