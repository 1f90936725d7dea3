using Skep.Bpf;

namespace Skep.Watch.Capture;

/// <summary>The names of <c>--cmd</c>: those that events print.</summary>
public static class CommandNames
{
    private static readonly (string Name, SyscallKind Kind)[] Others =
    [
        ("perf_event_ioc_set_bpf", SyscallKind.Ioctl),
        ("so_attach_filter", SyscallKind.Setsockopt), ("so_detach_filter", SyscallKind.Setsockopt), ("so_lock_filter", SyscallKind.Setsockopt),
        ("so_attach_bpf", SyscallKind.Setsockopt), ("so_attach_reuseport_cbpf", SyscallKind.Setsockopt), ("so_attach_reuseport_ebpf", SyscallKind.Setsockopt),
        ("seccomp_set_mode_filter", SyscallKind.Seccomp), ("pr_set_seccomp", SyscallKind.Prctl),
        ("rtm_newlink", SyscallKind.Sendmsg), ("rtm_setlink", SyscallKind.Sendmsg), ("rtm_newroute", SyscallKind.Sendmsg),
        ("rtm_newtfilter", SyscallKind.Sendmsg), ("rtm_deltfilter", SyscallKind.Sendmsg), ("rtm_newaction", SyscallKind.Sendmsg),
    ];

    /// <summary>All names.</summary>
    public static IEnumerable<string> All =>
        Enumerable.Range(0, BpfCommandNames.KnownCount).Select(i => ((BpfCommand)i).Name()).Concat(Others.Select(o => o.Name));

    /// <summary>Whether there is such a command; a number stands for one of <c>bpf(2)</c> that has no name here.</summary>
    public static bool IsKnown(string name) => uint.TryParse(name, out _) || All.Contains(name);

    /// <summary>Whether these names, of which none means all, hold a command.</summary>
    internal static bool LetsThrough(IReadOnlyList<string> names, BpfCommand command) => names.Count == 0 || names.Contains(command.Name());

    /// <summary>What the kernel side lets through for these names: it is at least what they name.</summary>
    internal static (ulong Commands, uint Syscalls) Masks(IReadOnlyList<string> names)
    {
        if (names.Count == 0) return (ulong.MaxValue, uint.MaxValue);
        ulong commands = 0;
        uint syscalls = 0;
        foreach (string name in names)
        {
            if (uint.TryParse(name, out uint number) || (BpfCommandNames.TryParse(name, out BpfCommand command) && (number = (uint)command) == number))
            {
                syscalls |= 1u << (int)SyscallKind.Bpf;
                if (number < 64) commands |= 1ul << (int)number;
                continue;
            }

            SyscallKind kind = Others.First(o => o.Name == name).Kind;
            syscalls |= 1u << (int)kind;
            if (kind == SyscallKind.Sendmsg) syscalls |= 1u << (int)SyscallKind.Sendto;
        }

        return (commands, syscalls);
    }
}
