namespace Skep.Bpf;

/// <summary>What the kernel says of a link (<c>struct bpf_link_info</c>).</summary>
/// <param name="Id">The kernel's id, unique among live links.</param>
/// <param name="Type">The type.</param>
/// <param name="ProgramId">The attached program; 0 for struct_ops.</param>
/// <param name="Target">What it is attached to, by type; null for a type without one, or one that this build does not know.</param>
public sealed record BpfLinkInfo(uint Id, BpfLinkType Type, uint ProgramId, BpfLinkTarget? Target);

/// <summary>What a link is attached to.</summary>
public abstract record BpfLinkTarget
{
    private BpfLinkTarget()
    {
    }

    /// <summary>A raw tracepoint.</summary>
    /// <param name="Name">The tracepoint.</param>
    /// <param name="Cookie">The attach cookie; 0 for none.</param>
    public sealed record RawTracepoint(string Name, ulong Cookie) : BpfLinkTarget;

    /// <summary>A function by BTF: fentry, fexit, fmod_ret, LSM, freplace.</summary>
    /// <param name="AttachType">How.</param>
    /// <param name="ObjectId">The program or BTF object that holds the target.</param>
    /// <param name="BtfId">The target's type there.</param>
    /// <param name="Cookie">The attach cookie; 0 for none.</param>
    public sealed record Tracing(BpfAttachType AttachType, uint ObjectId, uint BtfId, ulong Cookie) : BpfLinkTarget;

    /// <summary>A cgroup.</summary>
    /// <param name="CgroupId">The inode of its directory; 0 when it is gone.</param>
    /// <param name="AttachType">Where.</param>
    public sealed record Cgroup(ulong CgroupId, BpfAttachType AttachType) : BpfLinkTarget;

    /// <summary>An iterator.</summary>
    /// <param name="Name">What it walks over: <c>task</c>, <c>bpf_map_elem</c>, ...</param>
    /// <param name="MapId">The map, for iterators over a map's elements.</param>
    /// <param name="CgroupId">The cgroup, for those over cgroups.</param>
    /// <param name="Order">The order of that walk.</param>
    /// <param name="Tid">The thread, for those over tasks; 0 for all.</param>
    /// <param name="Pid">The process, for those over tasks; 0 for all.</param>
    public sealed record Iterator(string Name, uint MapId, ulong CgroupId, uint Order, uint Tid, uint Pid) : BpfLinkTarget;

    /// <summary>A network namespace.</summary>
    /// <param name="NetnsInode">Its inode; 0 when it is gone.</param>
    /// <param name="AttachType">Where.</param>
    public sealed record Netns(uint NetnsInode, BpfAttachType AttachType) : BpfLinkTarget;

    /// <summary>A network device: XDP, tcx, netkit.</summary>
    /// <param name="IfIndex">Its index in its own network namespace; 0 when it is gone.</param>
    /// <param name="AttachType">Where: <see cref="BpfAttachType.Xdp"/> for XDP, of which the kernel tells no mode.</param>
    public sealed record Device(uint IfIndex, BpfAttachType AttachType) : BpfLinkTarget;

    /// <summary>A struct_ops map.</summary>
    /// <param name="MapId">The map.</param>
    public sealed record StructOps(uint MapId) : BpfLinkTarget;

    /// <summary>A netfilter hook.</summary>
    /// <param name="Family">The protocol family, <c>NFPROTO_*</c>.</param>
    /// <param name="Hook">The hook, <c>NF_INET_*</c>.</param>
    /// <param name="Priority">Lower runs earlier.</param>
    /// <param name="Flags"><c>BPF_F_NETFILTER_IP_DEFRAG</c>.</param>
    public sealed record Netfilter(uint Family, uint Hook, int Priority, uint Flags) : BpfLinkTarget;

    /// <summary>Many kernel functions.</summary>
    /// <param name="Addresses">Their addresses; zeros where hidden.</param>
    /// <param name="Cookies">The attach cookie of each.</param>
    /// <param name="Flags"><c>BPF_F_KPROBE_MULTI_RETURN</c>.</param>
    /// <param name="Missed">Runs left out.</param>
    public sealed record KprobeMulti(ulong[] Addresses, ulong[] Cookies, uint Flags, ulong Missed) : BpfLinkTarget;

    /// <summary>Many kernel functions, by trampolines (Linux 7.3).</summary>
    /// <param name="AttachType">Whether at their entry, their exit, or both.</param>
    /// <param name="ObjectId">The BTF that has the functions.</param>
    /// <param name="BtfIds">The functions there.</param>
    /// <param name="Addresses">Their addresses; zeros where hidden.</param>
    /// <param name="Cookies">The attach cookie of each.</param>
    public sealed record TracingMulti(
        BpfAttachType AttachType, uint ObjectId, uint[] BtfIds, ulong[] Addresses, ulong[] Cookies) : BpfLinkTarget;

    /// <summary>Many places in one executable file.</summary>
    /// <param name="Path">The file.</param>
    /// <param name="Offsets">The offset of each place in the file.</param>
    /// <param name="ReferenceOffsets">The offset of each reference counter; zeros for none.</param>
    /// <param name="Cookies">The attach cookie of each.</param>
    /// <param name="Flags"><c>BPF_F_UPROBE_MULTI_RETURN</c>.</param>
    /// <param name="Pid">The process; 0 for all.</param>
    public sealed record UprobeMulti(string Path, ulong[] Offsets, ulong[] ReferenceOffsets, ulong[] Cookies, uint Flags,
        uint Pid) : BpfLinkTarget;

    /// <summary>A kernel function's entry or return, by a perf event.</summary>
    /// <param name="Function">The function; empty when attached by address.</param>
    /// <param name="Offset">Bytes into it.</param>
    /// <param name="Address">The address; 0 where hidden.</param>
    /// <param name="Missed">Runs left out.</param>
    /// <param name="Cookie">The attach cookie; 0 for none.</param>
    /// <param name="IsReturn">Whether it is at the return.</param>
    public sealed record Kprobe(string Function, uint Offset, ulong Address, ulong Missed, ulong Cookie, bool IsReturn) : BpfLinkTarget;

    /// <summary>A place in an executable file, by a perf event.</summary>
    /// <param name="Path">The file.</param>
    /// <param name="Offset">The place.</param>
    /// <param name="Cookie">The attach cookie; 0 for none.</param>
    /// <param name="ReferenceOffset">The offset of the reference counter; 0 for none.</param>
    /// <param name="IsReturn">Whether it is at the function's return.</param>
    public sealed record Uprobe(string Path, uint Offset, ulong Cookie, ulong ReferenceOffset, bool IsReturn) : BpfLinkTarget;

    /// <summary>A tracepoint, by a perf event.</summary>
    /// <param name="Name">The tracepoint.</param>
    /// <param name="Cookie">The attach cookie; 0 for none.</param>
    public sealed record Tracepoint(string Name, ulong Cookie) : BpfLinkTarget;

    /// <summary>Another perf event: hardware, software.</summary>
    /// <param name="EventType"><c>PERF_TYPE_*</c>.</param>
    /// <param name="Config">The event of that type.</param>
    /// <param name="Cookie">The attach cookie; 0 for none.</param>
    public sealed record PerfEvent(uint EventType, ulong Config, ulong Cookie) : BpfLinkTarget;

    /// <summary>A sockmap or sockhash.</summary>
    /// <param name="MapId">The map.</param>
    /// <param name="AttachType">Where.</param>
    public sealed record Sockmap(uint MapId, BpfAttachType AttachType) : BpfLinkTarget;
}
