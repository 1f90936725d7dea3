using Skep.Watch.Events;

namespace Skep.Watch.Capture;

/// <summary>What to watch. What is null or empty does not restrict.</summary>
public sealed record WatchOptions
{
    /// <summary>Commands of <c>bpf(2)</c>, and names of the other calls, as events print them.</summary>
    public IReadOnlyList<string> Commands { get; init; } = [];

    /// <summary>
    /// What the kernel side is to send: beside <see cref="Commands"/>, those by which probes make the objects that tell their other calls.
    /// </summary>
    internal IReadOnlyList<string> CapturedCommands =>
        HideProbes && Commands.Count > 0 ? [.. Commands, "map_create", "prog_load", "btf_load"] : Commands;

    /// <summary>Processes.</summary>
    public IReadOnlyList<int> Pids { get; init; } = [];

    /// <summary>The capture backend: one of <see cref="CaptureBackends.Names"/>; null for the best that the kernel allows.</summary>
    public string? Backend { get; init; }

    /// <summary>A thread's name.</summary>
    public string? Comm { get; init; }

    /// <summary>Types of programs, maps and links, by bpftool's names.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    /// <summary>The user.</summary>
    public uint? Uid { get; init; }

    /// <summary>Only calls that failed.</summary>
    public bool FailedOnly { get; init; }

    /// <summary>Report also what this process itself does.</summary>
    public bool IncludeSelf { get; init; }

    /// <summary>Only the children of this process, and theirs.</summary>
    public bool FollowChildren { get; init; }

    /// <summary>Report each element operation, with its key and value, instead of counting them.</summary>
    public bool WholeElements { get; init; }

    /// <summary>Patterns of executables.</summary>
    public IReadOnlyList<string> Executables { get; init; } = [];

    /// <summary>Patterns of cgroups.</summary>
    public IReadOnlyList<string> Cgroups { get; init; } = [];

    /// <summary>Containers, by patterns of their names, or by ids.</summary>
    public IReadOnlyList<string> Containers { get; init; } = [];

    /// <summary>What is left out: what meets all conditions of one of these.</summary>
    public IReadOnlyList<IReadOnlyList<EventCondition>> Exclusions { get; init; } = [];

    /// <summary>Leave out the calls by which libbpf probes what the kernel can do.</summary>
    public bool HideProbes { get; init; }

    /// <summary>Bytes of the ring buffer: a power of two, at least a page.</summary>
    public uint BufferBytes { get; init; } = 32 << 20;

    /// <summary>Bytes of a verifier log that are kept; of a longer one, its end.</summary>
    public uint LogBytes { get; init; } = 1 << 20;

    /// <summary>
    /// How long calls gather after some were reported: to be woken for each costs the caller, and the reader, more than such a delay does.
    /// Where many come at once they gather no longer than a millisecond.
    /// </summary>
    public TimeSpan Gather { get; init; } = TimeSpan.FromMilliseconds(1);
}
