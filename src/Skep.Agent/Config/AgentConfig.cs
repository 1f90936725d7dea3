namespace Skep.Agent.Config;

/// <summary>How the agent runs: <c>/etc/skep/skep.toml</c> (docs/agent.md).</summary>
public sealed record AgentConfig
{
    /// <summary>Where it is read from when no other file is named.</summary>
    public const string DefaultPath = "/etc/skep/skep.toml";

    /// <summary>What is kept: the database and the code of programs.</summary>
    public string StateDirectory { get; init; } = "/var/lib/skep";

    /// <summary>What is gone after a boot: the state that <c>skep agent status</c> prints.</summary>
    public string RuntimeDirectory { get; init; } = "/run/skep";

    /// <summary>Where HTTP is served: an address and a port; empty for nowhere. Other addresses than those of loopback need TLS.</summary>
    public string Listen { get; init; } = "127.0.0.1:7377";

    /// <summary>How long history is kept.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How many bytes the state directory may take.</summary>
    public long RetentionBytes { get; init; } = 1L << 30;

    /// <summary>The capture backend; null for the best that the kernel allows.</summary>
    public string? Backend { get; init; }

    /// <summary>Bytes of the ring buffer that events come by.</summary>
    public uint BufferBytes { get; init; } = 32 << 20;

    /// <summary>Whether events of loads have findings.</summary>
    public bool Explain { get; init; }

    /// <summary>Whether HTTP may keep rules that wait to be confirmed.</summary>
    public bool WebWrite { get; init; }

    /// <summary>The certificate of the page, and those of its issuers; null for no TLS.</summary>
    public string? WebCertificate { get; init; }

    /// <summary>The key of the certificate.</summary>
    public string? WebKey { get; init; }

    /// <summary>How often the run time of programs is sampled.</summary>
    public TimeSpan UsageInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The share of that time in which the kernel counts, from 0 (never) to 1.</summary>
    public double UsageDuty { get; init; } = 0.1;

    /// <summary>The directory of the files of alerts.</summary>
    public string AlertsDirectory { get; init; } = "/etc/skep/alerts.d";

    /// <summary>Where events and metrics go by the OpenTelemetry protocol.</summary>
    public OtlpConfig Otlp { get; init; } = new();

    /// <summary>Where events go by syslog, or to the journal.</summary>
    public SyslogConfig Syslog { get; init; } = new();

    /// <summary>Where policies come from.</summary>
    public FleetConfig Fleet { get; init; } = new();

    /// <summary>The database.</summary>
    public string DatabasePath => Path.Combine(StateDirectory, "skep.db");

    /// <summary>The code of programs, each once, by SHA-256.</summary>
    public string ProgramsDirectory => Path.Combine(StateDirectory, "programs");

    /// <summary>What waits to be exported.</summary>
    public string SpoolDirectory => Path.Combine(StateDirectory, "spool");

    /// <summary>What is kept of the fleet.</summary>
    public string FleetDirectory => Path.Combine(StateDirectory, "fleet");

    /// <summary>The rules of alerts that came by the fleet.</summary>
    public string FleetAlertsDirectory => Path.Combine(FleetDirectory, "alerts");

    /// <summary>The socket that HTTP is served on for root.</summary>
    public string SocketPath => Path.Combine(RuntimeDirectory, "agent.sock");

    /// <summary>The token that requests by TCP need.</summary>
    public string TokenPath => Path.Combine(RuntimeDirectory, "token");

    /// <summary>What the agent says of itself.</summary>
    public string StatusPath => Path.Combine(RuntimeDirectory, "agent.json");
}
