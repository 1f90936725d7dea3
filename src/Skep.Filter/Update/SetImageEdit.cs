using Skep.Filter.Compile;
using Skep.Packets.Values;

namespace Skep.Filter.Update;

/// <summary>
/// Adds and deletes one element in the image of a set while programs look it up: one store at most changes what a packet finds. What cannot
/// be done so is left to another image. Header word <see cref="SetHeader.Edits"/> is odd while an edit is made: the number of elements
/// may be wrong then, but not what is read.
/// </summary>
internal sealed class SetImageEdit(SetLayout layout, IImageMemory image)
{
    /// <summary>The last stores of a plan: what packets see, the number of elements, and that the edit is done.</summary>
    internal const int LastStores = 3;

    private readonly ImageStores _stores = new();
    private readonly SetImageLookup _lookup = new(layout, image);

    private KeyTable[] Tables => _lookup.Tables;

    private EdgeEdit? Edges => _lookup.Edges;

    private long Elements => (long)image.LoadDouble(SetHeader.Elements);

    /// <summary>The stores that add an element.</summary>
    /// <param name="row">Its ranges.</param>
    /// <param name="end">When it ends.</param>
    /// <param name="now">The time.</param>
    /// <param name="most">The most elements that the set may have; 0 for any number.</param>
    /// <param name="place">Where it counts, if it does.</param>
    /// <returns>None when it is there; null when it takes another image.</returns>
    internal IReadOnlyList<ImageStore>? PlanAdd(ReadOnlySpan<Interval> row, ulong end, ulong now, int most, uint place = 0)
    {
        if (!MayEdit) return null;
        var more = 0L;
        if (layout.Structure == SetStructure.Ranges ? !TryAddRange(row[0], end, now, place, out more)
            : !TryAddKey(row, end, now, place, out more)) return null;
        if (most > 0 && more > 0 && Elements + more > most) return null;
        return Counted(more);
    }

    /// <summary>The stores that delete an element.</summary>
    /// <returns>Null when it takes another image, also to find out that the element is not there.</returns>
    internal IReadOnlyList<ImageStore>? PlanDelete(ReadOnlySpan<Interval> row, ulong now)
    {
        if (!MayEdit) return null;
        var more = -1L;
        if (layout.Structure == SetStructure.Ranges ? !TryDeleteRange(row[0], now, out more) : !TryDeleteKey(row, now)) return null;
        return Counted(more);
    }

    /// <summary>Makes the stores of a plan.</summary>
    internal static void Perform(IImageMemory image, IReadOnlyList<ImageStore> stores)
    {
        foreach (var store in stores)
        {
            if (store.IsDouble) image.StoreDouble(store.Offset, store.Value);
            else image.Store(store.Offset, (uint)store.Value);
        }
    }

    private bool MayEdit =>
        (image.Load(SetHeader.Edits) & 1) == 0 && layout.Structure is SetStructure.Hash or SetStructure.Ranges;

    private IReadOnlyList<ImageStore> Counted(long more)
    {
        if (_stores.All.Count == 0) return [];
        var edits = image.Load(SetHeader.Edits);
        return
        [
            new(SetHeader.Edits, edits + 1, IsDouble: false), .. _stores.All,
            new(SetHeader.Elements, (ulong)(Elements + more), IsDouble: true), new(SetHeader.Edits, edits + 2, IsDouble: false),
        ];
    }

    private bool TryAddKey(ReadOnlySpan<Interval> row, ulong end, ulong now, uint place, out long more)
    {
        more = 0;
        foreach (var range in row)
            if (!range.IsSingle) return false;
        if (Tables is not [var table]) return false;
        var key = _lookup.WordsOf(row);
        if (table.Find(key) is { } found) return TryAddTo(table, found, end, now);
        more = 1;
        return table.TryAdd(key, end, place, _stores);
    }

    /// <summary>Adds an element that is there: the later of the two times counts.</summary>
    private bool TryAddTo(KeyTable table, TablePlace found, ulong end, ulong now)
    {
        if (!layout.IsTimed) return true;
        var have = table.EndOf(found);

        // One that ran out counts from its beginning again: its time and its place would be two stores.
        if (layout.IsCounted && !SetRows.IsLive(have, now)) return false;
        var later = SetRows.IsLive(have, now) ? SetRows.Later(have, end) : end;
        if (later != have) table.SetEnd(found, later, _stores);
        return true;
    }

    private bool TryDeleteKey(ReadOnlySpan<Interval> row, ulong now)
    {
        foreach (var range in row)
            if (!range.IsSingle) return false;
        return Tables is [var table] && TryDeleteFrom(table, _lookup.WordsOf(row), now);
    }

    private bool TryDeleteFrom(KeyTable table, ulong[] key, ulong now)
    {
        if (table.Find(key) is not { } found || !SetRows.IsLive(table.EndOf(found), now)) return false;
        return table.TryDelete(found, _stores);
    }

    private bool TryAddRange(Interval range, ulong end, ulong now, uint place, out long more)
    {
        more = 0;
        if (TableOf(range) is { } table)
        {
            if (!range.IsSingle && TouchesRecords(range)) return false;
            if (layout.IsTimed || layout.IsCounted) return TryAddWhole(table, range, end, now, place, out more);
            if (Covers(range)) return true;
            more = 1 - CountRuns(range, PiecesWithin(range));
            return table.TryAdd(_lookup.WordsOf([range]), end, place, _stores);
        }
        if (Edges is null || !IsInOneBucket(range)) return false;
        more = 1 - CountRuns(range, out _);
        return Edges.TryChange((uint)range.Low, (uint)range.High, isAdded: true, _stores);
    }

    /// <summary>Adds an element that stays what it is: what touches or overlaps it may have another time or place.</summary>
    private bool TryAddWhole(KeyTable table, Interval range, ulong end, ulong now, uint place, out long more)
    {
        more = 0;
        var key = _lookup.WordsOf([range]);
        if (!IsAlone(table, range)) return false;
        if (table.Find(key) is { } found) return TryAddTo(table, found, end, now);
        more = 1;
        return table.TryAdd(key, end, place, _stores);
    }

    private bool TryDeleteRange(Interval range, ulong now, out long more)
    {
        more = CountNeighbours(range) - 1;
        if (TableOf(range) is { } table && table.Find(_lookup.WordsOf([range])) is not null)
        {
            if (!range.IsSingle && TouchesRecords(range)) return false;
            if (Tables.Any(other => other.Length < table.Length && other.Find(_lookup.WordsOf([range])) is not null)) return false;
            if (PiecesWithin(range).Any(piece => piece != range)) return false;
            if ((layout.IsTimed || layout.IsCounted) && !IsAlone(table, range)) return false;
            if (_lookup.HasRecords && (Edges is null ? _lookup.HasInRecords(range.Low) : !TryCut(range))) return false;
            return TryDeleteFrom(table, _lookup.WordsOf([range]), now);
        }
        if (Edges is null || !IsInOneBucket(range)) return false;
        CountRuns(range, out var isWhole);
        return isWhole && !HasKeysIn(range) && TryCut(range);
    }

    /// <summary>The table of prefixes as long as a range is one; null when there is none, or it is no prefix.</summary>
    private KeyTable? TableOf(Interval range)
    {
        var span = range.High - range.Low;
        if ((span & (span + 1)) != 0 || (range.Low & span) != 0) return null;
        var length = layout.Bits - (int)UInt128.PopCount(span);
        return Array.Find(Tables, table => table.Length == length);
    }

    /// <summary>Whether one prefix or range of the set holds all of a range.</summary>
    private bool Covers(Interval range) =>
        Tables.Any(table => table.Length <= TableOf(range)!.Length && table.Find(_lookup.WordsOf([range])) is not null)
        || (range.IsSingle && _lookup.Has(range.Low));

    /// <summary>Whether no other element touches or overlaps a range.</summary>
    private bool IsAlone(KeyTable table, Interval range) =>
        !TouchesRecords(range) && CountNeighbours(range) == 0
        && !Tables.Any(other => other.Length < table.Length && other.Find(_lookup.WordsOf([range])) is not null)
        && PiecesWithin(range).All(piece => piece == range);

    /// <summary>The prefixes of all tables within a range, in order.</summary>
    private List<Interval> PiecesWithin(Interval range)
    {
        if (range.IsSingle) return _lookup.HasKey(range.Low) ? [range] : [];
        var pieces = Tables.SelectMany(table => table.Within(range)).ToList();
        pieces.Sort();
        return pieces;
    }

    private bool TryCut(Interval range) => Edges!.TryChange((uint)range.Low, (uint)range.High, isAdded: false, _stores);

    private static bool IsInOneBucket(Interval range) => range.Low >> SetEdges.LowBits == range.High >> SetEdges.LowBits;

    private bool HasKeysIn(Interval range)
    {
        for (var value = range.Low; value <= range.High; value++)
            if (_lookup.HasKey(value)) return true;
        return false;
    }

    private int CountNeighbours(Interval range) =>
        (range.Low > 0 && _lookup.Has(range.Low - 1) ? 1 : 0)
        + (range.High < _lookup.Last && _lookup.Has(range.High + 1) ? 1 : 0);

    /// <summary>Counts the ranges that a range touches.</summary>
    /// <param name="range">The range.</param>
    /// <param name="pieces">What is in the set of it, in order.</param>
    private int CountRuns(Interval range, List<Interval> pieces)
    {
        UInt128? last = range.Low > 0 && _lookup.Has(range.Low - 1) ? range.Low - 1 : null;
        var runs = last is null ? 0 : 1;
        foreach (var piece in pieces)
        {
            if (last is not { } held || (piece.Low > held && piece.Low - held > 1)) runs++;
            if (last is null || piece.High > last) last = piece.High;
        }
        return runs + (last != range.High && range.High < _lookup.Last && _lookup.Has(range.High + 1) ? 1 : 0);
    }

    /// <summary>Counts the ranges that a range of one bucket touches.</summary>
    /// <param name="range">The range.</param>
    /// <param name="isWhole">Whether all of it is in the set.</param>
    private int CountRuns(Interval range, out bool isWhole)
    {
        var bits = image.Load(SetHeader.Records) == 0 ? null : Edges!.ReadBits((uint)range.Low);
        var isHeld = range.Low > 0 && _lookup.Has(range.Low - 1);
        var runs = isHeld ? 1 : 0;
        isWhole = true;
        for (var value = (uint)range.Low; ; value++)
        {
            var low = (int)(value & SetEdges.LowMask);
            var holds = (bits is not null && (bits[low / 64] >> (low % 64) & 1) != 0) || _lookup.HasKey(value);
            if (holds && !isHeld) runs++;
            isHeld = holds;
            isWhole &= holds;
            if (value == (uint)range.High) break;
        }
        if (!isHeld && range.High < uint.MaxValue && _lookup.Has(range.High + 1)) runs++;
        return runs;
    }

    /// <summary>Whether a range that is searched touches or overlaps one; true where that is not looked up.</summary>
    private bool TouchesRecords(Interval range)
    {
        if (!_lookup.HasRecords) return false;
        if (Edges is not null) return true;
        var (low, high) = (0, (int)image.Load(SetHeader.Records));
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_lookup.RecordAt(middle) is var record && record.High < range.Low && range.Low - record.High > 1) low = middle + 1;
            else high = middle;
        }
        return low < (int)image.Load(SetHeader.Records) && _lookup.RecordAt(low) is var first
            && (first.Low <= range.High || first.Low - range.High == 1);
    }
}
