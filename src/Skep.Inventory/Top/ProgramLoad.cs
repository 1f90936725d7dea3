using Skep.Bpf;
using Skep.Inventory.Objects;

namespace Skep.Inventory.Top;

/// <summary>What one program did in a period, and since the kernel counts.</summary>
public sealed record ProgramLoad
{
    /// <summary>The kernel's id.</summary>
    public required uint Id { get; init; }

    /// <summary>The type.</summary>
    public required BpfProgramType Type { get; init; }

    /// <summary>Its name; empty for none.</summary>
    public required string Name { get; init; }

    /// <summary>Runs, counted while statistics were on (<c>run_cnt</c>).</summary>
    public required ulong RunCount { get; init; }

    /// <summary>Nanoseconds of these runs (<c>run_time_ns</c>).</summary>
    public required ulong RunTimeNs { get; init; }

    /// <summary>The time between the two readings of this program.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Runs in the period.</summary>
    public required ulong PeriodRuns { get; init; }

    /// <summary>Nanoseconds of the runs in the period.</summary>
    public required ulong PeriodNs { get; init; }

    /// <summary>Bytes of kernel memory of the program; null where the kernel does not tell.</summary>
    public required long? Memlock { get; init; }

    /// <summary>Bytes of kernel memory of the maps that it uses: a map that several use counts for each.</summary>
    public required long MapBytes { get; init; }

    /// <summary>The processes that hold it.</summary>
    public required IReadOnlyList<Owner> Owners { get; init; }

    /// <summary>Where it is attached.</summary>
    public required IReadOnlyList<Attachment> Attachments { get; init; }

    /// <summary>Runs a second in the period.</summary>
    public double EventsPerSecond => Period > TimeSpan.Zero ? PeriodRuns / Period.TotalSeconds : 0;

    /// <summary>Share of one CPU's time in the period, in percent; of several CPUs, more than 100 is possible.</summary>
    public double CpuPercent => Period > TimeSpan.Zero ? PeriodNs / Period.TotalNanoseconds * 100 : 0;

    /// <summary>Nanoseconds of a run on average, of all that were counted; 0 when none was.</summary>
    public ulong AverageNs => RunCount > 0 ? RunTimeNs / RunCount : 0;

    /// <summary>Nanoseconds of a run on average in the period; 0 when there was none.</summary>
    public ulong PeriodAverageNs => PeriodRuns > 0 ? PeriodNs / PeriodRuns : 0;
}

/// <summary>All programs at one moment.</summary>
/// <param name="Time">When, by the wall clock.</param>
/// <param name="Period">Time since the sample before; zero for the first.</param>
/// <param name="Programs">The programs, by id.</param>
public sealed record LoadSample(DateTime Time, TimeSpan Period, IReadOnlyList<ProgramLoad> Programs);
