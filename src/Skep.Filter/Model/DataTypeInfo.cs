using System;
using Skep.Packets.Values;

namespace Skep.Filter.Model;

/// <summary>The types that a named set can hold.</summary>
internal static class DataTypeInfo
{
    private static readonly (string Name, DataType Type, int Bits)[] Table =
    [
        ("ipv4_addr", DataType.Ipv4Addr, 32),
        ("ipv6_addr", DataType.Ipv6Addr, 128),
        ("ether_addr", DataType.EtherAddr, 48),
        ("ether_type", DataType.EtherType, 16),
        ("inet_proto", DataType.InetProto, 8),
        ("inet_service", DataType.InetService, 16),
        ("icmp_type", DataType.IcmpType, 8),
        ("icmp_code", DataType.IcmpCode, 8),
        ("icmpv6_type", DataType.Icmpv6Type, 8),
        ("icmpv6_code", DataType.Icmpv6Code, 8),
        ("dscp", DataType.Dscp, 6),
        ("nf_proto", DataType.NfProto, 8),
    ];

    internal static IEnumerable<string> Names => Table.Select(t => t.Name);

    internal static DataType? Find(string name)
    {
        foreach (var entry in Table)
            if (entry.Name == name) return entry.Type;
        return null;
    }

    internal static string? NameOf(DataType type)
    {
        foreach (var entry in Table)
            if (entry.Type == type) return entry.Name;
        return null;
    }

    /// <summary>The width of a type that a set can hold.</summary>
    internal static int BitsOf(DataType type)
    {
        foreach (var entry in Table)
            if (entry.Type == type) return entry.Bits;
        throw new ArgumentOutOfRangeException(nameof(type), type, "no set holds this type");
    }
}
