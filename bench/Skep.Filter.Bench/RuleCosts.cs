namespace Skep.Filter.Bench;

/// <summary>What a few rules cost.</summary>
internal static class RuleCosts
{
    internal static void Run(int turns)
    {
        var ports = Enumerable.Range(1, 9).Select(i => $"udp dport {i} drop").Append("udp dport 53 drop");
        var addresses = Enumerable.Range(1, 9).Select(i => $"ip saddr 10.9.{i}.0/24 tcp dport {i} drop").Append("udp dport 53 drop");
        var hits = Enumerable.Range(1, 9).Select(i => $"ip saddr 10.0.0.1 continue comment \"{i}\"").Append("udp dport 53 drop");
        List<Variant> rules =
        [
            new("empty program", Subject.Empty()),
            new("policy alone", Subject.Of("policy pass")),
            new("one rule that hits", Subject.Of("udp dport 53 drop")),
            new("one rule that misses", Subject.Of("tcp dport 53 drop")),
            new("ten rules, the last hits", Subject.Of(string.Join('\n', ports))),
            new("ten rules of addresses and ports", Subject.Of(string.Join('\n', addresses))),
            new("ten rules that all hit and count", Subject.Of(string.Join('\n', hits))),
        ];
        Variant.Measure("rules", rules, turns, 1_000_000);
        foreach (var variant in rules) variant.Subject.Dispose();
    }
}
