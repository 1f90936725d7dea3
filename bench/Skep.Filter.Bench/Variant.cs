using System.Globalization;
using Skep.Bpf;

namespace Skep.Filter.Bench;

/// <summary>One of the things that are measured side by side.</summary>
internal sealed record Variant(string Name, Subject Subject)
{
    /// <summary>Measures all in turns and prints the best of each, and how much it is above the first.</summary>
    internal static void Measure(string title, IReadOnlyList<Variant> variants, int turns, int repeat)
    {
        var best = new uint[variants.Count];
        Array.Fill(best, uint.MaxValue);
        for (var turn = 0; turn < turns; turn++)
        {
            for (var i = 0; i < best.Length; i++)
            {
                var result = variants[i].Subject.Program.Run(new BpfRun { Data = variants[i].Subject.Packet, Repeat = repeat });
                best[i] = Math.Min(best[i], result.DurationNs);
            }
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{title,-48} {"ns",6} {"more",6} {"ratio",7}"));
        for (var i = 0; i < best.Length; i++)
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture,
                    $"{variants[i].Name,-48} {best[i],6} {(int)(best[i] - best[0]),6} {(double)best[i] / best[0],7:F2}"));
    }
}
