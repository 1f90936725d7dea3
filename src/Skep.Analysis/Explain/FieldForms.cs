using Skep.Analysis.Analyze;
using Skep.Bpf;
using Skep.Maps.Typed;

namespace Skep.Analysis.Explain;

/// <summary>
/// Finds what fields of records are: by the map's value type, by the members of that name and place in structs of the record's size, or by
/// what is copied into them.
/// </summary>
internal sealed class FieldForms(ProgramAnalysis analysis, IReadOnlyList<MemoryWrite> writes)
{
    private readonly Lazy<List<BtfType>> _structures = new(() => Structures(analysis.Code.Btf));
    private readonly Lazy<ILookup<int, MemoryWrite>> _writeAt = new(() => writes.ToLookup(write => write.Slot));

    /// <summary>The fields with their forms.</summary>
    /// <param name="memory">Where the record begins.</param>
    /// <param name="size">Its size; null when it is not constant.</param>
    /// <param name="fields">Its fields.</param>
    public IReadOnlyList<RecordField> Apply(Value memory, int? size, IReadOnlyList<RecordField> fields) =>
        [
            .. fields.Select(
                field => field with { Form = OfMap(memory, field) ?? OfStructures(size, field) ?? OfCopies(field) ?? FieldForm.Number })];

    private FieldForm? OfMap(in Value memory, RecordField field) =>
        memory is { Kind: ValueKind.MapValue, Id: >= 0, HasOffset: true }
            && analysis.Code.Maps[memory.Id] is { Btf: { } btf, ValueTypeId: not 0 } map
            ? At(btf, map.ValueTypeId, memory.Offset + field.Offset, field.Size)?.Form : null;

    // Structs of one size either agree on the member at an offset, or it is not named.
    private FieldForm? OfStructures(int? size, RecordField field)
    {
        if (size is null || field.Name is not { Length: > 0 } name) return null;
        FieldForm? found = null;
        foreach (BtfType type in _structures.Value)
        {
            if (type.Size != (uint)size || At(analysis.Code.Btf!, type.Id, field.Offset, field.Size) is not { } member) continue;
            if (LastName(member.Path) != LastName(name)) continue;
            if (found is not null && found != member.Form) return null;
            found = member.Form;
        }

        return found;
    }

    // A string is often copied a word at a time.
    private FieldForm? OfCopies(RecordField field)
    {
        if (field.Stored.Count == 0) return null;
        foreach (StoredValue stored in field.Stored)
        {
            MemoryWrite[] made = [.. _writeAt.Value[stored.Slot]];
            if (made.Length == 0 || !made.All(write => IsText(write.Written))) return null;
        }

        return FieldForm.Text;
    }

    private bool IsText(in Value written)
    {
        if (written.Origin < 0) return false;
        if (analysis.AccessAt(written.Origin) is not { Kind: AccessKind.Load, Address: { HasOffset: true } from }) return false;
        TypeReference? type = from.Kind switch
        {
            ValueKind.Kernel => analysis.Types[from.Id],
            ValueKind.MapValue when from.Id >= 0 && analysis.Code.Maps[from.Id] is { Btf: { } btf, ValueTypeId: not 0 } map =>
                new TypeReference(btf, map.ValueTypeId),
            _ => null,
        };

        // Of one character, for the word that is read is no member.
        return type is { } known && TypeTable.Field(known.Btf, known.Id, from.Offset, 1) is { TypeId: not 0 } place
            && place.Path.EndsWith(']') && IsCharacter(known.Btf.Resolve(place.TypeId));
    }

    private static (string Path, FieldForm Form)? At(Btf btf, uint type, long offset, int size)
    {
        if (TypeTable.Field(btf, type, offset, size) is not { TypeId: not 0 } place) return null;
        if (place.Offset != offset || btf.SizeOf(place.TypeId) != size) return null;
        BtfType leaf = btf.Resolve(place.TypeId);
        FieldForm form = leaf.Kind switch
        {
            BtfKind.Int when leaf.Int.IsSigned => FieldForm.Signed,
            BtfKind.Enum or BtfKind.Enum64 when leaf.Flag => FieldForm.Signed,
            BtfKind.Array when IsCharacter(btf.Resolve(leaf.Array.ElementTypeId)) => FieldForm.Text,
            _ => FieldForm.Number,
        };
        return (place.Path, form);
    }

    private static bool IsCharacter(BtfType type) => type is { Kind: BtfKind.Int, Size: 1 } && (type.Int.IsChar || type.Name == "char");

    private static string LastName(string path) => path[(path.LastIndexOf('.') + 1)..];

    private static List<BtfType> Structures(Btf? btf)
    {
        var found = new List<BtfType>();
        for (uint id = btf?.FirstId ?? 1; btf is not null && id < btf.EndId; id++)
            if (btf[id] is { Kind: BtfKind.Struct } type) found.Add(type);
        return found;
    }
}
