using System.Net;
using System.Numerics;
using Skep.Watch.Capture;
using Tomlyn.Syntax;
using static Skep.Agent.Config.ConfigValue;

namespace Skep.Agent.Config;

/// <summary>A key of the configuration.</summary>
/// <param name="Table">Its table; empty for the top of the file.</param>
/// <param name="Name">Its name.</param>
/// <param name="Wanted">What it takes, in words.</param>
/// <param name="Read">The configuration with its value; null when it takes no such value.</param>
internal sealed record ConfigKey(string Table, string Name, string Wanted, Func<AgentConfig, ValueSyntax, AgentConfig?> Read)
{
    private const int MostDays = 36500;
    private const long LeastBytes = 16 << 20;
    private const uint LeastBuffer = 4096, MostBuffer = 1u << 30;

    private const string Path = "an absolute path";
    private static readonly TimeSpan LeastInterval = TimeSpan.FromSeconds(1), MostInterval = TimeSpan.FromDays(1);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        new("", "state_dir", Path, (c, v) => Directory(v) is { } path ? c with { StateDirectory = path } : null),
        new("", "runtime_dir", Path, (c, v) => Directory(v) is { } path ? c with { RuntimeDirectory = path } : null),
        new("", "listen", "an address and a port, such as \"127.0.0.1:7377\", or \"\" for none",
            (c, v) => Text(v) is { } text && IsListen(text) ? c with { Listen = text } : null),
        new("", "retention_days", $"days from 1 to {MostDays}", (c, v) =>
            Integer(v) is >= 1 and <= MostDays and var days ? c with { Retention = TimeSpan.FromDays(days) } : null),
        new("", "retention_bytes", "bytes, from 16M: a number, or text such as \"1G\"", (c, v) =>
            Size(v) is >= LeastBytes and var bytes ? c with { RetentionBytes = bytes } : null),
        new("watch", "backend", $"one of {string.Join(", ", CaptureBackends.Names.Select(name => $"\"{name}\""))}", (c, v) =>
            Text(v) is { } name && CaptureBackends.Names.Contains(name) ? c with { Backend = name } : null),
        new("watch", "buffer", "bytes, a power of two from 4K to 1G: a number, or text such as \"32M\"", (c, v) =>
            Size(v) is >= LeastBuffer and <= MostBuffer and var bytes && BitOperations.IsPow2(bytes)
                ? c with { BufferBytes = (uint)bytes } : null),
        new("watch", "explain", "true or false", (c, v) => Flag(v) is { } flag ? c with { Explain = flag } : null),
        new("alerts", "dir", Path, (c, v) => Directory(v) is { } path ? c with { AlertsDirectory = path } : null),
        new("usage", "interval", "a time from 1s to 24h, such as \"60s\"", (c, v) =>
            Time(v) is { } time && time >= LeastInterval && time <= MostInterval ? c with { UsageInterval = time } : null),
        new("usage", "duty", "a number from 0 to 1", (c, v) =>
            Number(v) is >= 0 and <= 1 and var share ? c with { UsageDuty = share } : null),
        new("web", "write", "true or false", (c, v) => Flag(v) is { } flag ? c with { WebWrite = flag } : null),
        new("web", "certificate", FileWanted, (c, v) => NamedFile(v, out string? path) ? c with { WebCertificate = path } : null),
        new("web", "key", FileWanted, (c, v) => NamedFile(v, out string? path) ? c with { WebKey = path } : null),
        .. ExportKeys.All,
        .. FleetKeys.All,
    ];

    /// <summary>Its full name.</summary>
    public string FullName => Table.Length == 0 ? Name : $"{Table}.{Name}";

    private static string? Directory(ValueSyntax value) =>
        Text(value) is { Length: > 1 } text && text[0] == '/' && !text.Contains('\0', StringComparison.Ordinal)
            ? System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(text)) : null;

    private static bool IsListen(string text) =>
        text.Length == 0 || (IPEndPoint.TryParse(text, out IPEndPoint? end) && end.Port > 0);
}
