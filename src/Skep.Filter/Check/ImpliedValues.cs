using System.Collections.Immutable;
using Skep.Filter.Model;
using Skep.Packets.Values;

namespace Skep.Filter.Check;

/// <summary>The values of fields that follow from the headers of a packet.</summary>
internal static class ImpliedValues
{
    internal static readonly ImmutableArray<Interval> IpType = One(0x0800), Ip6Type = One(0x86dd);

    internal static readonly ImmutableArray<Interval> IpVersion = One(2), Ip6Version = One(10);

    /// <summary>Not a fragment, or the first one.</summary>
    internal static readonly ImmutableArray<Interval> FirstFragment = [new(0, 1)];

    private static readonly ImmutableArray<Interval>[] Protocols =
        [.. Enum.GetValues<Header>().Select(h => HeaderRelations.ProtocolOf(h) is { } protocol ? One(protocol) : default)];

    /// <summary>The protocol number of a transport header; the default for any other header.</summary>
    internal static ImmutableArray<Interval> ProtocolOf(Header header) => Protocols[(int)header];

    private static ImmutableArray<Interval> One(ushort value) => [new(value, value)];
}
