using System.Text;
using Skep.Agent.Export.Delivery;
using Skep.Agent.Export.Outgoing;
using Skep.Output;

namespace Skep.Agent.Export.Otlp;

/// <summary>
/// What an answer means: "OTLP/HTTP Response" and "OTLP/gRPC Response" of the specification of OTLP
/// (https://opentelemetry.io/docs/specs/otlp/).
/// </summary>
internal static class Answers
{
    private const int MostText = 200;
    private const int PrefixBytes = 5;

    // https://github.com/grpc/grpc/blob/master/doc/statuscodes.md
    private const int GrpcOk = 0, GrpcResourceExhausted = 8;
    private static readonly int[] GrpcLater = [1, 4, 10, 11, 14, 15];
    private static readonly string[] GrpcNames =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
        "UNAUTHENTICATED",
    ];

    /// <summary>Of http/protobuf.</summary>
    public static SendResult OfHttp(PostAnswer answer) => answer switch
    {
        { Status: null } => new(SendOutcome.Later, answer.Error),
        { Status: >= 200 and < 300 } => Taken(answer.Body),
        { Status: 429 or 502 or 503 or 504 } => new(SendOutcome.Later, StatusText(answer)) { RetryAfter = answer.RetryAfter },
        _ => new(SendOutcome.Refused, StatusText(answer)),
    };

    /// <summary>Of gRPC.</summary>
    public static SendResult OfGrpc(PostAnswer answer)
    {
        if (answer.Status is null) return new(SendOutcome.Later, answer.Error);
        if (!answer.Trailers.TryGetValue("grpc-status", out string? text) && !answer.Headers.TryGetValue("grpc-status", out text))
        {
            // https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md
            return answer.Status == 200 ? new(SendOutcome.Later, "the answer has no grpc-status") : OfHttp(answer with { Body = [] });
        }

        if (!int.TryParse(text, out int code)) code = 2;
        if (code == GrpcOk) return Taken(answer.Body.Length < PrefixBytes ? default : answer.Body.AsSpan(PrefixBytes));
        TimeSpan? delay = RetryDelay(Header(answer, "grpc-status-details-bin"));
        string message = Uri.UnescapeDataString(Header(answer, "grpc-message") ?? "");
        string error = $"grpc-status {code}{(code > 0 && code < GrpcNames.Length ? " " + GrpcNames[code] : "")}"
            + (message.Length == 0 ? "" : ": " + Clipped(message));
        bool isLater = GrpcLater.Contains(code) || (code == GrpcResourceExhausted && delay is not null);
        return new(isLater ? SendOutcome.Later : SendOutcome.Refused, error) { RetryAfter = delay };
    }

    // Of logs and metrics alike: partial_success = 1, and in it the number that is rejected = 1 and error_message = 2.
    private static SendResult Taken(ReadOnlySpan<byte> response)
    {
        var reader = new ProtoReader(response);
        while (reader.Next())
        {
            if (reader.Field != 1) continue;
            var partial = new ProtoReader(reader.Bytes);
            long rejected = 0;
            string? message = null;
            while (partial.Next())
            {
                if (partial.Field == 1) rejected = partial.Number;
                if (partial.Field == 2) message = Clipped(Encoding.UTF8.GetString(partial.Bytes));
            }

            if (rejected > 0) message ??= "it does not say why";
            return new(SendOutcome.Taken, string.IsNullOrEmpty(message) ? null : message) { Rejected = rejected };
        }

        return new(SendOutcome.Taken);
    }

    // The body of an error is a google.rpc.Status, whose message = 2, or text of a proxy.
    private static string StatusText(PostAnswer answer)
    {
        string text = "";
        bool isProto = answer.Headers.TryGetValue("Content-Type", out string? type)
            && type.StartsWith("application/x-protobuf", StringComparison.Ordinal);
        if (isProto)
        {
            var reader = new ProtoReader(answer.Body);
            while (reader.Next())
                if (reader.Field == 2) text = Encoding.UTF8.GetString(reader.Bytes);
        }
        else
        {
            text = Encoding.UTF8.GetString(answer.Body).Trim();
        }

        return $"HTTP status {answer.Status}{(text.Length == 0 ? "" : ": " + Clipped(text))}";
    }

    // google.rpc.Status has details = 3, each an Any with type_url = 1 and value = 2; google.rpc.RetryInfo has retry_delay = 1, and that
    // seconds = 1 and nanos = 2 (https://github.com/googleapis/googleapis/tree/master/google/rpc).
    private static TimeSpan? RetryDelay(string? details)
    {
        if (details is null) return null;
        byte[] status = new byte[details.Length];
        if (!Convert.TryFromBase64String(details.PadRight((details.Length + 3) / 4 * 4, '='), status, out int length)) return null;
        var reader = new ProtoReader(status.AsSpan(0, length));
        while (reader.Next())
        {
            if (reader.Field != 3) continue;
            var any = new ProtoReader(reader.Bytes);
            bool isRetry = false;
            ReadOnlySpan<byte> value = default;
            while (any.Next())
            {
                if (any.Field == 1) isRetry = any.Bytes.EndsWith("/google.rpc.RetryInfo"u8);
                if (any.Field == 2) value = any.Bytes;
            }

            if (!isRetry) continue;
            var info = new ProtoReader(value);
            if (!info.Next() || info.Field != 1) return TimeSpan.Zero;
            var delay = new ProtoReader(info.Bytes);
            double seconds = 0;
            while (delay.Next()) seconds += delay.Field switch { 1 => delay.Number, 2 => delay.Number / 1e9, _ => 0 };
            return TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 86400));
        }

        return null;
    }

    private static string? Header(PostAnswer answer, string name) =>
        answer.Trailers.TryGetValue(name, out string? value) || answer.Headers.TryGetValue(name, out value) ? value : null;

    private static string Clipped(string text) => SafeText.Escape(text.Length <= MostText ? text : text[..MostText] + "...");
}
