using Skep.Linux.Kernel;
using Skep.Linux.Network;
using Skep.Watch.Capture;
using Skep.Watch.Events;

namespace Skep.Watch.Decode;

/// <summary>Attaches by ioctl, socket option, seccomp and prctl.</summary>
internal static class OtherCallDecoder
{
    public static BpfEvent Decode(BpfEvent common, CapturedCall call)
    {
        ref readonly EntryRecord entry = ref call.Record.Entry;
        return entry.Syscall switch
        {
            SyscallKind.Ioctl => common with { Command = CommandNames.PerfEventSetBpf, Attach = PerfEvent(entry) },
            SyscallKind.Setsockopt => common with { Command = CommandNames.Of((SocketOption)entry.Cmd), Attach = Socket(call) },
            SyscallKind.Seccomp => common with
            {
                Command = CommandNames.SeccompFilter,
                Attach = Seccomp(call, FlagNames.Seccomp((uint)entry.Args[1])),
            },
            _ => common with { Command = CommandNames.PrctlSeccomp, Attach = Seccomp(call, []) },
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
            Classic = option is SocketOption.AttachFilter or SocketOption.AttachReuseportCbpf ? Classic(call) : null,
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
