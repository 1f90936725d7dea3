using Skep.Filter.Classify;

namespace Skep.Filter.Update;

/// <summary>
/// Adds and deletes rules in the image that programs search, by stores that each leave it whole. A rule is added in two steps: its rows are
/// placed as records that match nothing, and then each becomes one that matches by a store of its order. So each packet is decided with the
/// rule or without it.
/// </summary>
internal sealed class ImageUpdate(LoadedLists lists, IImageMemory memory)
{
    /// <summary>Places the rows of a rule.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="order">The order of the rule, which no other has or had.</param>
    /// <param name="counter">The place of its counters.</param>
    /// <param name="verdict">Its verdict as rule text.</param>
    /// <returns>The offsets of their records; null when there is no room.</returns>
    internal IReadOnlyList<int>? Place(AddedRows rows, int order, int counter, string verdict)
    {
        var records = new List<int>();
        foreach (var (family, list) in rows.Families)
        {
            for (var row = 0; row < list.Count; row++)
            {
                var record = FindFree(family, RecordLayout.BytesOf(list));
                if (record < 0) return null;
                Write(record, list, row, order, counter, Array.IndexOf(lists.Verdicts, verdict));
                if (!TryLink(family, list, row, record, order)) return null;
                records.Add(record);
            }
        }
        return records;
    }

    /// <summary>Makes placed records match.</summary>
    internal void Publish(IReadOnlyList<int> records, int order)
    {
        foreach (var record in records) memory.Store(record + RecordLayout.Order, (uint)order);
    }

    /// <summary>The records of a rule of a list.</summary>
    /// <param name="list">The list.</param>
    /// <param name="order">The order of the rule.</param>
    /// <param name="isFixed">
    /// Whether it cannot be deleted: rows of others are left out because of it, or a row of it is compared in order.
    /// </param>
    internal IReadOnlyList<int> Find(LoadedList list, int order, out bool isFixed)
    {
        var found = new List<int>();
        isFixed = false;
        foreach (var family in list.Families)
        {
            var size = RecordLayout.BytesOf(family.NoRows());
            for (var row = FirstRow(family, size, order); row < family.Rows && OwnerOf(family.Records + row * size) == order; row++)
            {
                var record = family.Records + row * size;
                found.Add(record);
                isFixed |= (memory.Load(record + RecordLayout.Owner) & RecordLayout.Hides) != 0 || IsInOrder(family, record);
            }
            for (var row = family.Rows; row < family.Rows + family.Free; row++)
            {
                var owner = OwnerOf(family.Records + row * size);
                if (owner == 0) break;
                if (owner == order) found.Add(family.Records + row * size);
            }
        }
        return found;
    }

    /// <summary>Makes records match nothing any more.</summary>
    internal void Remove(IReadOnlyList<int> records)
    {
        foreach (var record in records) memory.Store(record + RecordLayout.Order, RuleOrder.None);
    }

    private int OwnerOf(int record) => (int)(memory.Load(record + RecordLayout.Owner) & ~RecordLayout.Hides);

    private int FirstRow(LoadedFamily family, int size, int order)
    {
        var (low, high) = (0, family.Rows);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (OwnerOf(family.Records + middle * size) < order) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    private int FindFree(LoadedFamily family, int size)
    {
        for (var row = family.Rows; row < family.Rows + family.Free; row++)
            if (OwnerOf(family.Records + row * size) == 0) return family.Records + row * size;
        return -1;
    }

    private void Write(int record, RowList list, int row, int order, int counter, int verdict)
    {
        Span<byte> bytes = stackalloc byte[RecordLayout.BytesOf(list)];
        bytes.Clear();
        ClassifierImage.WriteConditions(bytes, list, row);
        memory.Store(record + RecordLayout.Order, RuleOrder.None);
        memory.Store(record + RecordLayout.Owner, (uint)order);
        memory.Store(record + RecordLayout.Counter, (uint)counter);
        memory.Store(record + RecordLayout.Verdict, (uint)verdict);
        for (var at = RecordLayout.Words; at < bytes.Length; at += 8) memory.StoreDouble(record + at, BitConverter.ToUInt64(bytes[at..]));
    }

    /// <summary>Puts the number of a record where packets with its key find it: into a table, else into the list of added rows.</summary>
    private bool TryLink(LoadedFamily family, RowList list, int row, int record, int order)
    {
        var masks = list.Masks(row).ToArray();
        var fitting = Enumerable.Range(0, family.Tables.Length).Where(t => IsWithin(family.Tables[t].Mask, masks))
            .OrderByDescending(t => Ternary.CountBits(family.Tables[t].Mask));
        var number = (uint)record >> RecordLayout.BlockShift;
        foreach (var table in fitting)
        {
            // Packets that found a row before it must not stop short of this table.
            for (var earlier = 0; earlier < table; earlier++)
                if (memory.Load(family.Firsts + 4 * earlier) > order) memory.Store(family.Firsts + 4 * earlier, (uint)order);
            if (TryLink(family.Tables[table], KeyHash.Of(list.Values(row), family.Tables[table].Mask), number, order)) return true;
        }
        return TryList(family, number, order);
    }

    private bool TryLink(LoadedTable table, ulong hash, uint number, int order)
    {
        var home = KeyHash.Bucket(hash, table.Bits);
        for (var bucket = home; bucket < home + TupleTable.MostBuckets; bucket++)
        {
            for (var slot = 0; slot < TupleTable.KeysPerBucket; slot++)
            {
                var at = table.Slots + 4 * (8 * bucket + slot);
                if (!IsFree(memory.Load(at), order)) continue;
                memory.Store(at, number);
                var tags = memory.LoadDouble(table.Tags + 8 * bucket);
                tags = (tags & ~(0xffUL << (8 * slot))) | ((ulong)KeyHash.Tag(hash) << (8 * slot));
                memory.StoreDouble(table.Tags + 8 * bucket, tags);
                for (var full = bucket - 1; full >= home; full--)
                    memory.StoreDouble(table.Tags + 8 * full, memory.LoadDouble(table.Tags + 8 * full) & ulong.MaxValue >> 8);
                return true;
            }
        }
        return false;
    }

    private bool TryList(LoadedFamily family, uint number, int order)
    {
        var count = (int)memory.Load(family.List);
        for (var at = 0; at < UpdateRoom.MostListed; at++)
        {
            var place = family.List + 4 + 4 * at;
            if (at < count && !IsFree(memory.Load(place), order)) continue;
            memory.Store(place, number);
            if (at >= count) memory.Store(family.List, (uint)at + 1);
            return true;
        }
        return false;
    }

    /// <summary>
    /// Whether a slot holds no record, or one of a rule that was deleted. Those of the rule that is being added have no order yet either.
    /// </summary>
    private bool IsFree(uint number, int order)
    {
        var record = (int)(number << RecordLayout.BlockShift);
        return number == 0 || (memory.Load(record + RecordLayout.Order) == RuleOrder.None && OwnerOf(record) != order);
    }

    /// <summary>Whether a record is among the rows that are compared in order, where one behind all others would end the search.</summary>
    private bool IsInOrder(LoadedFamily family, int record)
    {
        for (var at = 0; at < family.ResidueCount; at++)
            if (memory.Load(family.Residue + 4 * at) == (uint)record >> RecordLayout.BlockShift) return true;
        return false;
    }

    private static bool IsWithin(ulong[] inner, ulong[] outer)
    {
        for (var word = 0; word < inner.Length; word++)
            if ((inner[word] & ~outer[word]) != 0) return false;
        return true;
    }
}
