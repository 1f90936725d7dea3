namespace Skep.Debug.Machine.State;

/// <summary>What a program sent.</summary>
public enum MachineEventKind
{
    /// <summary>A line of the trace log.</summary>
    Trace,

    /// <summary>Text of one of the program's streams.</summary>
    Stream,

    /// <summary>A record of a ring buffer.</summary>
    RingRecord,

    /// <summary>A record of a perf buffer.</summary>
    PerfRecord,

    /// <summary>A target that the packet is to go to, if the verdict says so.</summary>
    Redirect,

    /// <summary>A copy of the packet that is sent.</summary>
    Clone,
}

/// <summary>Something that a program sent to the outside.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Step">The number of instructions that were done before.</param>
/// <param name="Target">
/// The map's name, or that of a device's index: <c>ifindex 3</c>; <c>stdout</c> or <c>stderr</c> of a stream; empty for a line.
/// </param>
/// <param name="Bytes">The record, the line, or the packet.</param>
public sealed record MachineEvent(MachineEventKind Kind, long Step, string Target, ReadOnlyMemory<byte> Bytes);
