namespace Skep.Bpf;

/// <summary><c>BPF_F_*</c> of BPF_MAP_CREATE (include/uapi/linux/bpf.h).</summary>
[Flags]
public enum MapFlags : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><c>BPF_F_NO_PREALLOC</c>: entries are allocated when they are made. Needed by prefix tries and local storage.</summary>
    NoPreallocation = 1 << 0,

    /// <summary><c>BPF_F_NO_COMMON_LRU</c>: each CPU has its own list of old entries.</summary>
    NoCommonLru = 1 << 1,

    /// <summary><c>BPF_F_NUMA_NODE</c>.</summary>
    NumaNode = 1 << 2,

    /// <summary><c>BPF_F_RDONLY</c>: system calls may not write.</summary>
    ReadOnly = 1 << 3,

    /// <summary><c>BPF_F_WRONLY</c>: system calls may not read.</summary>
    WriteOnly = 1 << 4,

    /// <summary><c>BPF_F_STACK_BUILD_ID</c>.</summary>
    StackBuildId = 1 << 5,

    /// <summary><c>BPF_F_ZERO_SEED</c>.</summary>
    ZeroSeed = 1 << 6,

    /// <summary><c>BPF_F_RDONLY_PROG</c>: programs may not write.</summary>
    ReadOnlyForPrograms = 1 << 7,

    /// <summary><c>BPF_F_WRONLY_PROG</c>: programs may not read.</summary>
    WriteOnlyForPrograms = 1 << 8,

    /// <summary><c>BPF_F_CLONE</c>: a socket's clone gets a copy.</summary>
    Clone = 1 << 9,

    /// <summary><c>BPF_F_MMAPABLE</c>: an array whose values can be mapped.</summary>
    Mappable = 1 << 10,

    /// <summary><c>BPF_F_PRESERVE_ELEMS</c>.</summary>
    PreserveElements = 1 << 11,

    /// <summary><c>BPF_F_INNER_MAP</c>: an inner array whose size may differ.</summary>
    InnerMap = 1 << 12,
}
