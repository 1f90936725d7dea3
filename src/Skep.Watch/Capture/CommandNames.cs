using System.Globalization;
using Skep.Bpf;

namespace Skep.Watch.Capture;

/// <summary>The names of <c>--cmd</c>: those that events print.</summary>
public static class CommandNames
{
    private const uint NoCommand = uint.MaxValue;

    private static readonly (string Name, SyscallKind Kind)[] Others =
    [
        ("perf_event_ioc_set_bpf", SyscallKind.Ioctl),
        ("so_attach_filter", SyscallKind.Setsockopt), ("so_detach_filter", SyscallKind.Setsockopt), ("so_lock_filter", SyscallKind.Setsockopt),
        ("so_attach_bpf", SyscallKind.Setsockopt), ("so_attach_reuseport_cbpf", SyscallKind.Setsockopt), ("so_attach_reuseport_ebpf", SyscallKind.Setsockopt),
        ("seccomp_set_mode_filter", SyscallKind.Seccomp), ("pr_set_seccomp", SyscallKind.Prctl),
        ("rtm_newlink", SyscallKind.Sendmsg), ("rtm_setlink", SyscallKind.Sendmsg), ("rtm_newroute", SyscallKind.Sendmsg),
        ("rtm_newtfilter", SyscallKind.Sendmsg), ("rtm_deltfilter", SyscallKind.Sendmsg), ("rtm_newaction", SyscallKind.Sendmsg),
        ("rtnetlink", SyscallKind.Sendmsg),
    ];

    /// <summary>All names.</summary>
    public static IEnumerable<string> All =>
        Enumerable.Range(0, BpfCommandNames.KnownCount).Select(i => ((BpfCommand)i).Name()).Concat(Others.Select(o => o.Name));

    /// <summary>Whether there is such a command; a number stands for one of <c>bpf(2)</c>.</summary>
    public static bool IsKnown(string name) => TryNumber(name, out _) || All.Contains(name);

    /// <summary>The name that events print for a name or number.</summary>
    public static string Canonical(string name) => !TryNumber(name, out uint number) ? name
        : number < BpfCommandNames.KnownCount ? ((BpfCommand)number).Name()
        : number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether these names, of which none means all, hold a command.</summary>
    internal static bool LetsThrough(IReadOnlyList<string> names, BpfCommand command) => names.Count == 0 || names.Contains(command.Name());

    /// <summary>What the kernel side lets through for these names: it is at least what they name.</summary>
    /// <exception cref="ArgumentException">There is no such command.</exception>
    internal static (ulong Commands, uint Syscalls) Masks(IReadOnlyList<string> names)
    {
        if (names.Count == 0) return (ulong.MaxValue, uint.MaxValue);
        ulong commands = 0;
        uint syscalls = 0;
        foreach (string name in names)
        {
            if (!TryNumber(name, out uint number)) number = BpfCommandNames.TryParse(name, out BpfCommand command) ? (uint)command : NoCommand;
            if (number != NoCommand)
            {
                syscalls |= 1u << (int)SyscallKind.Bpf;
                if (number < 64) commands |= 1ul << (int)number;
                continue;
            }

            int other = Array.FindIndex(Others, o => o.Name == name);
            if (other < 0) throw new ArgumentException($"watching commands: there is no command '{name}' (see CommandNames.All)", nameof(names));
            SyscallKind kind = Others[other].Kind;
            syscalls |= 1u << (int)kind;
            if (kind == SyscallKind.Sendmsg) syscalls |= 1u << (int)SyscallKind.Sendto;
        }

        return (commands, syscalls);
    }

    private static bool TryNumber(string name, out uint number) => uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
