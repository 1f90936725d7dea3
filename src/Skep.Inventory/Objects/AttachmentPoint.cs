using Skep.Bpf;

namespace Skep.Inventory.Objects;

/// <summary>At which point a program is attached.</summary>
public abstract record AttachmentPoint
{
    private AttachmentPoint()
    {
    }

    /// <summary>Its name in text and JSON, as bpftool has it.</summary>
    public abstract string Name { get; }

    /// <summary>An attach type of bpf(2).</summary>
    public sealed record Attach(BpfAttachType Type) : AttachmentPoint
    {
        /// <inheritdoc/>
        public override string Name => Type.Name();
    }

    /// <summary>The type of a link that has no attach type.</summary>
    public sealed record Link(BpfLinkType Type) : AttachmentPoint
    {
        /// <inheritdoc/>
        public override string Name => Type.Name();
    }

    /// <summary>A function that the program replaces.</summary>
    public sealed record Extension : AttachmentPoint
    {
        /// <inheritdoc/>
        public override string Name => BpfProgramType.Ext.Name();
    }

    /// <summary>A point of the network stack: <c>clsact/ingress</c> of tc, <c>tcx/egress</c>, <c>xmit</c> of a route.</summary>
    public sealed record Hook(string HookName) : AttachmentPoint
    {
        /// <inheritdoc/>
        public override string Name => HookName;
    }
}
