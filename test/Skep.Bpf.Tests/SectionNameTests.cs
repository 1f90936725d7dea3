using Skep.Bpf.Elf;
using Skep.Linux.Kernel;

namespace Skep.Bpf.Tests;

/// <summary>Sections' names beside libbpf's table: Documentation/bpf/libbpf/program_types.rst and src/libbpf.c.</summary>
public sealed class SectionNameTests
{
    // Name, enum bpf_prog_type, enum bpf_attach_type; "+" takes more after a slash.
    private const string Libbpf = """
        socket SOCKET_FILTER 0
        sk_reuseport/migrate SK_REUSEPORT BPF_SK_REUSEPORT_SELECT_OR_MIGRATE
        sk_reuseport SK_REUSEPORT BPF_SK_REUSEPORT_SELECT
        kprobe+ KPROBE 0
        uprobe+ KPROBE 0
        uprobe.s+ KPROBE 0
        kretprobe+ KPROBE 0
        uretprobe+ KPROBE 0
        uretprobe.s+ KPROBE 0
        kprobe.multi+ KPROBE BPF_TRACE_KPROBE_MULTI
        kretprobe.multi+ KPROBE BPF_TRACE_KPROBE_MULTI
        kprobe.session+ KPROBE BPF_TRACE_KPROBE_SESSION
        uprobe.multi+ KPROBE BPF_TRACE_UPROBE_MULTI
        uretprobe.multi+ KPROBE BPF_TRACE_UPROBE_MULTI
        uprobe.session+ KPROBE BPF_TRACE_UPROBE_SESSION
        uprobe.multi.s+ KPROBE BPF_TRACE_UPROBE_MULTI
        uretprobe.multi.s+ KPROBE BPF_TRACE_UPROBE_MULTI
        uprobe.session.s+ KPROBE BPF_TRACE_UPROBE_SESSION
        ksyscall+ KPROBE 0
        kretsyscall+ KPROBE 0
        usdt+ KPROBE 0
        usdt.s+ KPROBE 0
        tc/ingress SCHED_CLS BPF_TCX_INGRESS
        tc/egress SCHED_CLS BPF_TCX_EGRESS
        tcx/ingress SCHED_CLS BPF_TCX_INGRESS
        tcx/egress SCHED_CLS BPF_TCX_EGRESS
        tc SCHED_CLS 0
        classifier SCHED_CLS 0
        action SCHED_ACT 0
        netkit/primary SCHED_CLS BPF_NETKIT_PRIMARY
        netkit/peer SCHED_CLS BPF_NETKIT_PEER
        tracepoint+ TRACEPOINT 0
        tp+ TRACEPOINT 0
        tracepoint.s+ TRACEPOINT 0
        tp.s+ TRACEPOINT 0
        raw_tracepoint+ RAW_TRACEPOINT 0
        raw_tp+ RAW_TRACEPOINT 0
        raw_tracepoint.s+ RAW_TRACEPOINT 0
        raw_tp.s+ RAW_TRACEPOINT 0
        raw_tracepoint.w+ RAW_TRACEPOINT_WRITABLE 0
        raw_tp.w+ RAW_TRACEPOINT_WRITABLE 0
        tp_btf+ TRACING BPF_TRACE_RAW_TP
        tp_btf.s+ TRACING BPF_TRACE_RAW_TP
        fentry+ TRACING BPF_TRACE_FENTRY
        fmod_ret+ TRACING BPF_MODIFY_RETURN
        fexit+ TRACING BPF_TRACE_FEXIT
        fentry.s+ TRACING BPF_TRACE_FENTRY
        fmod_ret.s+ TRACING BPF_MODIFY_RETURN
        fexit.s+ TRACING BPF_TRACE_FEXIT
        fsession+ TRACING BPF_TRACE_FSESSION
        fsession.s+ TRACING BPF_TRACE_FSESSION
        fsession.multi+ TRACING BPF_TRACE_FSESSION_MULTI
        fsession.multi.s+ TRACING BPF_TRACE_FSESSION_MULTI
        fentry.multi+ TRACING BPF_TRACE_FENTRY_MULTI
        fexit.multi+ TRACING BPF_TRACE_FEXIT_MULTI
        fentry.multi.s+ TRACING BPF_TRACE_FENTRY_MULTI
        fexit.multi.s+ TRACING BPF_TRACE_FEXIT_MULTI
        freplace+ EXT 0
        lsm+ LSM BPF_LSM_MAC
        lsm.s+ LSM BPF_LSM_MAC
        lsm_cgroup+ LSM BPF_LSM_CGROUP
        iter+ TRACING BPF_TRACE_ITER
        iter.s+ TRACING BPF_TRACE_ITER
        syscall SYSCALL 0
        xdp.frags/devmap XDP BPF_XDP_DEVMAP
        xdp/devmap XDP BPF_XDP_DEVMAP
        xdp.frags/cpumap XDP BPF_XDP_CPUMAP
        xdp/cpumap XDP BPF_XDP_CPUMAP
        xdp.frags XDP BPF_XDP
        xdp XDP BPF_XDP
        perf_event PERF_EVENT 0
        lwt_in LWT_IN 0
        lwt_out LWT_OUT 0
        lwt_xmit LWT_XMIT 0
        lwt_seg6local LWT_SEG6LOCAL 0
        sockops SOCK_OPS BPF_CGROUP_SOCK_OPS
        sk_skb/stream_parser SK_SKB BPF_SK_SKB_STREAM_PARSER
        sk_skb/stream_verdict SK_SKB BPF_SK_SKB_STREAM_VERDICT
        sk_skb/verdict SK_SKB BPF_SK_SKB_VERDICT
        sk_skb SK_SKB 0
        sk_msg SK_MSG BPF_SK_MSG_VERDICT
        lirc_mode2 LIRC_MODE2 BPF_LIRC_MODE2
        flow_dissector FLOW_DISSECTOR BPF_FLOW_DISSECTOR
        cgroup_skb/ingress CGROUP_SKB BPF_CGROUP_INET_INGRESS
        cgroup_skb/egress CGROUP_SKB BPF_CGROUP_INET_EGRESS
        cgroup/skb CGROUP_SKB 0
        cgroup/sock_create CGROUP_SOCK BPF_CGROUP_INET_SOCK_CREATE
        cgroup/sock_release CGROUP_SOCK BPF_CGROUP_INET_SOCK_RELEASE
        cgroup/sock CGROUP_SOCK BPF_CGROUP_INET_SOCK_CREATE
        cgroup/post_bind4 CGROUP_SOCK BPF_CGROUP_INET4_POST_BIND
        cgroup/post_bind6 CGROUP_SOCK BPF_CGROUP_INET6_POST_BIND
        cgroup/bind4 CGROUP_SOCK_ADDR BPF_CGROUP_INET4_BIND
        cgroup/bind6 CGROUP_SOCK_ADDR BPF_CGROUP_INET6_BIND
        cgroup/connect4 CGROUP_SOCK_ADDR BPF_CGROUP_INET4_CONNECT
        cgroup/connect6 CGROUP_SOCK_ADDR BPF_CGROUP_INET6_CONNECT
        cgroup/connect_unix CGROUP_SOCK_ADDR BPF_CGROUP_UNIX_CONNECT
        cgroup/sendmsg4 CGROUP_SOCK_ADDR BPF_CGROUP_UDP4_SENDMSG
        cgroup/sendmsg6 CGROUP_SOCK_ADDR BPF_CGROUP_UDP6_SENDMSG
        cgroup/sendmsg_unix CGROUP_SOCK_ADDR BPF_CGROUP_UNIX_SENDMSG
        cgroup/recvmsg4 CGROUP_SOCK_ADDR BPF_CGROUP_UDP4_RECVMSG
        cgroup/recvmsg6 CGROUP_SOCK_ADDR BPF_CGROUP_UDP6_RECVMSG
        cgroup/recvmsg_unix CGROUP_SOCK_ADDR BPF_CGROUP_UNIX_RECVMSG
        cgroup/getpeername4 CGROUP_SOCK_ADDR BPF_CGROUP_INET4_GETPEERNAME
        cgroup/getpeername6 CGROUP_SOCK_ADDR BPF_CGROUP_INET6_GETPEERNAME
        cgroup/getpeername_unix CGROUP_SOCK_ADDR BPF_CGROUP_UNIX_GETPEERNAME
        cgroup/getsockname4 CGROUP_SOCK_ADDR BPF_CGROUP_INET4_GETSOCKNAME
        cgroup/getsockname6 CGROUP_SOCK_ADDR BPF_CGROUP_INET6_GETSOCKNAME
        cgroup/getsockname_unix CGROUP_SOCK_ADDR BPF_CGROUP_UNIX_GETSOCKNAME
        cgroup/sysctl CGROUP_SYSCTL BPF_CGROUP_SYSCTL
        cgroup/getsockopt CGROUP_SOCKOPT BPF_CGROUP_GETSOCKOPT
        cgroup/setsockopt CGROUP_SOCKOPT BPF_CGROUP_SETSOCKOPT
        cgroup/dev CGROUP_DEVICE BPF_CGROUP_DEVICE
        struct_ops+ STRUCT_OPS 0
        struct_ops.s+ STRUCT_OPS 0
        sk_lookup SK_LOOKUP BPF_SK_LOOKUP
        netfilter NETFILTER BPF_NETFILTER
        """;

    // What libbpf before 1.0 (SEC_SLOPPY_PFX), the kernel's samples, gobpf, iproute2 and cilium/ebpf take for these.
    private const string Historic = """
        xdp_foo XDP BPF_XDP
        xdp/eth0 XDP BPF_XDP
        xdp_devmap/map_prog XDP BPF_XDP_DEVMAP
        xdp_cpumap/map_prog XDP BPF_XDP_CPUMAP
        xdp.frags_foo XDP BPF_XDP
        prog XDP BPF_XDP
        tc/foo SCHED_CLS 0
        tc_foo SCHED_CLS 0
        classifier/ingress SCHED_CLS 0
        classifier_foo SCHED_CLS 0
        sched_cls/foo SCHED_CLS 0
        sched_act/foo SCHED_ACT 0
        action/foo SCHED_ACT 0
        action_foo SCHED_ACT 0
        socket1 SOCKET_FILTER 0
        socket/filter SOCKET_FILTER 0
        socket_filter SOCKET_FILTER 0
        perf_event/cpu PERF_EVENT 0
        lwt_in_foo LWT_IN 0
        lwt_out/foo LWT_OUT 0
        lwt_xmit/foo LWT_XMIT 0
        lwt_seg6local/foo LWT_SEG6LOCAL 0
        sockops1 SOCK_OPS BPF_CGROUP_SOCK_OPS
        sk_skb/prog1 SK_SKB 0
        sk_skb2 SK_SKB 0
        sk_msg1 SK_MSG BPF_SK_MSG_VERDICT
        sk_lookup/inlookup SK_LOOKUP BPF_SK_LOOKUP
        sk_reuseport_foo SK_REUSEPORT BPF_SK_REUSEPORT_SELECT
        flow_dissector/foo FLOW_DISSECTOR BPF_FLOW_DISSECTOR
        lirc_mode2/foo LIRC_MODE2 BPF_LIRC_MODE2
        cgroup/skb1 CGROUP_SKB 0
        cgroup_skb/egress/foo CGROUP_SKB BPF_CGROUP_INET_EGRESS
        cgroup/sock1 CGROUP_SOCK BPF_CGROUP_INET_SOCK_CREATE
        cgroup/dev1 CGROUP_DEVICE BPF_CGROUP_DEVICE
        cgroup/connect4/foo CGROUP_SOCK_ADDR BPF_CGROUP_INET4_CONNECT
        cgroup/sysctl1 CGROUP_SYSCTL BPF_CGROUP_SYSCTL
        cgroup/setsockopt/1 CGROUP_SOCKOPT BPF_CGROUP_SETSOCKOPT
        ?xdp XDP BPF_XDP
        """;

    // Attach types without a section of their own, and why.
    private static readonly Dictionary<string, string> _without = new()
    {
        ["BPF_PERF_EVENT"] = "a link's attach type: programs are loaded without it",
        ["BPF_STRUCT_OPS"] = "a link's attach type: a program is loaded with the number of its member",
    };

    public static TheoryData<string> Names => [.. Lines(Libbpf), .. Lines(Historic)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_section_is_typed_as_loaders_type_it(string line)
    {
        string[] parts = line.Split(' ');
        string name = parts[0].TrimEnd('+');
        Check(name);
        if (parts[0][^1] == '+') Check(name + "/some/thing");

        void Check(string section)
        {
            Assert.True(BpfSectionName.TryParse(section, out BpfSectionName parsed), section);
            Assert.Equal(parts[1], parsed.Type.Name(), ignoreCase: true);
            Assert.Equal(
                parts[2] == "0" ? default(BpfAttachType).Name() : parts[2]["BPF_".Length..], parsed.AttachType.Name(), ignoreCase: true);
        }
    }

    [Theory]
    [InlineData("license")]
    [InlineData("tcp_congestion")]
    [InlineData("kprobes")]
    [InlineData("fentry_foo")]
    [InlineData("program")]
    [InlineData("")]
    [InlineData("?")]
    [InlineData("/")]
    public void What_no_loader_takes_has_no_type(string section) => Assert.False(BpfSectionName.TryParse(section, out _));

    [Fact]
    public void Every_type_of_the_running_kernel_has_a_section()
    {
        Assert.SkipUnless(KernelSettings.HasBtf, "the machine cannot: its kernel has no BTF");
        var parsed = Lines(Libbpf).Select(line => line.Split(' ')).ToArray();
        Btf kernel = Btf.LoadKernel();
        string[] types = [.. parsed.Select(parts => $"BPF_PROG_TYPE_{parts[1]}")], attach = [.. parsed.Select(parts => parts[2])];
        Assert.DoesNotContain(Values(kernel, "bpf_prog_type"), value => value != "BPF_PROG_TYPE_UNSPEC" && !types.Contains(value));
        Assert.DoesNotContain(Values(kernel, "bpf_attach_type"), value => !attach.Contains(value) && !_without.ContainsKey(value));
    }

    private static string[] Values(Btf btf, string name)
    {
        Assert.True(btf.TryFind(name, BtfKind.Enum, out BtfType type));
        return [.. type.GetEnumerators().Select(value => value.Name).Where(value => !value.StartsWith("__MAX", StringComparison.Ordinal))];
    }

    private static string[] Lines(string table) =>
        table.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
