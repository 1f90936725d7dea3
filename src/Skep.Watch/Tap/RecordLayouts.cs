using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Skep.Bpf;
using Skep.Watch.Code;
using Skep.Watch.Explain;
using Skep.Watch.Typed;

namespace Skep.Watch.Tap;

/// <summary>A field of records, as the code of the program that sends them stores it.</summary>
/// <param name="Name">Its name, from the program's source lines or BTF; else by its offset: <c>at_8</c>.</param>
/// <param name="Offset">Bytes from the record's start.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Form">What it is by its type, or by the helper that stores it.</param>
public readonly record struct LayoutField(string Name, int Offset, int Size, FieldForm Form);

/// <summary>
/// How the records of a map are laid out, by the code of all programs that use it. A record is told by its length: a length that two layouts have, or that
/// a sender of varying lengths may have, has none.
/// </summary>
public sealed class RecordLayouts
{
    // Behind a length of 4 bytes a perf sample is filled up to a multiple of 8 (bpf_perf_event_output).
    private const int PerfLength = 4, PerfUnit = 8;

    private readonly Dictionary<int, LayoutField[]> _byLength = [];

    private RecordLayouts()
    {
    }

    /// <summary>The lengths that have a layout.</summary>
    public IReadOnlyCollection<int> Lengths => _byLength.Keys;

    /// <summary>Explains the programs that use a map, and gathers what they send through it.</summary>
    /// <returns>Null when no layout is certain.</returns>
    /// <exception cref="BpfException">Programs may not be walked.</exception>
    public static RecordLayouts? Find(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        BpfMapInfo info = map.Info;
        var outputs = new List<OutputRecord>();
        foreach (uint id in MapUsers.Programs(info.Id))
        {
            using BpfProgram? program = BpfProgram.TryOpenById(id, out _);
            if (program is null) continue;
            outputs.AddRange(Explainer.Explain(LoadedCodeReader.Read(program)).Outputs);
        }

        return Of(outputs, info.Id, info.Type == BpfMapType.PerfEventArray);
    }

    /// <summary>The layouts of what is sent through a map.</summary>
    internal static RecordLayouts? Of(IEnumerable<OutputRecord> outputs, uint mapId, bool perf)
    {
        var layouts = new RecordLayouts();
        var ambiguous = new HashSet<int>();
        foreach (OutputRecord output in outputs)
        {
            // What goes through a map that is not known may go through this one.
            if (output.Map?.Id is { } other && other != mapId) continue;
            if (output.Sender == "bpf_seq_write") continue;
            if (output.Size is not { } size || output.Map?.Id is null) return null;
            int length = perf ? ((size + PerfLength + PerfUnit - 1) & ~(PerfUnit - 1)) - PerfLength : size;
            LayoutField[] fields = [.. output.Fields.Where(field => field.Offset + field.Size <= size).Select(field => new LayoutField(NameOf(field), field.Offset, field.Size, IsText(field) ? FieldForm.Text : field.Form))];
            if (output.Note is not null || fields.Length == 0 || Agreed(layouts._byLength.GetValueOrDefault(length), fields) is not { } agreed) ambiguous.Add(length);
            else layouts._byLength[length] = agreed;
        }

        foreach (int length in ambiguous) layouts._byLength.Remove(length);
        return layouts._byLength.Count > 0 ? layouts : null;
    }

    /// <summary>Writes a record's fields as an object: text where the type or a helper says so, numbers of up to 8 bytes with their sign, else hexadecimal digits.</summary>
    /// <returns>False when records of this length have no layout: nothing is written.</returns>
    internal bool TryWrite(TypedJson json, ReadOnlySpan<byte> record, Action before)
    {
        if (!_byLength.TryGetValue(record.Length, out LayoutField[]? fields)) return false;
        before();
        json.StartObject();
        foreach (LayoutField field in fields)
        {
            json.Name(field.Name);
            WriteValue(json, record.Slice(field.Offset, field.Size), field.Form);
        }

        json.EndObject();
        return true;
    }

    // One program's BTF may have the type, the other's not.
    private static LayoutField[]? Agreed(LayoutField[]? known, LayoutField[] fields)
    {
        if (known is null) return fields;
        if (known.Length != fields.Length) return null;
        var agreed = new LayoutField[fields.Length];
        for (int i = 0; i < fields.Length; i++)
        {
            if (known[i] with { Form = fields[i].Form } != fields[i]) return null;
            agreed[i] = known[i].Form == FieldForm.Number ? fields[i] : fields[i].Form is FieldForm.Number || fields[i].Form == known[i].Form ? known[i] : fields[i] with { Form = FieldForm.Number };
        }

        return agreed;
    }

    // A name that fits by its size alone may be another struct's; a store of a constant may be the compiler's of several fields at once.
    private static string NameOf(RecordField field)
    {
        bool isSure = field.NamedBy == NameSource.MapType
            || (field.NamedBy == NameSource.SourceLine && !field.Stored.Any(value => value.Text.Length == 0 || char.IsAsciiDigit(value.Text[0]) || value.Text[0] == '-'));
        return isSure && field.Name is { Length: > 0 } name ? name : string.Create(CultureInfo.InvariantCulture, $"at_{field.Offset}");
    }

    // bpf_get_current_comm, bpf_probe_read_*_str.
    private static bool IsText(RecordField field) =>
        field.Stored.Any(value => value.Text.EndsWith("_comm)", StringComparison.Ordinal) || value.Text.EndsWith("_str)", StringComparison.Ordinal));

    private static void WriteValue(TypedJson json, ReadOnlySpan<byte> bytes, FieldForm form)
    {
        int end = form == FieldForm.Text ? bytes.IndexOf((byte)0) : -1;
        if (end >= 0 && !bytes[..end].ContainsAnyExceptInRange((byte)0x20, (byte)0x7e)) json.String(Encoding.ASCII.GetString(bytes[..end]));
        else if (bytes.Length is not (1 or 2 or 4 or 8)) json.Hex(bytes);
        else if (form == FieldForm.Signed) json.Number(bytes.Length switch { 1 => (sbyte)bytes[0], 2 => MemoryMarshal.Read<short>(bytes), 4 => MemoryMarshal.Read<int>(bytes), _ => MemoryMarshal.Read<long>(bytes) });
        else json.Number(bytes.Length switch { 1 => bytes[0], 2 => MemoryMarshal.Read<ushort>(bytes), 4 => MemoryMarshal.Read<uint>(bytes), _ => MemoryMarshal.Read<ulong>(bytes) });
    }
}
