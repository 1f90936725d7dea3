using Skep.Filter.Evaluate;
using Skep.Filter.Format;
using Skep.Filter.Tests.Evaluate;

namespace Skep.Filter.Tests.Goldens;

/// <summary>The evaluator decides each golden case as it is written.</summary>
public sealed class GoldenTests
{
    public static TheoryData<string> Names() => GoldenCase.Names();

    [Theory]
    [MemberData(nameof(Names))]
    public void The_evaluator_decides_as_written(string why)
    {
        var golden = GoldenCase.All.Single(c => c.Why == why);
        Assert.NotEmpty(golden.Packets);
        var evaluator = new Evaluator(Rules.Table(golden.Rules), () => 0);
        Assert.All(golden.Packets, expected =>
        {
            var packet = expected.Packet.ToArray();
            var decision = evaluator.Decide(packet, PacketTimes.Start + expected.Time);
            Assert.True(RuleFormatter.Format(decision.Verdict) == expected.Verdict, $"{expected.Line}: {decision}");
            if (expected.Hits is not null)
                Assert.True(
                    string.Join('+', decision.Hits.Select(h => h + 1)) == expected.Hits,
                    $"{expected.Line}: hit rules {string.Join('+', decision.Hits.Select(h => h + 1))}");
            Assert.True(
                packet.AsSpan().SequenceEqual(expected.Left),
                $"{expected.Line}\nleft {Convert.ToHexString(packet)}\n  as {Convert.ToHexString(expected.Left)}");
        });
    }
}
