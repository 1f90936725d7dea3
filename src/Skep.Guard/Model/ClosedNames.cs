namespace Skep.Guard.Model;

/// <summary>
/// The keyrings that signatures of programs are verified with: system keyrings by their ids of include/linux/verification.h.
/// </summary>
public static class Keyrings
{
    /// <summary>The names: a keyring's number is its place, the last one stands for keyrings of users.</summary>
    public static IReadOnlyList<string> Names { get; } = ["builtin", "secondary", "platform", "user"];
}

/// <summary>The names of capabilities(7), by number.</summary>
public static class CapabilityNames
{
    /// <summary>All of Linux 6.18.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
        "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK",
        "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN",
        "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE",
        "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
        "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ];
}

/// <summary>The names of findings: those of docs/explain.md.</summary>
public static class FindingNames
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "writes-user-memory", "hides-from-getdents", "overrides-return", "changes-return-value", "sends-signals", "reads-user-memory",
        "reads-kernel-memory", "reads-memory", "writes-kernel-memory", "rewrites-packets", "redirects-packets", "redirects-sockets",
        "drops-packets", "sends-packets-back", "denies-operations", "rewrites-addresses", "changes-sockets", "uses-kernel-sockets",
        "sends-icmp", "submits-io-uring", "changes-xattrs", "changes-sysctl", "changes-exec", "makes-system-calls",
        "finds-kernel-addresses", "makes-input-events", "crashes-kernel", "reads-keystrokes", "reads-typed-lines",
    ];
}
