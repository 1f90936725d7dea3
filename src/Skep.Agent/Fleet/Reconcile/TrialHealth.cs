using Skep.Agent.Fleet.Health;

namespace Skep.Agent.Fleet.Reconcile;

/// <summary>Whether an agent is well while it tries a version.</summary>
/// <param name="read">Reads its metrics.</param>
internal sealed class TrialHealth(Func<IReadOnlyList<MetricSample>> read)
{
    private readonly Dictionary<string, MetricReading> _first = [];
    private readonly Dictionary<string, long> _wellSeconds = [];

    /// <summary>Why a condition is none; null when it is one.</summary>
    public static string? FaultIn(string condition) => HealthCondition.TryParse(condition, out _, out string? fault) ? null : fault;

    /// <summary>Begins to measure rates.</summary>
    public void Begin(string wave) => _first[wave] = Read();

    /// <summary>Ends it.</summary>
    public void End(string wave)
    {
        _first.Remove(wave);
        _wellSeconds.Remove(wave);
    }

    /// <summary>For how many whole seconds it was well, when that was judged last.</summary>
    public long WellSecondsOf(string wave) => _wellSeconds.GetValueOrDefault(wave);

    /// <summary>Why the agent is not well; null when it is.</summary>
    public string? FaultOf(string wave, string? condition)
    {
        if (!_first.TryGetValue(wave, out MetricReading? first)) _first[wave] = first = Read();
        MetricReading now = Read();
        if (condition is not null)
        {
            if (!HealthCondition.TryParse(condition, out HealthCondition? health, out string? fault)) return fault;
            if (health!.FaultOf(first, now) is { } unwell) return unwell;
        }

        _wellSeconds[wave] = (now.Milliseconds - first.Milliseconds) / 1000;
        return null;
    }

    private MetricReading Read() => new(Environment.TickCount64, read());
}
