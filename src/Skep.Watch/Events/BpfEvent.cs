namespace Skep.Watch.Events;

/// <summary>A system call that touched BPF, from its entry to its exit. Text and JSON are made of this.</summary>
public sealed record BpfEvent
{
    /// <summary><c>BPF_F_TOKEN_FD</c> of the flags of a call: the caller acts by a token.</summary>
    public const uint TokenFlag = 1 << 16;

    /// <summary>The <see cref="Syscall"/> of what no system call was seen for.</summary>
    internal const string NoSyscall = "none";

    /// <summary>Position in the session, from 1. Lost events leave gaps.</summary>
    public long Sequence { get; set; }

    /// <summary>The name of the machine; null when it is not known.</summary>
    public string? Host { get; set; }

    /// <summary>When the call began: nanoseconds since the epoch.</summary>
    public required long TimeNs { get; init; }

    /// <summary>The system call; <c>none</c> when none was seen.</summary>
    public required string Syscall { get; init; }

    /// <summary>What was asked: the kernel's name in lower case, without <c>BPF_</c>; a number for a command that is not known.</summary>
    public required string Command { get; init; }

    /// <summary>Who asked.</summary>
    public required ProcessIdentity Process { get; init; }

    /// <summary>What the system call returned; null when the task ended inside it, and for a count of calls.</summary>
    public long? Return { get; init; }

    /// <summary>Why it failed; null when it did not. For a netlink request, the kernel's answer to it.</summary>
    public string? Error { get; init; }

    /// <summary>From entry to exit, in nanoseconds; null where one of them was not seen.</summary>
    public long? DurationNs { get; init; }

    /// <summary>The capture backend that saw it, 1 to 3; 4 for the kernel's own record beside it.</summary>
    public required int Backend { get; init; }

    /// <summary>The map that it is about.</summary>
    public MapDetails? Map { get; init; }

    /// <summary>The program that it is about.</summary>
    public ProgramDetails? Program { get; init; }

    /// <summary>The link that it is about.</summary>
    public LinkDetails? Link { get; init; }

    /// <summary>The BTF object that it is about.</summary>
    public BtfDetails? Btf { get; init; }

    /// <summary>An attach or detach that makes no link.</summary>
    public AttachDetails? Attach { get; init; }

    /// <summary>Attributes of <c>bpf(2)</c> by the kernel's names.</summary>
    public IReadOnlyList<AttrField> Attr { get; init; } = [];

    /// <summary>Whether the caller acts by the privileges of a BPF token (Linux 6.9).</summary>
    public bool HasToken => Attr.Any(a => a.Name is "map_flags" or "prog_flags" or "btf_flags" && (a.Number & TokenFlag) != 0);

    /// <summary>The attr's bytes, of a command that this version does not know, or beyond what it knows.</summary>
    public byte[]? RawAttr { get; init; }

    /// <summary>The key of an element operation that is reported by itself.</summary>
    public byte[]? Key { get; init; }

    /// <summary>The value of an element operation that is reported by itself.</summary>
    public byte[]? Value { get; init; }

    /// <summary>Of element operations that are only counted: how many, and how many of them failed.</summary>
    public (ulong Calls, ulong Errors)? Count { get; init; }

    /// <summary>Of what was left out of a user's calls (<see cref="Count"/>): pieces of code or logs of those that were reported.</summary>
    public ulong? Pieces { get; init; }

    /// <summary>What the reader should know of how this was seen.</summary>
    public string? Note { get; init; }

    /// <summary>Whether it failed.</summary>
    public bool Failed => Error is not null || Count is { Errors: > 0 };

    /// <summary>What all events have of the record of a call; the command is still to be named.</summary>
    internal static BpfEvent Of(in CallRecord record, long timeNs, ProcessIdentity process, int backend)
    {
        CallFlags flags = record.Entry.Flags;
        bool ended = (flags & CallFlags.NoExit) == 0, trapped = (flags & CallFlags.Seccomp) != 0;
        return new BpfEvent
        {
            TimeNs = timeNs,
            Syscall = SyscallNames.Name(record.Entry),
            Command = "",
            Process = process,
            Return = ended && !trapped ? record.Ret : null,
            Error = trapped ? "SIGSYS" : ended ? SyscallErrors.Name(record.Ret) : null,
            DurationNs = (flags & (CallFlags.NoEnter | CallFlags.NoExit)) == 0 ? (long)(record.ExitNs - record.Entry.EnterNs) : null,
            Backend = backend,
            Note = CallNotes.Of(flags) ?? CallNotes.OfLoss(record.PiecesLost),
        };
    }

    /// <summary>Gives every fact to a writer.</summary>
    public void WriteTo(IFieldWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Time("time", TimeNs);
        writer.Number("seq", Sequence);
        writer.Text("host", Host);
        writer.Text("syscall", Syscall);
        writer.Text("cmd", Command);
        Process.WriteTo(writer);
        writer.Number("ret", Return);
        writer.Text("error", Error);
        writer.Number("duration_ns", DurationNs);
        writer.Number("tier", Backend);
        writer.Unsigned("count", Count?.Calls);
        writer.Unsigned("pieces", Pieces);
        writer.Unsigned("errors", Pieces is null ? Count?.Errors : null);
        writer.Text("note", Note);
        Map?.WriteTo(writer);
        Program?.WriteTo(writer);
        Link?.WriteTo(writer);
        Btf?.WriteTo(writer);
        Attach?.WriteTo(writer);
        if (Attr.Count > 0)
        {
            writer.Begin("attr");
            foreach (AttrField field in Attr) field.WriteTo(writer);
            writer.End();
        }

        writer.Bytes("attr_bytes", RawAttr);
        writer.Bytes("key", Key);
        writer.Bytes("value", Value);
    }
}
