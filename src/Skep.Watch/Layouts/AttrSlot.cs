namespace Skep.Watch.Layouts;

/// <summary>A field of <c>union bpf_attr</c>, of bpf/include/bpf_attr.h.</summary>
/// <param name="Name">include/uapi/linux/bpf.h's name.</param>
/// <param name="Offset">Bytes from the start.</param>
/// <param name="Size">4 or 8 bytes; 16 for an object's name.</param>
/// <param name="Kind">How it is shown.</param>
/// <param name="IsOutput">Whether the kernel writes it: it is read when the call is over.</param>
internal readonly record struct AttrSlot(string Name, ushort Offset, byte Size, AttrKind Kind, bool IsOutput = false)
{
    public int End => Offset + Size;
}
