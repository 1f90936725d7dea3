namespace Skep.Bpf;

/// <summary>The type of a link. The numbers are the kernel's <c>enum bpf_link_type</c> (include/uapi/linux/bpf.h, Linux 6.18).</summary>
public enum BpfLinkType : uint
{
    /// <summary><c>BPF_LINK_TYPE_UNSPEC</c>.</summary>
    Unspec = 0,
    /// <summary><c>BPF_LINK_TYPE_RAW_TRACEPOINT</c>.</summary>
    RawTracepoint = 1,
    /// <summary><c>BPF_LINK_TYPE_TRACING</c>.</summary>
    Tracing = 2,
    /// <summary><c>BPF_LINK_TYPE_CGROUP</c>.</summary>
    Cgroup = 3,
    /// <summary><c>BPF_LINK_TYPE_ITER</c>.</summary>
    Iter = 4,
    /// <summary><c>BPF_LINK_TYPE_NETNS</c>.</summary>
    Netns = 5,
    /// <summary><c>BPF_LINK_TYPE_XDP</c>.</summary>
    Xdp = 6,
    /// <summary><c>BPF_LINK_TYPE_PERF_EVENT</c>.</summary>
    PerfEvent = 7,
    /// <summary><c>BPF_LINK_TYPE_KPROBE_MULTI</c>.</summary>
    KprobeMulti = 8,
    /// <summary><c>BPF_LINK_TYPE_STRUCT_OPS</c>.</summary>
    StructOps = 9,
    /// <summary><c>BPF_LINK_TYPE_NETFILTER</c>.</summary>
    Netfilter = 10,
    /// <summary><c>BPF_LINK_TYPE_TCX</c>.</summary>
    Tcx = 11,
    /// <summary><c>BPF_LINK_TYPE_UPROBE_MULTI</c>.</summary>
    UprobeMulti = 12,
    /// <summary><c>BPF_LINK_TYPE_NETKIT</c>.</summary>
    Netkit = 13,
    /// <summary><c>BPF_LINK_TYPE_SOCKMAP</c>.</summary>
    Sockmap = 14,
    /// <summary><c>BPF_LINK_TYPE_TRACING_MULTI</c>.</summary>
    TracingMulti = 15,
}

/// <summary>The names that bpftool prints for <see cref="BpfLinkType"/>.</summary>
public static class BpfLinkTypeNames
{
    private static readonly string[] Names =
    [
        "unspec",
        "raw_tracepoint",
        "tracing",
        "cgroup",
        "iter",
        "netns",
        "xdp",
        "perf_event",
        "kprobe_multi",
        "struct_ops",
        "netfilter",
        "tcx",
        "uprobe_multi",
        "netkit",
        "sockmap",
        "tracing_multi",
    ];

    /// <summary>How many values this build knows by name: 0 to this, exclusive.</summary>
    public static int KnownCount => Names.Length;

    /// <summary>bpftool's name of a value; <c>type 99</c> for one that this build does not know.</summary>
    public static string Name(this BpfLinkType value) => (uint)value < (uint)Names.Length ? Names[(int)value] : $"type {(uint)value}";

    /// <summary>The value of a name as bpftool prints it.</summary>
    /// <returns>False when no value has this name.</returns>
    public static bool TryParse(ReadOnlySpan<char> name, out BpfLinkType value)
    {
        for (int i = 0; i < Names.Length; i++)
        {
            if (name.SequenceEqual(Names[i]))
            {
                value = (BpfLinkType)i;
                return true;
            }
        }

        value = default;
        return false;
    }
}
