using Skep.Filter.Compile;
using Skep.Filter.Evaluate;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Tests.Fixtures;
using Skep.Filter.Runtime.Tests.Programs;

namespace Skep.Filter.Runtime.Tests.Update;

/// <summary>A list that is changed while it is loaded decides as the first of its rules that matches, after each change.</summary>
[Trait("level", "kernel")]
public sealed class ListUpdateKernelTests : IDisposable
{
    private const int PacketsPerRound = 2000;

    private readonly PacketBatch _batch = new();

    public void Dispose() => _batch.Dispose();

    [Theory]
    [InlineData(ListShape.Exact, 1000, ClassifierMemory.Arena, 30)]
    [InlineData(ListShape.Exact, 5000, ClassifierMemory.Array, 20)]
    [InlineData(ListShape.AccessList, 2000, ClassifierMemory.Arena, 40)]
    [InlineData(ListShape.AccessList, 1000, ClassifierMemory.Array, 20)]
    [InlineData(ListShape.Firewall, 1500, ClassifierMemory.Arena, 40)]
    [InlineData(ListShape.Firewall, 1000, ClassifierMemory.Array, 20)]
    [InlineData(ListShape.Chain, 1000, ClassifierMemory.Arena, 40)]
    [InlineData(ListShape.Chain, 3000, ClassifierMemory.Array, 20)]
    [InlineData(ListShape.Lengths, 2000, ClassifierMemory.Arena, 30)]
    [InlineData(ListShape.Crossing, 600, ClassifierMemory.Arena, 8)]
    [InlineData(ListShape.Exact, 10000, ClassifierMemory.Arena, 12)]
    [InlineData(ListShape.AccessList, 10000, ClassifierMemory.Array, 12)]
    [InlineData(ListShape.Chain, 10000, ClassifierMemory.Arena, 12)]
    public void Decides_as_the_first_rule_that_matches_after_each_change(
        ListShape shape, int count, ClassifierMemory memory, int rounds)
    {
        ArenaSupport.IsRequired(memory);
        var random = new Random(count);
        var all = new ListGenerator(count).Make(shape, 3 * count);
        random.Shuffle(all);
        using var list = new EditedList(all[..count], memory);
        var (next, counts, done) = (count, new ulong[2 * count], 0);
        for (var round = 0; round < rounds; round++)
        {
            var near = new List<ListedRule>();
            for (var edits = 1 + random.Next(round < rounds / 2 ? 3 : 12); edits > 0; edits--)
            {
                var at = random.Next(5) == 0 ? (random.Next(2) == 0 ? 0 : list.Rules.Count) : random.Next(list.Rules.Count);
                if (random.Next(2) == 0)
                {
                    near.Add(all[next]);
                    if (list.Insert(at, all[next++])) done++;
                    continue;
                }
                at = Math.Min(at, list.Rules.Count - 1);
                near.Add(list.Rules[at].Rule);
                if (list.Delete(at)) done++;
            }
            ListedRule Pick() => random.Next(3) == 0 ? list.Rules[random.Next(list.Rules.Count)].Rule : near[random.Next(near.Count)];
            var rules = list.Rules.Select(r => r.Rule).ToArray();
            Decide(list, () => ListPackets.For(Pick(), random), packet => ListPackets.First(rules, packet), counts);
        }
        CheckCounts(list, counts);
        Assert.True(done > rounds, $"few changes in place: {string.Join(", ", list.Refusals)}");
        TestContext.Current.TestOutputHelper?.WriteLine($"{done} in place; {string.Join(", ", list.Refusals)}");
    }

    [Theory]
    [InlineData(ClassifierMemory.Arena, 12)]
    [InlineData(ClassifierMemory.Array, 8)]
    public void Decides_as_the_evaluator_with_all_kinds_of_matches(ClassifierMemory memory, int rounds)
    {
        ArenaSupport.IsRequired(memory);
        const int count = 800;
        var random = new Random(count);
        var all = new ListGenerator(rounds).Make(ListShape.Mixed, 2 * count);
        random.Shuffle(all);
        using var list = new EditedList(all[..count], memory);
        var (next, counts, done) = (count, new ulong[2 * count], 0);
        for (var round = 0; round < rounds; round++)
        {
            if (list.Insert(random.Next(list.Rules.Count + 1), all[next++])) done++;
            var at = random.Next(list.Rules.Count);
            var gone = list.Rules[at].Rule;
            if (list.Delete(at)) done++;
            var evaluator = new Evaluator(Rules.Read(ListGenerator.Table(list.Rules.Select(r => r.Rule))).Table!, () => 0);
            ListedRule Pick() =>
                random.Next(3) switch { 0 => gone, 1 => all[next - 1], _ => list.Rules[random.Next(list.Rules.Count)].Rule };
            Decide(list, () => ListPackets.For(Pick(), random), packet => evaluator.Decide([.. packet], 0).Rule, counts);
        }
        CheckCounts(list, counts);
        Assert.True(done > rounds, $"few changes in place: {string.Join(", ", list.Refusals)}");
        TestContext.Current.TestOutputHelper?.WriteLine($"{done} in place; {string.Join(", ", list.Refusals)}");
    }

    private void Decide(EditedList list, Func<byte[]> next, Func<byte[], int> first, ulong[] counts)
    {
        var packets = new List<byte[]>();
        _batch.Clear();
        while (packets.Count < PacketsPerRound)
        {
            packets.Add(next());
            _batch.Add(packets[^1], 0);
        }
        _batch.Decide(list.Loaded);
        for (var i = 0; i < packets.Count; i++)
        {
            var rule = first(packets[i]);
            if (rule >= 0) counts[list.Rules[rule].Counter]++;
            var expected = rule < 0 || list.Rules[rule].Rule.Passes ? 2u : 1u;
            if (_batch.ActionOf(i) != expected)
                Assert.Fail(
                    $"action {_batch.ActionOf(i)}, expected {expected} by rule {rule}: {Convert.ToHexString(packets[i])}\n"
                    + (rule < 0 ? "" : list.Rules[rule].Rule.Text));
        }
    }

    private static void CheckCounts(EditedList list, ulong[] counts)
    {
        var counted = FilterCounters.ReadRules(list.Loaded.Maps[0], [.. Enumerable.Range(0, counts.Length)]);
        for (var counter = 0; counter < counts.Length; counter++) Assert.Equal(counts[counter], counted[counter].Packets);
        Assert.True(counts.Count(c => c > 0) > 20, "hardly any rule was hit");
    }
}
