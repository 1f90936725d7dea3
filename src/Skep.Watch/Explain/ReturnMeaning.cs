using Skep.Bpf;

namespace Skep.Watch.Explain;

/// <summary>What the kernel does with a program's return value, where it decides something.</summary>
internal static class ReturnMeaning
{
    // include/uapi/linux/bpf.h, enum xdp_action
    private static readonly string[] Xdp = ["XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX", "XDP_REDIRECT"];

    // include/uapi/linux/pkt_cls.h; TC_ACT_UNSPEC is -1
    private static readonly string[] Tc =
        ["TC_ACT_OK", "TC_ACT_RECLASSIFY", "TC_ACT_SHOT", "TC_ACT_PIPE", "TC_ACT_STOLEN", "TC_ACT_QUEUED", "TC_ACT_REPEAT", "TC_ACT_REDIRECT", "TC_ACT_TRAP"];

    /// <summary>Whether the value decides something. An attach type that is not known decides nothing.</summary>
    public static bool Decides(BpfProgramType? type, BpfAttachType? attachType) => attachType == BpfAttachType.ModifyReturn || Effect(type, attachType, 0) is not null || type is BpfProgramType.Xdp or BpfProgramType.SchedCls or BpfProgramType.SchedAct or BpfProgramType.Lsm;

    /// <summary>The word for a value; null when it has none.</summary>
    public static string? Name(BpfProgramType? type, BpfAttachType? attachType, long value) => type switch
    {
        BpfProgramType.SkSkb when !IsVerdict(attachType) => null,
        BpfProgramType.SocketFilter when attachType == BpfAttachType.SkReuseportSelect => null,
        BpfProgramType.Xdp when value is >= 0 and < 5 => Xdp[value],
        BpfProgramType.SchedCls or BpfProgramType.SchedAct => (int)value == -1 ? "TC_ACT_UNSPEC" : value >= 0 && value < Tc.Length ? Tc[value] : null,
        BpfProgramType.SkSkb or BpfProgramType.SkMsg or BpfProgramType.SkReuseport or BpfProgramType.SkLookup when value is 0 or 1 => value == 0 ? "SK_DROP" : "SK_PASS",
        BpfProgramType.Netfilter when value is 0 or 1 => value == 0 ? "NF_DROP" : "NF_ACCEPT",
        BpfProgramType.CgroupDevice or BpfProgramType.CgroupSock or BpfProgramType.CgroupSockAddr or BpfProgramType.CgroupSysctl or BpfProgramType.CgroupSkb or BpfProgramType.CgroupSockopt
            when value is 0 or 1 => value == 0 ? "deny" : "allow",
        BpfProgramType.SocketFilter when value == 0 => "drop",
        _ => null,
    };

    /// <summary>A value as the kernel reads it: of a security hook, an int (bpf_lsm_get_retval_range).</summary>
    public static long Read(BpfProgramType? type, long value) => type == BpfProgramType.Lsm ? (int)value : value;

    /// <summary>The finding that a value proves; null for none.</summary>
    public static string? Effect(BpfProgramType? type, BpfAttachType? attachType, long value) => type switch
    {
        // The function runs only when all such programs return 0 (arch_prepare_bpf_trampoline).
        BpfProgramType.Tracing when attachType == BpfAttachType.ModifyReturn && value != 0 => "changes-return-value",
        BpfProgramType.SkSkb when !IsVerdict(attachType) => null,

        // The place of a socket in its group (net/core/sock_reuseport.c, reuseport_select_sock).
        BpfProgramType.SocketFilter when attachType == BpfAttachType.SkReuseportSelect => null,
        BpfProgramType.Xdp when value is 0 or 1 => "drops-packets",
        BpfProgramType.Xdp when value is 3 => "sends-packets-back",
        BpfProgramType.SchedCls or BpfProgramType.SchedAct when value == 2 => "drops-packets",
        BpfProgramType.CgroupSkb or BpfProgramType.SocketFilter or BpfProgramType.Netfilter or BpfProgramType.SkSkb or BpfProgramType.SkMsg when value == 0 => "drops-packets",
        BpfProgramType.CgroupDevice or BpfProgramType.CgroupSock or BpfProgramType.CgroupSockAddr or BpfProgramType.CgroupSysctl or BpfProgramType.CgroupSockopt when value == 0 => "denies-operations",
        BpfProgramType.SkReuseport or BpfProgramType.SkLookup when value == 0 => "denies-operations",
        BpfProgramType.Lsm when (int)value < 0 => "denies-operations",
        _ => null,
    };

    // A stream parser returns the length of a message (net/core/skmsg.c, sk_psock_strp_parse).
    private static bool IsVerdict(BpfAttachType? attachType) => attachType is BpfAttachType.SkSkbStreamVerdict or BpfAttachType.SkSkbVerdict;
}
