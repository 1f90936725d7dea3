using Skep.Agent.Export.Delivery;
using Skep.Agent.Export.Fields;
using Skep.Linux.Time;

namespace Skep.Agent.Export.Otlp;

/// <summary>
/// Encodes events as an ExportLogsServiceRequest: opentelemetry/proto/collector/logs/v1/logs_service.proto and
/// opentelemetry/proto/logs/v1/logs.proto (https://github.com/open-telemetry/opentelemetry-proto).
/// </summary>
/// <param name="resource">Who sends.</param>
/// <param name="isEcs">Whether fields have the names of the Elastic Common Schema.</param>
internal sealed class LogRequest(ResourceInfo resource, bool isEcs)
{
    private const int SeverityInfo = 9, SeverityWarn = 13;

    private readonly ProtoWriter _proto = new();
    private readonly FieldPath _root = new();

    /// <summary>Encodes events.</summary>
    /// <param name="items">The JSON of each.</param>
    /// <returns>The request, until the next one is encoded.</returns>
    public ReadOnlySpan<byte> Encode(IReadOnlyList<ExportItem> items)
    {
        _proto.Clear();
        int ofResource = _proto.Begin(1);
        resource.WriteResource(_proto, 1);
        int ofScope = _proto.Begin(2);
        resource.WriteScope(_proto, 1);
        long now = Clocks.UnixNanoseconds();
        foreach (ExportItem item in items) Write(FlatEvent.Of(item.Data, _root), now);
        _proto.End(ofScope);
        _proto.End(ofResource);
        return _proto.Written;
    }

    private void Write(FlatEvent e, long now)
    {
        bool isWarning = e.IsWarning;
        int record = _proto.Begin(2);
        _proto.Fixed(1, e.TimeNs);
        _proto.Integer(2, isWarning ? SeverityWarn : SeverityInfo);
        _proto.Text(3, isWarning ? "WARN" : "INFO");
        Attributes.WriteText(_proto, 5, e.Summary);
        if (isEcs)
            foreach (Field field in EcsFields.Of(e)) Attributes.Write(_proto, 6, "", field);
        else
            foreach (Field field in e.Fields) Attributes.Write(_proto, 6, FlatEvent.Prefix, field);
        _proto.Fixed(11, now);
        _proto.Text(12, FlatEvent.Prefix + e.Name);
        _proto.End(record);
    }
}
