using Tomlyn.Syntax;
using static Skep.Agent.Config.ConfigValue;

namespace Skep.Agent.Config;

/// <summary>The keys of <c>[export.otlp]</c> and <c>[export.syslog]</c>.</summary>
internal static class ExportKeys
{
    private const string Otlp = "export.otlp", Syslog = "export.syslog", Flags = "true or false";
    private const string Spool = "bytes, from 1M to 16G: a number, or text such as \"64M\"";
    private const long LeastSpool = 1 << 20, MostSpool = 16L << 30;

    private static readonly TimeSpan LeastTimeout = TimeSpan.FromSeconds(1), MostTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan MostInterval = TimeSpan.FromHours(24);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        OfOtlp("endpoint", "an address, such as \"http://127.0.0.1:4318\" or \"https://collector.example\", or \"\" for none", (o, v) =>
            Text(v) is not { } text ? null : text.Length == 0 ? o with { Endpoint = null }
                : Address(text) is { } address ? o with { Endpoint = address } : null),
        OfOtlp("protocol", "\"http/protobuf\" or \"grpc\"", (o, v) =>
            Text(v) is "http/protobuf" or "grpc" ? o with { IsGrpc = Text(v) == "grpc" } : null),
        OfOtlp("fields", "\"skep\" or \"ecs\"", (o, v) => Text(v) is "skep" or "ecs" ? o with { IsEcs = Text(v) == "ecs" } : null),
        OfOtlp("logs", Flags, (o, v) => Flag(v) is { } flag ? o with { Logs = flag } : null),
        OfOtlp("metrics", Flags, (o, v) => Flag(v) is { } flag ? o with { Metrics = flag } : null),
        OfOtlp("interval", "a time from 1s to 24h, such as \"60s\"", (o, v) =>
            Time(v) is { } time && time >= LeastTimeout && time <= MostInterval ? o with { Interval = time } : null),
        OfOtlp("timeout", "a time from 1s to 5m, such as \"10s\"", (o, v) =>
            Time(v) is { } time && time >= LeastTimeout && time <= MostTimeout ? o with { Timeout = time } : null),
        OfOtlp("headers", "headers and their values, such as { \"api-key\" = \"...\" }", (o, v) =>
            Headers(v) is { } headers ? o with { Headers = headers } : null),
        OfOtlp("ca_file", FileWanted, (o, v) => NamedFile(v, out string? path) ? o with { Issuers = path } : null),
        OfOtlp("spool_bytes", Spool, (o, v) =>
            Size(v) is >= LeastSpool and <= MostSpool and var bytes ? o with { SpoolBytes = bytes } : null),
        OfSyslog("endpoint", "\"journald\", \"/dev/log\" or another socket, \"udp://HOST:PORT\", \"tcp://HOST:PORT\", \"tls://HOST:PORT\", "
            + "or \"\" for none", (s, v) => Text(v) is not { } text ? null : text.Length == 0 ? s with { Endpoint = null }
                : SyslogEndpoint.TryParse(text) is { } end ? s with { Endpoint = end } : null),
        OfSyslog("facility", $"one of {string.Join(", ", SyslogConfig.Facilities)}", (s, v) =>
            Text(v) is { } name && SyslogConfig.Facilities.Contains(name)
                ? s with { Facility = SyslogConfig.Facilities.ToList().IndexOf(name) } : null),
        OfSyslog("ca_file", FileWanted, (s, v) => NamedFile(v, out string? path) ? s with { Issuers = path } : null),
        OfSyslog("spool_bytes", Spool, (s, v) =>
            Size(v) is >= LeastSpool and <= MostSpool and var bytes ? s with { SpoolBytes = bytes } : null),
    ];

    private static ConfigKey OfOtlp(string name, string wanted, Func<OtlpConfig, ValueSyntax, OtlpConfig?> read) =>
        new(Otlp, name, wanted, (c, v) => read(c.Otlp, v) is { } otlp ? c with { Otlp = otlp } : null);

    private static ConfigKey OfSyslog(string name, string wanted, Func<SyslogConfig, ValueSyntax, SyslogConfig?> read) =>
        new(Syslog, name, wanted, (c, v) => read(c.Syslog, v) is { } syslog ? c with { Syslog = syslog } : null);

    private static Uri? Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https" && address.Host.Length > 0
            && address.Query.Length == 0 && address.Fragment.Length == 0 && address.UserInfo.Length == 0 ? address : null;

    private static List<(string, string)>? Headers(ValueSyntax value)
    {
        if (value is not InlineTableSyntax table) return null;
        var headers = new List<(string, string)>();
        foreach (SyntaxNode item in table.Items)
        {
            if (item is not InlineTableItemSyntax { KeyValue: { Key: { } key, Value: { } one } }) return null;
            string name = Skep.Guard.Syntax.TomlText.Name(key);
            if (name.Length == 0 || !name.All(IsToken) || Text(one) is not { } text || text.Any(c => c is < ' ' or > '~')) return null;
            headers.Add((name, text));
        }

        return headers;
    }

    // https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
    private static bool IsToken(char c) => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal);
}
