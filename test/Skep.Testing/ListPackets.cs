using System.Buffers.Binary;

namespace Skep.Testing;

/// <summary>Makes packets for rules of generated lists, and finds the first rule of each by looking at one after the other.</summary>
public static class ListPackets
{
    private const int Ethernet = 14, Ip = 20;

    /// <summary>A packet that a rule matches, often at a limit of it, and often one beyond.</summary>
    public static byte[] For(ListedRule rule, Random random)
    {
        var packet = new byte[Ethernet + Ip + 20 + random.Next(40)];
        packet[12] = 8;
        packet[Ethernet] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(Ethernet + 2), (ushort)(packet.Length - Ethernet));
        packet[Ethernet + 6] = (byte)(random.Next(20) == 0 ? 0x20 : 0);
        packet[Ethernet + 8] = (byte)random.Next(63, 67);
        packet[Ethernet + 9] = random.Next(12) == 0 ? (byte)(23 - rule.Protocol) : rule.Protocol;
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(Ethernet + 12), Near(rule.Source, random));
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(Ethernet + 16), Near(rule.Destination, random));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(Ethernet + Ip), (ushort)Near(rule.SourcePorts, random));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(Ethernet + Ip + 2), (ushort)Near(rule.DestinationPorts, random));
        if (packet[Ethernet + 9] == 6)
        {
            packet[Ethernet + Ip + 12] = 0x50;
            packet[Ethernet + Ip + 13] = (byte)random.Next(32);
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(Ethernet + Ip + 4), (ushort)(packet.Length - Ethernet - Ip));
        }
        return packet;
    }

    /// <summary>The place of the first rule that matches a packet, by all that is known of the rules; -1 for none.</summary>
    public static int First(ListedRule[] rules, byte[] packet)
    {
        var protocol = packet[Ethernet + 9];
        var source = BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(Ethernet + 12));
        var destination = BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(Ethernet + 16));
        var sourcePort = BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(Ethernet + Ip));
        var destinationPort = BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(Ethernet + Ip + 2));
        for (var i = 0; i < rules.Length; i++)
        {
            ref var rule = ref rules[i];
            if (rule.Protocol == protocol && rule.Source.Holds(source) && rule.Destination.Holds(destination)
                && rule.SourcePorts.Holds(sourcePort) && rule.DestinationPorts.Holds(destinationPort)) return i;
        }
        return -1;
    }

    private static uint Near(Span32 span, Random random) => random.Next(8) switch
    {
        0 => span.Low,
        1 => span.High,
        2 when random.Next(4) == 0 => span.Low - 1,
        3 when random.Next(4) == 0 => span.High + 1,
        _ => (uint)random.NextInt64(span.Low, (long)span.High + 1),
    };
}
