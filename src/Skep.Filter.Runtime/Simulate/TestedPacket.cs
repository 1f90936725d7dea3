using System.Text.Json;
using Skep.Filter.Simulate;
using Skep.Packets.Building;
using Skep.Packets.Captures;
using Skep.Packets.Headers;

namespace Skep.Filter.Runtime.Simulate;

/// <summary>A packet of a test, beneath the link layer of its capture.</summary>
/// <param name="number">Its number, from 1 on.</param>
/// <param name="captured">The packet as it was captured.</param>
/// <param name="layer">What is beneath.</param>
public sealed class TestedPacket(int number, CapturedPacket captured, LinkLayer layer)
{
    // The half byte that holds the version of an IP packet.
    private const byte Version = 0xf0;

    public int Number => number;

    public byte[] Bytes => layer.Bytes;

    /// <summary>Its length on the wire.</summary>
    public int Length => Math.Max(captured.OriginalLength - layer.HeaderLength, Bytes.Length);

    public bool IsCut => Length > Bytes.Length;

    public Simulation Decide(ISimulator simulator)
    {
        if (layer.MayBeIp || Bytes.Length == 0) return simulator.Decide(Bytes, captured.Nanoseconds, layer.Start, Length);
        byte first = Bytes[0];
        Simulation result = simulator.Decide(WithoutVersion(Bytes), captured.Nanoseconds, layer.Start, Length);
        result.Packet[0] = first;
        return result;
    }

    public bool IsRewritten(Simulation result) => !Bytes.AsSpan().SequenceEqual(result.Packet);

    /// <summary>Its headers on one line.</summary>
    public string Headers(byte[] bytes) =>
        PacketText.Format(layer.MayBeIp || bytes.Length == 0 ? bytes : WithoutVersion(bytes), Length, layer.Start);

    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteNumber("packet", number);
        json.WriteString("headers", Headers(Bytes));
        json.WriteNumber("bytes", Bytes.Length);
        json.WriteNumber("length", Length);
        if (IsCut) json.WriteBoolean("truncated", true);
        if (layer.Start != PacketStart.Ethernet) json.WriteString("link", LinkTypes.NameOf(captured.LinkType));
        if (layer.IfIndex is { } index) json.WriteNumber("ifindex", index);
        if (layer.IsOutgoing) json.WriteBoolean("outgoing", true);
    }

    private static byte[] WithoutVersion(byte[] bytes) => [(byte)(bytes[0] & ~Version), .. bytes.AsSpan(1)];
}
