using Skep.Analysis.Analyze;
using Skep.Bpf;
using Skep.Inventory.Code;

namespace Skep.Analysis.Explain;

/// <summary>
/// Names for the fields of records: by the map's value type, by the source line of a store, or by a struct of the same size.
/// </summary>
internal sealed class FieldNames(ProgramAnalysis analysis)
{
    private readonly ProgramCode _code = analysis.Code;
    private readonly Dictionary<(int Slot, int Argument), string?> _byLine = [];

    /// <summary>The name of some bytes.</summary>
    /// <param name="memory">Where the record begins.</param>
    /// <param name="offset">Bytes from there.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="writes">What is written there.</param>
    public (string? Name, NameSource By) Of(in Value memory, int offset, int size, IEnumerable<MemoryWrite> writes)
    {
        if (memory is { Kind: ValueKind.MapValue, Id: >= 0 } && _code.Maps[memory.Id] is { Btf: { } btf, ValueTypeId: not 0 } map)
            return SourceWords.Named(btf, map.ValueTypeId, memory.Offset + offset, size) is { Length: > 0 } field
                ? (field, NameSource.MapType) : (null, NameSource.None);
        string? found = null;
        foreach (MemoryWrite write in writes)
        {
            if (ByLine(write) is not { } name) continue;
            if (found is not null && found != name) return (null, NameSource.None);
            found = name;
        }

        return found is null ? (null, NameSource.None) : (found, NameSource.SourceLine);
    }

    /// <summary>The members of a map's value type in some bytes that the program does not store.</summary>
    public IEnumerable<RecordField> Members(Value memory, int offset, int size)
    {
        for (int at = offset; at < offset + size;)
        {
            int length = offset + size - at;
            string? name = null;
            if (memory.Id >= 0 && _code.Maps[memory.Id] is { Btf: { } btf, ValueTypeId: not 0 } map && memory.HasOffset
                && TypeTable.Field(btf, map.ValueTypeId, memory.Offset + at, 0) is { TypeId: not 0 } place && place.Offset == memory.Offset
                + at && btf.SizeOf(place.TypeId) is > 0 and var bytes && bytes <= length)
                (name, length) = (place.Path, (int)bytes);
            yield return new RecordField(at, length, name, name is null ? NameSource.None : NameSource.MapType, []);
            at += length;
        }
    }

    /// <summary>The type of a map's value; null when it has no name or the address is not its start.</summary>
    public string? TypeName(CodeMap map, long offset) =>
        offset == 0 && map is { Btf: { } btf, ValueTypeId: not 0 } && btf.Resolve(map.ValueTypeId) is { Kind: BtfKind.Struct } type
            && type.Name.Length > 0 ? type.Name : null;

    /// <summary>
    /// The only struct of the program's BTF that has a size and whose members begin where fields do; null for none or several.
    /// </summary>
    public BtfType? Matching(int size, IReadOnlyList<RecordField> fields)
    {
        BtfType? match = null;
        if (_code.Btf is not { } btf) return null;
        foreach (uint id in btf.StructuresOfSize((uint)size))
        {
            BtfType type = btf[id];
            if (type.Name.Length == 0 || !Fits(type, fields)) continue;
            if (match is not null) return null;
            match = type;
        }

        return match;
    }

    /// <summary>Names fields that have none by a struct.</summary>
    public IReadOnlyList<RecordField> Apply(BtfType type, IReadOnlyList<RecordField> fields) =>
        [.. fields.Select(field => field.Name is not null || TypeTable.Field(_code.Btf!, type.Id, field.Offset, field.Size) is not { } place
        ? field : field with { Name = place.Path, NamedBy = NameSource.SizeMatch })];

    /// <summary>Whether a source line names what is written.</summary>
    public bool IsNamed(in MemoryWrite write) => ByLine(write) is not null;

    private string? ByLine(in MemoryWrite write)
    {
        if (_byLine.TryGetValue((write.Slot, write.Argument), out string? known)) return known;
        string? name = _code.LineAt(write.Slot) is { } line && SourceStatement.At(line.Text, line.Column) is { } statement
            ? write.Argument < 0 ? SourceFields.OfStore(statement)
            : SourceFields.OfCall(statement, analysis.CallAt(write.Slot)?.Target?.Name, write.Argument) : null;
        return _byLine[(write.Slot, write.Argument)] = name;
    }

    private bool Fits(BtfType type, IReadOnlyList<RecordField> fields)
    {
        // Each store that is not only clearing must be a member.
        IEnumerable<RecordField> stored = fields.Where(field => field.Stored.Count > 0 && field.Stored.Any(value => value.Text != "0"));
        return stored.All(
            field => TypeTable.Field(_code.Btf!, type.Id, field.Offset, field.Size) is { } place && place.Offset == field.Offset
            && (field.Name is null || LastName(field.Name) == LastName(place.Path)));
    }

    private static string LastName(string path) => path[(path.LastIndexOf('.') + 1)..];
}
