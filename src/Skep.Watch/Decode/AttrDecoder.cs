using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Linux.Kernel;
using Skep.Watch.Events;

namespace Skep.Watch.Decode;

/// <summary>Reads <c>union bpf_attr</c>.</summary>
internal static class AttrDecoder
{
    /// <summary>The attr at entry as a command's structure. What is beyond the call's size is zero.</summary>
    public static ref readonly T As<T>(in EntryRecord entry) where T : struct =>
        ref MemoryMarshal.AsRef<T>((ReadOnlySpan<byte>)entry.Attr);

    /// <summary>The fields that the call's size covers, and the bytes that no known field does, if any is set.</summary>
    /// <param name="command">The command.</param>
    /// <param name="size">Bytes, as the call gave them.</param>
    /// <param name="enter">The attr at entry.</param>
    /// <param name="exit">The attr at exit; empty when it could not be read: what the kernel writes is then left out.</param>
    public static (AttrField[] Fields, byte[]? Raw) Decode(
        BpfCommand command, uint size, ReadOnlySpan<byte> enter, ReadOnlySpan<byte> exit)
    {
        int length = (int)Math.Min(size, (uint)enter.Length);
        ReadOnlySpan<AttrSlot> slots = AttrTable.Of(command, AttachTypeOfLink(enter));
        var fields = new List<AttrField>(slots.Length);
        int end = 0;
        foreach (AttrSlot slot in slots)
        {
            end = Math.Max(end, slot.End);
            if (slot.End > length || (slot.IsOutput && exit.IsEmpty)) continue;
            fields.Add(Read(slot, slot.IsOutput ? exit : enter));
        }

        ReadOnlySpan<byte> rest = length > end ? enter[end..length] : default;
        byte[]? raw = slots.IsEmpty ? enter[..length].ToArray() : rest.ContainsAnyExcept((byte)0) ? rest.ToArray() : null;
        return ([.. fields], raw);
    }

    /// <summary>Whether what the kernel only reads was changed between entry and exit.</summary>
    public static bool InputsDiffer(BpfCommand command, uint size, ReadOnlySpan<byte> enter, ReadOnlySpan<byte> exit)
    {
        if (enter.SequenceEqual(exit)) return false;
        int length = (int)Math.Min(size, (uint)enter.Length);
        foreach (AttrSlot slot in AttrTable.Of(command, AttachTypeOfLink(enter)))
        {
            if (slot.IsOutput || slot.End > length) continue;
            if (!enter.Slice(slot.Offset, slot.Size).SequenceEqual(exit.Slice(slot.Offset, slot.Size))) return true;
        }

        return false;
    }

    private static uint AttachTypeOfLink(ReadOnlySpan<byte> attr) => MemoryMarshal.Read<uint>(attr[LinkCreateAttr.At.attach_type..]);

    private static AttrField Read(AttrSlot slot, ReadOnlySpan<byte> attr)
    {
        ReadOnlySpan<byte> field = attr.Slice(slot.Offset, slot.Size);
        return slot.Kind == AttrKind.Text
            ? new AttrField(slot.Name, slot.Kind, 0, KernelText.Read(field))
            : new AttrField(slot.Name, slot.Kind, slot.Size == 8 ? MemoryMarshal.Read<ulong>(field) : MemoryMarshal.Read<uint>(field));
    }
}
