using Skep.Inventory.Passes;
using Skep.Linux.Kernel;
using Skep.Linux.Network;
using Skep.Watch.Capture;
using Skep.Watch.Events;

namespace Skep.Watch.Decode;

/// <summary>Attaches by ioctl, socket option, seccomp and prctl.</summary>
internal static class OtherCallDecoder
{
    private const uint SoAttachFilter = 26, SoDetachFilter = 27, SoLockFilter = 44, SoAttachBpf = 50, SoAttachReuseportCbpf = 51, SoAttachReuseportEbpf = 52;

    public static BpfEvent Decode(BpfEvent common, CapturedCall call)
    {
        ref readonly EntryRecord entry = ref call.Record.Entry;
        return entry.Syscall switch
        {
            SyscallKind.Ioctl => common with { Command = "perf_event_ioc_set_bpf", Attach = PerfEvent(entry) },
            SyscallKind.Setsockopt => common with { Command = OptionName(entry.Command), Attach = Socket(call) },
            SyscallKind.Seccomp => common with { Command = "seccomp_set_mode_filter", Attach = Seccomp(call, FlagNames.Seccomp((uint)entry.Args[1])) },
            _ => common with { Command = "pr_set_seccomp", Attach = Seccomp(call, []) },
        };
    }

    private static AttachDetails PerfEvent(in EntryRecord entry)
    {
        ref readonly ObjectReference target = ref entry.References[0];
        return new AttachDetails
        {
            How = "perf_event",
            Target = target.Kind == ObjectKind.PerfEvent
                ? TargetText.PerfEvent(target.Id, target.Extra, KernelText.Read(entry.Target), entry.TargetOffset)
                : $"descriptor {target.Fd}, which is no perf event",
            ProgramId = ProgramOf(entry.References[1]),
        };
    }

    private static AttachDetails Socket(CapturedCall call)
    {
        ref readonly EntryRecord entry = ref call.Record.Entry;
        ref readonly ObjectReference socket = ref entry.References[0];
        return new AttachDetails
        {
            How = "setsockopt",
            AttachType = OptionName(entry.Command),
            IsDetach = entry.Command == SoDetachFilter,
            Target = socket.Kind == ObjectKind.Socket ? $"socket {AddressFamilyNames.Of(socket.Extra)} fd {socket.Fd}" : $"descriptor {socket.Fd}, which is no socket",
            ProgramId = ProgramOf(entry.References[1]),
            Classic = entry.Command is SoAttachFilter or SoAttachReuseportCbpf ? Classic(call) : null,
        };
    }

    private static AttachDetails Seccomp(CapturedCall call, string[] flags) => new()
    {
        How = "seccomp", Target = $"thread {call.Record.Entry.Tid}", Flags = flags, Classic = Classic(call),
    };

    // The kernel makes no tag for classic code.
    private static CodeDetails Classic(CapturedCall call) =>
        CodeComparer.Judge(call.Code, call.Record.Entry.FilterLength, default, default, changedByKernel: false, call.Record.PiecesLost, "the kernel makes no tag for classic code");

    private static uint? ProgramOf(in ObjectReference reference) => reference.Kind == ObjectKind.Program ? reference.Id : null;

    private static string OptionName(uint option) => option switch
    {
        SoAttachFilter => "so_attach_filter",
        SoDetachFilter => "so_detach_filter",
        SoLockFilter => "so_lock_filter",
        SoAttachBpf => "so_attach_bpf",
        SoAttachReuseportCbpf => "so_attach_reuseport_cbpf",
        SoAttachReuseportEbpf => "so_attach_reuseport_ebpf",
        _ => $"option {option}",
    };
}
