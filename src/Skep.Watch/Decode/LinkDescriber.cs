using Skep.Bpf;
using Skep.Inventory.Passes;
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
        if ((ObjectKind)record.Result.Kind == ObjectKind.Link)
        {
            LinkDetails made = Describe(record);
            return made with
            {
                AttachType = made.AttachType ?? AskedType(record, command),
                Target = record.Result.Object.Link.CgroupId != 0 ? TargetText.Cgroup(call, record.Result.Object.Link.CgroupId) : made.Target ?? AskedTarget(call, command),
            };
        }

        return new LinkDetails
        {
            // Until Linux 6.15 a raw tracepoint's descriptor is a link as well; a failed call makes none.
            Type = command == BpfCommand.RawTracepointOpen ? BpfLinkType.RawTracepoint.Name() : null,
            ProgramId = BpfCallDecoder.ReferencedId(record.Entry, command == BpfCommand.RawTracepointOpen ? 8 : 0, ObjectKind.Program),
            AttachType = AskedType(record, command),
            Target = AskedTarget(call, command),
        };
    }

    /// <summary>A link whose program is replaced, or that is cut.</summary>
    public static LinkDetails Changed(in CallRecord record, BpfCommand command)
    {
        ref readonly ObjectReference link = ref record.Entry.References[0];
        return new LinkDetails
        {
            Id = link.Kind == ObjectKind.Link ? link.Id : null,
            Type = link.Kind == ObjectKind.Link ? ((BpfLinkType)link.Type).Name() : null,
            ProgramId = command == BpfCommand.LinkUpdate ? BpfCallDecoder.ReferencedId(record.Entry, 4, ObjectKind.Program) : null,
        };
    }

    /// <summary>The kernel's link.</summary>
    public static LinkDetails Describe(in CallRecord record)
    {
        ref readonly LinkRecord link = ref record.Result.Object.Link;
        return new LinkDetails
        {
            Id = link.Id,
            Type = ((BpfLinkType)link.Type).Name(),
            ProgramId = link.ProgramId == 0 ? null : link.ProgramId,
            AttachType = link.AttachType == LinkRecord.NoAttachType || (link.AttachType == 0 && (BpfLinkType)link.Type != BpfLinkType.Cgroup) ? null : ((BpfAttachType)link.AttachType).Name(),
            Target = TargetOf(link, KernelText.Read(record.Target), record.TargetOffset),
        };
    }

    private static string? TargetOf(in LinkRecord link, string target, ulong offset) => (BpfLinkType)link.Type switch
    {
        BpfLinkType.PerfEvent => TargetText.PerfEvent(link.PerfType, link.PerfConfig, target, offset),
        BpfLinkType.Xdp or BpfLinkType.Tcx or BpfLinkType.Netkit => link.IfIndex == 0 ? null : TargetText.Device(target, link.IfIndex, link.Netns),
        BpfLinkType.Netns or BpfLinkType.Netfilter => NetworkNamespace.Text(link.Netns),
        BpfLinkType.Cgroup => $"cgroup id {link.CgroupId}",
        BpfLinkType.Iter => target.StartsWith(IteratorPrefix, StringComparison.Ordinal) ? target[IteratorPrefix.Length..] : null,
        BpfLinkType.StructOps => $"map {link.MapId} ({target})",
        _ => target.Length > 0 ? target : null,
    };

    private static string? AskedType(in CallRecord record, BpfCommand command) =>
        command == BpfCommand.LinkCreate && AttrDecoder.U32(record.Entry.Attr, 8) is var type and not 0 ? ((BpfAttachType)type).Name() : null;

    private static string? AskedTarget(CapturedCall call, BpfCommand command)
    {
        ref readonly EntryRecord entry = ref call.Record.Entry;
        if (command == BpfCommand.RawTracepointOpen) return call.Text(BlobKind.Name);
        if (command != BpfCommand.LinkCreate) return null;
        var type = (BpfAttachType)AttrDecoder.U32(entry.Attr, 8);
        switch (type)
        {
            case BpfAttachType.TraceUprobeMulti or BpfAttachType.TraceUprobeSession:
                return call.Text(BlobKind.Path);
            case BpfAttachType.TraceKprobeMulti or BpfAttachType.TraceKprobeSession:
                return AttrDecoder.U32(entry.Attr, 20) is var count && count == 1 ? "1 function" : $"{count} functions";
            case BpfAttachType.Xdp or BpfAttachType.TcxIngress or BpfAttachType.TcxEgress or BpfAttachType.NetkitPrimary or BpfAttachType.NetkitPeer:
                return TargetText.Device("", AttrDecoder.U32(entry.Attr, 4), entry.Netns);
        }

        ref readonly ObjectReference target = ref entry.References[1];
        return target.Kind switch
        {
            ObjectKind.PerfEvent => TargetText.PerfEvent(target.Id, target.Extra, KernelText.Read(entry.Target), entry.TargetOffset),
            ObjectKind.Cgroup => TargetText.Cgroup(call, target.Extra),
            ObjectKind.Netns => NetworkNamespace.Text(target.Id),
            ObjectKind.Map => $"map {target.Id}",
            ObjectKind.Program => $"program {target.Id}",
            _ => null,
        };
    }
}
