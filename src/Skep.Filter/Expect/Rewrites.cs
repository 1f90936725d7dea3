using Skep.Filter.Evaluate;
using Skep.Filter.Model;
using Skep.Packets.Building;
using Skep.Packets.Headers;
using Skep.Packets.Values;

namespace Skep.Filter.Expect;

/// <summary>What rules may change of a packet.</summary>
internal static class Rewrites
{
    private const byte Sctp = 132;

    /// <summary>A packet without what rules may have changed of another.</summary>
    internal static PacketSpec Undo(PacketSpec rewritten, PacketSpec packet)
    {
        var hasPorts = packet.Protocol != Sctp;
        return rewritten with
        {
            EtherSource = packet.EtherSource,
            EtherDestination = packet.EtherDestination,
            Tags = packet.Tags is [var first, ..] ? [first, .. rewritten.Tags.Skip(1)] : rewritten.Tags,
            Source = packet.Source,
            Destination = packet.Destination,
            Ttl = packet.Ttl,
            Dscp = packet.Dscp,
            SourcePort = hasPorts ? packet.SourcePort : rewritten.SourcePort,
            DestinationPort = hasPorts ? packet.DestinationPort : rewritten.DestinationPort,
        };
    }

    /// <summary>How a packet differs from what is expected: each field in which it does.</summary>
    internal static IEnumerable<string> Compare(byte[] expected, byte[] actual)
    {
        if (expected.AsSpan().SequenceEqual(actual)) return [];
        var headers = PacketHeaders.Walk(expected);
        var fields = new List<string>();
        foreach (var info in FieldInfo.All)
        {
            if (!info.Settable || !FieldReader.TryRead(expected, headers, info.Field, out var wanted)) continue;
            FieldReader.TryRead(actual, headers, info.Field, out var found);
            if (wanted != found)
                fields.Add($"{info.Name} is {ValueText.Format(found, info.Type)}, expected {ValueText.Format(wanted, info.Type)}");
        }
        return fields.Count > 0 ? fields : [$"byte {expected.AsSpan().CommonPrefixLength(actual)} differs, of a checksum"];
    }
}
