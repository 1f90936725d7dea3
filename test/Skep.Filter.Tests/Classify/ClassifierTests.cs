using Skep.Filter.Classify;
using Skep.Filter.Compile;
using Skep.Filter.Evaluate;
using Skep.Filter.Model;
using Skep.Packets.Headers;

namespace Skep.Filter.Tests.Classify;

/// <summary>The search finds the first rule that matches, as the evaluator does.</summary>
public sealed class ClassifierTests
{
    [Theory]
    [InlineData(ListShape.AccessList, 2000)]
    [InlineData(ListShape.Firewall, 2000)]
    [InlineData(ListShape.Chain, 2000)]
    [InlineData(ListShape.Exact, 2000)]
    [InlineData(ListShape.Lengths, 2000)]
    [InlineData(ListShape.Crossing, 300)]
    [InlineData(ListShape.Mixed, 1000)]
    public void Finds_the_first_rule_that_matches(ListShape shape, int count)
    {
        var rules = new ListGenerator(7).Make(shape, count);
        var table = Rules.Read(ListGenerator.Table(rules)).Table!;
        var evaluator = new Evaluator(table, () => 0);
        var random = new Random(count);
        var packets = Enumerable.Range(0, 2000).Select(_ => ListPackets.For(rules[random.Next(count)], random)).ToArray();
        foreach (var vectors in (ReadOnlySpan<bool>)[true, false])
        {
            var classifier = Classifier.TryBuild(table, 0, count, vectors, out _)!;
            Assert.NotNull(classifier);
            foreach (var packet in packets)
            {
                var expected = evaluator.Decide(packet.ToArray(), 0).Rule;
                Assert.Equal(expected, Find(classifier, table, packet));
            }
        }
    }

    [Fact]
    public void Few_tables_hold_long_lists()
    {
        var table = Rules.Read(ListGenerator.Table(new ListGenerator(7).Make(ListShape.AccessList, 10_000))).Table!;
        var list = Assert.Single(FilterPlan.Of(table, table.Rules.Count).SearchedLists);
        Assert.InRange(list.Tables.Count, 1, 12);
        Assert.Empty(list.RestRules);
    }

    [Fact]
    public void Rules_that_cross_are_found_by_bits()
    {
        var table = Rules.Read(ListGenerator.Table(new ListGenerator(7).Make(ListShape.Crossing, 2000))).Table!;
        var list = Assert.Single(FilterPlan.Of(table, table.Rules.Count).SearchedLists);
        Assert.True(list.UsesBits);
        Assert.InRange(list.RestRules.Count, 1000, 2000);
    }

    [Fact]
    public void Rules_that_an_array_cannot_search_are_named()
    {
        var table = Rules.Read(ListGenerator.Table(new ListGenerator(7).Make(ListShape.Crossing, 4000))).Table!;
        var error = Assert.Throws<FilterCompileException>(() => FilterCompiler.Compile(
            FilterPlan.Of(table, table.Rules.Count, memory: ClassifierMemory.Array), [.. Enumerable.Range(0, table.Rules.Count)]));
        Assert.Matches("rules cannot be searched, .* as those on lines [0-9]+, ", error.Message);
    }

    [Fact]
    public void Rules_with_statements_and_limits_stay_between_lists()
    {
        var exact = new ListGenerator(1).Make(ListShape.Exact, 200).Select(r => r.Text).ToArray();
        var table = Rules.ReadRules(string.Join('\n', exact[..100].Append("tcp dport 1 log continue").Concat(exact[100..]))).Table!;
        Assert.Equal([(0, 100), (101, 100)], FilterPlan.Of(table, table.Rules.Count).SearchedLists.Select(l => (l.FirstRule, l.Rules)));
    }

    [Fact]
    public void A_few_rules_are_not_searched()
    {
        var table = Rules.Read(ListGenerator.Table(new ListGenerator(1).Make(ListShape.Exact, 10))).Table!;
        Assert.Empty(FilterPlan.Of(table, table.Rules.Count).SearchedLists);
    }

    /// <summary>More keys with one hash than buckets have room for are found all the same.</summary>
    [Fact]
    public void Keys_without_room_in_their_buckets_are_compared_in_order()
    {
        // All ask for the same source address, and for ranges of ports that begin and end everywhere.
        var text = string.Join('\n', Enumerable.Range(0, 400).Select(
            i => $"ip saddr 10.0.0.1 udp sport {i}-{65535 - 7 * i} udp dport {i * 3}-{40000 + i} drop"));
        var table = Rules.ReadRules(text).Table!;
        var classifier = Classifier.TryBuild(table, 0, 400, vectors: false, out _)!;
        var evaluator = new Evaluator(table, () => 0);
        var random = new Random(4);
        for (var i = 0; i < 3000; i++)
        {
            var rule = new ListedRule("", 17, new(0x0a000001, 0x0a000001), new(1, 1), new(0, 65535), new(0, 65535));
            var packet = ListPackets.For(rule, random);
            Assert.Equal(evaluator.Decide(packet.ToArray(), 0).Rule, Find(classifier, table, packet));
        }
    }

    private static int Find(Classifier classifier, Table table, byte[] packet)
    {
        var headers = PacketHeaders.Walk(packet, packet.Length, PacketStart.Ethernet) with { Length = packet.Length };
        return classifier.Find(PresenceOf(headers), layout => Key(classifier, layout, table, packet, headers));
    }

    private static ulong[] Key(Classifier classifier, KeyLayout layout, Table table, byte[] packet, PacketHeaders headers)
    {
        var key = new ulong[layout.Words];
        foreach (var part in layout.Parts)
        {
            var value = part.Source switch
            {
                KeySource.Presence => (ulong)PresenceOf(headers),
                KeySource.Predicates => Predicates(classifier, packet),
                _ => Value(part, packet, headers),
            };
            key[part.Word] |= (value << part.Shift) & part.Mask;
        }
        return key;
    }

    private static ulong Predicates(Classifier classifier, byte[] packet)
    {
        var bits = 0UL;
        for (var i = 0; i < classifier.Predicates.Count; i++)
        {
            var rule = new Rule("x", [classifier.Predicates[i]], null, [], new(VerdictKind.Drop), null);
            var table = new Table("t", [], AttachMode.Auto, VerdictKind.Pass, null, [], [rule]);
            if (new Evaluator(table, () => 0).Decide(packet.ToArray(), 0).Rule == 0) bits |= 1UL << i;
        }
        return bits;
    }

    private static ulong Value(KeyPart part, byte[] packet, PacketHeaders headers)
    {
        foreach (var field in FieldInfo.All.Select(f => f.Field).Where(f => FieldPlaces.Of(f) == part.Field))
            if (FieldReader.TryRead(packet, headers, field, out var value))
                return (ulong)(part.Source == KeySource.FieldHigh ? value >> 64 : value);
        return 0x5a5a5a5a5a5a5a5a;
    }

    private static int PresenceOf(PacketHeaders headers)
    {
        var bits = 0;
        foreach (var header in Enum.GetValues<Header>())
            if (header != Header.Network && FieldReader.Has(headers, header)) bits |= Presence.Of(header);
        return bits;
    }
}
