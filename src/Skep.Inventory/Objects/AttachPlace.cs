using Skep.Bpf;

namespace Skep.Inventory.Objects;

/// <summary>A place of the machine where programs run.</summary>
/// <param name="Kind">What it is in the kernel's words: <c>xdp</c>, <c>tcx</c>, <c>cgroup</c>, <c>kprobe</c>, <c>lsm</c>.</param>
/// <param name="Place">Which one: <c>eth0 ingress</c>, a function, a path.</param>
/// <param name="Point">The attach type, where it says more than the kind; null else.</param>
/// <param name="Netns">The network namespace; null where it has none, or it is not known.</param>
public readonly record struct AttachPlace(string Kind, string Place, string? Point, ulong? Netns)
{
    /// <summary>That of an attachment.</summary>
    public static AttachPlace Of(Attachment one)
    {
        ArgumentNullException.ThrowIfNull(one);
        string kind = KindOf(one);
        string? point = one.Point?.Name is { } name && name != kind ? name : null;
        return one.Target switch
        {
            AttachmentTarget.Network(var network) => new(
                kind, network.Device is { } device ? $"{device.Name}{Direction(network)}" : "all devices", point, network.Netns.Inode),
            AttachmentTarget.Netns(var inode) => new(kind, "all devices", point, inode),
            AttachmentTarget.Netfilter(_, var inside) target => new(kind, target.Text, point, inside),
            { } target => new(kind, target.Text, point, null),
            null => new(kind, "", point, null),
        };
    }

    private static string Direction(NetworkPlace place) => place is { Kind: NetworkPlaceKind.Xdp } or { Detail: null }
        ? "" : $" {place.Detail[(place.Detail.IndexOf('/', StringComparison.Ordinal) + 1)..]}";

    private static string KindOf(Attachment one)
    {
        if (one.Kind != AttachmentKind.Link) return one.Kind.Name();
        return one.Target switch
        {
            AttachmentTarget.Network(var place) => OfNetwork(place),
            AttachmentTarget.Netns => AttachmentKind.Netns.Name(),
            AttachmentTarget.Cgroup or AttachmentTarget.CgroupId => AttachmentKind.Cgroup.Name(),
            AttachmentTarget.Kprobe or AttachmentTarget.Functions => "kprobe",
            AttachmentTarget.Uprobe or AttachmentTarget.Uprobes => "uprobe",
            AttachmentTarget.Tracepoint => "tracepoint",
            AttachmentTarget.RawTracepoint => "raw_tracepoint",
            AttachmentTarget.PerfEvent => AttachmentKind.PerfEvent.Name(),
            AttachmentTarget.Netfilter => "netfilter",
            AttachmentTarget.Iterator => "iter",
            AttachmentTarget.Member => AttachmentKind.StructOps.Name(),
            _ => OfPoint(one.Point),
        };
    }

    private static string OfNetwork(NetworkPlace place) => place.Kind switch
    {
        NetworkPlaceKind.Xdp => AttachmentKind.Xdp.Name(),
        NetworkPlaceKind.Tc => AttachmentKind.Tc.Name(),
        NetworkPlaceKind.Multi => place.Detail?.StartsWith("tcx", StringComparison.Ordinal) == true
            ? AttachmentKind.Tcx.Name() : AttachmentKind.Netkit.Name(),
        _ => AttachmentKind.Netns.Name(),
    };

    private static string OfPoint(AttachmentPoint? point) => point switch
    {
        AttachmentPoint.Attach { Type: BpfAttachType.LsmMac or BpfAttachType.LsmCgroup } => "lsm",
        AttachmentPoint.Attach
        {
            Type: BpfAttachType.TraceFentry or BpfAttachType.TraceFexit or BpfAttachType.ModifyReturn or BpfAttachType.TraceRawTp,
        } => "tracing",
        AttachmentPoint.Extension => "ext",
        { } other => other.Name,
        null => AttachmentKind.Link.Name(),
    };
}
