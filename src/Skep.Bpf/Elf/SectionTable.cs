namespace Skep.Bpf.Elf;

/// <summary>
/// The sections that loaders know: those of libbpf (section_defs in src/libbpf.c, version 1.8; cilium/ebpf has the same table), then those
/// that older loaders accepted.
/// </summary>
internal static class SectionTable
{
    // As in libbpf, the first that fits counts. A "+" stands for nothing or a slash and more.
    private static readonly Entry[] Current =
    [
        new("socket", BpfProgramType.SocketFilter),
        new("sk_reuseport/migrate", BpfProgramType.SkReuseport, BpfAttachType.SkReuseportSelectOrMigrate),
        new("sk_reuseport", BpfProgramType.SkReuseport, BpfAttachType.SkReuseportSelect),
        new("kprobe+", BpfProgramType.Kprobe),
        new("uprobe+", BpfProgramType.Kprobe),
        new("uprobe.s+", BpfProgramType.Kprobe),
        new("kretprobe+", BpfProgramType.Kprobe),
        new("uretprobe+", BpfProgramType.Kprobe),
        new("uretprobe.s+", BpfProgramType.Kprobe),
        new("kprobe.multi+", BpfProgramType.Kprobe, BpfAttachType.TraceKprobeMulti),
        new("kretprobe.multi+", BpfProgramType.Kprobe, BpfAttachType.TraceKprobeMulti),
        new("kprobe.session+", BpfProgramType.Kprobe, BpfAttachType.TraceKprobeSession),
        new("uprobe.multi+", BpfProgramType.Kprobe, BpfAttachType.TraceUprobeMulti),
        new("uretprobe.multi+", BpfProgramType.Kprobe, BpfAttachType.TraceUprobeMulti),
        new("uprobe.session+", BpfProgramType.Kprobe, BpfAttachType.TraceUprobeSession),
        new("uprobe.multi.s+", BpfProgramType.Kprobe, BpfAttachType.TraceUprobeMulti),
        new("uretprobe.multi.s+", BpfProgramType.Kprobe, BpfAttachType.TraceUprobeMulti),
        new("uprobe.session.s+", BpfProgramType.Kprobe, BpfAttachType.TraceUprobeSession),
        new("ksyscall+", BpfProgramType.Kprobe),
        new("kretsyscall+", BpfProgramType.Kprobe),
        new("usdt+", BpfProgramType.Kprobe),
        new("usdt.s+", BpfProgramType.Kprobe),
        new("tc/ingress", BpfProgramType.SchedCls, BpfAttachType.TcxIngress),
        new("tc/egress", BpfProgramType.SchedCls, BpfAttachType.TcxEgress),
        new("tcx/ingress", BpfProgramType.SchedCls, BpfAttachType.TcxIngress),
        new("tcx/egress", BpfProgramType.SchedCls, BpfAttachType.TcxEgress),
        new("tc", BpfProgramType.SchedCls),
        new("classifier", BpfProgramType.SchedCls),
        new("action", BpfProgramType.SchedAct),
        new("netkit/primary", BpfProgramType.SchedCls, BpfAttachType.NetkitPrimary),
        new("netkit/peer", BpfProgramType.SchedCls, BpfAttachType.NetkitPeer),
        new("tracepoint+", BpfProgramType.Tracepoint),
        new("tp+", BpfProgramType.Tracepoint),
        new("tracepoint.s+", BpfProgramType.Tracepoint),
        new("tp.s+", BpfProgramType.Tracepoint),
        new("raw_tracepoint+", BpfProgramType.RawTracepoint),
        new("raw_tp+", BpfProgramType.RawTracepoint),
        new("raw_tracepoint.s+", BpfProgramType.RawTracepoint),
        new("raw_tp.s+", BpfProgramType.RawTracepoint),
        new("raw_tracepoint.w+", BpfProgramType.RawTracepointWritable),
        new("raw_tp.w+", BpfProgramType.RawTracepointWritable),
        new("tp_btf+", BpfProgramType.Tracing, BpfAttachType.TraceRawTp),
        new("tp_btf.s+", BpfProgramType.Tracing, BpfAttachType.TraceRawTp),
        new("fentry+", BpfProgramType.Tracing, BpfAttachType.TraceFentry),
        new("fmod_ret+", BpfProgramType.Tracing, BpfAttachType.ModifyReturn),
        new("fexit+", BpfProgramType.Tracing, BpfAttachType.TraceFexit),
        new("fentry.s+", BpfProgramType.Tracing, BpfAttachType.TraceFentry),
        new("fmod_ret.s+", BpfProgramType.Tracing, BpfAttachType.ModifyReturn),
        new("fexit.s+", BpfProgramType.Tracing, BpfAttachType.TraceFexit),
        new("fsession+", BpfProgramType.Tracing, BpfAttachType.TraceFsession),
        new("fsession.s+", BpfProgramType.Tracing, BpfAttachType.TraceFsession),
        new("fsession.multi+", BpfProgramType.Tracing, BpfAttachType.TraceFsessionMulti),
        new("fsession.multi.s+", BpfProgramType.Tracing, BpfAttachType.TraceFsessionMulti),
        new("fentry.multi+", BpfProgramType.Tracing, BpfAttachType.TraceFentryMulti),
        new("fexit.multi+", BpfProgramType.Tracing, BpfAttachType.TraceFexitMulti),
        new("fentry.multi.s+", BpfProgramType.Tracing, BpfAttachType.TraceFentryMulti),
        new("fexit.multi.s+", BpfProgramType.Tracing, BpfAttachType.TraceFexitMulti),
        new("freplace+", BpfProgramType.Ext),
        new("lsm+", BpfProgramType.Lsm, BpfAttachType.LsmMac),
        new("lsm.s+", BpfProgramType.Lsm, BpfAttachType.LsmMac),
        new("lsm_cgroup+", BpfProgramType.Lsm, BpfAttachType.LsmCgroup),
        new("iter+", BpfProgramType.Tracing, BpfAttachType.TraceIter),
        new("iter.s+", BpfProgramType.Tracing, BpfAttachType.TraceIter),
        new("syscall", BpfProgramType.Syscall),
        new("xdp.frags/devmap", BpfProgramType.Xdp, BpfAttachType.XdpDevmap),
        new("xdp/devmap", BpfProgramType.Xdp, BpfAttachType.XdpDevmap),
        new("xdp.frags/cpumap", BpfProgramType.Xdp, BpfAttachType.XdpCpumap),
        new("xdp/cpumap", BpfProgramType.Xdp, BpfAttachType.XdpCpumap),
        new("xdp.frags", BpfProgramType.Xdp, BpfAttachType.Xdp),
        new("xdp", BpfProgramType.Xdp, BpfAttachType.Xdp),
        new("perf_event", BpfProgramType.PerfEvent),
        new("lwt_in", BpfProgramType.LwtIn),
        new("lwt_out", BpfProgramType.LwtOut),
        new("lwt_xmit", BpfProgramType.LwtXmit),
        new("lwt_seg6local", BpfProgramType.LwtSeg6local),
        new("sockops", BpfProgramType.SockOps, BpfAttachType.CgroupSockOps),
        new("sk_skb/stream_parser", BpfProgramType.SkSkb, BpfAttachType.SkSkbStreamParser),
        new("sk_skb/stream_verdict", BpfProgramType.SkSkb, BpfAttachType.SkSkbStreamVerdict),
        new("sk_skb/verdict", BpfProgramType.SkSkb, BpfAttachType.SkSkbVerdict),
        new("sk_skb", BpfProgramType.SkSkb),
        new("sk_msg", BpfProgramType.SkMsg, BpfAttachType.SkMsgVerdict),
        new("lirc_mode2", BpfProgramType.LircMode2, BpfAttachType.LircMode2),
        new("flow_dissector", BpfProgramType.FlowDissector, BpfAttachType.FlowDissector),
        new("cgroup_skb/ingress", BpfProgramType.CgroupSkb, BpfAttachType.CgroupInetIngress),
        new("cgroup_skb/egress", BpfProgramType.CgroupSkb, BpfAttachType.CgroupInetEgress),
        new("cgroup/skb", BpfProgramType.CgroupSkb),
        new("cgroup/sock_create", BpfProgramType.CgroupSock, BpfAttachType.CgroupInetSockCreate),
        new("cgroup/sock_release", BpfProgramType.CgroupSock, BpfAttachType.CgroupInetSockRelease),
        new("cgroup/sock", BpfProgramType.CgroupSock, BpfAttachType.CgroupInetSockCreate),
        new("cgroup/post_bind4", BpfProgramType.CgroupSock, BpfAttachType.CgroupInet4PostBind),
        new("cgroup/post_bind6", BpfProgramType.CgroupSock, BpfAttachType.CgroupInet6PostBind),
        new("cgroup/bind4", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupInet4Bind),
        new("cgroup/bind6", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupInet6Bind),
        new("cgroup/connect4", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupInet4Connect),
        new("cgroup/connect6", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupInet6Connect),
        new("cgroup/connect_unix", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupUnixConnect),
        new("cgroup/sendmsg4", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupUdp4Sendmsg),
        new("cgroup/sendmsg6", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupUdp6Sendmsg),
        new("cgroup/sendmsg_unix", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupUnixSendmsg),
        new("cgroup/recvmsg4", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupUdp4Recvmsg),
        new("cgroup/recvmsg6", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupUdp6Recvmsg),
        new("cgroup/recvmsg_unix", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupUnixRecvmsg),
        new("cgroup/getpeername4", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupInet4Getpeername),
        new("cgroup/getpeername6", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupInet6Getpeername),
        new("cgroup/getpeername_unix", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupUnixGetpeername),
        new("cgroup/getsockname4", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupInet4Getsockname),
        new("cgroup/getsockname6", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupInet6Getsockname),
        new("cgroup/getsockname_unix", BpfProgramType.CgroupSockAddr, BpfAttachType.CgroupUnixGetsockname),
        new("cgroup/sysctl", BpfProgramType.CgroupSysctl, BpfAttachType.CgroupSysctl),
        new("cgroup/getsockopt", BpfProgramType.CgroupSockopt, BpfAttachType.CgroupGetsockopt),
        new("cgroup/setsockopt", BpfProgramType.CgroupSockopt, BpfAttachType.CgroupSetsockopt),
        new("cgroup/dev", BpfProgramType.CgroupDevice, BpfAttachType.CgroupDevice),
        new("struct_ops+", BpfProgramType.StructOps),
        new("struct_ops.s+", BpfProgramType.StructOps),
        new("sk_lookup", BpfProgramType.SkLookup, BpfAttachType.SkLookup),
        new("netfilter", BpfProgramType.Netfilter, BpfAttachType.Netfilter),
    ];

    // Of libbpf before 1.0, of the kernel's samples (bpf_load.c), of gobpf, and of iproute2, whose XDP programs are in "prog".
    private static readonly Entry[] Historic =
    [
        new("xdp_devmap", BpfProgramType.Xdp, BpfAttachType.XdpDevmap),
        new("xdp_cpumap", BpfProgramType.Xdp, BpfAttachType.XdpCpumap),
        new("prog", BpfProgramType.Xdp, BpfAttachType.Xdp),
    ];

    /// <summary>What a section's name stands for, as libbpf reads it since version 1.0.</summary>
    public static bool TryCurrent(string name, out BpfProgramType type, out BpfAttachType attach) =>
        TryFind(Current, name, static (entry, name) => entry.Fits(name), out type, out attach);

    /// <summary>
    /// What a section's name stands for in older loaders: they look at its beginning only, so <c>xdp_foo</c> is <c>xdp</c>.
    /// </summary>
    public static bool TryHistoric(string name, out BpfProgramType type, out BpfAttachType attach) =>
        TryFind(Historic, name, static (entry, name) => entry.Name == "prog" ? name == entry.Name : entry.Begins(name), out type,
            out attach)
        || TryFind(Current, name, static (entry, name) => entry.IsBegunBy(name), out type, out attach);

    private static bool TryFind(Entry[] table, string name, Func<Entry, string, bool> fits, out BpfProgramType type,
        out BpfAttachType attach)
    {
        Entry? found = Array.Find(table, entry => fits(entry, name));
        (type, attach) = found is null ? default : (found.Type, found.AttachType);
        return found is not null;
    }

    private sealed record Entry(string Pattern, BpfProgramType Type, BpfAttachType AttachType = default)
    {
        public string Name { get; } = Pattern.TrimEnd('+');

        public bool TakesMore => Pattern[^1] == '+';

        public bool Begins(string name) => name.StartsWith(Name, StringComparison.Ordinal);

        // "tcp..." is a word of its own.
        public bool IsBegunBy(string name) =>
            !TakesMore && Begins(name) && !(Name == "tc" && char.IsAsciiLetter(name[Name.Length..].FirstOrDefault()));

        public bool Fits(string name) => name == Name || (TakesMore && Begins(name) && name[Name.Length] == '/');
    }
}
