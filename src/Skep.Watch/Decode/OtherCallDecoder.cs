using Skep.Linux.Kernel;
using Skep.Linux.Network;
using Skep.Watch.Capture;
using Skep.Watch.Events;

namespace Skep.Watch.Decode;

/// <summary>Attaches by ioctl, socket option, seccomp and prctl.</summary>
internal static class OtherCallDecoder
{
    private const ulong KcmFamily = 41;
    private const int NoProgram = -1;

    /// <summary>The event; null for a request to another kind of file, which has the number for something else.</summary>
    public static BpfEvent? Decode(BpfEvent common, CapturedCall call)
    {
        ref readonly EntryRecord entry = ref call.Record.Entry;
        return entry.Syscall switch
        {
            SyscallKind.Ioctl => Request(entry) is { } attach
                ? common with { Command = CommandNames.Of((IoctlRequest)entry.Cmd), Attach = attach } : null,
            SyscallKind.Setsockopt => common with { Command = CommandNames.Of((SocketOption)entry.Cmd), Attach = Socket(call) },
            SyscallKind.Seccomp => Synchronized((uint)entry.Args[1], common with
            {
                Command = CommandNames.SeccompFilter,
                Attach = Seccomp(call, FlagNames.Seccomp((uint)entry.Args[1])),
            }),
            _ => common with { Command = CommandNames.PrctlSeccomp, Attach = Seccomp(call, []) },
        };
    }

    // seccomp(2): of threads that have other filters it returns one, and has attached to none.
    private static BpfEvent Synchronized(uint flags, BpfEvent e)
    {
        const uint Synchronize = 1 << 0, NewListener = 1 << 3;
        bool hasFailed = (flags & (Synchronize | NewListener)) == Synchronize && e.Return > 0;
        return hasFailed ? e with { Error = "ESRCH", Note = $"thread {e.Return} has filters that this one does not" } : e;
    }

    private static AttachDetails? Request(in EntryRecord entry) => (IoctlRequest)entry.Cmd switch
    {
        IoctlRequest.KcmAttach => Kcm(entry),
        IoctlRequest.TunSteering or IoctlRequest.TunFilter => Tun(entry),
        _ => PerfEvent(entry),
    };

    private static AttachDetails Tun(in EntryRecord entry)
    {
        string device = KernelText.Read(entry.Target);
        return new AttachDetails
        {
            How = AttachMethod.Ioctl,
            AttachType = CommandNames.Of((IoctlRequest)entry.Cmd),
            IsDetach = entry.Refs[1].Fd == NoProgram,
            Target = device.Length > 0 ? $"tun {device}" : $"tun fd {entry.Refs[0].Fd}",
            ProgramId = ProgramOf(entry.Refs[1]),
        };
    }

    private static AttachDetails? Kcm(in EntryRecord entry)
    {
        ref readonly RefRecord socket = ref entry.Refs[0];
        if (socket.Kind != ObjectKind.Socket || socket.Extra != KcmFamily) return null;
        return new AttachDetails
        {
            How = AttachMethod.Ioctl,
            AttachType = CommandNames.Of((IoctlRequest)entry.Cmd),
            Target = $"socket {AddressFamilyNames.Of(socket.Extra)} fd {socket.Fd}",
            ProgramId = ProgramOf(entry.Refs[1]),
        };
    }

    private static AttachDetails PerfEvent(in EntryRecord entry)
    {
        ref readonly RefRecord target = ref entry.Refs[0];
        return new AttachDetails
        {
            How = AttachMethod.PerfEvent,
            Target = target.Kind == ObjectKind.PerfEvent
                ? TargetText.PerfEvent(target.Id, target.Extra, KernelText.Read(entry.Target), entry.TargetOffset)
                : $"descriptor {target.Fd}, which is no perf event",
            ProgramId = ProgramOf(entry.Refs[1]),
        };
    }

    private static AttachDetails Socket(CapturedCall call)
    {
        ref readonly EntryRecord entry = ref call.Record.Entry;
        ref readonly RefRecord socket = ref entry.Refs[0];
        var option = (SocketOption)entry.Cmd;
        return new AttachDetails
        {
            How = AttachMethod.Setsockopt,
            AttachType = CommandNames.Of(option),
            IsDetach = option == SocketOption.DetachFilter,
            Target = (entry.Flags & CallFlags.IoUring) != 0 ? "socket of a request to io_uring"
                : socket.Kind == ObjectKind.Socket ? $"socket {AddressFamilyNames.Of(socket.Extra)} fd {socket.Fd}"
                : $"descriptor {socket.Fd}, which is no socket",
            ProgramId = ProgramOf(entry.Refs[1]),
            Classic = option is SocketOption.AttachFilter or SocketOption.AttachReuseportCbpf
                || (option == SocketOption.PacketFanoutData && entry.FilterLen > 0) ? Classic(call) : null,
        };
    }

    private static AttachDetails Seccomp(CapturedCall call, string[] flags) => new()
    {
        How = AttachMethod.Seccomp, Target = $"thread {call.Record.Entry.Tid}", Flags = flags, Classic = Classic(call),
    };

    // The kernel makes no tag for classic code.
    private static CodeDetails Classic(CapturedCall call) => CodeComparer.Judge(
        call.Code, call.Record.Entry.FilterLen, default, default, changedByKernel: false, call.Record.PiecesLost,
        "the kernel makes no tag for classic code", call.IsReadOnce);

    private static uint? ProgramOf(in RefRecord reference) => reference.Kind == ObjectKind.Prog ? reference.Id : null;
}
