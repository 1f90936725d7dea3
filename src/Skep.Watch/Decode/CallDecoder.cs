using Skep.Bpf;
using Skep.Linux.Kernel;
using Skep.Linux.Time;
using Skep.Watch.Capture;
using Skep.Watch.Events;
using Skep.Watch.Processes;

namespace Skep.Watch.Decode;

/// <summary>Turns a captured call into the event that is told.</summary>
/// <param name="processes">Who is who.</param>
/// <param name="clock">From the kernel's clock to the wall's.</param>
/// <param name="tier">The rung of the ladder that captured it.</param>
/// <param name="tagsAreKnown">Whether the kernel computes tags in a way that is known here.</param>
internal sealed class CallDecoder(ProcessTable processes, KernelClock clock, int tier, bool tagsAreKnown = true)
{
    /// <summary>The event; null for a netlink message that attaches nothing after all.</summary>
    public BpfEvent? Decode(CapturedCall call)
    {
        BpfEvent common = Common(call);
        return call.Record.Entry.Syscall switch
        {
            SyscallKind.Bpf => BpfCallDecoder.Decode(common, call, tagsAreKnown),
            SyscallKind.Sendmsg or SyscallKind.Sendto => NetlinkDecoder.Decode(common, call),
            _ => OtherCallDecoder.Decode(common, call),
        };
    }

    /// <summary>The event of a call that <see cref="Decode"/> failed on: that it was made, by whom, and how it ended.</summary>
    public BpfEvent DecodeBriefly(CapturedCall call)
    {
        ref readonly EntryRecord entry = ref call.Record.Entry;
        return Common(call) with { Command = entry.Syscall == SyscallKind.Bpf ? ((BpfCommand)entry.Command).Name() : SyscallName(entry.Syscall) };
    }

    private BpfEvent Common(CapturedCall call)
    {
        ref readonly CallRecord record = ref call.Record;
        ref readonly EntryRecord entry = ref record.Entry;
        bool ended = (entry.Flags & CallFlags.NoExit) == 0;
        bool trapped = (entry.Flags & CallFlags.Seccomp) != 0;
        return new BpfEvent
        {
            TimeNs = clock.ToUnixNs(entry.EnterNs),
            Syscall = SyscallName(entry.Syscall),
            Command = "",
            Process = Identify(entry),
            Return = ended && !trapped ? record.Return : null,
            Error = trapped ? "SIGSYS" : ended ? SyscallErrors.Name(record.Return) : null,
            DurationNs = (entry.Flags & (CallFlags.NoEnter | CallFlags.NoExit)) == 0 ? (long)(record.ExitNs - entry.EnterNs) : null,
            Tier = tier,
            Note = NoteOf(entry.Flags) ?? (record.PiecesLost == 0 ? null : $"{record.PiecesLost} pieces of what it carries found no room in the ring buffer (give a larger --buffer)"),
        };
    }

    private ProcessIdentity Identify(in EntryRecord entry)
    {
        ProcessFacts? facts = processes.Find(entry.Pid, entry.ProcessStart);
        return new ProcessIdentity(entry.Pid, entry.Tid, entry.ParentPid, entry.Uid, KernelText.Read(entry.Comm), facts?.Exe is { Length: > 0 } exe ? exe : null,
            facts?.Cgroup, facts?.Unit, facts?.Container, entry.Netns);
    }

    private static string? NoteOf(CallFlags flags) =>
        (flags & CallFlags.Open) != 0 ? "its end was not seen: under way when the watch ended, or left by a signal"
        : (flags & CallFlags.NoExit) != 0 ? "the task ended inside the call"
        : (flags & CallFlags.Seccomp) != 0 ? "not executed: trapped by a seccomp filter"
        : (flags & CallFlags.NoEnter) != 0 ? "seen at its exit only: answered by a seccomp filter, begun before the watch, or one of more than 4096 at once"
        : (flags & CallFlags.Replaced) != 0 ? "another thread put another program behind the returned descriptor before it could be read"
        : (flags & CallFlags.LeftOut) != 0 ? "its code, logs and names are left out: its user, without CAP_BPF, has no more room in the ring buffer"
        : (flags & CallFlags.Compat) != 0 ? "a 32-bit system call"
        : null;

    private static string SyscallName(SyscallKind kind) => kind switch
    {
        SyscallKind.Bpf => "bpf",
        SyscallKind.Ioctl => "ioctl",
        SyscallKind.Setsockopt => "setsockopt",
        SyscallKind.Seccomp => "seccomp",
        SyscallKind.Prctl => "prctl",
        SyscallKind.Sendmsg => "sendmsg",
        SyscallKind.Sendto => "sendto",
        _ => $"syscall {(uint)kind}",
    };
}
