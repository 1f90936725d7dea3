namespace Skep.Watch.Events;

/// <summary>A system call that touched BPF, from its entry to its exit.</summary>
public sealed record BpfEvent
{
    /// <summary>Position in the session, from 1. Lost events leave gaps.</summary>
    public long Sequence { get; set; }

    /// <summary>When the call began: nanoseconds since the epoch.</summary>
    public required long TimeNs { get; init; }

    /// <summary><c>bpf</c>, <c>ioctl</c>, <c>setsockopt</c>, <c>seccomp</c>, <c>prctl</c>, <c>sendmsg</c>, <c>sendto</c>; <c>none</c> when only the kernel's own record told of it.</summary>
    public required string Syscall { get; init; }

    /// <summary>What was asked: the kernel's name in lower case, without <c>BPF_</c>; a number for a command that this version does not know.</summary>
    public required string Command { get; init; }

    /// <summary>Who asked.</summary>
    public required ProcessIdentity Process { get; init; }

    /// <summary>What the system call returned; null when the task ended inside it, and for a count of calls.</summary>
    public long? Return { get; init; }

    /// <summary>Why it failed; null when it did not. For a netlink request, the kernel's answer to it.</summary>
    public string? Error { get; init; }

    /// <summary>From entry to exit, in nanoseconds; null where one of them was not seen.</summary>
    public long? DurationNs { get; init; }

    /// <summary>The rung of the ladder that saw it, 1 to 3; 4 for the kernel's own record beside it.</summary>
    public required int Tier { get; init; }

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

    /// <summary>The attr's bytes, of a command that this version does not know, or beyond what it knows.</summary>
    public byte[]? RawAttr { get; init; }

    /// <summary>The key of an element operation that is told whole.</summary>
    public byte[]? Key { get; init; }

    /// <summary>The value of an element operation that is told whole.</summary>
    public byte[]? Value { get; init; }

    /// <summary>Of element operations that are only counted: how many, and how many of them failed.</summary>
    public (ulong Calls, ulong Errors)? Count { get; init; }

    /// <summary>Of what was left out of a user's calls (<see cref="Count"/>): pieces of code or logs of those that were reported.</summary>
    public ulong? Pieces { get; init; }

    /// <summary>What the reader should know of how this was seen.</summary>
    public string? Note { get; init; }

    /// <summary>Whether it failed.</summary>
    public bool Failed => Error is not null || Count is { Errors: > 0 };
}

/// <summary>Who made a call.</summary>
/// <param name="Pid">Process, in the first PID namespace.</param>
/// <param name="Tid">Thread.</param>
/// <param name="ParentPid">Its parent; null when not known.</param>
/// <param name="Uid">User, in the first user namespace; null when not known.</param>
/// <param name="Comm">The thread's name.</param>
/// <param name="Exe">The executable as its own root sees it; null when not known.</param>
/// <param name="Cgroup">Path in the v2 hierarchy; where that is not in use, in the v1 pids hierarchy; null when not known.</param>
/// <param name="Unit">systemd's unit.</param>
/// <param name="Container">The container's id or name.</param>
/// <param name="Netns">Inode of the network namespace; null when not known.</param>
public sealed record ProcessIdentity(
    uint Pid, uint Tid, uint? ParentPid, uint? Uid, string Comm, string? Exe, string? Cgroup, string? Unit, string? Container, uint? Netns);

/// <summary>A map. What is not known is null.</summary>
public sealed record MapDetails
{
    /// <summary>The kernel's id.</summary>
    public uint? Id { get; init; }

    /// <summary>The type, by bpftool's name.</summary>
    public string? Type { get; init; }

    /// <summary>The name that it was given.</summary>
    public string? Name { get; init; }

    /// <summary>Bytes of a key.</summary>
    public uint? KeySize { get; init; }

    /// <summary>Bytes of a value.</summary>
    public uint? ValueSize { get; init; }

    /// <summary>Entries; bytes of a ring buffer.</summary>
    public uint? MaxEntries { get; init; }

    /// <summary><c>BPF_F_*</c> of the map.</summary>
    public uint? Flags { get; init; }

    /// <summary>Its BTF object.</summary>
    public uint? BtfId { get; init; }

    /// <summary>Of a map of maps: the map that was its pattern.</summary>
    public uint? InnerMapId { get; init; }
}

/// <summary>A link. What is not known is null.</summary>
public sealed record LinkDetails
{
    /// <summary>The kernel's id.</summary>
    public uint? Id { get; init; }

    /// <summary>The type, by bpftool's name.</summary>
    public string? Type { get; init; }

    /// <summary>The program that it holds.</summary>
    public uint? ProgramId { get; init; }

    /// <summary>Where it is attached, by bpftool's name.</summary>
    public string? AttachType { get; init; }

    /// <summary>What it is attached to.</summary>
    public string? Target { get; init; }
}

/// <summary>A BTF object.</summary>
public sealed record BtfDetails
{
    /// <summary>The kernel's id.</summary>
    public uint? Id { get; init; }

    /// <summary>Bytes.</summary>
    public uint? Size { get; init; }

    /// <summary>The verifier's level of log that was asked for; null when none was.</summary>
    public uint? LogLevel { get; init; }

    /// <summary>The log.</summary>
    public string? Log { get; init; }
}

/// <summary>An attach or detach without a link.</summary>
public sealed record AttachDetails
{
    /// <summary>The interface used: <c>prog_attach</c>, <c>perf_event</c>, <c>setsockopt</c>, <c>seccomp</c>, <c>netlink</c>.</summary>
    public required string How { get; init; }

    /// <summary>What it is attached to.</summary>
    public string? Target { get; init; }

    /// <summary>Where, by bpftool's name or the kernel's.</summary>
    public string? AttachType { get; init; }

    /// <summary>The program; null when it is classic code or a detach.</summary>
    public uint? ProgramId { get; init; }

    /// <summary>The program that is replaced.</summary>
    public uint? ReplacedProgramId { get; init; }

    /// <summary>Names of the flags that are set.</summary>
    public IReadOnlyList<string> Flags { get; init; } = [];

    /// <summary>Classic instructions, when the filter is made of such.</summary>
    public CodeDetails? Classic { get; init; }

    /// <summary>Whether it takes a program away.</summary>
    public bool IsDetach { get; init; }
}

/// <summary>One attribute of <c>bpf(2)</c>.</summary>
/// <param name="Name">The kernel's name of it.</param>
/// <param name="Kind">How to show it.</param>
/// <param name="Number">Its value.</param>
/// <param name="Text">Its value, of a string.</param>
public readonly record struct AttrField(string Name, AttrKind Kind, ulong Number, string? Text = null);

/// <summary>How an attribute is shown.</summary>
public enum AttrKind : byte
{
    /// <summary>An unsigned number.</summary>
    Unsigned,

    /// <summary>A signed number of 32 bits: a descriptor.</summary>
    Signed,

    /// <summary>An address in the process, or bits.</summary>
    Hex,

    /// <summary>Text.</summary>
    Text,
}
