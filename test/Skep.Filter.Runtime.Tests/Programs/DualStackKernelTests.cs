using System.Globalization;
using Skep.Filter.Compile;
using Skep.Filter.Evaluate;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Programs;
using Skep.Filter.Runtime.Tests.Fixtures;

namespace Skep.Filter.Runtime.Tests.Programs;

/// <summary>Lists with all kinds of matches decide as the evaluator: verdicts, packets as they are left, counters.</summary>
[Trait("level", "kernel")]
public sealed class DualStackKernelTests : IDisposable
{
    private readonly PacketBatch _batch = new();

    private static int Seeds => int.Parse(Environment.GetEnvironmentVariable("SKEP_LIST_SEEDS") ?? "1", CultureInfo.InvariantCulture);

    private static int FirstSeed => int.Parse(Environment.GetEnvironmentVariable("SKEP_LIST_FIRST") ?? "1", CultureInfo.InvariantCulture);

    public void Dispose() => _batch.Dispose();

    [Theory]
    [InlineData(30, ClassifierMemory.Arena)]
    [InlineData(30, ClassifierMemory.Array)]
    public void Decide_as_the_evaluator(int count, ClassifierMemory memory)
    {
        ArenaSupport.IsRequired(memory);
        var lists = 0;
        for (var seed = FirstSeed; seed < FirstSeed + Seeds; seed++)
            lists += Compare(new DualStackList(1000 * count + seed, count, goesOn: count < 100), seed, memory);
        Assert.True(lists > 0, "nothing was searched");
    }

    private int Compare(DualStackList list, int seed, ClassifierMemory memory)
    {
        var file = Rules.Read(list.Text);
        Assert.True(file.Table is not null,
            string.Join('\n', file.Diagnostics.Where(d => d.Severity == Syntax.Severity.Error).Take(3)) + list.Text);
        var table = Interfaces.Resolve(file.Table!, (_, _) => Interfaces.Loopback);
        var plan = FilterPlan.Of(table, table.Rules.Count, memory: memory, searched: 1);
        LoadedFilter made;
        try
        {
            made = LoadedFilter.Load(
                FilterCompiler.Compile(plan, [.. Enumerable.Range(0, table.Rules.Count)]), "list", PacketTimes.Start, _ => 1);
        }
        catch (FilterCompileException e)
        {
            TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}: {e.Message}");
            return 0;
        }
        using var loaded = made;
        var evaluator = new Evaluator(table, () => 0);
        var packets = Math.Min(PacketBatch.Capacity, 6_000_000 / table.Rules.Count);
        var times = PacketTimes.Of(table, new(seed), packets);
        var random = new Random(seed);
        var sent = Enumerable.Range(0, packets).Select(_ => list.Packet(random)).ToArray();
        _batch.Clear();
        for (var i = 0; i < packets; i++) _batch.Add(sent[i], times[i]);
        _batch.Decide(loaded);
        Span<byte> output = stackalloc byte[PacketBatch.MostBytes];
        for (var i = 0; i < packets; i++)
        {
            var expected = sent[i].ToArray();
            var decision = evaluator.Decide(expected, times[i]);
            var left = output[..expected.Length];
            _batch.ReadPacket(i, left);
            var want = decision.Verdict.Kind switch { VerdictKind.Drop => 1u, VerdictKind.Pass => 2u, VerdictKind.Tx => 3u, _ => 4u };
            if (_batch.ActionOf(i) == want && left.SequenceEqual(expected)) continue;
            var rule = decision.Rule < 0 ? "" : Format.RuleFormatter.Format(table.Rules[decision.Rule]);
            Assert.Fail(
                $"seed {seed}: action {_batch.ActionOf(i)}, expected {want} by rule {decision.Rule} {rule}\n"
                + $"{Convert.ToHexString(sent[i])}\n"
                + $"{Convert.ToHexString(expected)}\n{Convert.ToHexString(left)}");
        }
        var counted = loaded.ReadRules();
        for (var i = 0; i < counted.Length; i++)
        {
            if (counted[i] == new Counter(evaluator.Counts[i].Packets, evaluator.Counts[i].Bytes)) continue;
            Assert.Fail(
                $"seed {seed}: rule {i} counted {counted[i]}, expected {evaluator.Counts[i]}: "
                + $"{Format.RuleFormatter.Format(table.Rules[i])}");
        }
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"seed {seed}: {counted.Count(c => c.Packets > 0)} of {counted.Length} rules hit, {plan.Lists.Count} lists "
            + string.Join(", ", plan.SearchedLists.Take(4).Select(
                l => $"{l.Rules}:{l.Tables.Count}t {l.Rest}r {l.UsesBits} {l.Predicates.Count}p")));
        return plan.Lists.Count;
    }
}
