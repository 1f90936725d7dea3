using Skep.Bpf;
using Skep.Filter.Check;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Filter.Syntax;

namespace Skep.Filter.Load;

/// <summary>An element of a set in the kernel.</summary>
/// <param name="Text">It as rule text.</param>
/// <param name="Expires">How long it lasts still; null for ever.</param>
public readonly record struct LiveElement(string Text, TimeSpan? Expires);

/// <summary>Elements read from a command line or from a feed.</summary>
/// <param name="Elements">The elements, or null after an error.</param>
/// <param name="Diagnostics">What was found.</param>
public sealed record ReadElements(ElementList? Elements, IReadOnlyList<Diagnostic> Diagnostics);

/// <summary>
/// A set of an applied table. A change makes another image of the set and puts it in the place of the one before by one pointer, so a packet
/// sees the set before or after, never between; on a failure nothing has changed.
/// </summary>
public sealed class LiveSet : IDisposable
{
    private readonly BpfMap _sets;
    private readonly AppliedSet _set;
    private readonly SetLayout _layout;
    private readonly uint _programId;
    private readonly string _table;

    private LiveSet(string table, uint programId, BpfMap sets, AppliedSet set)
    {
        _table = table;
        _programId = programId;
        _sets = sets;
        _set = set;
        _layout = new(set.Structure, [.. set.Type.Select(t => DataTypeInfo.Find(t)!.Value)], set.IsTimed, set.Capacity);
    }

    /// <summary>The types of its parts.</summary>
    public IReadOnlyList<string> Type => _set.Type;

    /// <summary>Opens a set of an applied table.</summary>
    /// <param name="table">The table's name.</param>
    /// <param name="name">The set's name.</param>
    /// <exception cref="InvalidDataException">No such table is applied, or it has no such set, or no rule uses it.</exception>
    public static LiveSet Open(string table, string name)
    {
        var (programId, state) = FindState(table) ?? throw new InvalidDataException($"finding table {table}: it filters no device (skep filter list shows those that do)");
        var set = state.Sets.FirstOrDefault(s => s.Name == name)
            ?? throw new InvalidDataException($"finding set {name}: table {table} has {(state.Sets.Length == 0 ? "no sets" : "the sets " + string.Join(", ", state.Sets.Select(s => s.Name)))} (apply a file that has it)");
        if (set.Number < 0) throw new InvalidDataException($"finding set {name} of table {table}: no rule uses it, so it is not in the kernel (apply a file with a rule that matches @{name})");
        if (set.Format != SetLayout.Format) throw new InvalidDataException($"reading set {name} of table {table}: another version of skep applied it (apply the file again)");
        using var program = BpfProgram.OpenById(programId);
        var map = SetMaps.Find(program) ?? throw new InvalidDataException($"finding set {name} of table {table}: program {programId} has no map of sets (apply the file again)");
        return new(table, programId, map, set);
    }

    /// <summary>Its elements that have not run out, in order.</summary>
    /// <returns>The elements.</returns>
    public IEnumerable<LiveElement> List()
    {
        var now = LoadedFilter.Now;
        var rows = Read().Live(now);
        for (var row = 0; row < rows.Count; row++)
        {
            var end = rows.EndOf(row);
            TimeSpan? rest = end == SetRows.Forever ? null : TimeSpan.FromTicks((long)((end - now) / 100));
            if (MayHaveRanges || rows.Width > 1)
            {
                yield return new(Format(rows[row]), rest);
                continue;
            }
            var range = rows.Ranges[row];
            for (var value = range.Low; ; value++)
            {
                yield return new(Format([new(value, value)]), rest);
                if (value == range.High) break;
            }
        }
    }

    /// <summary>Reads elements as a rule file writes them between braces.</summary>
    /// <param name="words">The words of the elements; commas between them may be left out.</param>
    /// <returns>The elements or the errors.</returns>
    public ReadElements Parse(IEnumerable<string> words) =>
        Collect(diagnostics => ElementText.Read(ElementText.Join(words), _layout.Types, MayHaveRanges, _layout.IsTimed, diagnostics));

    /// <summary>Reads a time as rule files write it.</summary>
    /// <param name="text">Days, hours, minutes, seconds and milliseconds: <c>1d</c>, <c>12h30m</c>.</param>
    /// <param name="time">The time.</param>
    /// <returns>False when it is none.</returns>
    public static bool TryParseTime(string text, out TimeSpan time) => DurationText.TryParse(text, out time);

    /// <summary>Reads a feed.</summary>
    /// <param name="path">Its name, for messages.</param>
    /// <param name="text">Its text.</param>
    /// <returns>The elements or the errors.</returns>
    public ReadElements ParseFeed(string path, string text) => Collect(diagnostics => FeedParser.Parse(path, text, _set.Name, _layout.Types, MayHaveRanges, diagnostics));

    /// <summary>Adds elements. One that is there keeps the longer of the two times.</summary>
    /// <param name="elements">The elements.</param>
    /// <param name="timeout">How long they last, those that have no time of their own; null for the set's own.</param>
    /// <exception cref="InvalidDataException">The set cannot hold them, or the table was replaced meanwhile.</exception>
    public void Add(ElementList elements, TimeSpan? timeout)
    {
        ArgumentNullException.ThrowIfNull(elements);
        Check(elements, timeout);
        Change(now => Read().Live(now).With(SetRows.Of(elements, timeout ?? DefaultTimeout, now)));
    }

    /// <summary>Takes elements out; a part of a range leaves the rest of it.</summary>
    /// <param name="elements">The elements.</param>
    /// <exception cref="InvalidDataException">One is not in the set, or the table was replaced meanwhile.</exception>
    public void Delete(ElementList elements)
    {
        ArgumentNullException.ThrowIfNull(elements);
        Change(now =>
        {
            var wanted = SetRows.Of(elements, null, now);
            var rest = Read().Live(now).Without(wanted, out var missing);
            if (missing < 0) return rest;
            throw new InvalidDataException($"deleting from set {_set.Name} of table {_table}: {Format(wanted[missing])} is not in it (skep filter set list {_table} {_set.Name} shows what is)");
        });
    }

    /// <summary>Puts elements in the place of all that there are.</summary>
    /// <param name="elements">The elements.</param>
    /// <param name="timeout">How long they last; null for the set's own.</param>
    /// <exception cref="InvalidDataException">The set cannot hold them, or the table was replaced meanwhile.</exception>
    public void Load(ElementList elements, TimeSpan? timeout)
    {
        ArgumentNullException.ThrowIfNull(elements);
        Check(elements, timeout);
        Change(now => SetRows.Of(elements, timeout ?? DefaultTimeout, now));
    }

    /// <inheritdoc/>
    public void Dispose() => _sets.Dispose();

    private bool MayHaveRanges => _layout.Structure != SetStructure.Hash;

    private TimeSpan? DefaultTimeout => _set.TimeoutMilliseconds == 0 ? null : TimeSpan.FromMilliseconds(_set.TimeoutMilliseconds);

    private static (uint ProgramId, AppliedState State)? FindState(string table)
    {
        if (!Names.IsIdentifier(table)) return null;
        using var rules = ActingRules.Open(table);
        return rules is null ? null : (rules.ProgramId, rules.State);
    }

    private static ReadElements Collect(Func<DiagnosticBag, ElementList> read)
    {
        var diagnostics = new DiagnosticBag();
        var elements = read(diagnostics);
        return new(diagnostics.HasErrors ? null : elements, diagnostics.InOrder());
    }

    private void Check(ElementList elements, TimeSpan? timeout)
    {
        if ((timeout is not null || elements.HasTimeouts) && !_set.IsTimed)
            throw Refusal("its elements do not run out", "declare it with flags timeout, and apply the file");
        if (!MayHaveRanges && _layout.Types.Count > 1 && elements.HasIntervals)
            throw Refusal("it takes single values", ElementText.IntervalRemedy);
    }

    private void Change(Func<ulong, SetRows> change)
    {
        using var turn = TableStore.Lock(static _ => { });
        if (FindState(_table)?.ProgramId != _programId) throw Refusal("the table was replaced or removed meanwhile", "do it again");
        var rows = change(LoadedFilter.Now);
        var count = _layout.CountOf(rows);
        if (_set.MaxElements > 0 && count > _set.MaxElements) throw Refusal($"it would have {count} elements and has room for {_set.MaxElements}", "raise its size, and apply the file");
        if (_layout.Structure == SetStructure.Rows && rows.Count > _layout.Capacity)
            throw Refusal($"it would have {rows.Count} elements with ranges of several fields and has room for {_layout.Capacity}", $"declare it with a size up to {SetLayout.MostRows}, and apply the file");
        using (var image = SetMaps.CreateImage(_set.Name, SetImage.Write(_layout, rows))) _sets.Update(BitConverter.GetBytes(_set.Number), image);
    }

    private string Format(ReadOnlySpan<Interval> row)
    {
        var parts = new string[row.Length];
        for (var i = 0; i < parts.Length; i++) parts[i] = ValueText.FormatPart(row[i], _layout.Types[i], DataTypeInfo.BitsOf(_layout.Types[i]));
        return string.Join(" . ", parts);
    }

    private SetRows Read()
    {
        using var image = SetMaps.OpenImage(_sets, _set.Number);
        using var memory = image.MapValues(writable: false);
        var bytes = new byte[memory.Length];
        memory.Read(0, bytes);
        return SetImageReader.Read(_layout, bytes);
    }

    private InvalidDataException Refusal(string why, string remedy) => new($"changing set {_set.Name} of table {_table}: {why} ({remedy})");
}
