using System.Globalization;
using Skep.Bpf;

namespace Skep.Analysis.Analyze;

/// <summary>A type of some BTF.</summary>
/// <param name="Btf">Whose type it is.</param>
/// <param name="Id">The type there.</param>
public readonly record struct TypeReference(Btf Btf, uint Id)
{
    /// <summary>Its name: of a struct without <c>struct</c>; empty for an anonymous one.</summary>
    public string Name => Btf[Id].Name;
}

/// <summary>A field of a type.</summary>
/// <param name="Path">Its name with those of what it lies in: <c>sk.__sk_common.skc_dport</c>.</param>
/// <param name="TypeId">Its type; 0 when only a part of a field is meant.</param>
/// <param name="Offset">Bytes from the start of the outermost type to the field.</param>
public readonly record struct FieldPlace(string Path, uint TypeId, long Offset);

/// <summary>The types that values of an analysis have, by number; 0 is none.</summary>
public sealed class TypeTable
{
    private const int MaximumDepth = 16;

    // Unions in unions have many paths to a place.
    private const int MostSteps = 4096;

    private readonly List<TypeReference> _types = [default];
    private readonly Dictionary<TypeReference, int> _numbers = [];

    /// <summary>The type of a number; null for 0.</summary>
    public TypeReference? this[int number] => number > 0 && number < _types.Count ? _types[number] : null;

    /// <summary>The number of a type; typedefs and qualifiers are left out. 0 for void.</summary>
    public int Add(Btf btf, uint id)
    {
        ArgumentNullException.ThrowIfNull(btf);
        BtfType type = btf.Resolve(id);
        if (type.Kind == BtfKind.Void) return 0;
        var reference = new TypeReference(btf, type.Id);
        if (_numbers.TryGetValue(reference, out int number)) return number;
        _types.Add(reference);
        return _numbers[reference] = _types.Count - 1;
    }

    /// <summary>The number of a struct by its name; 0 when there is none.</summary>
    public int Find(Btf? btf, string structure) =>
        btf is not null && btf.TryFind(structure, BtfKind.Struct, out BtfType type) ? Add(btf, type.Id) : 0;

    /// <summary>What a pointer of a type points to, by number; null when the type is no pointer.</summary>
    public int? Pointee(Btf btf, uint id)
    {
        ArgumentNullException.ThrowIfNull(btf);
        BtfType type = btf.Resolve(id);
        return type.Kind == BtfKind.Ptr ? Add(btf, type.TypeId) : null;
    }

    /// <summary>The field at an offset of a type.</summary>
    /// <param name="btf">The type's BTF.</param>
    /// <param name="type">A struct, union or array; another type has no field.</param>
    /// <param name="offset">Bytes from its start.</param>
    /// <param name="size">Bytes that are read or written; 0 for as many as the field has.</param>
    public static FieldPlace? Field(Btf btf, uint type, long offset, int size)
    {
        ArgumentNullException.ThrowIfNull(btf);
        var path = new List<string>();
        int steps = MostSteps;
        return offset >= 0 && Descend(btf, type, offset, size, 0, path, ref steps, out uint leaf, out long start)
            ? new FieldPlace(string.Join("", path).TrimStart('.'), leaf, start) : null;
    }

    private static bool Descend(Btf btf, uint id, long offset, int size, int depth, List<string> path, ref int steps, out uint leaf,
        out long start)
    {
        leaf = id;
        start = 0;
        BtfType type = btf.Resolve(id);
        long bytes = btf.SizeOf(id);
        if (depth > 0 && offset == 0 && (size == bytes || size == 0)) return true;
        if (depth == MaximumDepth || --steps < 0) return depth > 0;
        switch (type.Kind)
        {
            case BtfKind.Struct or BtfKind.Union:
                return DescendMembers(btf, type, offset, size, depth, path, ref steps, out leaf, out start);
            case BtfKind.Array when btf.SizeOf(type.Array.ElementTypeId) is > 0 and var element:
                // An access of several elements means the array.
                if (size > element) return depth > 0;
                path.Add(string.Create(CultureInfo.InvariantCulture, $"[{offset / element}]"));
                if (!Descend(btf, type.Array.ElementTypeId, offset % element, size, depth + 1, path, ref steps, out leaf, out start))
                    return false;
                start += offset / element * element;
                return true;
            default:
                // A part of a number.
                if (depth == 0 || offset + size > bytes) return false;
                if (offset != 0) path.Add(string.Create(CultureInfo.InvariantCulture, $"+{offset}"));
                if (size != bytes) leaf = 0;
                start = offset;
                return true;
        }
    }

    // Of a union, the member that has a field of just these bytes is meant, if there is one.
    private static bool DescendMembers(Btf btf, BtfType type, long offset, int size, int depth, List<string> path, ref int steps,
        out uint leaf, out long start)
    {
        int mark = path.Count;
        BtfMember[] members = type.GetMembers();
        foreach (bool exact in (ReadOnlySpan<bool>)[true, false])
        {
            foreach (BtfMember member in members)
            {
                if (DescendMember(btf, member, offset, size, depth, path, ref steps, out leaf, out start) && (!exact || leaf != 0))
                    return true;
                path.RemoveRange(mark, path.Count - mark);
            }
        }

        // Padding, or bytes across several members.
        (leaf, start) = (0, 0);
        return false;
    }

    private static bool DescendMember(Btf btf, BtfMember member, long offset, int size, int depth, List<string> path, ref int steps,
        out uint leaf, out long start)
    {
        (leaf, start) = (0, 0);
        long at = member.BitOffset / 8,
            length = member.BitFieldSize > 0 ? ((member.BitOffset % 8) + member.BitFieldSize + 7) / 8 : btf.SizeOf(member.TypeId);
        if (offset < at || (offset >= at + length && !(length == 0 && offset == at)) || (offset + size > at + length && length != 0))
            return false;
        if (member.Name.Length > 0) path.Add($".{member.Name}");
        start = at;
        if (member.BitFieldSize > 0) return true;

        // What has no name is named by the member inside, also when that takes all of it: union { __u32 mark; __u32 reserved_tailroom; } of
        // struct sk_buff.
        bool found =
            member.Name.Length == 0 && depth < MaximumDepth && --steps >= 0
                && btf.Resolve(member.TypeId) is { Kind: BtfKind.Struct or BtfKind.Union } inner
            ? DescendMembers(btf, inner, offset - at, size, depth + 1, path, ref steps, out leaf, out start)
            : Descend(btf, member.TypeId, offset - at, size, depth + 1, path, ref steps, out leaf, out start);
        if (!found) return false;
        start += at;
        return true;
    }
}
