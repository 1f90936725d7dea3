using Skep.Agent.Export.Delivery;
using Skep.Agent.Web;

namespace Skep.Agent.Export.Otlp;

/// <summary>
/// Encodes metrics as an ExportMetricsServiceRequest: opentelemetry/proto/collector/metrics/v1/metrics_service.proto and
/// opentelemetry/proto/metrics/v1/metrics.proto (https://github.com/open-telemetry/opentelemetry-proto). Counters are monotonic sums that
/// are cumulative, all others gauges.
/// </summary>
internal sealed class MetricRequest : IMetricWriter
{
    private const int Gauges = 5, Sums = 7, Cumulative = 2;

    private readonly ProtoWriter _proto = new();
    private readonly ResourceInfo _resource;
    private readonly long _now;
    private readonly int _ofResource, _ofScope;
    private string _name = "", _help = "";
    private bool _isCounter;
    private int _metric, _points, _count;

    /// <param name="resource">Who sends.</param>
    /// <param name="now">The time of the values, in nanoseconds of Unix time.</param>
    public MetricRequest(ResourceInfo resource, long now)
    {
        (_resource, _now) = (resource, now);
        _ofResource = _proto.Begin(1);
        resource.WriteResource(_proto, 1);
        _ofScope = _proto.Begin(2);
        resource.WriteScope(_proto, 1);
    }

    /// <inheritdoc/>
    public void Counter(string name, string help) => Next(name, help, isCounter: true);

    /// <inheritdoc/>
    public void Gauge(string name, string help) => Next(name, help, isCounter: false);

    /// <inheritdoc/>
    public void Info(string name, string help) => Next(name, help, isCounter: false);

    /// <inheritdoc/>
    public void Value(double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        if (_metric == 0) BeginMetric();
        _count++;
        int point = _proto.Begin(1);
        // Counters of the kernel are older than the agent: since when, it does not say.
        if (_isCounter && IsOwn) _proto.Fixed(2, _resource.StartedNs);
        _proto.Fixed(3, _now);
        if (IsSeconds) _proto.Double(4, value);
        else _proto.Fixed(6, (long)value);
        foreach ((string name, string text) in labels) Attributes.Write(_proto, 7, name, text);
        _proto.End(point);
    }

    /// <summary>All of it, with as many records as it has points.</summary>
    public ExportItem End()
    {
        EndMetric();
        _proto.End(_ofScope);
        _proto.End(_ofResource);
        return new ExportItem(_proto.Written.ToArray(), _count);
    }

    private bool IsSeconds => _name.Contains("_seconds", StringComparison.Ordinal);

    private bool IsOwn =>
        _name.StartsWith("skep_events_", StringComparison.Ordinal) || _name.StartsWith("skep_export_", StringComparison.Ordinal);

    private void Next(string name, string help, bool isCounter)
    {
        EndMetric();
        (_name, _help, _isCounter) = (name, help, isCounter);
    }

    // With its first value: one that has none is not sent.
    private void BeginMetric()
    {
        _metric = _proto.Begin(2);
        _proto.Text(1, _name);
        _proto.Text(2, _help);
        if (IsSeconds) _proto.Text(3, "s");
        else if (_name.Contains("_bytes", StringComparison.Ordinal)) _proto.Text(3, "By");
        _points = _proto.Begin(_isCounter ? Sums : Gauges);
    }

    private void EndMetric()
    {
        if (_metric == 0) return;
        if (_isCounter)
        {
            _proto.Integer(2, Cumulative);
            _proto.Integer(3, 1);
        }

        _proto.End(_points);
        _proto.End(_metric);
        _metric = 0;
    }
}
