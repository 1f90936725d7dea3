namespace Skep.Agent.Query;

/// <summary>What of the history is wanted. What is null or empty does not restrict.</summary>
public sealed record HistoryFilter
{
    /// <summary>From this time on, in nanoseconds of Unix time.</summary>
    public long? Since { get; init; }

    /// <summary>Before this time.</summary>
    public long? Until { get; init; }

    /// <summary>Commands, as events name them.</summary>
    public IReadOnlyList<string> Commands { get; init; } = [];

    /// <summary>Types of programs, maps and links, by bpftool's names.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    /// <summary>The name of the thread that called.</summary>
    public string? Comm { get; init; }

    /// <summary>Its unit of systemd.</summary>
    public string? Unit { get; init; }

    /// <summary>Its user.</summary>
    public uint? Uid { get; init; }

    /// <summary>Only what failed.</summary>
    public bool FailedOnly { get; init; }

    /// <summary>The program: the beginning of its SHA-256, its tag, or its name.</summary>
    public string? Program { get; init; }

    /// <summary>The table of a packet filter.</summary>
    public string? Table { get; init; }

    /// <summary>Rules of alerts.</summary>
    public IReadOnlyList<string> Rules { get; init; } = [];

    /// <summary>How grave alerts are.</summary>
    public IReadOnlyList<string> Severities { get; init; } = [];

    /// <summary>Policies of guard.</summary>
    public IReadOnlyList<string> Policies { get; init; } = [];

    /// <summary>What guard decided.</summary>
    public IReadOnlyList<string> Decisions { get; init; } = [];

    /// <summary>The last so many only.</summary>
    public long? Last { get; init; }
}
