namespace Skep.Watch.Events;

/// <summary>How a program is attached that gets no link.</summary>
public enum AttachMethod
{
    /// <summary><c>BPF_PROG_ATTACH</c>.</summary>
    ProgAttach,

    /// <summary><c>BPF_PROG_DETACH</c>.</summary>
    ProgDetach,

    /// <summary><c>PERF_EVENT_IOC_SET_BPF</c>.</summary>
    PerfEvent,

    /// <summary>An option of <c>SOL_SOCKET</c>.</summary>
    Setsockopt,

    /// <summary>A filter of seccomp.</summary>
    Seccomp,

    /// <summary>A request of ioctl(2): to a tun device, to a KCM socket.</summary>
    Ioctl,

    /// <summary>A message to rtnetlink.</summary>
    Netlink,
}

internal static class AttachMethodNames
{
    public static string Name(this AttachMethod method) => method switch
    {
        AttachMethod.ProgAttach => "prog_attach",
        AttachMethod.ProgDetach => "prog_detach",
        AttachMethod.PerfEvent => "perf_event",
        AttachMethod.Setsockopt => "setsockopt",
        AttachMethod.Seccomp => "seccomp",
        AttachMethod.Ioctl => "ioctl",
        _ => "netlink",
    };
}
