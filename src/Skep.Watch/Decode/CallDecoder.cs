using Skep.Bpf;
using Skep.Linux.Time;
using Skep.Watch.Capture;
using Skep.Watch.Events;
using Skep.Watch.Processes;

namespace Skep.Watch.Decode;

/// <summary>Turns a captured call into the event that is reported.</summary>
/// <param name="processes">Who is who.</param>
/// <param name="clock">From the kernel's clock to the wall's.</param>
/// <param name="backend">The capture backend.</param>
/// <param name="typeName">The name of one of the kernel's BTF types; null when it is not known.</param>
/// <param name="tagsAreKnown">Whether the kernel computes tags in a way that is known here: Linux 6.18 changed it once.</param>
internal sealed class CallDecoder(
    ProcessTable processes, KernelClock clock, int backend, Func<uint, string?> typeName, bool tagsAreKnown = true)
{
    private readonly BpfCallDecoder _bpf = new(typeName, tagsAreKnown);

    /// <summary>The event; null for a netlink message that attaches nothing after all.</summary>
    public BpfEvent? Decode(CapturedCall call)
    {
        BpfEvent common = Common(call);
        return call.Record.Entry.Syscall switch
        {
            SyscallKind.Bpf => _bpf.Decode(common, call),
            >= SyscallKind.Sendmsg => NetlinkDecoder.Decode(common, call),
            _ => OtherCallDecoder.Decode(common, call),
        };
    }

    /// <summary>The event of a call that <see cref="Decode"/> failed on: that it was made, by whom, and how it ended.</summary>
    public BpfEvent DecodeBriefly(CapturedCall call)
    {
        ref readonly EntryRecord entry = ref call.Record.Entry;
        return Common(call) with { Command = entry.Syscall == SyscallKind.Bpf ? ((BpfCommand)entry.Cmd).Name() : entry.Syscall.Name() };
    }

    private BpfEvent Common(CapturedCall call)
    {
        ref readonly EntryRecord entry = ref call.Record.Entry;
        ProcessIdentity process = processes.Find(entry.Pid, entry.ProcessStart) ?? ProcessIdentity.Unknown(entry.Pid);
        return BpfEvent.Of(call.Record, clock.ToUnixNs(entry.EnterNs), process.With(entry), backend);
    }
}
