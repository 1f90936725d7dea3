using System.Globalization;
using System.Text;

namespace Skep.Agent.Web;

/// <summary>
/// Writes metrics as Prometheus reads them: its text format
/// (https://prometheus.io/docs/instrumenting/exposition_formats), or OpenMetrics (https://prometheus.io/docs/specs/om/open_metrics_spec).
/// </summary>
/// <param name="isOpenMetrics">Which of them.</param>
internal sealed class MetricText(bool isOpenMetrics) : IMetricWriter
{
    private const string OpenMetrics = "application/openmetrics-text";

    private readonly StringBuilder _text = new();
    private string _name = "";

    /// <summary>The type of the content.</summary>
    public string ContentType =>
        isOpenMetrics ? OpenMetrics + "; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Whether a request prefers OpenMetrics, by its Accept header.</summary>
    public static bool PrefersOpenMetrics(string accept) => accept.Contains(OpenMetrics, StringComparison.Ordinal);

    /// <inheritdoc/>
    public void Counter(string name, string help) =>
        Begin(name, isOpenMetrics ? name[..^"_total".Length] : name, "counter", help);

    /// <inheritdoc/>
    public void Gauge(string name, string help) => Begin(name, name, "gauge", help);

    /// <inheritdoc/>
    public void Info(string name, string help) =>
        Begin(name, isOpenMetrics ? name[..^"_info".Length] : name, isOpenMetrics ? "info" : "gauge", help);

    /// <inheritdoc/>
    public void Value(double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        _text.Append(_name);
        char separator = '{';
        foreach ((string name, string text) in labels)
        {
            _text.Append(separator).Append(name).Append("=\"");
            Escape(text);
            _text.Append('"');
            separator = ',';
        }

        if (separator == ',') _text.Append('}');
        _text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }

    /// <summary>All of it.</summary>
    public byte[] End()
    {
        if (isOpenMetrics) _text.Append("# EOF\n");
        return Encoding.UTF8.GetBytes(_text.ToString());
    }

    private void Begin(string name, string family, string type, string help)
    {
        _name = name;
        _text.Append("# HELP ").Append(family).Append(' ').Append(help).Append('\n');
        _text.Append("# TYPE ").Append(family).Append(' ').Append(type).Append('\n');
    }

    private void Escape(string text)
    {
        foreach (char c in text)
        {
            _ = c switch
            {
                '\\' => _text.Append("\\\\"),
                '"' => _text.Append("\\\""),
                '\n' => _text.Append("\\n"),
                _ => _text.Append(char.IsSurrogate(c) ? '?' : c),
            };
        }
    }
}
