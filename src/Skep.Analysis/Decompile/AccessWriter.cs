using System.Globalization;
using Skep.Analysis.Analyze;
using Skep.Analysis.Decompile.Lift;
using Skep.Bpf;
using Skep.Isa;

namespace Skep.Analysis.Decompile;

/// <summary>Writes accesses to memory: as fields where the analysis knows the object, as variables in the frame, else by address.</summary>
internal sealed class AccessWriter(Place place, VariableTypes types, VariableNames names, FrameObjects frame)
{
    /// <summary>Whether an address in the frame was written where no object is.</summary>
    public bool UsesFrame { get; private set; }

    /// <summary>An access.</summary>
    /// <param name="writer">Writes the address.</param>
    /// <param name="address">The address.</param>
    /// <param name="offset">Bytes after it.</param>
    /// <param name="bytes">How many.</param>
    /// <param name="signed">How a value that is read is widened; null where it is written.</param>
    /// <param name="slot">The instruction.</param>
    public CText Access(ExpressionWriter writer, Expression address, long offset, int bytes, bool? signed, int slot)
    {
        switch (address)
        {
            case FrameAddress at:
                return OfFrame(at.Offset + offset, bytes, signed);
            case Symbol { Load.Kind: OperationKind.LoadMapValue or OperationKind.LoadMapIndexValue } symbol
                when place.Analysis.Code.MapAt(symbol.Load.Index) is { Btf: { } btf, ValueTypeId: not 0 } map:
                long global = (uint)symbol.Load.SecondImm + offset;
                Field? variable =
                    Place.IsSection(new TypeReference(btf, map.ValueTypeId))
                        ? place.FieldOf(new PointedObject(ValueKind.MapValue, place.Analysis.Code.MapOfSlot[symbol.Load.Index]), global,
                            bytes) : null;
                if (variable is { } found) return Typed(found.Path, found, bytes, signed);
                break;
            case Use { Variable: var variable1 } when types.ObjectOf(variable1) is { } target:
                if (place.FieldOf(target, offset, bytes) is { } field)
                    return Typed(Path(names[variable1], field.Path), field, bytes, signed);
                if (target.Kind == ValueKind.Context && place.TypeOf(target) is null && bytes == 8 && offset >= 0 && offset % 8 == 0)
                    return new($"{names[variable1]}[{offset / 8}]", Binding.Primary, signed == true ? CKind.S64 : CKind.U64);
                break;
        }

        return Raw(Shifted(writer.Write(address), offset), bytes, signed);
    }

    /// <summary>An address in the frame.</summary>
    public CText Address(long offset)
    {
        if (frame.At(offset) is not { } item)
        {
            UsesFrame = true;
            return offset == 0 ? new("frame", Binding.Primary, CKind.Bytes)
                : new(offset < 0 ? $"frame - {-offset}" : $"frame + {offset}", Binding.Sum, CKind.Bytes);
        }

        long rest = offset - item.Start;
        bool isArray = item.Scalar == 0 && (item.Type is null || item.Type.Value.Btf.Resolve(item.Type.Value.Id).Kind == BtfKind.Array);
        string start = isArray ? item.Name : $"&{item.Name}";
        if (rest != 0 && item.Type is { } whole && Place.PathAt(whole, rest) is { } path)
            return new($"&{item.Name}{(path[0] == '[' ? "" : ".")}{path}", Binding.Unary, CKind.Pointer);
        if (rest == 0) return new(start, isArray ? Binding.Primary : Binding.Unary, CKind.Pointer);
        return isArray && item.Type is null
            ? new($"{start} + {rest}", Binding.Sum, CKind.Bytes) : new($"(void *){start} + {rest}", Binding.Sum, CKind.Bytes);
    }

    /// <summary>The address of what starts at an offset of the object that a variable points to; null when nothing does.</summary>
    public CText? Inside(Expression pointer, ulong offset) =>
        pointer is Use { Variable: var variable } && types.ObjectOf(variable) is { } target && offset is > 0 and < int.MaxValue
            && place.PathAt(target, (long)offset) is { } path
            ? new($"&{Path(names[variable], path)}", Binding.Unary, CKind.Pointer) : null;

    private static string Path(string pointer, string path) =>
        path.Length == 0 ? $"*{pointer}" : path[0] == '[' ? $"(*{pointer}){path}" : $"{pointer}->{path}";

    private CText OfFrame(long offset, int bytes, bool? signed)
    {
        if (frame.At(offset) is { } item)
        {
            if (item.Scalar == bytes) return Widened(item.Name, bytes, fieldSigned: false, signed);
            if (item.Type is { } type && Place.Member(type.Btf, type.Id, offset - item.Start, bytes) is { } field)
                return Typed(field.Path.Length == 0 ? item.Name : item.Name + (field.Path[0] == '[' ? "" : ".") + field.Path, field, bytes,
                    signed);
            if (item.Type is null && item.Scalar == 0 && bytes == 1)
                return Widened(string.Create(CultureInfo.InvariantCulture, $"{item.Name}[{offset - item.Start}]"), 1, false, signed);
        }

        return Raw(Address(offset), bytes, signed);
    }

    private static CText Shifted(CText address, long offset)
    {
        if (offset == 0) return address;
        CText bytes =
            address.Kind is CKind.U32 or CKind.Small
                ? address.ToU64() : address.Kind is CKind.Pointer ? CText.Cast("void *", address, CKind.Bytes) : address;
        return new($"{bytes.In(Binding.Sum)} {(offset < 0 ? '-' : '+')} {Math.Abs(offset)}", Binding.Sum, CKind.Bytes);
    }

    private static CText Raw(CText address, int bytes, bool? signed)
    {
        var value = new CText($"*({(signed == true ? "s" : "u")}{bytes * 8} *){address.In(Binding.Unary)}", Binding.Unary, KindOf(bytes));
        return signed == true ? CText.Cast("s64", value, CKind.S64) : value;
    }

    private static CText Typed(string path, Field field, int bytes, bool? signed)
    {
        BtfType type = field.Btf.Resolve(field.TypeId);
        switch (type.Kind)
        {
            case BtfKind.Int when type.Int.IsBool && signed is null:
                return new(path, path[0] == '*' ? Binding.Unary : Binding.Primary, CKind.Bool);
            case BtfKind.Int or BtfKind.Enum or BtfKind.Enum64:
                bool isSigned = type.Kind == BtfKind.Int ? type.Int.IsSigned || type.Int.IsChar : HasSign(type);
                return Widened(path, bytes, isSigned, signed);
            case BtfKind.Ptr:
                return new(path, Binding.Primary, CKind.Pointer);
            default:
                return Raw(new($"&{path}", Binding.Unary, CKind.Pointer), bytes, signed);
        }
    }

    // Compilers before LLVM 15 do not record whether an enum is signed: one with a value whose highest bit is set may have one.
    private static bool HasSign(BtfType type) =>
        type.Flag || type.GetEnumerators().Any(value => (value.Value >> ((8 * (int)type.Size) - 1) & 1) != 0);

    // What has another sign than the access, or a sign where the access has none, is cast first.
    private static CText Widened(string path, int bytes, bool fieldSigned, bool? signed)
    {
        var value = new CText(path, path[0] == '*' ? Binding.Unary : Binding.Primary, KindOf(bytes));
        if (signed is not { } wantsSign) return value;
        if (!wantsSign) return fieldSigned ? CText.Cast($"u{bytes * 8}", value, KindOf(bytes)) : value;
        CText same = fieldSigned ? value : CText.Cast($"s{bytes * 8}", value, KindOf(bytes));
        return CText.Cast("s64", same, CKind.S64);
    }

    /// <summary>What memory of some bytes is.</summary>
    public static CKind KindOf(int bytes) => bytes switch { 8 => CKind.U64, 4 => CKind.U32, _ => CKind.Small };
}
