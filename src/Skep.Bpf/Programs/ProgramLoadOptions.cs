namespace Skep.Bpf;

/// <summary>All that BPF_PROG_LOAD takes beside the type and the instructions.</summary>
public sealed record ProgramLoadOptions
{
    /// <summary>The kernel's name for it: up to 15 bytes of [A-Za-z0-9_.] are kept.</summary>
    public string Name { get; init; } = "";

    /// <summary>The licence: GPL-only helpers want one that the kernel counts as GPL compatible.</summary>
    public string License { get; init; } = "GPL";

    /// <summary>Where it will be attached, for the types that must know at load.</summary>
    public BpfAttachType ExpectedAttachType { get; init; }

    /// <summary>Flags.</summary>
    public ProgramLoadFlags Flags { get; init; }

    /// <summary>
    /// The maps of <c>lddw</c> instructions whose source is <c>BPF_PSEUDO_MAP_IDX</c> or <c>BPF_PSEUDO_MAP_IDX_VALUE</c>: the immediate is
    /// the place in this list. They become map descriptors in a copy, so this works on kernels before 5.14 as well.
    /// </summary>
    public IReadOnlyList<BpfMap> Maps { get; init; } = [];

    /// <summary>
    /// The kernel's <c>fd_array</c>: BTF of modules for kfunc calls, maps to bind. Not together with index sources of <see cref="Maps"/>.
    /// </summary>
    public IReadOnlyList<BpfHandle> FdArray { get; init; } = [];

    /// <summary>The type of the attach target in BTF: for fentry, fexit, LSM, iterators, freplace.</summary>
    public uint AttachBtfId { get; init; }

    /// <summary>The BTF object or the program that holds the target; null for vmlinux.</summary>
    public BpfHandle? AttachTarget { get; init; }

    /// <summary>The BTF of the program's functions.</summary>
    public BpfBtf? Btf { get; init; }

    /// <summary>Records of <c>struct bpf_func_info</c>: 8 bytes each.</summary>
    public ReadOnlyMemory<byte> FunctionInfo { get; init; }

    /// <summary>Records of <c>struct bpf_line_info</c>: 16 bytes each.</summary>
    public ReadOnlyMemory<byte> LineInfo { get; init; }

    /// <summary>The device to bind it to; 0 for none.</summary>
    public uint IfIndex { get; init; }

    /// <summary>
    /// The verifier log of a load that succeeds: 0 none, 1 each instruction, 2 with states, 4 statistics only. A load that fails gives
    /// its log in any case.
    /// </summary>
    public uint LogLevel { get; init; }
}
