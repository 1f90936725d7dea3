using Skep.Filter.Compile;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Programs;

namespace Skep.Filter.Runtime.Tests.Programs;

/// <summary>The compiled program decides each golden case as it is written.</summary>
[Trait("level", "kernel")]
public sealed class GoldenKernelTests
{
    public static TheoryData<string> Names() => GoldenCase.Names();

    [Theory]
    [MemberData(nameof(Names))]
    public void The_program_decides_as_written(string why)
    {
        var golden = GoldenCase.All.Single(c => c.Why == why);
        using var loaded = LoadedFilter.Load(FilterCompiler.Compile(Rules.Table(golden.Rules)), "golden", PacketTimes.Start, _ => 1);
        using var batch = new PacketBatch(golden.Packets.Count);
        foreach (var expected in golden.Packets) batch.Add(expected.Packet, PacketTimes.Start + expected.Time);
        batch.Decide(loaded);
        var hits = new Counter[loaded.Filter.Plan.Table.Rules.Count];
        Assert.All(golden.Packets, (expected, i) =>
        {
            Assert.True(batch.ActionOf(i) == ActionOf(expected.Verdict), $"{expected.Line}: action {batch.ActionOf(i)}");
            var left = new byte[expected.Packet.Length];
            batch.ReadPacket(i, left);
            Assert.True(
                left.AsSpan().SequenceEqual(expected.Left),
                $"{expected.Line}\nleft {Convert.ToHexString(left)}\n  as {Convert.ToHexString(expected.Left)}");
            foreach (var hit in (expected.Hits ?? "").Split('+', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse))
                hits[hit - 1] = new(hits[hit - 1].Packets + 1, hits[hit - 1].Bytes + (ulong)expected.Packet.Length);
        });
        if (golden.Packets.All(p => p.Hits is not null)) Assert.Equal(hits, loaded.ReadRules());
    }

    // No socket is there, and no device whose address the packets could be to: both are passed.
    private static uint ActionOf(string verdict) => verdict switch
    {
        "drop" => 1,
        "pass" or "redirect xsk" or "redirect fib" => 2,
        "tx" => 3,
        _ => 4,
    };
}
