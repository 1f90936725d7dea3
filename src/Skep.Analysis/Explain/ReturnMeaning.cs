using Skep.Analysis.Analyze;
using Skep.Bpf;

namespace Skep.Analysis.Explain;

/// <summary>What the kernel does with a program's return value, where it decides something.</summary>
public static class ReturnMeaning
{
    // include/uapi/linux/bpf.h, enum xdp_action
    private static readonly string[] Xdp = ["XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX", "XDP_REDIRECT"];

    // include/uapi/linux/pkt_cls.h; TC_ACT_UNSPEC is -1
    private static readonly string[] Tc =
        ["TC_ACT_OK", "TC_ACT_RECLASSIFY", "TC_ACT_SHOT", "TC_ACT_PIPE", "TC_ACT_STOLEN", "TC_ACT_QUEUED", "TC_ACT_REPEAT",
            "TC_ACT_REDIRECT", "TC_ACT_TRAP"];

    // include/uapi/linux/bpf.h, enum tcx_action_base; include/uapi/linux/if_link.h, enum netkit_action
    private static readonly Dictionary<long, string> Next = new() { [-1] = "NEXT", [0] = "PASS", [2] = "DROP", [7] = "REDIRECT" };

    // include/uapi/linux/bpf.h, enum bpf_ret_code
    private static readonly Dictionary<long, string> Bpf =
        new() { [0] = "BPF_OK", [2] = "BPF_DROP", [7] = "BPF_REDIRECT", [128] = "BPF_LWT_REROUTE", [129] = "BPF_FLOW_DISSECTOR_CONTINUE" };

    // Values that stand for others: programs of no type return something else that matters.
    private static readonly long[] Samples = [0, 1, 2, 3, 5, -1];

    /// <summary>Whether the value decides something. An attach type that is not known decides nothing.</summary>
    public static bool Decides(BpfProgramType? type, BpfAttachType? attachType) =>
        type == BpfProgramType.FlowDissector || Array.Exists(Samples, value => Effect(type, attachType, value) is not null);

    /// <summary>The word for a value; null when it has none.</summary>
    public static string? Name(BpfProgramType? type, BpfAttachType? attachType, long value) => type switch
    {
        BpfProgramType.SkSkb when !IsVerdict(attachType) => null,
        BpfProgramType.SocketFilter when attachType == BpfAttachType.SkReuseportSelect => null,
        BpfProgramType.Xdp when value is >= 0 and < 5 => Xdp[value],
        BpfProgramType.SchedCls when Chain(attachType) is { } chain && Next.TryGetValue(value, out string? next) => $"{chain}_{next}",
        BpfProgramType.SchedCls or BpfProgramType.SchedAct =>
            value == -1 ? "TC_ACT_UNSPEC" : value >= 0 && value < Tc.Length ? Tc[value] : null,
        BpfProgramType.LwtIn or BpfProgramType.LwtOut or BpfProgramType.LwtXmit or BpfProgramType.LwtSeg6local
            or BpfProgramType.FlowDissector => Bpf.GetValueOrDefault(value),
        BpfProgramType.SkSkb or BpfProgramType.SkMsg or BpfProgramType.SkReuseport or BpfProgramType.SkLookup when value is 0 or 1 =>
            value == 0 ? "SK_DROP" : "SK_PASS",
        BpfProgramType.Netfilter when value is 0 or 1 => value == 0 ? "NF_DROP" : "NF_ACCEPT",
        BpfProgramType.CgroupDevice or BpfProgramType.CgroupSock or BpfProgramType.CgroupSockAddr or BpfProgramType.CgroupSysctl
            or BpfProgramType.CgroupSkb or BpfProgramType.CgroupSockopt
            when value is 0 or 1 => value == 0 ? "deny" : "allow",
        BpfProgramType.Lsm when attachType == BpfAttachType.LsmCgroup && value is 0 or 1 => value == 0 ? "deny" : "allow",
        BpfProgramType.SocketFilter when value == 0 => "drop",
        _ => null,
    };

    /// <summary>Of some numbers, those that the verifier lets a program return (check_return_code of kernel/bpf/verifier.c).</summary>
    internal static Numbers Possible(BpfProgramType? type, BpfAttachType? attachType, in Numbers numbers)
    {
        ulong greatest = type switch
        {
            BpfProgramType.CgroupSkb when attachType != BpfAttachType.CgroupInetIngress => 3,
            BpfProgramType.CgroupSockAddr when attachType is null or BpfAttachType.CgroupInet4Bind or BpfAttachType.CgroupInet6Bind => 3,
            BpfProgramType.CgroupSkb or BpfProgramType.CgroupSockAddr or BpfProgramType.CgroupDevice or BpfProgramType.CgroupSock
                or BpfProgramType.CgroupSysctl or BpfProgramType.CgroupSockopt
                or BpfProgramType.SkLookup or BpfProgramType.Netfilter => 1,
            BpfProgramType.Lsm when attachType == BpfAttachType.LsmCgroup => 1,
            _ => uint.MaxValue,
        };
        return numbers.Greatest <= greatest || numbers.Least > greatest
            ? numbers : Numbers.Bounded(numbers.Bits, numbers.Open, numbers.Least, greatest);
    }

    /// <summary>The finding that a value proves; null for none.</summary>
    /// <param name="type">The program's type.</param>
    /// <param name="attachType">Where it expects to be attached.</param>
    /// <param name="value">The value, as an int.</param>
    public static string? Effect(BpfProgramType? type, BpfAttachType? attachType, long value) => type switch
    {
        // The function runs only when all such programs return 0 (arch_prepare_bpf_trampoline).
        BpfProgramType.Tracing when attachType == BpfAttachType.ModifyReturn && value != 0 => "changes-return-value",
        BpfProgramType.SkSkb when !IsVerdict(attachType) => null,

        // The place of a socket in its group (net/core/sock_reuseport.c, reuseport_select_sock).
        BpfProgramType.SocketFilter when attachType == BpfAttachType.SkReuseportSelect => null,

        // An action that is not known is XDP_ABORTED.
        BpfProgramType.Xdp when value is < 2 or > 4 => "drops-packets",
        BpfProgramType.Xdp when value is 3 => "sends-packets-back",
        BpfProgramType.SchedCls or BpfProgramType.SchedAct when value == 2 => "drops-packets",

        // The second bit reports congestion, or lets bind take any port.
        BpfProgramType.CgroupSkb when (value & 1) == 0 => "drops-packets",
        BpfProgramType.SocketFilter or BpfProgramType.Netfilter when value == 0 => "drops-packets",

        // What is not SK_PASS is SK_DROP (sk_psock_map_verd of net/core/skmsg.c).
        BpfProgramType.SkSkb or BpfProgramType.SkMsg when value != 1 => "drops-packets",

        // net/core/lwt_bpf.c, run_lwt_bpf: a value that is not known drops.
        BpfProgramType.LwtIn or BpfProgramType.LwtOut or BpfProgramType.LwtXmit
            or BpfProgramType.LwtSeg6local when value is not (0 or 7 or 128) => "drops-packets",
        BpfProgramType.CgroupDevice or BpfProgramType.CgroupSock or BpfProgramType.CgroupSockAddr or BpfProgramType.CgroupSysctl
            or BpfProgramType.CgroupSockopt when (value & 1) == 0 => "denies-operations",
        BpfProgramType.SkReuseport or BpfProgramType.SkLookup when value != 1 => "denies-operations",
        BpfProgramType.Lsm when attachType == BpfAttachType.LsmCgroup => value == 0 ? "denies-operations" : null,
        BpfProgramType.Lsm when value < 0 => "denies-operations",
        _ => null,
    };

    /// <summary>The findings that a computed value may lead to, each with values that do.</summary>
    public static IEnumerable<IGrouping<string, long>> Effects(BpfProgramType? type, BpfAttachType? attachType, Numbers numbers)
    {
        IEnumerable<long> values = Samples.Where(value => numbers.Contains((uint)value));
        if (numbers.Greatest > int.MaxValue) values = values.Append(-1).Distinct();
        else if (numbers.Greatest > 0) values = values.Append((long)numbers.Greatest).Distinct();
        return values.GroupBy(value => Effect(type, attachType, value) ?? "").Where(group => group.Key.Length > 0);
    }

    private static string? Chain(BpfAttachType? attachType) => attachType switch
    {
        BpfAttachType.TcxIngress or BpfAttachType.TcxEgress => "TCX",
        BpfAttachType.NetkitPrimary or BpfAttachType.NetkitPeer => "NETKIT",
        _ => null,
    };

    // A stream parser returns the length of a message (net/core/skmsg.c, sk_psock_strp_parse).
    private static bool IsVerdict(BpfAttachType? attachType) =>
        attachType is BpfAttachType.SkSkbStreamVerdict or BpfAttachType.SkSkbVerdict;
}
