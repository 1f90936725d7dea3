using Skep.Bpf;

namespace Skep.Watch.Decode;

/// <summary>Which part of <c>union bpf_attr</c> a command reads and writes.</summary>
internal static class AttrTable
{
    /// <summary>The fields of a command; empty for one that is not known.</summary>
    public static ReadOnlySpan<AttrSlot> Of(BpfCommand command, uint attachType) => command switch
    {
        BpfCommand.MapCreate => MapCreateAttr.Slots,
        BpfCommand.MapLookupElem or BpfCommand.MapUpdateElem or BpfCommand.MapDeleteElem or BpfCommand.MapLookupAndDeleteElem =>
            MapElementAttr.Slots,
        BpfCommand.MapGetNextKey => MapNextKeyAttr.Slots,
        BpfCommand.ProgLoad => ProgLoadAttr.Slots,
        BpfCommand.ObjPin or BpfCommand.ObjGet => ObjectPathAttr.Slots,
        BpfCommand.ProgAttach or BpfCommand.ProgDetach => ProgAttachAttr.Slots,
        BpfCommand.ProgTestRun => ProgTestRunAttr.Slots,
        BpfCommand.ProgGetNextId or BpfCommand.MapGetNextId or BpfCommand.BtfGetNextId or BpfCommand.LinkGetNextId => NextIdAttr.Slots,
        BpfCommand.ProgGetFdById => ProgByIdAttr.Slots,
        BpfCommand.MapGetFdById => MapByIdAttr.Slots,
        BpfCommand.BtfGetFdById => BtfByIdAttr.Slots,
        BpfCommand.LinkGetFdById => LinkByIdAttr.Slots,
        BpfCommand.ObjGetInfoByFd => ObjectInfoAttr.Slots,
        BpfCommand.ProgQuery => ProgQueryAttr.Slots,
        BpfCommand.RawTracepointOpen => RawTracepointAttr.Slots,
        BpfCommand.BtfLoad => BtfLoadAttr.Slots,
        BpfCommand.TaskFdQuery => TaskFdQueryAttr.Slots,
        BpfCommand.MapFreeze => MapFreezeAttr.Slots,
        BpfCommand.MapLookupBatch or BpfCommand.MapLookupAndDeleteBatch or BpfCommand.MapUpdateBatch or BpfCommand.MapDeleteBatch =>
            MapBatchAttr.Slots,
        BpfCommand.LinkCreate => OfLink((BpfAttachType)attachType),
        BpfCommand.LinkUpdate => LinkUpdateAttr.Slots,
        BpfCommand.EnableStats => EnableStatsAttr.Slots,
        BpfCommand.IterCreate => IterCreateAttr.Slots,
        BpfCommand.LinkDetach => LinkDetachAttr.Slots,
        BpfCommand.ProgBindMap => ProgBindMapAttr.Slots,
        BpfCommand.ProgAssocStructOps => ProgAssocStructOpsAttr.Slots,
        BpfCommand.TokenCreate => TokenCreateAttr.Slots,
        BpfCommand.ProgStreamReadByFd => ProgStreamReadAttr.Slots,
        _ => [],
    };

    private static ReadOnlySpan<AttrSlot> OfLink(BpfAttachType type) => type switch
    {
        BpfAttachType.TraceIter => LinkIterAttr.Slots,
        BpfAttachType.PerfEvent => LinkPerfEventAttr.Slots,
        BpfAttachType.TraceKprobeMulti or BpfAttachType.TraceKprobeSession => LinkKprobeMultiAttr.Slots,
        BpfAttachType.TraceUprobeMulti or BpfAttachType.TraceUprobeSession => LinkUprobeMultiAttr.Slots,
        BpfAttachType.TraceFentry or BpfAttachType.TraceFexit or BpfAttachType.ModifyReturn or BpfAttachType.LsmMac
            or BpfAttachType.TraceRawTp or BpfAttachType.TraceFsession => LinkTracingAttr.Slots,
        BpfAttachType.TraceFentryMulti or BpfAttachType.TraceFexitMulti or BpfAttachType.TraceFsessionMulti => LinkTracingMultiAttr.Slots,
        BpfAttachType.Netfilter => LinkNetfilterAttr.Slots,
        BpfAttachType.TcxIngress or BpfAttachType.TcxEgress or BpfAttachType.NetkitPrimary or BpfAttachType.NetkitPeer =>
            LinkOrderedAttr.Slots,
        // 0 is also a program that replaces another's function: its target is shown.
        > BpfAttachType.CgroupInetIngress when type.IsCgroup() => LinkOrderedAttr.Slots,
        _ => LinkCreateAttr.Slots,
    };
}
