using Skep.Bpf;
using Skep.Linux.Kernel;
using Skep.Linux.Network;
using Skep.Watch.Capture;
using Skep.Watch.Events;

namespace Skep.Watch.Decode;

/// <summary>Links, from the kernel's own when there is one, else from what was asked for.</summary>
internal static class LinkDescriber
{
    // DEFINE_BPF_ITER_FUNC of include/linux/bpf.h: the function that an iterator's program stands for.
    private const string IteratorPrefix = "bpf_iter_";

    public static LinkDetails Created(CapturedCall call, BpfCommand command)
    {
        ref readonly CallRecord record = ref call.Record;
        if (record.Result.Kind == ObjectKind.Link)
        {
            LinkDetails made = Describe(record);
            return made with
            {
                AttachType = made.AttachType ?? AskedType(record, command),
                Target = record.Result.Object.Link.CgroupId is var cgroup and not 0
                    ? TargetText.Cgroup(call, cgroup)
                    : made.Target ?? AskedTarget(call, command),
            };
        }

        int program = command == BpfCommand.RawTracepointOpen ? RawTracepointAttr.At.prog_fd : LinkCreateAttr.At.prog_fd;
        return new LinkDetails
        {
            // Until Linux 6.15 a raw tracepoint's descriptor is a link as well; a failed call makes none.
            Type = command == BpfCommand.RawTracepointOpen ? BpfLinkType.RawTracepoint.Name() : null,
            ProgramId = BpfCallDecoder.ReferencedId(record.Entry, program, ObjectKind.Prog),
            AttachType = AskedType(record, command),
            Target = AskedTarget(call, command),
        };
    }

    /// <summary>A link whose program is replaced, or that is cut.</summary>
    public static LinkDetails Changed(in CallRecord record, BpfCommand command)
    {
        ref readonly RefRecord link = ref record.Entry.Refs[0];
        LinkDetails details = link.Kind == ObjectKind.Link ? LinkDetails.Of(link) : new LinkDetails();
        if (command != BpfCommand.LinkUpdate) return details;
        return details with { ProgramId = BpfCallDecoder.ReferencedId(record.Entry, LinkUpdateAttr.At.new_prog_fd, ObjectKind.Prog) };
    }

    /// <summary>The kernel's link.</summary>
    public static LinkDetails Describe(in CallRecord record)
    {
        ref readonly LinkRecord link = ref record.Result.Object.Link;
        return LinkDetails.Of(link, TargetOf(link, KernelText.Read(record.Target), record.TargetOffset));
    }

    private static string? TargetOf(in LinkRecord link, string target, ulong offset) => (BpfLinkType)link.Type switch
    {
        BpfLinkType.PerfEvent => TargetText.PerfEvent(link.PerfType, link.PerfConfig, target, offset),
        BpfLinkType.Xdp or BpfLinkType.Tcx or BpfLinkType.Netkit when link.Ifindex == 0 => null,
        BpfLinkType.Xdp or BpfLinkType.Tcx or BpfLinkType.Netkit => TargetText.Device(target, link.Ifindex, link.Netns),
        BpfLinkType.Netns or BpfLinkType.Netfilter => NetworkNamespace.Text(link.Netns),
        BpfLinkType.Cgroup => $"cgroup id {link.CgroupId}",
        BpfLinkType.Iter => target.StartsWith(IteratorPrefix, StringComparison.Ordinal) ? target[IteratorPrefix.Length..] : null,
        BpfLinkType.StructOps => $"map {link.MapId} ({target})",
        _ => target.Length > 0 ? target : null,
    };

    private static string? AskedType(in CallRecord record, BpfCommand command)
    {
        if (command != BpfCommand.LinkCreate) return null;
        return AttrDecoder.As<LinkCreateAttr>(record.Entry).attach_type is var type and not 0 ? ((BpfAttachType)type).Name() : null;
    }

    private static string Functions(uint count) => count == 1 ? "1 function" : $"{count} functions";

    private static string? AskedTarget(CapturedCall call, BpfCommand command)
    {
        ref readonly EntryRecord entry = ref call.Record.Entry;
        if (command == BpfCommand.RawTracepointOpen) return call.Text(BlobKind.Name);
        if (command != BpfCommand.LinkCreate) return null;
        ref readonly LinkCreateAttr attr = ref AttrDecoder.As<LinkCreateAttr>(entry);
        switch ((BpfAttachType)attr.attach_type)
        {
            case BpfAttachType.TraceUprobeMulti or BpfAttachType.TraceUprobeSession:
                return call.Text(BlobKind.Path);
            case BpfAttachType.TraceKprobeMulti or BpfAttachType.TraceKprobeSession:
                return Functions(AttrDecoder.As<LinkKprobeMultiAttr>(entry).cnt);
            case BpfAttachType.TraceFentryMulti or BpfAttachType.TraceFexitMulti or BpfAttachType.TraceFsessionMulti:
                return Functions(AttrDecoder.As<LinkTracingMultiAttr>(entry).cnt);
            case BpfAttachType.Xdp or BpfAttachType.TcxIngress or BpfAttachType.TcxEgress
                or BpfAttachType.NetkitPrimary or BpfAttachType.NetkitPeer:
                return TargetText.Device("", attr.target_ifindex, entry.Netns);
        }

        ref readonly RefRecord target = ref entry.Refs[1];
        return target.Kind switch
        {
            ObjectKind.PerfEvent => TargetText.PerfEvent(target.Id, target.Extra, KernelText.Read(entry.Target), entry.TargetOffset),
            ObjectKind.Cgroup => TargetText.Cgroup(call, target.Extra),
            ObjectKind.Netns => NetworkNamespace.Text(target.Id),
            ObjectKind.Map => $"map {target.Id}",
            ObjectKind.Prog => $"program {target.Id}",
            _ => null,
        };
    }
}
