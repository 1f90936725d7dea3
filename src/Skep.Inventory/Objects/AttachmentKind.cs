using Skep.Bpf;

namespace Skep.Inventory.Objects;

/// <summary>What attaches a program.</summary>
public enum AttachmentKind
{
    /// <summary>A link.</summary>
    Link,

    /// <summary>XDP, without a link.</summary>
    Xdp,

    /// <summary>A filter or an action of tc.</summary>
    Tc,

    /// <summary>tcx.</summary>
    Tcx,

    /// <summary>netkit.</summary>
    Netkit,

    /// <summary>A network namespace.</summary>
    Netns,

    /// <summary>A cgroup.</summary>
    Cgroup,

    /// <summary>A perf event, without a link.</summary>
    PerfEvent,

    /// <summary>A socket's filter.</summary>
    Socket,

    /// <summary>A group of sockets that share a port.</summary>
    Reuseport,

    /// <summary>A route.</summary>
    Route,

    /// <summary>A struct_ops map.</summary>
    StructOps,

    /// <summary>A program array.</summary>
    ProgArray,

    /// <summary>A devmap.</summary>
    Devmap,

    /// <summary>A devmap of hashed keys.</summary>
    DevmapHash,

    /// <summary>A cpumap.</summary>
    Cpumap,

    /// <summary>A sockmap.</summary>
    Sockmap,

    /// <summary>A sockhash.</summary>
    Sockhash,
}

/// <summary>The names of kinds of attachments.</summary>
public static class AttachmentKinds
{
    // By their numbers.
    private static readonly string[] Names =
    [
        "link", "xdp", "tc", "tcx", "netkit", "netns", "cgroup", "perf_event", "socket", "reuseport", "route", "struct_ops", "prog_array",
        "devmap", "devmap_hash", "cpumap", "sockmap", "sockhash",
    ];

    /// <summary>Its name in text and JSON: <c>perf_event</c>.</summary>
    public static string Name(this AttachmentKind kind) => Names[(int)kind];

    /// <summary>That of a map that holds programs.</summary>
    internal static AttachmentKind Of(BpfMapType map) => map switch
    {
        BpfMapType.StructOps => AttachmentKind.StructOps,
        BpfMapType.ProgArray => AttachmentKind.ProgArray,
        BpfMapType.Devmap => AttachmentKind.Devmap,
        BpfMapType.DevmapHash => AttachmentKind.DevmapHash,
        BpfMapType.Cpumap => AttachmentKind.Cpumap,
        BpfMapType.Sockmap => AttachmentKind.Sockmap,
        BpfMapType.Sockhash => AttachmentKind.Sockhash,
        _ => throw new ArgumentOutOfRangeException(nameof(map), map, "a map that holds no programs"),
    };
}
