namespace Skep.Agent.Config;

/// <summary>Where events and metrics go by the OpenTelemetry protocol: <c>[export.otlp]</c>.</summary>
public sealed record OtlpConfig
{
    /// <summary>The receiver; null for none.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Whether it is asked by gRPC, and not by HTTP with Protocol Buffers.</summary>
    public bool IsGrpc { get; init; }

    /// <summary>Whether fields have the names of the Elastic Common Schema where it has one.</summary>
    public bool IsEcs { get; init; }

    /// <summary>Whether events are sent.</summary>
    public bool Logs { get; init; } = true;

    /// <summary>Whether metrics are sent.</summary>
    public bool Metrics { get; init; } = true;

    /// <summary>How often metrics are sent.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long an answer may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Headers of each request, which may be secret.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>Certificates that the receiver's is checked with, in the place of those that the system trusts; null for these.</summary>
    public string? Issuers { get; init; }

    /// <summary>How many bytes wait on disk at most: of events, and of metrics.</summary>
    public long SpoolBytes { get; init; } = 64 << 20;
}
