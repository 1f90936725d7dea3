using System.Diagnostics;
using System.Globalization;
using Skep.Testing;

namespace Skep.Filter.Bench;

internal static class ListCosts
{
    internal static void Run(string shapeName, int[] sizes)
    {
        var shape = Enum.Parse<ListShape>(shapeName);
        var variants = new List<Variant> { new("empty program", Subject.Empty()) };
        foreach (var size in sizes)
        {
            var watch = Stopwatch.StartNew();
            var rules = string.Join('\n', new RuleLists(1).Make(shape, size).Select(r => r.Text));
            var text = watch.ElapsedMilliseconds;
            var subject = Subject.Of(rules);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{size} rules: text {text} ms, all {watch.ElapsedMilliseconds} ms; {subject.Description}; {GC.GetTotalMemory(true) >> 20} MB"));
            variants.Add(new($"{size} {shape}", subject));
        }
        Variant.Measure("lists", variants, 5, 500_000);
    }
}
