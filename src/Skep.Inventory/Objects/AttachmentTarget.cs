using Skep.Bpf;
using Skep.Linux.Network;

namespace Skep.Inventory.Objects;

/// <summary>What a program is attached to.</summary>
public abstract record AttachmentTarget
{
    private AttachmentTarget()
    {
    }

    /// <summary>It in words, as text and JSON have it.</summary>
    public abstract string Text { get; }

    /// <summary>A function of the kernel.</summary>
    public sealed record Function(string Name) : AttachmentTarget
    {
        /// <inheritdoc/>
        public override string Text => Name;
    }

    /// <summary>A function of a module; its name is null where it is not known.</summary>
    public sealed record ModuleFunction(string Module, string? Name, uint BtfId) : AttachmentTarget
    {
        /// <inheritdoc/>
        public override string Text => $"{Name ?? $"BTF id {BtfId}"} of module {Module}";
    }

    /// <summary>A function of another program; its name is null where it is not known.</summary>
    public sealed record ProgramFunction(uint ProgramId, string? Name, uint BtfId) : AttachmentTarget
    {
        /// <inheritdoc/>
        public override string Text => $"{Name ?? $"BTF id {BtfId}"} of program {ProgramId}";
    }

    /// <summary>A raw tracepoint.</summary>
    public sealed record RawTracepoint(string Name) : AttachmentTarget
    {
        /// <inheritdoc/>
        public override string Text => Name;
    }

    /// <summary>A tracepoint.</summary>
    public sealed record Tracepoint(string Name) : AttachmentTarget
    {
        /// <inheritdoc/>
        public override string Text => $"tracepoint {Name}";
    }

    /// <summary>A place in a function of the kernel; an address in hexadecimal stands for a name that is not known.</summary>
    public sealed record Kprobe(string Symbol, ulong Offset, bool IsReturn) : AttachmentTarget
    {
        /// <inheritdoc/>
        public override string Text => Place(IsReturn ? "kretprobe" : "kprobe", Symbol, Offset);
    }

    /// <summary>Functions of the kernel.</summary>
    public sealed record Functions(IReadOnlyList<string> Names) : AttachmentTarget
    {
        /// <inheritdoc/>
        public override string Text => string.Join(", ", Names);
    }

    /// <summary>A place in an executable file.</summary>
    public sealed record Uprobe(string Path, ulong Offset, bool IsReturn) : AttachmentTarget
    {
        /// <inheritdoc/>
        public override string Text => Place(IsReturn ? "uretprobe" : "uprobe", Path, Offset);
    }

    /// <summary>Places in an executable file.</summary>
    public sealed record Uprobes(string Path, IReadOnlyList<ulong> Offsets) : AttachmentTarget
    {
        /// <inheritdoc/>
        public override string Text => $"{Path} at {string.Join(", ", Offsets.Select(offset => $"0x{offset:x}"))}";
    }

    /// <summary>An event of perf.</summary>
    /// <param name="Type">Its type.</param>
    /// <param name="Config">Which event of the type.</param>
    /// <param name="Pmu">The name of a type that the kernel numbered as it came; null for others.</param>
    public sealed record PerfEvent(uint Type, ulong Config, string? Pmu) : AttachmentTarget
    {
        /// <inheritdoc/>
        public override string Text => PerfEventNames.Type(Type) is { } name
            ? $"perf event {name}:{PerfEventNames.Config(Type, Config) ?? $"{Config}"}"
            : Pmu is not null ? $"perf event {Pmu}:{Config}" : $"perf event type {Type}, config {Config}";
    }

    /// <summary>A cgroup, by its path in the hierarchy.</summary>
    public sealed record Cgroup(string Path) : AttachmentTarget
    {
        /// <inheritdoc/>
        public override string Text => $"cgroup {Path}";
    }

    /// <summary>A cgroup whose path is not known; 0 for a removed one.</summary>
    public sealed record CgroupId(ulong Id) : AttachmentTarget
    {
        /// <inheritdoc/>
        public override string Text => Id == 0 ? "a removed cgroup" : $"cgroup id {Id}";
    }

    /// <summary>A network namespace; 0 for a removed one.</summary>
    public sealed record Netns(ulong Inode) : AttachmentTarget
    {
        /// <inheritdoc/>
        public override string Text => Inode == 0 ? "a removed network namespace" : $"netns {Inode}";
    }

    /// <summary>A network device of a namespace that is not known; 0 for a removed one.</summary>
    public sealed record Device(uint IfIndex) : AttachmentTarget
    {
        /// <inheritdoc/>
        public override string Text => IfIndex == 0 ? "a removed device" : $"ifindex {IfIndex}";
    }

    /// <summary>A place in the network stack.</summary>
    public sealed record Network(NetworkPlace Of) : AttachmentTarget
    {
        /// <inheritdoc/>
        public override string Text => Of.Kind == NetworkPlaceKind.Xdp ? $"{Of.Where}, {Of.Detail}" : Of.Where;
    }

    /// <summary>A hook of netfilter; the network namespace is null where it is not known.</summary>
    public sealed record Netfilter(BpfLinkTarget.Netfilter Hook, uint? Inside) : AttachmentTarget
    {
        /// <inheritdoc/>
        public override string Text =>
            $"netfilter {NetfilterView.Family(Hook.Family)} {NetfilterView.Hook(Hook.Hook)} priority {Hook.Priority}"
            + (Inside is { } netns ? $" ({NetworkNamespace.Text(netns)})" : "");
    }

    /// <summary>A socket.</summary>
    public sealed record Socket(ListedSocket Of) : AttachmentTarget
    {
        /// <inheritdoc/>
        public override string Text => Of.Where;
    }

    /// <summary>A route.</summary>
    public sealed record Route(RoutePlace Of) : AttachmentTarget
    {
        /// <inheritdoc/>
        public override string Text => Of.Where;
    }

    /// <summary>What an iterator walks over: objects of a kind, or the entries of a map; 0 for no map.</summary>
    public sealed record Iterator(string Name, uint MapId) : AttachmentTarget
    {
        /// <inheritdoc/>
        public override string Text => MapId != 0 ? $"{Name} map {MapId}" : Name;
    }

    /// <summary>The sockets of a map.</summary>
    public sealed record Map(uint Id) : AttachmentTarget
    {
        /// <inheritdoc/>
        public override string Text => $"map {Id}";
    }

    /// <summary>An element of a map.</summary>
    public sealed record Element(uint MapId, string MapName, uint Key) : AttachmentTarget
    {
        /// <inheritdoc/>
        public override string Text => $"map {MapId}{(MapName.Length > 0 ? $" ({MapName})" : "")}, key {Key}";
    }

    /// <summary>A member of a struct_ops map; its name is null where it is not known.</summary>
    public sealed record Member(uint MapId, string MapName, string? Name, uint Number) : AttachmentTarget
    {
        /// <inheritdoc/>
        public override string Text => $"map {MapId} ({MapName}), {Name ?? $"member {Number}"}";
    }

    private static string Place(string kind, string where, ulong offset) =>
        offset == 0 ? $"{kind} {where}" : $"{kind} {where}+0x{offset:x}";
}
