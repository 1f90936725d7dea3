using Skep.Bpf;
using Skep.Linux.Errors;
using Skep.Linux.Kernel;
using Skep.Watch.Capture;

namespace Skep.Watch.Doctor;

/// <summary>What this kernel allows, found by trying.</summary>
public static class KernelExamination
{
    private static readonly Capability[] Needed =
    [
        Capability.Bpf, Capability.Perfmon, Capability.NetAdmin, Capability.SysAdmin, Capability.SysResource, Capability.Syslog,
    ];

    // What backend 3 cannot see, whatever the kernel.
    private static readonly string[] MissedByTier3 =
    [
        "what a BPF syscall program does by itself (light skeletons): no system call is made; "
            + "its programs are reported from the kernel's own record, without their original code",
        "requests through io_uring (IORING_OP_URING_CMD setsockopt, sends to a netlink socket)",
        "netlink requests written with write, writev or sendmmsg, and the second and later buffers of one sendmsg",
        "detaches by netlink that name no program: tc filter del without a kind, tc qdisc del, ip route del; "
            + "tc filters of other kinds with a bpf action",
        "programs attached by other means: iptables -m bpf (xt_bpf)",
        "code whose pages were not in memory when the call began is read when it ends, and marked partial unless the tag proves it",
    ];

    // What backends 1 and 2 cannot see, whatever the kernel.
    private static readonly string[] MissedByHooks =
    [
        "calls that do not reach the kernel's functions: refused by a seccomp filter, or on a descriptor that is no socket or perf event",
        "detaches by netlink that name no program: tc filter del without a kind, tc qdisc del, ip route del; "
            + "tc filters of other kinds with a bpf action",
        "programs attached by other means: iptables -m bpf (xt_bpf)",
        "the kernel's copy of what a call carries beside attributes and code: license, paths, names and BTF are read from the process",
    ];

    private const string MissedByKprobes =
        "the end of a call while more of its kind are under way than the kernel keeps places for (twice the number of CPUs, at least 10)";

    /// <summary>All findings, in the order in which they matter.</summary>
    public static IReadOnlyList<HealthFinding> Examine() =>
    [
        new("kernel", "Kernel", KernelSettings.Release, Health.Good),
        Btf(), Jit(), LockdownState(), Unprivileged(), Permissions(), BpfFileSystem(),
        Feature("ringbuf", "Ring buffer", KernelFeatures.Has(BpfMapType.Ringbuf), "watch needs it (Linux 5.8)"),
        Feature("xdp", "XDP programs", KernelFeatures.Has(BpfProgramType.Xdp), "filter needs them"),
        Feature("xdp_link", "XDP links", KernelFeatures.HasLink(BpfAttachType.Xdp), "filter needs them (Linux 5.9)"),
        NetworkNamespaces(),
    ];

    /// <summary>The capture backends of watch, best first.</summary>
    public static IReadOnlyList<BackendStatus> Tiers(KernelTypes types) => CaptureBackends.Probe(types);

    /// <summary>What watch does not see with a backend.</summary>
    public static IReadOnlyList<string> Missed(BackendStatus backend) => backend.Number switch
    {
        1 => [.. MissedByHooks, .. backend.Missed],
        2 => [.. MissedByHooks, MissedByKprobes, .. backend.Missed],
        _ => MissedByTier3,
    };

    private static HealthFinding Btf() => KernelSettings.HasBtf
        ? new("btf", "Kernel BTF", "present", Health.Good)
        : new("btf", "Kernel BTF", "absent", Health.Bad, "watch needs a kernel with CONFIG_DEBUG_INFO_BTF");

    private static HealthFinding Jit() => KernelSettings.JitEnable switch
    {
        0 => new("jit", "JIT compiler", "off", Health.Limited, "sysctl net.core.bpf_jit_enable=1 makes programs several times as fast"),
        null => new("jit", "JIT compiler", "not known", Health.Limited),
        int level => new("jit", "JIT compiler", level == 1 ? "on" : "on, debugging", Health.Good),
    };

    private static HealthFinding LockdownState() => KernelSettings.Lockdown switch
    {
        Lockdown.Confidentiality => new("lockdown", "Lockdown", "confidentiality", Health.Bad,
            "BPF programs may not read kernel memory: watch cannot work. Boot with lockdown=integrity or none"),
        Lockdown.Integrity => new("lockdown", "Lockdown", "integrity", Health.Good),
        Lockdown.None => new("lockdown", "Lockdown", "none", Health.Good),
        _ => new("lockdown", "Lockdown", "not known", Health.Good),
    };

    private static HealthFinding Unprivileged() => KernelSettings.UnprivilegedBpfDisabled switch
    {
        0 => new("unprivileged_bpf", "BPF without privileges", "allowed", Health.Limited,
            "any user may load programs: sysctl kernel.unprivileged_bpf_disabled=1 forbids it"),
        null => new("unprivileged_bpf", "BPF without privileges", "not known", Health.Good),
        _ => new("unprivileged_bpf", "BPF without privileges", "forbidden", Health.Good),
    };

    private static HealthFinding Permissions()
    {
        ProcessCapabilities mine = ProcessCapabilities.Read();
        string held = string.Join(", ", Needed.Where(mine.Has).Select(c => "CAP_" + ScreamingCase(c.ToString())));
        return new HealthFinding("capabilities", "Capabilities", held.Length > 0 ? held : "none", mine.CanTrace ? Health.Good : Health.Bad,
            mine.CanTrace ? null : "run it as root, or with CAP_BPF and CAP_PERFMON");
    }

    private static HealthFinding BpfFileSystem()
    {
        string? mount = MountTable.First("bpf");
        return mount is null
            ? new("bpffs", "BPF file system", "not mounted", Health.Limited, "mount -t bpf bpf /sys/fs/bpf")
            : new("bpffs", "BPF file system", mount, Health.Good);
    }

    private static HealthFinding NetworkNamespaces() => KernelFile.Exists("/proc/self/ns/net")
        ? new("netns", "Network namespaces", "present", Health.Good)
        : new("netns", "Network namespaces", "absent", Health.Limited);

    private static HealthFinding Feature(string key, string title, Support support, string need) => support switch
    {
        Support.Yes => new(key, title, "supported", Health.Good),
        Support.No => new(key, title, "not supported", Health.Bad, need),
        _ => new(key, title, "could not be tried", Health.Limited, need),
    };

    private static string ScreamingCase(string name) =>
        string.Concat(name.Select((c, i) => (i > 0 && char.IsUpper(c) ? "_" : "") + char.ToUpperInvariant(c)));
}
