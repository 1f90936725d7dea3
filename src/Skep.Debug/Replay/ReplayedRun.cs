using Skep.Maps.Dump;

namespace Skep.Debug.Replay;

/// <summary>What a run of a program did.</summary>
public sealed record ReplayedRun
{
    /// <summary>The number of the input, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>The packet or context that it was given.</summary>
    public required ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>Whether the input is a packet.</summary>
    public required bool IsPacket { get; init; }

    /// <summary>What it returned.</summary>
    public required uint ReturnValue { get; init; }

    /// <summary>The name of that: <c>XDP_DROP</c>; null where it has none.</summary>
    public string? ReturnName { get; init; }

    /// <summary>Nanoseconds a run took on average; 0 for types that do not measure.</summary>
    public uint DurationNs { get; init; }

    /// <summary>The packet or context after the last run; of what a type does not give back, the input.</summary>
    public required ReadOnlyMemory<byte> Output { get; init; }

    /// <summary>The entries that changed, by map.</summary>
    public IReadOnlyList<(string Map, uint Id, IReadOnlyList<MapChange> Changes)> Maps { get; init; } = [];

    /// <summary>The records that were sent to ring buffers.</summary>
    public IReadOnlyList<(string Map, uint Id, byte[] Bytes)> Records { get; init; } = [];

    /// <summary>The bytes that are others than before, as runs; where lengths differ, what is beyond is in none.</summary>
    public IEnumerable<(int Offset, int Length)> ChangedBytes()
    {
        int length = Math.Min(Input.Length, Output.Length), start = -1;
        for (int i = 0; i <= length; i++)
        {
            bool differs = i < length && Input.Span[i] != Output.Span[i];
            if (differs && start < 0) start = i;
            if (differs || start < 0) continue;
            yield return (start, i - start);
            start = -1;
        }
    }
}
