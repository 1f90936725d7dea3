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
            var rules = string.Join('\n', new ListGenerator(1).Make(shape, size).Select(r => r.Text));
            var text = watch.ElapsedMilliseconds;
            var at = watch.ElapsedMilliseconds;
            var file = Skep.Filter.RuleFile.Read(new Skep.Filter.Syntax.SourceText("bench", $"table bench {{\n{rules}\n}}\n"), _ => throw new InvalidOperationException());
            if (file.Table is null) throw new InvalidOperationException(string.Join("\n", file.Diagnostics.Take(5).Select(Skep.Filter.Syntax.DiagnosticFormatter.Format)));
            Console.WriteLine($"  read {watch.ElapsedMilliseconds - at}"); at = watch.ElapsedMilliseconds;
            var plan = Skep.Filter.Compile.FilterPlan.Of(file.Table!, size);
            Console.WriteLine($"  plan {watch.ElapsedMilliseconds - at}"); at = watch.ElapsedMilliseconds;
            var compiled = Skep.Filter.Compile.FilterCompiler.Compile(plan, [.. Enumerable.Range(0, size)]);
            Console.WriteLine($"  compile {watch.ElapsedMilliseconds - at}"); at = watch.ElapsedMilliseconds;
            var loaded = Skep.Filter.Runtime.Programs.LoadedFilter.Load(compiled, "bench", Skep.Filter.Runtime.Programs.LoadedFilter.Now, _ => 1);
            Console.WriteLine($"  load {watch.ElapsedMilliseconds - at}"); at = watch.ElapsedMilliseconds;
            Console.WriteLine($"  verified {loaded.Program.GetInfo().VerifiedInstructions}");
            var subject = new Subject(loaded.Program, loaded);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{size} rules: text {text} ms, all {watch.ElapsedMilliseconds} ms; {GC.GetTotalMemory(true) >> 20} MB"));
            variants.Add(new($"{size} {shape}", subject));
        }
        Variant.Measure("lists", variants, 5, 500_000);
    }
}
