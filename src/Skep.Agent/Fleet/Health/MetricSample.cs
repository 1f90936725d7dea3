using Skep.Agent.Web;

namespace Skep.Agent.Fleet.Health;

/// <summary>A value of a metric.</summary>
/// <param name="Name">The metric.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="Value">The value.</param>
internal sealed record MetricSample(string Name, IReadOnlyList<(string Name, string Value)> Labels, double Value);

/// <summary>All values at a time.</summary>
/// <param name="Milliseconds">The time, of a clock that does not go back.</param>
/// <param name="Samples">The values.</param>
internal sealed record MetricReading(long Milliseconds, IReadOnlyList<MetricSample> Samples);

/// <summary>Takes metrics as they are served.</summary>
internal sealed class MetricSamples : IMetricWriter
{
    private readonly List<MetricSample> _all = [];
    private string _name = "";

    /// <summary>Those that were written.</summary>
    public IReadOnlyList<MetricSample> All => _all;

    /// <inheritdoc/>
    public void Counter(string name, string help) => _name = name;

    /// <inheritdoc/>
    public void Gauge(string name, string help) => _name = name;

    /// <inheritdoc/>
    public void Info(string name, string help) => _name = name;

    /// <inheritdoc/>
    public void Value(double value, params ReadOnlySpan<(string Name, string Value)> labels) =>
        _all.Add(new(_name, [.. labels], value));
}
