using System;
using Skep.Filter.Evaluate;
using Skep.Filter.Import;
using Skep.Filter.Model;
using Skep.Packets.Building;

namespace Skep.Filter.Tests.Import;

/// <summary>Random chains, decided by walking them as nft does, and by the list that they are imported as.</summary>
public sealed class ChainSemanticsTests
{
    private const int Chains = 4;

    private enum End
    {
        Continues,
        Returns,
        Accepts,
        Drops,
    }

    private readonly record struct Step(int Source, int Port, string Outcome, int Target)
    {
        public override string ToString() =>
            $"{(Source == 0 ? "" : $"ip saddr 10.0.0.{Source} ")}{(Port == 0 ? "" : $"tcp dport {Port} ")}{Outcome}"
            + $"{(Target == 0 ? "" : $" c{Target}")}";
    }

    [Fact]
    public void A_list_decides_as_the_chains_do()
    {
        var random = new Random(17);
        for (var round = 0; round < 1000; round++)
        {
            var chains = Enumerable.Range(0, Chains).Select(
                i => Enumerable.Range(0, random.Next(5)).Select(_ => Draw(random, i)).ToList()).ToList();
            var drops = random.Next(2) == 0;
            var text = string.Concat(chains.Select((steps, i) =>
                $"chain c{i} {{\n{(i == 0 ? $"type filter hook input priority 0; policy {(drops ? "drop" : "accept")};\n" : "")}"
                + $"{string.Concat(steps.Select(s => s + "\n"))}}}\n"));
            var result = NftImporter.Import($"table ip t {{\n{text}}}\n", "t");
            Assert.Equal((result.Total, null), (result.Taken, result.Failure));
            var evaluator = new Evaluator(result.Table, () => 0);
            for (var packet = 0; packet < 9; packet++)
            {
                var (source, port) = (1 + (packet % 3), 1 + (packet / 3));
                Assert.True(PacketText.TryParse($"tcp 10.0.0.{source}:9 > 10.0.9.9:{port}", out var spec, out _));
                var accepts = Walk(chains, 0, source, port) switch { End.Accepts => true, End.Drops => false, _ => !drops };
                var verdict = evaluator.Decide(PacketBuilder.Build(spec), 0).Verdict.Kind;
                Assert.True(
                    verdict == (accepts ? VerdictKind.Pass : VerdictKind.Drop),
                    $"10.0.0.{source} port {port}: {verdict}\n{text}\n{result.Format()}");
            }
        }
    }

    private static Step Draw(Random random, int chain)
    {
        string[] outcomes = chain + 1 < Chains
            ? ["accept", "drop", "return", "continue", "jump", "goto", "jump", "goto"]
            : ["accept", "drop", "return", "continue"];
        var outcome = outcomes[random.Next(outcomes.Length)];
        var target = outcome is "jump" or "goto" ? random.Next(chain + 1, Chains) : 0;
        return new(random.Next(3), random.Next(3), outcome, target);
    }

    private static End Walk(List<List<Step>> chains, int chain, int source, int port)
    {
        foreach (var step in chains[chain])
        {
            if ((step.Source != 0 && step.Source != source) || (step.Port != 0 && step.Port != port)) continue;
            if (step.Outcome == "goto") return Walk(chains, step.Target, source, port) is var end and (End.Accepts or End.Drops)
                ? end
                : End.Returns;
            var outcome = step.Outcome switch
            {
                "accept" => End.Accepts,
                "drop" => End.Drops,
                "return" => End.Returns,
                "jump" => Walk(chains, step.Target, source, port) is var end and (End.Accepts or End.Drops) ? end : End.Continues,
                _ => End.Continues,
            };
            if (outcome != End.Continues) return outcome;
        }
        return End.Returns;
    }
}
