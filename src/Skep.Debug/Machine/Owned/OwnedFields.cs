using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Owned;

/// <summary>Fields that only calls change: how they begin, what users see of them, and what ends with the value that they are in.</summary>
internal static class OwnedFields
{
    /// <summary>The field that an address is the start of; null for none.</summary>
    public static SpecialField? At(AddressSpace space, ulong address)
    {
        Region region = space.RegionOf(address);
        long offset = AddressSpace.OffsetOf(region, address) - region.Low;
        if (offset < 0 || offset >= region.Extent) return null;
        foreach (SpecialField field in region.Fields)
            if (field.Offset == (int)((uint)offset & region.StrideMask)) return field;
        return null;
    }

    /// <summary>Makes a field of a new object what it begins as (<c>bpf_obj_init_field</c> of include/linux/bpf.h).</summary>
    public static void Begin(AddressSpace space, Region region, SpecialField field)
    {
        for (long start = 0; start < region.Extent; start += region.StrideMask + 1L)
        {
            int place = (int)(region.Low + start) + field.Offset;
            region.Bytes.AsSpan(place, field.Size).Clear();
            region.MarkWritten(place, field.Size);
            ulong address = AddressSpace.AddressOf(region, place);
            if (field.Kind == SpecialFieldKind.Count) space.Store<uint>(address, 1);
            else if (field.Kind is SpecialFieldKind.ListHead or SpecialFieldKind.ListNode) ListLinks.Empty(space, address);
            else if (field.Kind == SpecialFieldKind.TreeNode) TreeLinks.Clear(space, address);
        }
    }

    /// <summary>Writes a value, all but such fields (<c>copy_map_value</c>).</summary>
    public static void Copy(Region region, int place, ReadOnlySpan<byte> value)
    {
        int at = 0;
        foreach (SpecialField field in region.Fields)
        {
            if (field.Offset < at || field.Offset + field.Size > value.Length) continue;
            value[at..field.Offset].CopyTo(region.Bytes.AsSpan(place + at));
            at = field.Offset + field.Size;
        }

        value[at..].CopyTo(region.Bytes.AsSpan(place + at));
        region.MarkWritten(place, value.Length);
    }

    /// <summary>Whether a field of a value owns something.</summary>
    public static bool Owns(AddressSpace space, Region region, int place)
    {
        foreach (SpecialField field in region.Fields)
        {
            if (field.Kind is not (SpecialFieldKind.Timer or SpecialFieldKind.Work or SpecialFieldKind.Pointer
                or SpecialFieldKind.ListHead or SpecialFieldKind.TreeRoot)) continue;
            ulong address = AddressSpace.AddressOf(region, place + field.Offset), first = space.Load<ulong>(address);
            if (first != 0 && first != address) return true;
        }

        return false;
    }

    /// <summary>Ends what the fields of a value own, and makes them empty (<c>bpf_obj_free_fields</c> of kernel/bpf/syscall.c).</summary>
    public static void End(AddressSpace space, Region region, int place)
    {
        if (region.Fields.Count == 0) return;
        var open = new Stack<OwnedObject>();
        Collect(space, region, place, open);
        Drop(space, open);
    }

    /// <summary>Gives up a reference to an object, which ends with the last one (<c>__bpf_obj_drop_impl</c>).</summary>
    public static void Drop(AddressSpace space, OwnedObject dropped) => Drop(space, new Stack<OwnedObject>([dropped]));

    private static void Drop(AddressSpace space, Stack<OwnedObject> open)
    {
        while (open.TryPop(out OwnedObject? next))
        {
            if (!next.IsLive) continue;
            SpecialField count = next.Fields.FirstOrDefault(field => field.Kind == SpecialFieldKind.Count);
            if (count.Size > 0)
            {
                ulong address = AddressSpace.AddressOf(next, count.Offset);
                uint left = (uint)space.Load<uint>(address) - 1;
                space.Store<uint>(address, left);
                if (left != 0) continue;
            }

            Collect(space, next, 0, open);
            next.End();
        }
    }

    private static void Collect(AddressSpace space, Region region, int place, Stack<OwnedObject> open)
    {
        foreach (SpecialField field in region.Fields)
        {
            ulong address = AddressSpace.AddressOf(region, place + field.Offset);
            switch (field.Kind)
            {
                case SpecialFieldKind.Timer or SpecialFieldKind.Work or SpecialFieldKind.Pointer:
                    ulong owned = space.Load<ulong>(address);
                    if (OwnedObject.At(space, owned) is { } pointee) open.Push(pointee);
                    else if (OwnedCpuMask.At(space, owned) is { } mask) mask.Release();
                    else OwnedTimer.At(space, owned)?.End();
                    space.Store<ulong>(address, 0);
                    break;
                case SpecialFieldKind.PlainPointer:
                    space.Store<ulong>(address, 0);
                    break;
                case SpecialFieldKind.ListHead:
                    foreach (OwnedObject one in ListLinks.Objects(space, address)) open.Push(one);
                    ListLinks.Empty(space, address);
                    break;
                case SpecialFieldKind.TreeRoot:
                    foreach (OwnedObject one in TreeLinks.Objects(space, address)) open.Push(one);
                    TreeLinks.Empty(space, address);
                    break;
            }
        }
    }
}
