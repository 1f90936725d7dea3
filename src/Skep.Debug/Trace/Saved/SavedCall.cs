using Skep.Bpf;
using Skep.Debug.Machine.Image;
using Skep.Inventory.Code;

namespace Skep.Debug.Trace.Saved;

/// <summary>A call of a program, with all that it takes to run it again: what <c>skep trace --save</c> writes (docs/trace.md).</summary>
public sealed record SavedCall
{
    /// <summary>The release of the kernel.</summary>
    public required string Kernel { get; init; }

    /// <summary>The program's name.</summary>
    public required string Name { get; init; }

    /// <summary>Its id there.</summary>
    public required uint Id { get; init; }

    /// <summary>Its tag.</summary>
    public required string Tag { get; init; }

    /// <summary>Its type.</summary>
    public required BpfProgramType Type { get; init; }

    /// <summary>When the call ended, in nanoseconds of Unix time.</summary>
    public required long UnixNs { get; init; }

    /// <summary>When it began, in nanoseconds of CLOCK_MONOTONIC.</summary>
    public required ulong BeganNs { get; init; }

    /// <summary>How long it took.</summary>
    public required ulong DurationNs { get; init; }

    /// <summary>How long after its end the maps were read, in nanoseconds.</summary>
    public required long MapsAfterNs { get; init; }

    /// <summary>What it returned.</summary>
    public required uint Result { get; init; }

    /// <summary>The CPU, and how many CPUs values of per-CPU maps have.</summary>
    public required uint Cpu { get; init; }

    public required uint Cpus { get; init; }

    /// <summary>Who ran.</summary>
    public required uint Pid { get; init; }

    public required uint Tid { get; init; }

    public required string Comm { get; init; }

    /// <summary>The translated instructions.</summary>
    public required byte[] Code { get; init; }

    /// <summary>The context as a test run takes it, or its bytes.</summary>
    public required byte[] Context { get; init; }

    /// <summary>The packet before the call, with XDP's metadata; empty for none.</summary>
    public required byte[] Packet { get; init; }

    /// <summary>How long the packet was with that, where it was not read whole.</summary>
    public required uint PacketLength { get; init; }

    /// <summary>The packet after the call.</summary>
    public required byte[] After { get; init; }

    /// <summary>The BTF of the program; empty for none.</summary>
    public required byte[] Btf { get; init; }

    /// <summary>Its functions.</summary>
    public IReadOnlyList<CodeFunction> Functions { get; init; } = [];

    /// <summary>Its source lines.</summary>
    public IReadOnlyList<CodeLine> Lines { get; init; } = [];

    /// <summary>What its calls call, by their immediates.</summary>
    public IReadOnlyList<(int Immediate, string Name)> Calls { get; init; } = [];

    /// <summary>Where the kernel has the members of structures that the code reads.</summary>
    public IReadOnlyList<(string Structure, string Member, uint Offset)> Members { get; init; } = [];

    /// <summary>The maps that it refers to, and those in them.</summary>
    public IReadOnlyList<SavedMap> Maps { get; init; } = [];

    /// <summary>By the slot of a load: the number in <see cref="Maps"/>.</summary>
    public IReadOnlyDictionary<int, int> MapOfSlot { get; init; } = new Dictionary<int, int>();
}

/// <summary>A map of a saved call.</summary>
/// <param name="Definition">What it is.</param>
/// <param name="KeyType">The type of its keys in the program's BTF; 0 for none.</param>
/// <param name="ValueType">That of its values.</param>
/// <param name="Unread">Why its elements are not saved; empty where they are.</param>
/// <param name="Elements">Its elements, with the values of all CPUs; of maps in maps and of programs with their ids.</param>
public sealed record SavedMap(
    MapDefinition Definition, uint KeyType, uint ValueType, string Unread, IReadOnlyList<(byte[] Key, byte[] Value)> Elements);
