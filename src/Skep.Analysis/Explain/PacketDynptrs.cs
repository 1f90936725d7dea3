using Skep.Analysis.Analyze;
using Skep.Bpf;

namespace Skep.Analysis.Explain;

/// <summary>Writes to packets through dynptrs.</summary>
internal static class PacketDynptrs
{
    /// <summary>
    /// Whether a call writes to a packet. In programs of other types the dynptr is read-only, and the write fails
    /// (may_access_direct_pkt_data of kernel/bpf/verifier.c).
    /// </summary>
    public static bool IsWrite(ProgramAnalysis analysis, CallFact call) =>
        call.Target?.Name == "bpf_dynptr_write"
        && analysis.Code.Type is BpfProgramType.Xdp or BpfProgramType.SchedCls or BpfProgramType.SchedAct or BpfProgramType.LwtXmit
        or BpfProgramType.SkSkb
        && analysis.Calls.Any(
            made => made.Target?.Name is "bpf_dynptr_from_skb" or "bpf_dynptr_from_xdp" && SamePlace(made.Arguments[2], call.Arguments[0]));

    /// <summary>Whether two arguments are the same dynptr of a frame.</summary>
    public static bool SamePlace(in Value a, in Value b) =>
        a is { Kind: ValueKind.Stack, HasOffset: true } && a.Kind == b.Kind && a.Id == b.Id && a.Offset == b.Offset;
}
