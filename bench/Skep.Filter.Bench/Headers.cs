using Skep.Testing;

namespace Skep.Filter.Bench;

/// <summary>Headers of packets for a list of rules: a trace, the same for the same seed.</summary>
internal sealed class Headers(IReadOnlyList<ListedRule> rules)
{
    internal const int Count = 1 << 17;

    // No rule of a list of exact addresses and ports has these.
    private const int FreePort = 60001;

    private static readonly ListedRule s_any = new(
        "", 17, new(0, uint.MaxValue), new(0, uint.MaxValue), new(0, ushort.MaxValue), new(FreePort, ushort.MaxValue));

    internal byte[] First => Packet(rules[0]);

    internal byte[] Last => Packet(rules[^1]);

    internal static byte[] None => Packet(s_any);

    /// <summary>Each of another rule, at random, and a random one of those that it admits.</summary>
    internal byte[] Hits() => Make(random => rules[random.Next(rules.Count)]);

    /// <summary>Random addresses, of UDP, and ports that exact rules do not have.</summary>
    internal static byte[] Random() => Make(_ => s_any);

    private static byte[] Make(Func<Random, ListedRule> rule)
    {
        var random = new Random(2);
        var bytes = new byte[HeaderFeed.Bytes * Count];
        for (var at = 0; at < bytes.Length; at += HeaderFeed.Bytes) Write(bytes.AsSpan(at), rule(random), random);
        return bytes;
    }

    private static byte[] Packet(ListedRule rule)
    {
        var header = new byte[HeaderFeed.Bytes];
        Write(header, rule, new(3));
        return HeaderFeed.Packet(header);
    }

    private static void Write(Span<byte> header, ListedRule rule, Random random) => HeaderFeed.Write(
        header, rule.Protocol, Inside(rule.Source, random), Inside(rule.Destination, random),
        (ushort)Inside(rule.SourcePorts, random), (ushort)Inside(rule.DestinationPorts, random));

    private static uint Inside(Span32 span, Random random) => (uint)random.NextInt64(span.Low, (long)span.High + 1);
}
