using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Filter.Check;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Change;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.State;
using Skep.Filter.Update;
using Skep.Linux.Kernel;
using Skep.Packets.Values;

namespace Skep.Filter.Runtime.Sets;

/// <summary>A set as the rules of one program see it.</summary>
internal sealed class SetCopy : IDisposable
{
    private const int LeastAttempts = 60, MostAttempts = 1000;

    private readonly BpfMap _sets;
    private readonly BpfMap? _blocks;
    private readonly string _table;

    private SetCopy(string table, AppliedSet set, BpfMap sets, BpfMap? blocks, uint programId)
    {
        (_table, Set, _sets, _blocks, ProgramId) = (table, set, sets, blocks, programId);
        HasRanges = set.MayHaveRanges;
        Layout = set.MakeLayout();
    }

    /// <summary>The name of its table.</summary>
    internal string Table => _table;

    internal AppliedSet Set { get; }

    internal SetLayout Layout { get; }

    /// <summary>Whether elements may be ranges and prefixes.</summary>
    internal bool HasRanges { get; }

    /// <summary>The program whose set it is.</summary>
    internal uint ProgramId { get; }

    internal TimeSpan? DefaultTimeout => Set.TimeoutMilliseconds == 0 ? null : TimeSpan.FromMilliseconds(Set.TimeoutMilliseconds);

    /// <summary>Opens the set that decides packets now.</summary>
    /// <exception cref="InvalidDataException">No such table is applied, or it has no such set, or no rule uses it.</exception>
    internal static SetCopy OpenActing(string table, string name)
    {
        using var rules = Names.IsIdentifier(table) ? ActingRules.Open(table) : null;
        if (rules is null)
            throw new InvalidDataException($"finding table {table}: it filters no device (skep filter list shows those that do)");
        var state = rules.State;
        var set = state.Sets.FirstOrDefault(s => s.Name == name)
            ?? throw new InvalidDataException(
                $"finding set {name}: table {table} has "
                + $"{(state.Sets.Length == 0 ? "no sets" : "the sets " + string.Join(", ", state.Sets.Select(s => s.Name)))} (apply a "
                + $"file that has it)");
        if (set.Number < 0)
            throw new InvalidDataException(
                $"finding set {name} of table {table}: no rule uses it, so it is not in the kernel (apply a file with a rule that matches "
                + $"@{name})");
        if (set.Format != SetLayout.Format)
            throw new InvalidDataException(
                $"reading set {name} of table {table}: another version of skep applied it (apply the file again)");
        return Open(table, set, rules.ProgramId)
            ?? throw new InvalidDataException(
                $"finding set {name} of table {table}: program {rules.ProgramId} has no map of sets (apply the file again)");
    }

    /// <summary>Opens the same set of the rules that wait: those before while others are to be confirmed, or those after.</summary>
    /// <returns>Null when no rules wait, or theirs have no such set of these types.</returns>
    internal static SetCopy? OpenWaiting(SetCopy acting)
    {
        var store = new TableStore(acting._table);
        if (store.ReadPendingChange() is not { } change) return null;
        var other = change.After == acting.ProgramId ? change.Before : change.After;
        if (other == 0 || other == acting.ProgramId || store.ReadState(other) is not { } state) return null;
        var set =
            state.Sets.FirstOrDefault(
                s => s.Name == acting.Set.Name && s.Number >= 0 && s.Format == SetLayout.Format && s.Type.SequenceEqual(acting.Set.Type));
        return set is null ? null : Open(acting._table, set, other);
    }

    /// <summary>Reads its elements, also while another command edits the image.</summary>
    internal SetRows Read() => Read(out _, out _);

    /// <summary>Reads its elements and what they have counted, each by the same image.</summary>
    internal (SetRows Rows, IReadOnlyList<ElementCount> Counts) ReadCounted()
    {
        for (var attempt = 0; ; attempt++)
        {
            var rows = Read(out var id, out var edits);
            using var counters = OpenCounters();
            var counts = new ElementCount[rows.Count];
            for (var row = 0; row < counts.Length; row++) counts[row] = counters.Read(rows.CounterOf(row).Place);
            using var image = OpenImage();
            using var memory = image.MapValues(writable: false);

            // Where it changed meanwhile, a place may be another element's now.
            if (image.Info.Id == id && memory.Read<uint>(SetHeader.Edits) == edits) return (rows, counts);
            if (attempt == MostAttempts) throw Refusal("it is changed all the time", "do it again");
        }
    }

    /// <summary>Finds the element that holds another one without reading the others.</summary>
    /// <param name="wanted">The ranges of that.</param>
    /// <param name="now">The time.</param>
    /// <param name="found">The element and what it has counted; null when there is none.</param>
    /// <returns>False when all have to be read: only they show it, or the image is edited meanwhile.</returns>
    internal bool TryFind(ReadOnlySpan<Interval> wanted, ulong now, out (HeldElement Element, ElementCount? Count)? found)
    {
        found = null;
        using var image = OpenImage();
        using var memory = ImageMemory.Open(image, writable: false);
        var edits = memory.Load(SetHeader.Edits);
        if (edits % 2 != 0 || !new SetImageLookup(Layout, memory).TryFind(wanted, now, out var element)) return false;
        using var counters = element is not null && Set.IsCounted ? OpenCounters() : null;
        if (element is not null) found = (element, counters?.Read(element.Place));
        using var last = OpenImage();
        return last.Info.Id == image.Info.Id && memory.Load(SetHeader.Edits) == edits;
    }

    /// <summary>Opens its counters.</summary>
    internal ElementCounters OpenCounters() => ElementCounters.Open(_blocks!, Set.CounterNumber);

    /// <summary>Whether another one counts in the same memory.</summary>
    internal bool SharesCounters(SetCopy other) =>
        Set.IsCounted && other.Set.IsCounted && FirstBlock(this) is var block && block != 0 && block == FirstBlock(other);

    private SetRows Read(out uint id, out uint edits)
    {
        for (var attempt = 0; ; attempt++)
        {
            using var image = OpenImage();
            id = image.Info.Id;
            using var memory = image.MapValues(writable: false);
            edits = memory.Read<uint>(SetHeader.Edits);

            // An edit takes milliseconds: one that does not end was cut short.
            if (edits % 2 == 0 || attempt >= LeastAttempts)
            {
                var bytes = new byte[memory.Length];
                memory.Read(0, bytes);
                if (memory.Read<uint>(SetHeader.Edits) == edits) return SetImageReader.Read(Layout, bytes);
            }
            if (attempt == MostAttempts) throw Refusal("it is edited all the time", "do it again");
            Thread.Sleep(1);
        }
    }

    /// <summary>Adds or deletes one element in the image itself.</summary>
    /// <param name="plan">Plans the stores, given the place where a new element counts; null when that is not possible.</param>
    /// <param name="start">What a new element begins to count from; null where none is added.</param>
    /// <returns>False when nothing was changed.</returns>
    internal bool TryEdit(Func<SetImageEdit, uint, IReadOnlyList<ImageStore>?> plan, ElementCount? start)
    {
        if (Set.IsKept) return false;
        using var image = OpenImage();
        using var memory = ImageMemory.Open(image);
        using var counters = start is not null && Set.IsCounted ? OpenCounters() : null;
        if (counters is { Next: 0 } || plan(new(Layout, memory), counters?.Next ?? 0) is not { } stores) return false;
        if (stores.Count == 0) return true;
        counters?.GiveNext(start!.Value);
        SetImageEdit.Perform(memory, [.. stores.SkipLast(SetImageEdit.LastStores)]);

        // Elsewhere a processor may read what an element has before the tag that leads there.
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64) KernelReaders.Wait();
        SetImageEdit.Perform(memory, [.. stores.TakeLast(SetImageEdit.LastStores).SkipLast(1)]);

        // No packet is decided by the set before when the call returns. The last store says that the edit is done: the next one may count
        // on it that no packet is on its way through what this one changed.
        KernelReaders.Wait();
        SetImageEdit.Perform(memory, [stores[^1]]);
        return true;
    }

    internal BpfMap OpenImage() => SetMaps.OpenImage(_sets, Set.Number);

    internal BpfMap CreateImage(SetRows rows) => SetMaps.CreateImage(Set.Name, SetMaps.Write(Layout, rows));

    /// <summary>Puts images in the place of those of sets of one program, by one call of the kernel.</summary>
    internal static void Put(IReadOnlyList<SetCopy> sets, IReadOnlyList<BpfMap> images) =>
        sets[0]._sets.UpdateBatch(MemoryMarshal.AsBytes<int>([.. sets.Select(s => s.Set.Number)]), images);

    internal void CheckTimes(ElementList elements, TimeSpan? timeout)
    {
        if ((timeout is not null || elements.HasTimeouts) && !Set.IsTimed)
            throw NotTimed();
    }

    internal InvalidDataException NotTimed() => Refusal("its elements do not run out", "declare it with flags timeout, and apply the file");

    /// <summary>Refuses more elements than there is room for, and those that count and have values in common.</summary>
    internal void CheckRows(SetRows rows)
    {
        if (Set.IsCounted && rows.FindOverlap() is > 0 and var row)
            throw Refusal($"its elements count, and {Format(rows[row - 1])} and {Format(rows[row])} have values in common",
                "delete the one that is there first");
        var count = Layout.CountOf(rows);
        if (Set.MaxElements > 0 && count > Set.MaxElements)
            throw Refusal($"it would have {count} elements and has room for {Set.MaxElements}", "raise its size, and apply the file");
        if (Layout.Structure == SetStructure.Rows && rows.Count > Layout.Capacity)
            throw Refusal($"it would have {rows.Count} elements with ranges of several fields and has room for {Layout.Capacity}",
                $"declare it with a size up to {SetLayout.MostRows}, and apply the file");
    }

    internal InvalidDataException Refusal(string why, string remedy) => new($"changing set {Set.Name} of table {_table}: {why} ({remedy})");

    internal string Format(ReadOnlySpan<Interval> row)
    {
        if (row.Length == 1) return ValueText.FormatPart(row[0], Layout.Types[0], DataTypeInfo.BitsOf(Layout.Types[0]));
        var parts = new string[row.Length];
        for (var i = 0; i < parts.Length; i++)
            parts[i] = ValueText.FormatPart(row[i], Layout.Types[i], DataTypeInfo.BitsOf(Layout.Types[i]));
        return string.Join(" . ", parts);
    }

    public void Dispose()
    {
        _sets.Dispose();
        _blocks?.Dispose();
    }

    private static SetCopy? Open(string table, AppliedSet set, uint programId)
    {
        using var program = BpfProgram.TryOpenById(programId, out _);
        if (program is null || SetMaps.Find(program) is not { } map) return null;
        return new(table, set, map, set.IsCounted ? ElementCounters.Find(program) : null, programId);
    }

    private static uint FirstBlock(SetCopy copy) =>
        copy._blocks!.TryLookup(copy.Set.CounterNumber * CounterBlocks.Most, out uint id) ? id : 0;
}
