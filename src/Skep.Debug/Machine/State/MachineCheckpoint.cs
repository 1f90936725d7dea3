using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.State;

/// <summary>
/// The whole state of a machine at an instruction. Checkpoints share the pages of memory that did not change between them.
/// </summary>
public sealed class MachineCheckpoint
{
    internal MachineCheckpoint()
    {
    }

    /// <summary>The instructions that were done before.</summary>
    public long Steps { get; internal init; }

    internal int Place { get; init; }

    internal int Depth { get; init; }

    internal (int TailCalls, ulong Random, ulong StartTime, int OpenRecords, ulong HeldLock, ushort Initialized) Scalars { get; init; }

    internal int OpenObjects { get; init; }

    internal ulong RunningTimer { get; init; }

    internal ulong[] HeldResilientLocks { get; init; } = [];

    internal ulong[] Registers { get; init; } = [];

    internal Frame[] Frames { get; init; } = [];

    internal int Events { get; init; }

    internal (int Low, int Extent)[] Bounds { get; init; } = [];

    /// <summary>What was made during the run.</summary>
    internal Region[] Regions { get; init; } = [];

    internal Block[] Blocks { get; init; } = [];

    internal byte[]?[][] Pages { get; init; } = [];
}
