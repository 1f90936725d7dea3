using System.Runtime.InteropServices;
using Skep.Linux.Handles;
using Skep.Linux.Interop;

namespace Skep.Linux.Kernel;

/// <summary>The kernel's lockdown (man 7 kernel_lockdown): what even root may not do.</summary>
public enum Lockdown
{
    /// <summary>It cannot be told: the kernel has no lockdown, or the state may not be read.</summary>
    Unknown,

    /// <summary>Nothing is locked down.</summary>
    None,

    /// <summary>The running kernel may not be modified: writing user memory from BPF is refused.</summary>
    Integrity,

    /// <summary>Kernel memory may not be read either: tracing programs are refused.</summary>
    Confidentiality,
}

/// <summary>What this kernel is, and what it is set to, as far as BPF is concerned. Read anew by each call.</summary>
public static unsafe partial class KernelSettings
{
    private const int FSOPEN_CLOEXEC = 1, FSCONFIG_CMD_CREATE = 6, FSMOUNT_CLOEXEC = 1;
    private const int MaxText = 4096;

    /// <summary>The release: <c>6.18.1-cloud-amd64</c>.</summary>
    public static string Release => KernelFile.Text("/proc/sys/kernel/osrelease").Value ?? "";

    /// <summary>
    /// <c>net.core.bpf_jit_enable</c>: 0 interpreter, 1 JIT, 2 JIT with its code in the kernel's log; null when it cannot be read.
    /// </summary>
    public static int? JitEnable => ReadNumber("/proc/sys/net/core/bpf_jit_enable");

    /// <summary><c>net.core.bpf_jit_harden</c>: 0 off, 1 for unprivileged loaders, 2 for all; null when it cannot be read.</summary>
    public static int? JitHarden => ReadNumber("/proc/sys/net/core/bpf_jit_harden");

    /// <summary><c>net.core.bpf_jit_kallsyms</c>: whether programs are in /proc/kallsyms; null when it cannot be read.</summary>
    public static int? JitKallsyms => ReadNumber("/proc/sys/net/core/bpf_jit_kallsyms");

    /// <summary><c>net.core.bpf_jit_limit</c>: bytes of machine code for unprivileged loaders; null when it cannot be read.</summary>
    public static long? JitLimit => KernelFile.Number("/proc/sys/net/core/bpf_jit_limit");

    /// <summary><c>kernel.unprivileged_bpf_disabled</c>: 0 allowed, 1 refused for good, 2 refused; null when it cannot be read.</summary>
    public static int? UnprivilegedBpfDisabled => ReadNumber("/proc/sys/kernel/unprivileged_bpf_disabled");

    /// <summary><c>kernel.bpf_stats_enabled</c>: whether run time and count are kept for all; null when it cannot be read.</summary>
    public static int? StatsEnabled => ReadNumber("/proc/sys/kernel/bpf_stats_enabled");

    /// <summary>
    /// <c>kernel.kptr_restrict</c>: 0 kernel addresses are shown (hashed for the unprivileged), 1 with CAP_SYSLOG, 2 never.
    /// </summary>
    public static int? KptrRestrict => ReadNumber("/proc/sys/kernel/kptr_restrict");

    /// <summary><c>kernel.perf_event_paranoid</c>; null when it cannot be read.</summary>
    public static int? PerfEventParanoid => ReadNumber("/proc/sys/kernel/perf_event_paranoid");

    /// <summary>Whether the kernel has its own BTF: /sys/kernel/btf/vmlinux.</summary>
    public static bool HasBtf => KernelFile.IsReadable(KernelBtfPath);

    internal const string KernelBtfPath = "/sys/kernel/btf/vmlinux";

    /// <summary>The names of the security modules in use, in their order; empty when they cannot be read.</summary>
    public static string[] SecurityModules => ReadSecurityFile("lsm")?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>
    /// The lockdown, from securityfs where it is mounted, else from an instance of it that is mounted nowhere (Linux 5.2, needs
    /// CAP_SYS_ADMIN).
    /// </summary>
    public static Lockdown Lockdown => ParseLockdown(ReadSecurityFile("lockdown"));

    /// <summary>
    /// Whether tasks are preempted inside the kernel (preempt=full, preempt=lazy, PREEMPT_RT); null when it cannot be told. What a kernel
    /// with PREEMPT_DYNAMIC does is in debugfs, which is read from an instance that is mounted nowhere.
    /// </summary>
    public static bool? IsPreemptible =>
        ParsePreemption(ReadFromDetached("debugfs", "sched/preempt"), KernelFile.Text("/proc/sys/kernel/version").Value);

    /// <summary>Whether ftrace is on, without which the kernel runs no trampolines: programs of LSMs, fentry, fexit, fmod_ret.</summary>
    public static bool IsFtraceOn => KernelFile.Text("/proc/sys/kernel/ftrace_enabled").Value?.Trim() != "0";

    /// <summary>The chosen one is in parentheses: <c>none voluntary full (lazy)</c>; the version is of uname(2).</summary>
    internal static bool? ParsePreemption(string? models, string? version)
    {
        if (models is not null && models.Contains('(', StringComparison.Ordinal))
            return !models.Contains("(none)", StringComparison.Ordinal) && !models.Contains("(voluntary)", StringComparison.Ordinal);
        if (version is null || version.Contains("PREEMPT_DYNAMIC", StringComparison.Ordinal)) return null;
        return version.Contains("PREEMPT", StringComparison.Ordinal);
    }

    /// <summary>The chosen one is in brackets: <c>none [integrity] confidentiality</c>.</summary>
    internal static Lockdown ParseLockdown(string? text)
    {
        if (text is null) return Lockdown.Unknown;
        if (text.Contains("[confidentiality]", StringComparison.Ordinal)) return Lockdown.Confidentiality;
        if (text.Contains("[integrity]", StringComparison.Ordinal)) return Lockdown.Integrity;
        return text.Contains("[none]", StringComparison.Ordinal) ? Lockdown.None : Lockdown.Unknown;
    }

    private static string? ReadSecurityFile(string name) =>
        KernelFile.Text("/sys/kernel/security/" + name).Value ?? ReadFromDetached("securityfs", name);

    private static string? ReadFromDetached(string fileSystem, string name)
    {
        fixed (byte* type = System.Text.Encoding.UTF8.GetBytes(fileSystem + '\0'))
        {
            int context = (int)Libc.syscall(Processor.Fsopen, (nint)type, FSOPEN_CLOEXEC, 0, 0, 0);
            if (context < 0) return null;
            using FileHandle contextHandle = FileHandle.Own(context, $"open {fileSystem}");
            if (Libc.syscall(Processor.Fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0) < 0) return null;
            int mount = (int)Libc.syscall(Processor.Fsmount, context, FSMOUNT_CLOEXEC, 0, 0, 0);
            if (mount < 0) return null;
            using FileHandle mountHandle = FileHandle.Own(mount, $"mount {fileSystem}");
            fixed (byte* path = System.Text.Encoding.UTF8.GetBytes(name + '\0'))
            {
                int fd = (int)Libc.syscall(Processor.This.Openat, mount, (nint)path, Libc.O_RDONLY | Libc.O_CLOEXEC, 0, 0);
                if (fd < 0) return null;
                using FileHandle file = FileHandle.Own(fd, $"open a file of {fileSystem}");
                byte* text = stackalloc byte[MaxText];
                nint length = Libc.read(fd, text, MaxText);
                return length < 0 ? null : System.Text.Encoding.UTF8.GetString(text, (int)length).Trim();
            }
        }
    }

    private static int? ReadNumber(string path) => (int?)KernelFile.Number(path);
}
