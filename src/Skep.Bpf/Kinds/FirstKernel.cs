namespace Skep.Bpf;

/// <summary>The first Linux release with a type: for messages only, never to decide.</summary>
internal static class FirstKernel
{
    internal static string Of(BpfProgramType type) => type switch
    {
        BpfProgramType.Tracing or BpfProgramType.StructOps or BpfProgramType.Ext => "Linux 5.6 or later",
        BpfProgramType.Lsm => "Linux 5.7 or later, with CONFIG_BPF_LSM",
        BpfProgramType.SkLookup => "Linux 5.9 or later",
        BpfProgramType.Syscall => "Linux 5.14 or later",
        BpfProgramType.Netfilter => "Linux 6.4 or later",
        _ => Configured(type.Name()),
    };

    internal static string Of(BpfMapType type) => type switch
    {
        BpfMapType.Ringbuf => "Linux 5.8 or later",
        BpfMapType.InodeStorage => "Linux 5.10 or later, with CONFIG_BPF_LSM",
        BpfMapType.TaskStorage => "Linux 5.11 or later",
        BpfMapType.BloomFilter => "Linux 5.16 or later",
        BpfMapType.UserRingbuf => "Linux 6.1 or later",
        BpfMapType.CgrpStorage => "Linux 6.2 or later",
        BpfMapType.Arena => "Linux 6.9 or later",
        _ => Configured(type.Name()),
    };

    internal static string Of(BpfAttachType type) => type switch
    {
        BpfAttachType.Xdp => "Linux 5.9 or later",
        BpfAttachType.PerfEvent => "Linux 5.15 or later",
        BpfAttachType.TraceKprobeMulti => "Linux 5.18 or later",
        BpfAttachType.Netfilter => "Linux 6.4 or later",
        BpfAttachType.TcxIngress or BpfAttachType.TcxEgress => "Linux 6.6 or later",
        BpfAttachType.TraceUprobeMulti => "Linux 6.6 or later",
        BpfAttachType.NetkitPrimary or BpfAttachType.NetkitPeer => "Linux 6.7 or later",
        _ => Configured(type.Name()),
    };

    private static string Configured(string name) => $"a Linux 5.8 or later that is built with {name}";
}
