using System.Globalization;

namespace Skep.Filter.Bench;

/// <summary>Keeps measurements for bench/record.sh, in the file that FACTS names.</summary>
internal static class Facts
{
    internal static void Add(string name, long value, string unit)
    {
        if (Environment.GetEnvironmentVariable("FACTS") is { Length: > 0 } facts)
            File.AppendAllText(facts, string.Create(CultureInfo.InvariantCulture, $"{name}\t{value}\t{unit}\n"));
    }
}
