using System.Buffers.Binary;
using System.IO.Compression;
using Skep.Agent.Config;
using Skep.Agent.Export.Delivery;
using Skep.Agent.Export.Outgoing;

namespace Skep.Agent.Export.Otlp;

/// <summary>A receiver of OTLP: http/protobuf or gRPC.</summary>
internal sealed class OtlpTarget : IExportTarget
{
    private delegate ReadOnlySpan<byte> Encoder(IReadOnlyList<ExportItem> items);

    private const int PrefixBytes = 5;

    private readonly Encoder _encode;
    private readonly OutgoingPost _post;
    private readonly bool _isGrpc;

    private OtlpTarget(OtlpConfig config, string path, string service, Encoder encode)
    {
        _encode = encode;
        _isGrpc = config.IsGrpc;
        Uri endpoint = config.Endpoint!;
        string place = endpoint.GetLeftPart(UriPartial.Path).TrimEnd('/') + (_isGrpc ? service : path);
        _post = new OutgoingPost(new Uri(place), config.Timeout, config.Issuers, _isGrpc, config.Headers);
    }

    /// <summary>For events.</summary>
    public static OtlpTarget OfLogs(OtlpConfig config, ResourceInfo resource) => new(
        config, "/v1/logs", "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        new LogRequest(resource, config.IsEcs).Encode);

    /// <summary>For metrics. Each item is a request; together they are one, since fields that are repeated add up.</summary>
    public static OtlpTarget OfMetrics(OtlpConfig config) => new(
        config, "/v1/metrics", "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        Together);

    /// <inheritdoc/>
    public async Task<SendResult> Send(IReadOnlyList<ExportItem> items, CancellationToken stop)
    {
        byte[] body = Compressed(_encode(items), _isGrpc ? PrefixBytes : 0);
        if (!_isGrpc)
        {
            return Answers.OfHttp(
                await _post.Send(body, "application/x-protobuf", stop, ("Content-Encoding", "gzip")).ConfigureAwait(false));
        }

        // https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
        body[0] = 1;
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(1), (uint)(body.Length - PrefixBytes));
        return Answers.OfGrpc(
            await _post.Send(body, "application/grpc", stop, ("TE", "trailers"), ("grpc-encoding", "gzip")).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public void Dispose() => _post.Dispose();

    private static ReadOnlySpan<byte> Together(IReadOnlyList<ExportItem> items)
    {
        if (items.Count == 1) return items[0].Data;
        var all = new MemoryStream();
        foreach (ExportItem item in items) all.Write(item.Data);
        return all.ToArray();
    }

    private static byte[] Compressed(ReadOnlySpan<byte> message, int prefix)
    {
        using var to = new MemoryStream(message.Length / 4 + 64);
        to.Write(new byte[prefix]);
        using (var gzip = new GZipStream(to, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(message);
        return to.ToArray();
    }
}
