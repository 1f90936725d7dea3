using Skep.Bpf;
using Skep.Isa;

namespace Skep.Analysis.Analyze;

/// <summary>The numbers that helpers return: above all those that programs return as their verdict.</summary>
internal static class HelperResults
{
    private const ulong Redirected = 4, TcRedirected = 7, TcDropped = 2, Aborted = 0;

    // XDP_ABORTED to XDP_TX: what a failed lookup of a map of devices gives (__bpf_xdp_redirect_map of include/linux/filter.h).
    private const ulong Actions = 3;

    /// <summary>What a helper returns, by its arguments.</summary>
    public static Numbers Of(BpfProgramType? type, HelperSignature helper, MachineState state) => helper.Name switch
    {
        // net/core/filter.c: with a flag that is not known they do not redirect.
        "bpf_redirect" when type == BpfProgramType.Xdp => Flagged(state.Numbers(Register.R2), 0, Redirected, Aborted),
        "bpf_redirect" when type is BpfProgramType.SchedCls or BpfProgramType.SchedAct =>
            Flagged(state.Numbers(Register.R2), 1, TcRedirected, TcDropped),
        "bpf_redirect_peer" when type is BpfProgramType.SchedCls => Flagged(state.Numbers(Register.R2), 0, TcRedirected, TcDropped),
        "bpf_redirect_neigh" when type is BpfProgramType.SchedCls => state.Numbers(Register.R3).Single == 0
            ? Flagged(state.Numbers(Register.R4), 0, TcRedirected, TcDropped) : Numbers.OfAny([TcRedirected, TcDropped]),
        "bpf_redirect_map" when type == BpfProgramType.Xdp => Mapped(state.Numbers(Register.R3)),
        "bpf_sk_redirect_map" or "bpf_sk_redirect_hash" or "bpf_msg_redirect_map" or "bpf_msg_redirect_hash" => Numbers.OfAny([0, 1]),
        _ => helper.Result == HelperResult.UInt32 ? Numbers.OfBits(32) : Numbers.Any,
    };

    private static Numbers Flagged(in Numbers flags, ulong allowed, ulong redirected, ulong otherwise) =>
        (flags.Open | flags.Bits) is var may && (may & ~allowed) == 0 ? Numbers.Of(redirected) : Numbers.OfAny([redirected, otherwise]);

    private static Numbers Mapped(in Numbers flags)
    {
        if (flags.Single is { } only && only <= Actions) return Numbers.OfAny([only, Redirected]);
        return Numbers.Between(Aborted, Redirected);
    }
}
