using Skep.Filter.Compile;
using Skep.Packets.Values;

namespace Skep.Filter.Update;

/// <summary>
/// Adds and deletes one element in the image of a set while programs look it up: one store at most changes what a packet finds. What cannot
/// be done so is left to another image. Header word <see cref="SetHeader.Edits"/> is odd while an edit is made: the counts may be wrong
/// then, and what <see cref="SetEditReader"/> reads is what programs find.
/// </summary>
internal sealed class SetImageEdit(SetLayout layout, IImageMemory image)
{
    private readonly ImageStores _stores = new();
    private readonly BucketEdit? _buckets =
        layout.Structure is SetStructure.Hash or SetStructure.Ranges && image.Load(SetHeader.QuotientShift) == 0
            && image.Load(SetHeader.Buckets) != 0 ? new(layout, image) : null;
    private readonly QuotientEdit? _quotients =
        layout.Structure is SetStructure.Hash or SetStructure.Ranges && image.Load(SetHeader.QuotientShift) != 0 ? new(image) : null;
    private readonly EdgeEdit? _edges = SetEdges.IsFor(layout) && EdgeEdit.IsFor(image) ? new(image) : null;

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
        if (layout.Structure == SetStructure.Ranges ? !TryAddRange(row[0], out more)
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
        if (layout.Structure == SetStructure.Ranges ? !TryDeleteRange(row[0], out more) : !TryDeleteKey(row, now)) return null;
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
        (image.Load(SetHeader.Edits) & 1) == 0 && layout.Structure switch
        {
            SetStructure.Hash => true,
            SetStructure.Ranges => !layout.IsTimed && !layout.IsCounted,
            _ => false,
        };

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
        if (_quotients is not null) return TryAddQuotient((uint)row[0].Low, out more);
        if (_buckets is null || !_buckets.TryAdd(WordsOf(row), end, now, place, _stores, out var count)) return false;
        more = count;
        return true;
    }

    private bool TryAddQuotient(uint value, out long more)
    {
        more = _quotients!.Has(value) ? 0 : 1;
        return more == 0 || _quotients.TryAdd(value, _stores);
    }

    private bool TryDeleteKey(ReadOnlySpan<Interval> row, ulong now)
    {
        foreach (var range in row)
            if (!range.IsSingle) return false;
        if (_quotients is null) return _buckets is not null && _buckets.TryDelete(WordsOf(row), now, _stores);
        if (!_quotients.Has((uint)row[0].Low)) return false;
        _quotients.Delete((uint)row[0].Low, _stores);
        return true;
    }

    private bool TryAddRange(Interval range, out long more)
    {
        more = 0;
        if (range.IsSingle && HasHash)
        {
            if (Has(range.Low)) return true;
            if (_quotients is not null ? !_quotients.TryAdd((uint)range.Low, _stores)
                : !_buckets!.TryAdd(WordsOf([range]), SetRows.Forever, 0, 0, _stores, out _)) return false;
            more = 1 - CountNeighbours(range);
            return true;
        }
        if (_edges is null || !IsInOneBucket(range)) return false;
        more = 1 - CountRuns(range, out _);
        return _edges.TryChange((uint)range.Low, (uint)range.High, isAdded: true, _stores);
    }

    private bool TryDeleteRange(Interval range, out long more)
    {
        more = CountNeighbours(range) - 1;
        if (range.IsSingle && HasHash && HasKey(range.Low))
        {
            if (_edges is null ? HasInRecords(range.Low) : !TryCut(range)) return false;
            if (_quotients is null) return _buckets!.TryDelete(WordsOf([range]), 0, _stores);
            _quotients.Delete((uint)range.Low, _stores);
            return true;
        }
        if (_edges is null || !IsInOneBucket(range)) return false;
        CountRuns(range, out var isWhole);
        return isWhole && !HasKeysIn(range) && TryCut(range);
    }

    private bool TryCut(Interval range) => _edges!.TryChange((uint)range.Low, (uint)range.High, isAdded: false, _stores);

    private bool HasHash => _quotients is not null || _buckets is not null;

    private static bool IsInOneBucket(Interval range) => range.Low >> SetEdges.LowBits == range.High >> SetEdges.LowBits;

    private bool HasKey(UInt128 value) => _quotients?.Has((uint)value) ?? _buckets?.Find(WordsOf([new(value, value)])) is not null;

    private bool HasKeysIn(Interval range)
    {
        if (!HasHash) return false;
        for (var value = range.Low; value <= range.High; value++)
            if (HasKey(value)) return true;
        return false;
    }

    private bool Has(UInt128 value) => HasKey(value) || (_edges?.Has((uint)value) ?? HasInRecords(value));

    private int CountNeighbours(Interval range) =>
        (range.Low > 0 && Has(range.Low - 1) ? 1 : 0)
        + (range.High < UInt128.MaxValue >> (128 - DataTypeInfo.BitsOf(layout.Types[0])) && Has(range.High + 1) ? 1 : 0);

    /// <summary>Counts the ranges that a range of one bucket touches.</summary>
    /// <param name="range">The range.</param>
    /// <param name="isWhole">Whether all of it is in the set.</param>
    private int CountRuns(Interval range, out bool isWhole)
    {
        var bits = image.Load(SetHeader.Records) == 0 ? null : _edges!.ReadBits((uint)range.Low);
        var isHeld = range.Low > 0 && Has(range.Low - 1);
        var runs = isHeld ? 1 : 0;
        isWhole = true;
        for (var value = (uint)range.Low; ; value++)
        {
            var low = (int)(value & SetEdges.LowMask);
            var holds = (bits is not null && (bits[low / 64] >> (low % 64) & 1) != 0) || (HasHash && HasKey(value));
            if (holds && !isHeld) runs++;
            isHeld = holds;
            isWhole &= holds;
            if (value == (uint)range.High) break;
        }
        if (!isHeld && range.High < uint.MaxValue && Has(range.High + 1)) runs++;
        return runs;
    }

    private bool HasInRecords(UInt128 value)
    {
        var (low, high) = (0, (int)image.Load(SetHeader.Records) - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var record = (int)image.Load(SetHeader.RecordPage) * SetLayout.PageBytes + middle * layout.RecordBytes;
            if (value < ValueAt(record)) high = middle - 1;
            else if (value > ValueAt(record + layout.RecordBytesOf(layout.Types[0]))) low = middle + 1;
            else return true;
        }
        return false;
    }

    private UInt128 ValueAt(int offset) => layout.RecordBytesOf(layout.Types[0]) switch
    {
        4 => image.Load(offset),
        8 => image.LoadDouble(offset),
        _ => new UInt128(image.LoadDouble(offset), image.LoadDouble(offset + 8)),
    };

    private ulong[] WordsOf(ReadOnlySpan<Interval> row) => layout.KeyBytes == 4 ? [(uint)row[0].Low]
        : BucketEdit.WordsOf(SetKeys.OfRows(layout, SetRows.Of(row.Length, row, null))[0]);
}
