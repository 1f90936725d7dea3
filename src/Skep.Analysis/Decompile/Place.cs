using Skep.Analysis.Analyze;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Output;

namespace Skep.Analysis.Decompile;

/// <summary>What a pointer points to the start of: an object that values of one kind share.</summary>
/// <param name="Kind">The kind of pointer.</param>
/// <param name="Id">By kind: a map, a type.</param>
internal readonly record struct PointedObject(ValueKind Kind, int Id);

/// <summary>A field that is read or written.</summary>
/// <param name="Path">Its name from the object: <c>sk.__sk_common.skc_dport</c>.</param>
/// <param name="Btf">Whose type it has.</param>
/// <param name="TypeId">Its type there.</param>
internal readonly record struct Field(string Path, Btf Btf, uint TypeId);

/// <summary>Finds types and fields of what a program accesses, by the analysis of the program.</summary>
internal sealed class Place(ProgramAnalysis analysis)
{
    private const int MaximumDepth = 8;

    private readonly Dictionary<long, BtfType?> _recordTypes = [];
    private readonly Dictionary<string, TypeReference?> _structures = [];

    public ProgramAnalysis Analysis => analysis;

    /// <summary>What the address of an access points to before its constant offset is added, when that is the start of an object.</summary>
    public PointedObject? BaseOf(int slot, long offset)
    {
        if (analysis.AccessAt(slot) is not { Address: { HasOffset: true, IsPointer: true } address } || address.Offset != offset)
            return Loose(slot);
        return new PointedObject(address.Kind, IdOf(address));
    }

    /// <summary>What a pointer that is passed or kept points to the start of.</summary>
    public PointedObject? ObjectOf(in Value value) =>
        value is { IsPointer: true, Offset: 0 } ? new PointedObject(value.Kind, IdOf(value)) : null;

    /// <summary>The type of an object; null for one without a known type.</summary>
    public TypeReference? TypeOf(PointedObject target)
    {
        switch (target.Kind)
        {
            case ValueKind.Context when analysis.Context.Name is { } name and not "arguments":
                return Structure(name);
            case ValueKind.Kernel:
                return analysis.Types[target.Id];
            case ValueKind.MapValue when Map(target.Id) is { Btf: { } btf, ValueTypeId: not 0 } map:
                return new TypeReference(btf, map.ValueTypeId);
            case ValueKind.Record when Record(target.Id) is { } record:
                return new TypeReference(analysis.Code.Btf!, record.Id);
            default:
                return null;
        }
    }

    /// <summary>The field at an offset of an object; null when none has this place and size.</summary>
    public Field? FieldOf(PointedObject target, long offset, int size)
    {
        if (TypeOf(target) is not { } type) return null;
        return IsSection(type) ? Variable(Map(target.Id)!, offset, size) : Member(type.Btf, type.Id, offset, size);
    }

    /// <summary>The global variable at an offset of a section, whatever its size: its name and what is left of the offset.</summary>
    public static (string Name, long Inside)? VariableAt(CodeMap map, long offset)
    {
        foreach (CodeVariable variable in VariablesOf(map))
            if (offset >= variable.Offset && offset < variable.Offset + variable.Size)
                return (CTypeText.Identifier(variable.Name), offset - variable.Offset);
        return null;
    }

    /// <summary>Whether a type is a section of global variables.</summary>
    public static bool IsSection(TypeReference type) => type.Btf.Resolve(type.Id).Kind == BtfKind.DataSec;

    /// <summary>The path of what starts at an offset of an object, whatever its size; null when nothing does.</summary>
    public string? PathAt(PointedObject target, long offset) =>
        TypeOf(target) is { } type && !IsSection(type) ? PathAt(type, offset) : null;

    /// <summary>The path of what starts at an offset of a type, whatever its size; null when nothing does.</summary>
    public static string? PathAt(TypeReference type, long offset) =>
        TypeTable.Field(type.Btf, type.Id, offset, 0) is { TypeId: not 0, Path.Length: > 0 } field && field.Offset == offset
            && field.Path[0] != '+' ? SafeText.Escape(field.Path) : null;

    /// <summary>The field of a type; its path is empty when it is the whole type, a number or a pointer.</summary>
    public static Field? Member(Btf btf, uint type, long offset, int size)
    {
        if (offset == 0 && IsScalar(btf.Resolve(type).Kind)) return btf.SizeOf(type) == size ? new Field("", btf, type) : null;
        if (TypeTable.Field(btf, type, offset, size) is not { TypeId: not 0 } field || field.Offset != offset
            || btf.SizeOf(field.TypeId) != size || field.Path.StartsWith('+')) return null;
        (string path, uint leaf) = Innermost(btf, field.Path, field.TypeId, size);
        return IsScalar(btf.Resolve(leaf).Kind) || path.Length > 0 ? new Field(SafeText.Escape(path), btf, leaf) : null;
    }

    // Into the first member as long as it is all of its struct or union.
    private static (string Path, uint Leaf) Innermost(Btf btf, string path, uint leaf, int size)
    {
        for (int depth = 0; depth < MaximumDepth
            && btf.Resolve(leaf) is { Kind: BtfKind.Struct or BtfKind.Union, Count: > 0 } type; depth++)
        {
            BtfMember first = type.GetMembers()[0];
            if (first.BitOffset != 0 || first.BitFieldSize != 0 || btf.SizeOf(first.TypeId) != size) break;
            if (first.Name.Length > 0) path += path.Length > 0 ? $".{first.Name}" : first.Name;
            leaf = first.TypeId;
        }

        return (path, leaf);
    }

    private static bool IsScalar(BtfKind kind) => kind is BtfKind.Int or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Ptr;

    /// <summary>The only struct of the program's BTF of a size; null when there are several.</summary>
    public TypeReference? StructureOfSize(long size) => BySize(size) is { } type ? new TypeReference(analysis.Code.Btf!, type.Id) : null;

    /// <summary>The size that a ring buffer's record was reserved with; 0 when it is not known.</summary>
    public long RecordSize(int origin) =>
        analysis.CallAt(origin) is { Arguments: [_, { Kind: ValueKind.Constant, Offset: > 0 } size, ..] } ? size.Offset : 0;

    public CodeMap? Map(int number) => number >= 0 && number < analysis.Code.Maps.Count ? analysis.Code.Maps[number] : null;

    private static Field? Variable(CodeMap map, long offset, int size)
    {
        foreach (CodeVariable variable in VariablesOf(map))
        {
            if (offset < variable.Offset || offset >= variable.Offset + variable.Size
                || !map.Btf!.TryFind(variable.Name, BtfKind.Var, out BtfType declared)) continue;
            string name = CTypeText.Identifier(variable.Name);
            if (offset == variable.Offset && map.Btf.SizeOf(declared.TypeId) == size
                && map.Btf.Resolve(declared.TypeId).Kind is not (BtfKind.Array or BtfKind.Struct or BtfKind.Union))
                return new Field(name, map.Btf, declared.TypeId);
            return Member(map.Btf, declared.TypeId, offset - variable.Offset, size) is { Path: { Length: > 0 } path } member
                ? member with { Path = name + (path[0] == '[' ? "" : ".") + path } : null;
        }

        return null;
    }

    /// <summary>
    /// The global variables of a map: by the file's symbols, or by the BTF of a loaded map, whose offsets libbpf has put in.
    /// </summary>
    public static IEnumerable<CodeVariable> VariablesOf(CodeMap map)
    {
        if (map.Variables.Count > 0) return map.Variables;
        if (map is not { Btf: { } btf, ValueTypeId: not 0, Content.IsEmpty: true }
            || btf.Resolve(map.ValueTypeId) is not { Kind: BtfKind.DataSec } section) return [];
        BtfSectionVariable[] variables = section.GetVariables();
        return variables.Select(v => v.Offset).Distinct().Count() < variables.Length ? []
            : variables.Select(v => new CodeVariable(btf[v.TypeId].Name, v.Offset, v.Size));
    }

    private static int IdOf(in Value value) => value.Kind is ValueKind.Record or ValueKind.Memory ? value.Origin : value.Id;

    // A pointer into a packet or to memory without a type needs no known offset.
    private PointedObject? Loose(int slot) =>
        analysis.AccessAt(slot) is { Address.Kind: ValueKind.Packet } ? new PointedObject(ValueKind.Packet, 0) : null;

    private TypeReference? Structure(string name)
    {
        if (_structures.TryGetValue(name, out TypeReference? known)) return known;
        foreach (Btf? btf in (Btf?[])[analysis.Context.Types, analysis.Code.Kernel.Btf])
        {
            if (btf is null || !btf.TryFind(name, BtfKind.Struct, out BtfType type)) continue;
            return _structures[name] = new TypeReference(btf, type.Id);
        }

        return _structures[name] = null;
    }

    /// <summary>The only struct of the program's BTF that has a record's size; its name is then by size alone.</summary>
    private BtfType? Record(int origin) => BySize(RecordSize(origin));

    // vmlinux.h brings the kernel's types into a program's BTF: a record is none of these.
    private bool IsKernels(string name) => analysis.Code.Kernel.Btf is { } kernel && kernel.TryFind(name, BtfKind.Struct, out _);

    private BtfType? BySize(long size)
    {
        if (size == 0 || analysis.Code.Btf is not { } btf) return null;
        if (_recordTypes.TryGetValue(size, out BtfType? known)) return known;
        BtfType? found = null;
        int count = 0;
        for (uint id = btf.FirstId; id < btf.EndId; id++)
        {
            if (btf[id] is not { Kind: BtfKind.Struct, Name.Length: > 0 } type || type.Size != size || IsKernels(type.Name)) continue;
            found = type;
            count++;
        }

        return _recordTypes[size] = count == 1 ? found : null;
    }
}
