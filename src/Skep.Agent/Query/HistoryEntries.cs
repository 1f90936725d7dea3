using Skep.Agent.History;

namespace Skep.Agent.Query;

/// <summary>An alert.</summary>
/// <param name="Time">When it was first raised, in nanoseconds of Unix time.</param>
/// <param name="Last">When it was last.</param>
/// <param name="Count">How often.</param>
/// <param name="Json">All of it, as it was sent.</param>
public sealed record HistoryAlert(long Time, long Last, long Count, ReadOnlyMemory<byte> Json);

/// <summary>A decision of guard.</summary>
/// <param name="Time">When, in nanoseconds of Unix time.</param>
/// <param name="Text">As <c>skep guard log</c> prints it.</param>
/// <param name="Json">As it prints it with <c>-j</c>.</param>
public sealed record HistoryDecision(long Time, string Text, ReadOnlyMemory<byte> Json);

/// <summary>An event, or a time in which no agent watched.</summary>
/// <param name="TimeNs">When, in nanoseconds of Unix time.</param>
/// <param name="Json">The event, as <c>skep watch -j</c> prints it; empty for a gap.</param>
/// <param name="Gap">The gap; null for an event.</param>
public readonly record struct HistoryEvent(long TimeNs, ReadOnlyMemory<byte> Json, HistoryGap? Gap);

/// <summary>A time in which no agent watched.</summary>
/// <param name="From">The last sign of life of one agent, in nanoseconds of Unix time.</param>
/// <param name="To">The start of the next.</param>
/// <param name="WasKilled">Whether the first did not end by itself.</param>
public sealed record HistoryGap(long From, long To, bool WasKilled);

/// <summary>A distinct program. Times are nanoseconds of Unix time.</summary>
/// <param name="Row">Its row.</param>
/// <param name="Sha256">SHA-256 of its code; null when no load of it was watched.</param>
/// <param name="Tag">The kernel's tag.</param>
/// <param name="Type">The type, by bpftool's name.</param>
/// <param name="Name">The name.</param>
/// <param name="Instructions">How many instructions were loaded; null when no load was watched.</param>
/// <param name="FirstSeen">When it was first seen.</param>
/// <param name="LastSeen">When it was last seen.</param>
/// <param name="Loads">Loads that were watched.</param>
/// <param name="Failures">Loads that were watched and failed.</param>
public sealed record HistoryProgram(
    long Row, string? Sha256, string? Tag, string? Type, string? Name, long? Instructions, long FirstSeen, long LastSeen, long Loads,
    long Failures)
{
    /// <summary>Each time that it was loaded.</summary>
    public IReadOnlyList<HistoryInstance> Instances { get; init; } = [];
}

/// <summary>A program that was loaded once.</summary>
/// <param name="Row">Its row.</param>
/// <param name="KernelId">The kernel's id, which another program may have had before, and after.</param>
/// <param name="Loaded">When it was loaded, in nanoseconds of Unix time; to the second when the load was not watched.</param>
/// <param name="IsWatched">Whether the load was watched.</param>
/// <param name="Uid">The user who loaded it.</param>
/// <param name="Pid">The process that loaded it.</param>
/// <param name="Comm">Its name.</param>
/// <param name="Exe">Its executable.</param>
/// <param name="Unit">Its unit of systemd.</param>
/// <param name="Container">Its container.</param>
/// <param name="FirstSeen">When it was first seen.</param>
/// <param name="LastSeen">When it was last seen.</param>
/// <param name="Gone">When it was first seen to be gone; null when it is there.</param>
/// <param name="Memlock">Bytes of kernel memory.</param>
/// <param name="Runs">Runs, counted while statistics were on.</param>
/// <param name="RunTimeNs">Nanoseconds of these.</param>
/// <param name="Name">The name that it was loaded under.</param>
public sealed record HistoryInstance(
    long Row, long KernelId, long Loaded, bool IsWatched, long? Uid, long? Pid, string? Comm, string? Exe, string? Unit, string? Container,
    long FirstSeen, long LastSeen, long? Gone, long? Memlock, long Runs, long RunTimeNs, string? Name)
{
    /// <summary>What loaded it: an executable, else the name of a thread; null when it is not known.</summary>
    public string? Loader => Exe ?? Comm;
}

/// <summary>A map. Times are nanoseconds of Unix time.</summary>
public sealed record HistoryMap(
    long KernelId, string Type, string Name, long KeySize, long ValueSize, long MaxEntries, long? Memlock, long? Uid, long? Pid,
        string? Comm,
    string? Unit, long FirstSeen, long LastSeen, long? Gone);

/// <summary>A place where a program was attached. Times are nanoseconds of Unix time.</summary>
public sealed record HistoryAttachment(
    string Kind, string Place, long Link, long ProgramId, string? Sha256, string? Tag, string? Type, string? Name, long FirstSeen,
    long LastSeen, long? Gone);

/// <summary>An agent from its start to its last sign of life. Times are nanoseconds of Unix time.</summary>
public sealed record HistoryRun(
    string Boot, string? Host, string Version, long Backend, long Started, long Alive, long? Ended, RunCounters Counters);

/// <summary>What a rule of a packet filter had counted.</summary>
/// <param name="TimeNs">When it was read, in nanoseconds of Unix time.</param>
/// <param name="Table">The table.</param>
/// <param name="Rule">The id of the rule.</param>
/// <param name="Text">The rule.</param>
/// <param name="Packets">Packets since the rule was first applied.</param>
/// <param name="Bytes">Their bytes.</param>
public sealed record HistoryCount(long TimeNs, string Table, string Rule, string Text, long Packets, long Bytes);

/// <summary>What a program ran in a period in which the kernel counted.</summary>
/// <param name="TimeNs">When it ended, in nanoseconds of Unix time.</param>
/// <param name="PeriodNs">How long it was.</param>
/// <param name="Runs">Runs in it.</param>
/// <param name="RunTimeNs">Nanoseconds of these.</param>
public sealed record HistoryUsage(long TimeNs, long PeriodNs, long Runs, long RunTimeNs);
