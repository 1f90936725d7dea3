namespace Skep.Agent.Web;

/// <summary>Takes metrics: each is begun, and its values follow.</summary>
internal interface IMetricWriter
{
    /// <summary>Begins a counter; its name ends in <c>_total</c>.</summary>
    void Counter(string name, string help);

    /// <summary>Begins a gauge.</summary>
    void Gauge(string name, string help);

    /// <summary>Begins a metric whose labels are what it says; its name ends in <c>_info</c>.</summary>
    void Info(string name, string help);

    /// <summary>Writes a value.</summary>
    void Value(double value, params ReadOnlySpan<(string Name, string Value)> labels);
}
