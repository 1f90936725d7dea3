using Skep.Bpf;
using Skep.Filter.Check;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Change;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.State;
using Skep.Packets.Values;

namespace Skep.Filter.Runtime.Sets;

/// <summary>A set as the rules of one program see it.</summary>
internal sealed class SetCopy : IDisposable
{
    private readonly BpfMap _sets;
    private readonly string _table;

    private SetCopy(string table, AppliedSet set, BpfMap sets, uint programId)
    {
        (_table, Set, _sets, ProgramId) = (table, set, sets, programId);
        HasRanges = set.HasRanges || set.Structure is SetStructure.Ranges or SetStructure.Rows;
        Layout = new(set.Structure, [.. set.Type.Select(t => DataTypeInfo.Find(t)!.Value)], set.IsTimed, set.Capacity, HasRanges);
    }

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

    internal SetRows Read()
    {
        using var image = OpenImage();
        using var memory = image.MapValues(writable: false);
        var bytes = new byte[memory.Length];
        memory.Read(0, bytes);
        return SetImageReader.Read(Layout, bytes);
    }

    internal BpfMap OpenImage() => SetMaps.OpenImage(_sets, Set.Number);

    internal BpfMap CreateImage(SetRows rows) => SetMaps.CreateImage(Set.Name, SetImage.Write(Layout, rows));

    /// <summary>Puts images in the place of those of sets of one program, by one call of the kernel.</summary>
    internal static void Put(IReadOnlyList<SetCopy> sets, IReadOnlyList<BpfMap> images) =>
        sets[0]._sets.UpdateBatch(System.Runtime.InteropServices.MemoryMarshal.AsBytes<int>([.. sets.Select(s => s.Set.Number)]), images);

    internal void CheckTimes(ElementList elements, TimeSpan? timeout)
    {
        if ((timeout is not null || elements.HasTimeouts) && !Set.IsTimed)
            throw Refusal("its elements do not run out", "declare it with flags timeout, and apply the file");
    }

    /// <summary>Refuses more elements than there is room for.</summary>
    internal void CheckRoom(SetRows rows)
    {
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

    public void Dispose() => _sets.Dispose();

    private static SetCopy? Open(string table, AppliedSet set, uint programId)
    {
        using var program = BpfProgram.TryOpenById(programId, out _);
        return program is not null && SetMaps.Find(program) is { } map ? new(table, set, map, programId) : null;
    }
}
