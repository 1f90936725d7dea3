using Skep.Testing;

namespace Skep.Filter.Bench;

internal static class ListCosts
{
    internal static void Run(string shapeName, int[] sizes)
    {
        var shape = Enum.Parse<ListShape>(shapeName);
        var variants = new List<Variant> { new("empty program", Subject.Empty()), new("no list, other address each time", Subject.Of("policy pass", "", Subject.Inside)) };
        foreach (var size in sizes)
        {
            var rules = string.Join('\n', new ListGenerator(1).Make(shape, size).Select(r => r.Text));
            variants.Add(new($"{size} {shape}", Subject.Of(rules)));
            variants.Add(new($"{size} {shape}, other address each time", Subject.Of(rules, "", Subject.Inside)));
        }
        Variant.Measure("lists", variants, 5, 1_000_000);
    }
}
