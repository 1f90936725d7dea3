namespace Skep.Bpf;

/// <summary>What the kernel says of a program (<c>struct bpf_prog_info</c>), without its code.</summary>
public sealed record BpfProgramInfo
{
    /// <summary>The kernel's id, unique among live programs.</summary>
    public required uint Id { get; init; }

    /// <summary>The type.</summary>
    public required BpfProgramType Type { get; init; }

    /// <summary>Up to 15 bytes; may be empty.</summary>
    public required string Name { get; init; }

    /// <summary>The tag as bpftool prints it: 16 hex digits, from a hash of the instructions with map descriptors set to zero.</summary>
    public required string Tag { get; init; }

    /// <summary>Bytes of machine code; 0 when it is interpreted.</summary>
    public required uint JitedLength { get; init; }

    /// <summary>Bytes of the verifier's rewritten bytecode.</summary>
    public required uint XlatedLength { get; init; }

    /// <summary>Nanoseconds from boot, CLOCK_BOOTTIME, to the load.</summary>
    public required ulong LoadTime { get; init; }

    /// <summary>The user id of the loader.</summary>
    public required uint CreatedByUid { get; init; }

    /// <summary>How many maps it uses.</summary>
    public required int MapCount { get; init; }

    /// <summary>Whether its licence lets it call GPL-only helpers.</summary>
    public required bool GplCompatible { get; init; }

    /// <summary>The device that it is bound to; 0 for none.</summary>
    public required uint IfIndex { get; init; }

    /// <summary>Device number of that device's network namespace.</summary>
    public required ulong NetnsDev { get; init; }

    /// <summary>Inode of that device's network namespace.</summary>
    public required ulong NetnsInode { get; init; }

    /// <summary>The BTF object of its functions; 0 for none.</summary>
    public required uint BtfId { get; init; }

    /// <summary>Functions: the main program and its subprograms.</summary>
    public required int FunctionCount { get; init; }

    /// <summary>Instructions that the verifier processed.</summary>
    public required uint VerifiedInstructions { get; init; }

    /// <summary>The BTF object of the attach target: vmlinux, a module, or a program's.</summary>
    public required uint AttachBtfObjectId { get; init; }

    /// <summary>The attach target's type there.</summary>
    public required uint AttachBtfId { get; init; }

    /// <summary>Nanoseconds run, counted while statistics are on.</summary>
    public required ulong RunTimeNs { get; init; }

    /// <summary>Runs, counted while statistics are on.</summary>
    public required ulong RunCount { get; init; }

    /// <summary>Runs left out because the program was already running on that CPU.</summary>
    public required ulong RecursionMisses { get; init; }

    /// <summary>How many bytes of <c>struct bpf_prog_info</c> this kernel filled: later fields are 0.</summary>
    public required int KernelInfoLength { get; init; }
}
