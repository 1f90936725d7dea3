using Skep.Filter.Compile;
using Skep.Packets.Values;

namespace Skep.Filter.Update;

/// <summary>An element as an image holds it.</summary>
/// <param name="Row">Its ranges: more than what was looked for, where a prefix or a range holds that.</param>
/// <param name="End">When it ends.</param>
/// <param name="Place">Where it counts, if it does.</param>
internal sealed record HeldElement(Interval[] Row, ulong End, uint Place);

/// <summary>Looks values up in the image of a set, as programs do, without reading its other elements.</summary>
internal sealed class SetImageLookup(SetLayout layout, IImageMemory image)
{
    // Prefixes that touch are one element of a list. Beyond so many the whole image is read sooner.
    private const int MostPieces = 4096;

    /// <summary>The tables of keys or of prefixes.</summary>
    internal KeyTable[] Tables { get; } =
        layout.Structure is SetStructure.Hash or SetStructure.Ranges ? KeyTable.Open(layout, image) : [];

    /// <summary>The ranges beside them, where they are kept by their edges.</summary>
    internal EdgeEdit? Edges { get; } = SetEdges.IsFor(layout) && EdgeEdit.IsFor(image) ? new(image) : null;

    /// <summary>Whether ranges are in the set beside what the tables hold.</summary>
    internal bool HasRecords => image.Load(SetHeader.Records) != 0;

    /// <summary>The highest value.</summary>
    internal UInt128 Last => UInt128.MaxValue >> (128 - layout.Bits);

    /// <summary>Finds the element that holds another one.</summary>
    /// <param name="wanted">The ranges of that.</param>
    /// <param name="now">The time.</param>
    /// <param name="found">The element, joined with what touches it; null when there is none.</param>
    /// <returns>False when only the whole image shows it.</returns>
    internal bool TryFind(ReadOnlySpan<Interval> wanted, ulong now, out HeldElement? found)
    {
        found = null;
        if (layout.Structure == SetStructure.Hash && Tables is [var table])
        {
            foreach (var range in wanted)
                if (!range.IsSingle) return false;
            if (table.Find(WordsOf(wanted)) is { } place && SetRows.IsLive(table.EndOf(place), now))
                found = new(wanted.ToArray(), table.EndOf(place), table.CounterOf(place));
            return true;
        }
        if (layout.Structure != SetStructure.Ranges || layout.IsTimed || layout.IsCounted) return false;
        if (PieceWith(wanted[0].Low) is not { } run) return true;
        for (var pieces = 0; ; pieces++)
        {
            var grown = run;
            if (run.Low > 0 && PieceWith(run.Low - 1) is { } below) grown = new(below.Low, grown.High);
            if (run.High < Last && PieceWith(run.High + 1) is { } above) grown = new(grown.Low, above.High);
            if (grown == run) break;
            if (pieces == MostPieces) return false;
            run = grown;
        }
        if (run.High >= wanted[0].High) found = new([run], SetRows.Forever, 0);
        return true;
    }

    /// <summary>Whether a value is a key of a table, or in one of its prefixes.</summary>
    internal bool HasKey(UInt128 value) => PrefixWith(value) is not null;

    /// <summary>Whether a value is in the set.</summary>
    internal bool Has(UInt128 value) => HasKey(value) || (Edges?.Has((uint)value) ?? HasInRecords(value));

    /// <summary>Whether a value is in a range that is searched.</summary>
    internal bool HasInRecords(UInt128 value) => RecordWith(value) is not null;

    /// <summary>A range that is searched.</summary>
    internal Interval RecordAt(int number)
    {
        var record = (int)image.Load(SetHeader.RecordPage) * SetLayout.PageBytes + number * layout.RecordBytes;
        return new(ValueAt(record), ValueAt(record + layout.RecordBytesOf(layout.Types[0])));
    }

    /// <summary>The words of an element's key.</summary>
    internal ulong[] WordsOf(ReadOnlySpan<Interval> row) => row.Length == 1 ? layout.WordsOf(row[0].Low)
        : layout.WordsOf(SetKeys.OfRows(layout, SetRows.Of(row.Length, row, null))[0]);

    private Interval? PieceWith(UInt128 value) =>
        PrefixWith(value) ?? (Edges is null ? RecordWith(value) : Edges.RunWith((uint)value));

    private Interval? PrefixWith(UInt128 value)
    {
        var key = layout.WordsOf(value);
        foreach (var table in Tables)
            if (table.Find(key) is not null) return table.PrefixOf(value);
        return null;
    }

    private Interval? RecordWith(UInt128 value)
    {
        var (low, high) = (0, (int)image.Load(SetHeader.Records) - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var record = RecordAt(middle);
            if (value < record.Low) high = middle - 1;
            else if (value > record.High) low = middle + 1;
            else return record;
        }
        return null;
    }

    private UInt128 ValueAt(int offset) => layout.RecordBytesOf(layout.Types[0]) switch
    {
        4 => image.Load(offset),
        8 => image.LoadDouble(offset),
        _ => new UInt128(image.LoadDouble(offset), image.LoadDouble(offset + 8)),
    };
}
