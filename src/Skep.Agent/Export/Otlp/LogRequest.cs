using Skep.Agent.Export.Delivery;
using Skep.Agent.Export.Fields;
using Skep.Linux.Time;

namespace Skep.Agent.Export.Otlp;

/// <summary>
/// Encodes events as an ExportLogsServiceRequest: opentelemetry/proto/collector/logs/v1/logs_service.proto and
/// opentelemetry/proto/logs/v1/logs.proto (https://github.com/open-telemetry/opentelemetry-proto).
/// </summary>
internal static class LogRequest
{
    private const int SeverityInfo = 9, SeverityWarn = 13;

    /// <summary>Encodes them.</summary>
    /// <param name="items">The JSON of each event.</param>
    /// <param name="resource">Who sends.</param>
    /// <param name="isEcs">Whether fields have the names of the Elastic Common Schema.</param>
    public static byte[] Encode(IReadOnlyList<ExportItem> items, ResourceInfo resource, bool isEcs)
    {
        var proto = new ProtoWriter();
        int ofResource = proto.Begin(1);
        resource.WriteResource(proto, 1);
        int ofScope = proto.Begin(2);
        resource.WriteScope(proto, 1);
        long now = Clocks.UnixNanoseconds();
        foreach (ExportItem item in items) Write(proto, FlatEvent.Of(item.Data), now, isEcs);
        proto.End(ofScope);
        proto.End(ofResource);
        return proto.Written.ToArray();
    }

    private static void Write(ProtoWriter proto, FlatEvent e, long now, bool isEcs)
    {
        int record = proto.Begin(2);
        proto.Fixed(1, e.TimeNs);
        proto.Integer(2, e.IsWarning ? SeverityWarn : SeverityInfo);
        proto.Text(3, e.IsWarning ? "WARN" : "INFO");
        Attributes.WriteText(proto, 5, e.Summary);
        foreach (Field field in FieldNames.Of(e, isEcs)) Attributes.Write(proto, 6, field);
        proto.Fixed(11, now);
        proto.Text(12, FieldNames.Prefix + e.Name);
        proto.End(record);
    }
}
