using System.Globalization;
using Skep.Agent.Alerts.Rules;
using Skep.Agent.History;
using Skep.Bpf;
using Skep.Guard.Decide;
using Skep.Guard.Model;
using Skep.Inventory.Objects;

namespace Skep.Agent.Alerts.Raise;

/// <summary>Judges what was measured by the rules of alerts. Used by one thread.</summary>
internal sealed class MeasuredAlerts
{
    private const double NanosecondsPerSecond = 1e9;

    private readonly Dictionary<(string Table, string Rule), FilterSample> _before = [];
    private long _lastLookNs;

    /// <summary>Judges what programs ran.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="samples">What they ran.</param>
    /// <param name="programs">The programs, by id.</param>
    public static IEnumerable<RaisedAlert> Judge(
        IReadOnlyList<AlertRule> rules, IReadOnlyList<UsageSample> samples, IReadOnlyDictionary<uint, ProgramEntry> programs)
    {
        foreach (UsageSample sample in samples)
        {
            if (!programs.TryGetValue(sample.ProgramId, out ProgramEntry? program)) continue;
            var subject = new Subject(GuardOperations.ProgLoad)
            {
                [ConditionKind.ProgType] = Fact.Of((ulong)program.Info.Type),
                [ConditionKind.ProgName] = Fact.Of(program.Info.Name),
                [ConditionKind.Tag] = Fact.Of(program.Info.Tag),
            };
            Measured[] values =
            [
                new("cpu_percent", 100.0 * sample.Nanoseconds / sample.PeriodNs),
                new("events_per_second", sample.Runs * NanosecondsPerSecond / sample.PeriodNs),
                new("avg_run_ns", (double)sample.Nanoseconds / sample.Runs),
            ];
            AlertRule? rule = First(rules, AlertSource.Usage, values, one => Outcomes.Matches(one.Match, subject, []) == true);
            if (rule is null) continue;
            string type = program.Info.Type.Name();
            yield return new(rule, sample.TimeNs, $"{type} {program.Name} {program.Info.Tag}", string.Create(
                CultureInfo.InvariantCulture,
                $"program {program.Name} (id {program.Info.Id}, {type}) took {values[0].Value:0.##} % of a CPU: "
                + $"{values[1].Value:0} runs/s, {values[2].Value:0} ns each"))
            {
                Values = values,
            };
        }
    }

    /// <summary>Judges what rules of packet filters count: rates since the last look.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="samples">The counters that have changed.</param>
    /// <param name="timeNs">When they were read.</param>
    public List<RaisedAlert> Judge(IReadOnlyList<AlertRule> rules, IReadOnlyList<FilterSample> samples, long timeNs)
    {
        var raised = new List<RaisedAlert>();
        foreach (FilterSample sample in samples)
        {
            (string, string) key = (sample.Table, sample.Rule);
            bool isKnown = _before.TryGetValue(key, out FilterSample before);
            _before[key] = sample;
            // Counters begin anew with a new table.
            if (!isKnown || sample.Packets < before.Packets || sample.Bytes < before.Bytes || sample.TimeNs <= before.TimeNs) continue;
            // One that was not among the changed of the last look had counted nothing by then.
            double seconds = (sample.TimeNs - Math.Max(before.TimeNs, _lastLookNs)) / NanosecondsPerSecond;
            Measured[] values =
            [
                new("packets_per_second", (sample.Packets - before.Packets) / seconds),
                new("bytes_per_second", (sample.Bytes - before.Bytes) / seconds),
            ];
            AlertRule? rule = First(rules, AlertSource.Filter, values, one =>
                (one.Tables.Count == 0 || one.Tables.Contains(sample.Table))
                && (one.FilterRules.Count == 0 || one.FilterRules.Contains(sample.Rule)));
            if (rule is null) continue;
            raised.Add(new(rule, sample.TimeNs, $"table {sample.Table} rule {sample.Rule}", string.Create(
                CultureInfo.InvariantCulture,
                $"rule {sample.Rule} of table {sample.Table} ({sample.Text}) counted {values[0].Value:0} packets/s, "
                + $"{values[1].Value:0} bytes/s"))
            {
                Values = values,
            });
        }

        _lastLookNs = timeNs;
        return raised;
    }

    private static AlertRule? First(IReadOnlyList<AlertRule> rules, AlertSource source, Measured[] values, Func<AlertRule, bool> matches)
    {
        foreach (AlertRule rule in rules)
        {
            if (rule.Source != source || !matches(rule) || !rule.Thresholds.All(threshold => IsAbove(values, threshold))) continue;
            return rule.Match.Action == GuardAction.Alert ? rule : null;
        }

        return null;
    }

    private static bool IsAbove(Measured[] values, AlertThreshold threshold) =>
        values.Any(value => threshold.Key == value.Key + "_above" && value.Value > threshold.Above);
}
