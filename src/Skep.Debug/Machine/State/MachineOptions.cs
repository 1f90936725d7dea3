using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.State;

/// <summary>What a machine is, apart from its programs: all that they can find out, so that each run can be repeated.</summary>
public sealed record MachineOptions
{
    /// <summary>What random numbers come from.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Nanoseconds since boot when a run starts. Each instruction takes one.</summary>
    public ulong Time { get; init; } = 1_000_000_000;

    /// <summary>Nanoseconds from boot to the epoch of CLOCK_TAI.</summary>
    public ulong TaiOffset { get; init; } = 1_700_000_000_000_000_000;

    /// <summary>CPUs: values of a per-CPU map.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>How many CPUs masks of CPUs are of (<c>nr_cpu_ids</c>); null for as many as <see cref="Cpus"/>.</summary>
    public int? CpuIds { get; init; }

    /// <summary>The CPU that programs run on.</summary>
    public int Cpu { get; init; }

    /// <summary>The process and the thread that programs run for.</summary>
    public uint Pid { get; init; } = 1;

    public uint Tid { get; init; } = 1;

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    /// <summary>The name of the thread, of up to 15 bytes.</summary>
    public string Comm { get; init; } = "skep";

    /// <summary>The address of the thread's <c>task_struct</c>; null where programs are to be given none.</summary>
    public ulong? Task { get; init; }

    /// <summary>The id of the thread's cgroup.</summary>
    public ulong CgroupId { get; init; } = 1;

    /// <summary>What is added to the low half of addresses; two runs that come to something else depend on addresses.</summary>
    internal uint AddressOffset { get; init; }

    /// <summary>Whether each perf buffer has a reader; without one, a program's record is refused.</summary>
    public bool HasPerfReaders { get; init; } = true;

    /// <summary>
    /// Whether stack that was not written reads as zeros. The kernel lets privileged programs read it, and what they read is undefined.
    /// </summary>
    public bool ZeroStack { get; init; }

    /// <summary>
    /// Who is asked what depends on the network of a kernel (routes, devices, sockets); null stops a run where it would have to be known. A
    /// run that goes back is answered what it was before.
    /// </summary>
    public IKernelLookup? Kernel { get; init; }

    /// <summary>Memory of the kernel and of processes, for reads by number.</summary>
    public IReadOnlyList<MemoryRange> Memory { get; init; } = [];
}
