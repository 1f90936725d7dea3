namespace Skep.Watch.Capture;

/// <summary>The backends that are made of programs, best first.</summary>
internal static class BackendDefinitions
{
    private static readonly Hook Exit = new("skep_exit"), Fork = new("skep_fork");

    private static readonly string[] Bpf = ["cmd", "uattr", "size"], Socket = ["sk", "level", "optname", "optval", "optlen"];
    private static readonly string[] Packet = ["sock", "level", "optname", "optval", "optlen"];
    private static readonly string[] Message = ["skb", "nlh"];

    public static BackendDefinition Trampolines { get; } = new(
        1, "fentry", "trampolines (fentry, fexit)", "trampolines.bpf.o",
        [
            new([Exit, Fork]),
            new([
                new("skep_bpf_end", "__sys_bpf", Bpf), new("skep_attr", "security_bpf", "cmd", "attr", "size"),
                new("skep_code_checked", "bpf_check", "prog"), new("skep_bpf", "__sys_bpf", Bpf),
            ]),
            .. Common(new Hook("skep_message", "rtnetlink_rcv_msg", Message)),
        ]);

    public static BackendDefinition Kprobes { get; } = new(
        2, "kprobe", "kprobes", "kprobes.bpf.o",
        [
            new([Exit, Fork]),
            new([
                new("skep_bpf_end", "__sys_bpf", Bpf), new("skep_attr", "security_bpf", "cmd", "attr", "size"),
                new("skep_code_checked", "bpf_check", "prog"), new("skep_bpf", "__sys_bpf", Bpf),
            ]),
            .. Common(new Hook("skep_message_end", "rtnetlink_rcv_msg", Message), new Hook("skep_message", "rtnetlink_rcv_msg", Message)),
        ]);

    public static BackendDefinition RawTracepoints { get; } = new(
        3, "raw_tp", "raw tracepoints (sys_enter, sys_exit)", "watch.bpf.o",
        [new([Exit, Fork, new("skep_sys_exit"), new("skep_sys_enter")])]);

    /// <summary>The same system calls, by programs that are not preempted.</summary>
    public static BackendDefinition SyscallEvents { get; } = new(
        3, "raw_tp", "perf events on raw tracepoints (raw_syscalls)", "watch.bpf.o",
        [new([Exit, Fork, new("skep_event_exit"), new("skep_event_enter")])]);

    private static HookGroup[] Common(params Hook[] message) =>
    [
        new([new("skep_code", "security_bpf_prog_load", "prog")], "code of loads that a security module refuses"),
        new([new("skep_perf_end", "perf_ioctl", "file", "cmd"), new("skep_perf", "perf_ioctl", "file", "cmd")],
            "programs attached to perf events by ioctl"),
        new([new("skep_setsockopt_end", "sk_setsockopt", Socket), new("skep_setsockopt", "sk_setsockopt", Socket)],
            "filters of sockets"),
        new([new("skep_packet_end", "packet_setsockopt", Packet), new("skep_packet", "packet_setsockopt", Packet)],
            "programs of packet fanout (PACKET_FANOUT_DATA)"),
        new([
                new("skep_tun_end", "__tun_chr_ioctl", "file", "cmd") { Module = "tun" },
                new("skep_tun", "__tun_chr_ioctl", "file", "cmd") { Module = "tun" },
            ],
            "programs of tun devices (TUNSETSTEERINGEBPF, TUNSETFILTEREBPF)"),
        new([
                new("skep_kcm_end", "kcm_ioctl", "sock", "cmd") { Module = "kcm" },
                new("skep_kcm", "kcm_ioctl", "sock", "cmd") { Module = "kcm" },
            ],
            "programs of KCM sockets (SIOCKCMATTACH)"),
        new([new("skep_get_program", "bpf_prog_get_type_dev", "ufd")],
            "the descriptor that packet fanout, tun devices and KCM sockets take: it is read from the process's memory"),
        new([new("skep_seccomp_end", "do_seccomp", "op"), new("skep_seccomp", "do_seccomp", "op")], "filters of seccomp"),
        new([new("skep_classic", "bpf_prepare_filter", "fp")],
            "the kernel's copy of classic code: it is read from the process's memory when the call ends"),
        new([new("skep_attach_bpf", "sk_attach_bpf", "ufd")],
            "the descriptor that SO_ATTACH_BPF takes: it is read from the process's memory"),
        new([new("skep_reuseport_attach_bpf", "sk_reuseport_attach_bpf", "ufd")],
            "the descriptor that SO_ATTACH_REUSEPORT_EBPF takes: it is read from the process's memory"),
        new([.. message, new("skep_netlink_end", "rtnetlink_rcv", "skb"), new("skep_netlink", "rtnetlink_rcv", "skb")],
            "programs attached by netlink (XDP, tc, lightweight tunnels)"),
    ];
}
