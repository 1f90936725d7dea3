using Skep.Isa;

namespace Skep.Analysis.Analyze;

/// <summary>Arithmetic on abstract values.</summary>
internal static class Arithmetic
{
    /// <summary>The result of an arithmetic instruction.</summary>
    public static Value Apply(in DecodedInstruction item, in Value left, in Value right, CallModel maps)
    {
        if (item.Kind == OperationKind.Negate)
            return left.Kind == ValueKind.Constant ? Sized(item, Value.Constant(unchecked(-left.Offset))) : Value.Scalar(item.Index);
        if (left.Kind == ValueKind.Constant && right.Kind == ValueKind.Constant) return Constants(item, left.Offset, right.Offset);
        if (left.Kind == ValueKind.Unset) return Value.Scalar(item.Index);
        if (left.IsPointer || right.IsPointer) return item.Is32Bit ? Value.Scalar(item.Index, 32) : Pointers(item, left, right, maps);
        if (left.Kind == ValueKind.Unknown && right.Kind == ValueKind.Unknown) return Value.Scalar(item.Index);
        return Scalars(item, left, right);
    }

    /// <summary>The low bits of a number.</summary>
    public static Value Masked(in Value value, int bits, int slot)
    {
        if (value.Left != 0) return value.Left + value.Width <= bits ? value : Value.Scalar(slot, bits);
        return value with { Width = (byte)Math.Min(value.Width, bits) };
    }

    private static Value Sized(in DecodedInstruction item, in Value value) =>
        item.Is32Bit && value.Kind == ValueKind.Constant ? Value.Constant((uint)value.Offset) : value;

    private static Value Constants(in DecodedInstruction item, long left, long right)
    {
        ulong? result = NumberArithmetic.Concrete(item, (ulong)left, (ulong)right);
        return result is { } number ? Value.Constant((long)number) : Value.Scalar(item.Index, item.Is32Bit ? 32 : 64);
    }

    private static Value Pointers(in DecodedInstruction item, in Value left, in Value right, CallModel maps)
    {
        if (item.AluOp == AluOp.Sub && left.IsPointer && right.Kind == ValueKind.Constant)
            return Moved(left, unchecked(-right.Offset), maps);
        if (item.AluOp == AluOp.Sub && left.IsPointer && !right.IsPointer) return left.Anywhere;
        if (item.AluOp != AluOp.Add || (left.IsPointer && right.IsPointer)) return Value.Scalar(item.Index);
        (Value pointer, Value number) = left.IsPointer ? (left, right) : (right, left);
        if (number.Kind == ValueKind.Constant) return Moved(pointer, number.Offset, maps);
        return pointer.Kind is ValueKind.MapInside ? Element(pointer, maps) : pointer.Indexed(item.Index);
    }

    // Inlined lookups (array_map_gen_lookup, htab_map_gen_lookup of kernel/bpf/) compute the value's address from the map's.
    private static Value Moved(in Value pointer, long bytes, CallModel maps) => pointer.Kind switch
    {
        ValueKind.Map => Value.Pointer(ValueKind.MapInside, pointer.Id, pointer.Origin),
        ValueKind.MapInside => Element(pointer, maps),
        ValueKind.MapElement => maps.IsPerCpu(pointer.Id) || maps.IsOfMaps(pointer.Id)
            ? Value.Pointer(ValueKind.MapSlot, pointer.Id, pointer.Origin) : Value.Pointer(ValueKind.MapValue, pointer.Id, pointer.Origin),
        _ => pointer.Plus(bytes),
    };

    private static Value Element(in Value pointer, CallModel maps) => Value.Pointer(
        maps.IsPerCpu(pointer.Id) || maps.IsOfMaps(pointer.Id) ? ValueKind.MapSlot : ValueKind.MapValue, pointer.Id, pointer.Origin);

    private static Value Scalars(in DecodedInstruction item, in Value left, in Value right)
    {
        int bits = item.Is32Bit ? 32 : 64;
        if (left.Kind == ValueKind.Scalar && left.Origin >= 0 && right.Kind == ValueKind.Constant)
        {
            int count = (int)(right.Offset & (bits - 1));
            Value narrow = item.Is32Bit ? Masked(left, 32, item.Index) : left;
            switch (item.AluOp)
            {
                case AluOp.Lsh when narrow.Left + count < bits:
                    return narrow with
                    {
                        Left = (byte)(narrow.Left + count),
                        Width = (byte)Math.Min(narrow.Width, bits - narrow.Left - count)
                    };
                case AluOp.Rsh or AluOp.Arsh when count <= narrow.Left:
                    return narrow with { Left = (byte)(narrow.Left - count) };
                case AluOp.Rsh or AluOp.Arsh when narrow.Left == 0 && count < narrow.Width:
                    return narrow with { Low = (byte)(narrow.Low + count), Width = (byte)(narrow.Width - count) };
                case AluOp.And when right.Offset is 0xff or 0xffff or 0xffff_ffff || (right.Offset == -1 && item.Is32Bit):
                    return Masked(narrow, right.Offset switch { 0xff => 8, 0xffff => 16, _ => 32 }, item.Index);
                case AluOp.Or or AluOp.Add or AluOp.Sub or AluOp.Xor when right.Offset == 0:
                    return narrow;
            }
        }

        return Value.Scalar(item.Index, bits);
    }
}
