using System.Globalization;
using Skep.Bpf;

namespace Skep.Watch.Events;

/// <summary>The names of commands: those that events print and that <c>--cmd</c> takes.</summary>
public static class CommandNames
{
    internal const string PerfEventSetBpf = "perf_event_ioc_set_bpf";
    internal const string SeccompFilter = "seccomp_set_mode_filter";
    internal const string PrctlSeccomp = "pr_set_seccomp";

    /// <summary>A netlink message that could not be kept.</summary>
    internal const string Netlink = "rtnetlink";

    private const uint NoCommand = uint.MaxValue;

    // By number: of an option, of a message. Others have one command only.
    private static readonly (string Name, SyscallKind Kind, uint Number)[] Others =
    [
        (PerfEventSetBpf, SyscallKind.Ioctl, (uint)IoctlRequest.PerfSetBpf),
        ("tunsetsteeringebpf", SyscallKind.Ioctl, (uint)IoctlRequest.TunSteering),
        ("tunsetfilterebpf", SyscallKind.Ioctl, (uint)IoctlRequest.TunFilter),
        ("siockcmattach", SyscallKind.Ioctl, (uint)IoctlRequest.KcmAttach),
        ("packet_fanout_data", SyscallKind.Setsockopt, (uint)SocketOption.PacketFanoutData),
        ("so_attach_filter", SyscallKind.Setsockopt, (uint)SocketOption.AttachFilter),
        ("so_detach_filter", SyscallKind.Setsockopt, (uint)SocketOption.DetachFilter),
        ("so_lock_filter", SyscallKind.Setsockopt, (uint)SocketOption.LockFilter),
        ("so_attach_bpf", SyscallKind.Setsockopt, (uint)SocketOption.AttachBpf),
        ("so_attach_reuseport_cbpf", SyscallKind.Setsockopt, (uint)SocketOption.AttachReuseportCbpf),
        ("so_attach_reuseport_ebpf", SyscallKind.Setsockopt, (uint)SocketOption.AttachReuseportEbpf),
        (SeccompFilter, SyscallKind.Seccomp, 0),
        (PrctlSeccomp, SyscallKind.Prctl, 0),
        ("rtm_newlink", SyscallKind.Sendmsg, (uint)RouteMessage.Newlink),
        ("rtm_setlink", SyscallKind.Sendmsg, (uint)RouteMessage.Setlink),
        ("rtm_newroute", SyscallKind.Sendmsg, (uint)RouteMessage.Newroute),
        ("rtm_newtfilter", SyscallKind.Sendmsg, (uint)RouteMessage.Newtfilter),
        ("rtm_deltfilter", SyscallKind.Sendmsg, (uint)RouteMessage.Deltfilter),
        ("rtm_newaction", SyscallKind.Sendmsg, (uint)RouteMessage.Newaction),
        (Netlink, SyscallKind.Sendmsg, 0),
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

    internal static string Of(IoctlRequest request) => Find(SyscallKind.Ioctl, (uint)request) ?? PerfEventSetBpf;

    internal static string Of(SocketOption option) => Find(SyscallKind.Setsockopt, (uint)option) ?? $"option {(uint)option}";

    internal static string Of(RouteMessage message) => Find(SyscallKind.Sendmsg, (uint)message) ?? Netlink;

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
            uint number = NumberOf(name);
            if (number != NoCommand)
            {
                syscalls |= 1u << (int)SyscallKind.Bpf;
                if (number < 64) commands |= 1ul << (int)number;
                continue;
            }

            int other = Array.FindIndex(Others, o => o.Name == name);
            if (other < 0)
                throw new ArgumentException($"watching commands: there is no command '{name}' (see CommandNames.All)", nameof(names));

            SyscallKind kind = Others[other].Kind;
            syscalls |= 1u << (int)kind;
            for (SyscallKind by = kind; kind == SyscallKind.Sendmsg && by <= SyscallKind.SendByOther; by++) syscalls |= 1u << (int)by;
        }

        return (commands, syscalls);
    }

    private static string? Find(SyscallKind kind, uint number)
    {
        foreach ((string name, SyscallKind ofKind, uint itsNumber) in Others)
            if (ofKind == kind && itsNumber == number) return name;
        return null;
    }

    private static uint NumberOf(string name)
    {
        if (TryNumber(name, out uint number)) return number;
        return BpfCommandNames.TryParse(name, out BpfCommand command) ? (uint)command : NoCommand;
    }

    private static bool TryNumber(string name, out uint number) =>
        uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
