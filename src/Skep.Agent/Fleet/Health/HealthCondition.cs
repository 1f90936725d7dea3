using System.Globalization;
using System.Text.RegularExpressions;

namespace Skep.Agent.Fleet.Health;

/// <summary>
/// A condition over metrics: <c>METRIC{label="value",...} OP NUMBER</c>, joined by <c>and</c>. Series are summed; <c>rate(METRIC)</c> is by
/// the second, since the version was applied.
/// </summary>
public sealed partial class HealthCondition
{
    private const string Form = "METRIC{label=\"value\"} < NUMBER, or rate(METRIC) < NUMBER, joined by and";
    private const double MillisecondsPerSecond = 1000;

    // A rate over less would be that of a few packets.
    private const int LeastMilliseconds = 1000;

    private readonly List<Term> _terms = [];

    /// <summary>Reads one.</summary>
    /// <param name="text">The text.</param>
    /// <param name="condition">The condition.</param>
    /// <param name="fault">Why it is none, with what to write.</param>
    public static bool TryParse(string text, out HealthCondition? condition, out string? fault)
    {
        ArgumentNullException.ThrowIfNull(text);
        var read = new HealthCondition();
        (condition, fault) = (null, null);
        foreach (string one in And().Split(text))
        {
            Match match = Terms().Match(one);
            if (!match.Success)
            {
                fault = $"'{one.Trim()}' is no condition (write {Form})";
                return false;
            }

            read._terms.Add(new(
                one.Trim(), match.Groups["metric"].Value, match.Groups["rate"].Success,
                [.. Labels().Matches(match.Groups["labels"].Value).Select(label => (label.Groups[1].Value, label.Groups[2].Value))],
                match.Groups["op"].Value, double.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture)));
        }

        condition = read;
        return true;
    }

    /// <summary>Why it does not hold; null when it does.</summary>
    internal string? FaultOf(MetricReading first, MetricReading now)
    {
        foreach (Term term in _terms)
        {
            if (!now.Samples.Any(one => one.Name == term.Metric)) return $"health: there is no metric {term.Metric}";
            double value = term.Sum(now);
            if (term.IsRate)
            {
                long time = now.Milliseconds - first.Milliseconds;
                if (time < LeastMilliseconds) continue;
                value = (value - term.Sum(first)) / (time / MillisecondsPerSecond);
            }

            if (!term.Holds(value))
                return string.Create(CultureInfo.InvariantCulture, $"health: {term.Text} does not hold: it is {value:0.###}");
        }

        return null;
    }

    [GeneratedRegex(@"\s+and\s+")]
    private static partial Regex And();

    [GeneratedRegex(
        """^\s*(?<rate>rate\s*\()?\s*(?<metric>[a-zA-Z_:][a-zA-Z0-9_:]*)\s*"""
        + """(\{(?<labels>(\s*\w+\s*=\s*"[^"]*"\s*,?)*)\})?\s*(?(rate)\)\s*)"""
        + """(?<op><=|>=|==|!=|<|>)\s*(?<number>-?\d+(\.\d+)?)\s*$""")]
    private static partial Regex Terms();

    [GeneratedRegex("""(\w+)\s*=\s*"([^"]*)["]""")]
    private static partial Regex Labels();

    private sealed record Term(
        string Text, string Metric, bool IsRate, IReadOnlyList<(string Name, string Value)> Labels, string Operator, double Number)
    {
        public double Sum(MetricReading reading) =>
            reading.Samples.Where(one => one.Name == Metric && Labels.All(one.Labels.Contains)).Sum(one => one.Value);

        public bool Holds(double value) => Operator switch
        {
            "<" => value < Number,
            "<=" => value <= Number,
            ">" => value > Number,
            ">=" => value >= Number,
            "==" => value == Number,
            _ => value != Number,
        };
    }
}
