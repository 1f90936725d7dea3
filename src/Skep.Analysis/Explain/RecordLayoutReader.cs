using System.Globalization;
using Skep.Inventory.Code;
using Skep.Maps.Tap;
using Skep.Maps.Typed;

namespace Skep.Analysis.Explain;

/// <summary>Finds the layouts of a map's records in what the programs that use it send through it.</summary>
public static class RecordLayoutReader
{
    // Behind a length of 4 bytes a perf sample is filled up to a multiple of 8 (bpf_perf_event_output).
    private const int PerfLength = 4, PerfUnit = 8;

    /// <summary>The layouts of what programs send through a map.</summary>
    /// <returns>Null when no layout is certain.</returns>
    public static RecordLayouts? Read(IEnumerable<ProgramCode> programs, uint mapId, bool perf)
    {
        ArgumentNullException.ThrowIfNull(programs);
        return Of(programs.SelectMany(code => Explainer.Explain(code).Outputs), mapId, perf);
    }

    /// <summary>The layouts of what is sent through a map.</summary>
    internal static RecordLayouts? Of(IEnumerable<OutputRecord> outputs, uint mapId, bool perf)
    {
        var layouts = new Dictionary<int, LayoutField[]>();
        var ambiguous = new HashSet<int>();
        foreach (OutputRecord output in outputs)
        {
            // What is sent by a map that is not known may be sent by this one.
            if (output.Map?.Id is { } other && other != mapId) continue;
            if (output.Sender == "bpf_seq_write") continue;
            if (output.Size is not { } size || output.Map?.Id is null) return null;
            int length = perf ? ((size + PerfLength + PerfUnit - 1) & ~(PerfUnit - 1)) - PerfLength : size;
            LayoutField[] fields =
                [
                    .. output.Fields.Where(field => field.Offset + field.Size <= size)
                        .Select(
                            field =>
                                new LayoutField(NameOf(field), field.Offset, field.Size, IsText(field) ? FieldForm.Text : field.Form))];
            if (output.Note is not null || fields.Length == 0 || Agreed(layouts.GetValueOrDefault(length), fields) is not { } agreed)
                ambiguous.Add(length);
            else layouts[length] = agreed;
        }

        foreach (int length in ambiguous) layouts.Remove(length);
        return layouts.Count > 0 ? new RecordLayouts(layouts) : null;
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
            agreed[i] =
                known[i].Form == FieldForm.Number
                    ? fields[i] : fields[i].Form is FieldForm.Number || fields[i].Form == known[i].Form
                        ? known[i] : fields[i] with { Form = FieldForm.Number };
        }

        return agreed;
    }

    // A name that fits by its size alone may be another struct's; a store of a constant may be the compiler's of several fields at once.
    private static string NameOf(RecordField field)
    {
        bool isSure = field.NamedBy == NameSource.MapType
            || (field.NamedBy == NameSource.SourceLine
            && !field.Stored.Any(value => value.Text.Length == 0 || char.IsAsciiDigit(value.Text[0]) || value.Text[0] == '-'));
        return isSure && field.Name is { Length: > 0 } name ? name : string.Create(CultureInfo.InvariantCulture, $"at_{field.Offset}");
    }

    // bpf_get_current_comm, bpf_probe_read_*_str.
    private static bool IsText(RecordField field) =>
        field.Stored.Any(
            value => value.Text.EndsWith("_comm)", StringComparison.Ordinal) || value.Text.EndsWith("_str)", StringComparison.Ordinal));
}
