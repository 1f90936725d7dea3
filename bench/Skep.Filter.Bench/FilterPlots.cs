using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Skep.Filter.Bench;

/// <summary>Draws the results of bench/filter.sh.</summary>
internal static partial class FilterPlots
{
    /// <summary>Writes filter-rules.svg and filter-rates.svg, each where the file has what it shows.</summary>
    internal static void Draw(string file, string directory)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        var results = json.RootElement.GetProperty("results").EnumerateObject()
            .ToDictionary(p => p.Name, p => p.Value.GetProperty("value").GetDouble());
        Directory.CreateDirectory(directory);
        var rules = new SvgChart("Cost of a packet by number of rules, above an empty program", "ns", isLogarithmic: true)
        {
            Note = "no rule matches; solid: another header each time, dashed: one packet",
        };
        Write(directory, "filter-rules.svg", rules,
            [.. Lines(results, RulesOf("distinct_none"), isDashed: false), .. Lines(results, RulesOf("none"), isDashed: true)]);
        var rates = new SvgChart("Packets a second that one core drops, by number of rules", "Mpps", isLogarithmic: false)
        {
            Note = "the last rule drops",
        };
        Write(directory, "filter-rates.svg", rates, Lines(results, Rates(), isDashed: false));
    }

    private static void Write(string directory, string name, SvgChart chart, IReadOnlyList<ChartLine> lines)
    {
        if (lines.Count == 0) return;
        File.WriteAllText(Path.Combine(directory, name), chart.Draw(lines));
        Console.WriteLine(Path.Combine(directory, name));
    }

    /// <summary>One line for each filter that a name tells, the same colour for the same filter in a chart.</summary>
    private static List<ChartLine> Lines(Dictionary<string, double> results, Regex pattern, bool isDashed)
    {
        var found = results.Select(r => (Match: pattern.Match(r.Key), r.Value)).Where(r => r.Match.Success)
            .Select(r => (Name: Title(r.Match.Groups["subject"].Value), Rules: Number(r.Match.Groups["rules"].Value), r.Value))
            .Where(r => !r.Name.EndsWith(" set", StringComparison.Ordinal) && r.Name != "skep without counts").GroupBy(r => r.Name);
        return [.. found.Select((g, i) => new ChartLine(g.Key, Points(g.Select(r => (r.Rules, r.Value))), i, isDashed))];
    }

    private static string Title(string name) =>
        name.Length == 0 ? "skep" : name.Replace('_', ' ').Replace("XDP ", "XDP_", StringComparison.Ordinal);

    private static (double, double)[] Points(IEnumerable<(double X, double Y)> points) => [.. points.OrderBy(p => p.X)];

    private static double Number(string text) => Math.Max(1, double.Parse(text, CultureInfo.InvariantCulture));

    private static Regex RulesOf(string what) => new($"^filter_rules_(?<rules>[0-9]+)_{what}(_(?<subject>.+))?$");

    [GeneratedRegex("^filter_drop_core_(?<subject>.+)_(?<rules>[0-9]+)$")]
    private static partial Regex Rates();
}
