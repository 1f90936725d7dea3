using Skep.Filter.Check;
using Skep.Filter.Compile;
using Skep.Filter.Format;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Programs;
using Skep.Filter.Syntax;
using Skep.Packets.Values;

namespace Skep.Filter.Runtime.Sets;

/// <summary>An element of a set in the kernel.</summary>
/// <param name="Text">It as rule text.</param>
/// <param name="Expires">How long it lasts still; null for ever.</param>
/// <param name="Count">What it has counted; null in a set that does not count.</param>
public readonly record struct LiveElement(string Text, TimeSpan? Expires, ElementCount? Count = null)
{
    /// <summary>It as a line of a feed, with what it has counted and its time.</summary>
    public string Line
    {
        get
        {
            var line = Count is { } count ? $"{Text} {count}" : Text;
            return Expires is not { } rest ? line
                : $"{line} timeout {DurationText.Format(TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(rest.TotalMilliseconds))))}";
        }
    }
}

/// <summary>Elements read from a command line or from a feed.</summary>
/// <param name="Elements">The elements, or null after an error.</param>
/// <param name="Diagnostics">What was found.</param>
public sealed record ReadElements(ElementList? Elements, IReadOnlyList<Diagnostic> Diagnostics);

/// <summary>
/// A set of an applied table. A change makes another image of the set and puts it in the place of the one before by one pointer, so a
/// packet sees the set before or after, never between; on a failure nothing has changed.
/// </summary>
public sealed class LiveSet : IDisposable
{
    private readonly SetCopy _copy;
    private readonly string _table;

    private LiveSet(string table, SetCopy copy) => (_table, _copy) = (table, copy);

    /// <summary>Its name.</summary>
    public string Name => _copy.Set.Name;

    /// <summary>The types of its parts.</summary>
    public IReadOnlyList<string> Type => _copy.Set.Type;

    /// <summary>Opens a set of an applied table.</summary>
    /// <param name="table">The table's name.</param>
    /// <param name="name">The set's name.</param>
    /// <exception cref="InvalidDataException">No such table is applied, or it has no such set, or no rule uses it.</exception>
    public static LiveSet Open(string table, string name) => new(table, SetCopy.OpenActing(table, name));

    /// <summary>Its declaration as a rule file has it, without elements.</summary>
    public IEnumerable<string> Declaration() => TableFormatter.SetLines(_copy.Set.Declare());

    /// <summary>How many elements it has, those that have run out since it was changed included.</summary>
    public long Count()
    {
        using var acting = SetCopy.OpenActing(_table, Name);
        using var image = acting.OpenImage();
        return SetMaps.Count(image, acting.Layout, LoadedFilter.Now) ?? 0;
    }

    /// <summary>Its elements that have not run out, in order.</summary>
    /// <returns>The elements.</returns>
    public IEnumerable<LiveElement> List()
    {
        using var acting = SetCopy.OpenActing(_table, Name);
        var now = LoadedFilter.Now;
        if (acting.Set.IsCounted)
        {
            foreach (var element in ListCounted(acting, now)) yield return element;
            yield break;
        }
        var rows = acting.Read().Live(now);
        for (var row = 0; row < rows.Count; row++)
        {
            var rest = Rest(rows.EndOf(row), now);
            if (acting.HasRanges || rows.Width > 1)
            {
                yield return new(acting.Format(rows[row]), rest);
                continue;
            }
            var range = rows.Ranges[row];
            for (var value = range.Low; ; value++)
            {
                yield return new(acting.Format([new(value, value)]), rest);
                if (value == range.High) break;
            }
        }
    }

    private static IEnumerable<LiveElement> ListCounted(SetCopy acting, ulong now)
    {
        var (rows, counts) = acting.ReadCounted();
        for (var row = 0; row < rows.Count; row++)
            if (SetRows.IsLive(rows.EndOf(row), now)) yield return new(acting.Format(rows[row]), Rest(rows.EndOf(row), now), counts[row]);
    }

    /// <summary>The elements that hold another one and have not run out.</summary>
    /// <param name="element">A list of one element.</param>
    /// <returns>
    /// None when a part of it is not in the set; several where parts of it end at different times, or where joined ranges overlap.
    /// </returns>
    public IReadOnlyList<LiveElement> Find(ElementList element)
    {
        ArgumentNullException.ThrowIfNull(element);
        using var acting = SetCopy.OpenActing(_table, Name);
        CheckStillFits(acting);
        var now = LoadedFilter.Now;
        var wanted = element[0];
        if (acting.TryFind(wanted, now, out var held))
            return held is not var (one, count) ? [] : [new(acting.Format(one.Row), Rest(one.End, now), count)];
        var (all, counts) = acting.Set.IsCounted ? acting.ReadCounted() : (acting.Read(), []);
        var rows = all.Live(now);
        var found = new List<LiveElement>();
        var next = wanted[0].Low;
        for (var row = 0; row < rows.Count; row++)
        {
            var isHolder = rows.Width > 1 ? Holds(rows[row], wanted) : rows[row][0].High >= next && rows[row][0].Low <= wanted[0].High;
            if (!isHolder) continue;
            if (rows.Width == 1)
            {
                if (rows[row][0].Low > next) return [];
                next = rows[row][0].High;
            }
            found.Add(
                new(acting.Format(acting.HasRanges ? rows[row] : wanted), Rest(rows.EndOf(row), now),
                    rows.IsCounted ? counts[all.IndexOf(rows[row])] : null));
            if (rows.Width > 1) continue;
            if (next >= wanted[0].High) return found;
            next++;
        }
        return rows.Width > 1 ? found : [];
    }

    /// <summary>Reads elements as a rule file writes them between braces.</summary>
    /// <param name="words">The words of the elements; commas between them may be left out.</param>
    /// <returns>The elements or the errors.</returns>
    public ReadElements Parse(IEnumerable<string> words) =>
        Collect(
            diagnostics => ElementText.Read(ElementText.Join(words), Form, diagnostics));

    /// <summary>What its elements may be.</summary>
    internal ElementForm Form => new(_copy.Layout.Types, _copy.HasRanges, _copy.Set.IsTimed, _copy.Set.IsCounted);

    /// <summary>Reads a time as rule files write it.</summary>
    /// <param name="text">Days, hours, minutes, seconds and milliseconds: <c>1d</c>, <c>12h30m</c>.</param>
    /// <param name="time">The time.</param>
    /// <returns>False when it is none.</returns>
    public static bool TryParseTime(string text, out TimeSpan time) => DurationText.TryParse(text, out time);

    /// <summary>Reads a feed.</summary>
    /// <param name="path">Its name, for messages.</param>
    /// <param name="text">Its text.</param>
    /// <returns>The elements or the errors.</returns>
    public ReadElements ParseFeed(string path, string text) =>
        Collect(
            diagnostics => FeedParser.Parse(path, text, Name, Form, diagnostics, out _));

    /// <summary>Adds elements. One that is there keeps the longer of the two times.</summary>
    /// <param name="elements">The elements.</param>
    /// <param name="timeout">How long they last, those that have no time of their own; null for the set's own.</param>
    /// <exception cref="InvalidDataException">The set cannot hold them.</exception>
    public void Add(ElementList elements, TimeSpan? timeout) => Add(_table, [(this, elements)], timeout, static _ => { });

    /// <summary>Takes elements out; a part of a range leaves the rest of it.</summary>
    /// <param name="elements">The elements.</param>
    /// <exception cref="InvalidDataException">One is not in the set.</exception>
    public void Delete(ElementList elements) => Delete(_table, [(this, elements)], static _ => { });

    /// <summary>Puts elements in the place of all that there are, however few.</summary>
    /// <param name="elements">The elements.</param>
    /// <param name="timeout">How long they last; null for the set's own.</param>
    /// <returns>What changed.</returns>
    /// <exception cref="InvalidDataException">The set cannot hold them.</exception>
    public SetDelta Load(ElementList elements, TimeSpan? timeout) =>
        Load(_table, [(this, elements)], timeout, mayLose: true, static _ => { })[0];

    /// <summary>Adds elements to sets of one table, to all or to none.</summary>
    /// <param name="table">The table.</param>
    /// <param name="sets">The sets with their elements.</param>
    /// <param name="timeout">How long they last, those that have no time of their own.</param>
    /// <param name="report">Takes what is worth reporting.</param>
    public static void Add(string table, IReadOnlyList<(LiveSet Set, ElementList Elements)> sets, TimeSpan? timeout,
        Action<string> report) =>
        Perform(table, SetEdit.Add, sets, timeout, report);

    /// <summary>Takes elements out of sets of one table, out of all or of none.</summary>
    /// <param name="table">The table.</param>
    /// <param name="sets">The sets with their elements.</param>
    /// <param name="report">Takes what is worth reporting.</param>
    public static void Delete(string table, IReadOnlyList<(LiveSet Set, ElementList Elements)> sets, Action<string> report) =>
        Perform(table, SetEdit.Delete, sets, null, report);

    /// <summary>Puts elements in the place of all that sets of one table have, in all or in none.</summary>
    /// <param name="table">The table.</param>
    /// <param name="sets">The sets with their elements.</param>
    /// <param name="timeout">How long they last, those that have no time of their own.</param>
    /// <param name="mayLose">Whether no elements may be given, or less than half of what a set has.</param>
    /// <param name="report">Takes what is worth reporting.</param>
    /// <returns>What changed, by set.</returns>
    /// <exception cref="SetLossException">It would lose most elements.</exception>
    public static IReadOnlyList<SetDelta> Load(string table, IReadOnlyList<(LiveSet Set, ElementList Elements)> sets, TimeSpan? timeout,
        bool mayLose, Action<string> report) =>
        Perform(
            table, SetEdit.Load, sets, timeout, report, mayLose ? null : deltas => SetLossException.ThrowIfMost(table, sets, deltas));

    private static IReadOnlyList<SetDelta> Perform(string table, SetEdit edit, IReadOnlyList<(LiveSet Set, ElementList Elements)> sets,
        TimeSpan? timeout, Action<string> report, Action<IReadOnlyList<SetDelta>>? accept = null) =>
        new SetChange(table, report).Perform(
            [.. sets.Select(s => (s.Set, (ISetEdit)new ElementEdit(table, edit, s.Elements, timeout)))], accept);

    /// <summary>Whether elements of a text go to this set of a pair for IPv4 and IPv6.</summary>
    public bool IsIp6 => Type.Contains("ipv6_addr");

    /// <summary>Whether two sets differ only in that one has IPv6 addresses where the other has IPv4 addresses.</summary>
    /// <param name="other">The other set.</param>
    public bool IsPairOf(LiveSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return IsIp6 != other.IsIp6 && Type.Select(Neutral).SequenceEqual(other.Type.Select(Neutral));
        static string Neutral(string type) => type is "ipv4_addr" or "ipv6_addr" ? "addr" : type;
    }

    /// <inheritdoc/>
    public void Dispose() => _copy.Dispose();

    /// <summary>How long elements without a time of their own last; null for ever.</summary>
    internal TimeSpan? DefaultTimeout => _copy.Set.IsTimed ? _copy.DefaultTimeout : null;

    /// <summary>Refuses to change a set that is not what it was when elements were read for it.</summary>
    internal void CheckStillFits(SetCopy acting)
    {
        if (!acting.Set.Type.SequenceEqual(Type) || acting.HasRanges != _copy.HasRanges || acting.Set.IsCounted != _copy.Set.IsCounted)
            throw acting.Refusal("the table was replaced meanwhile, and its set is of another kind", "do it again");
    }

    private static TimeSpan? Rest(ulong end, ulong now) => end == SetRows.Forever ? null : TimeSpan.FromTicks((long)((end - now) / 100));

    private static bool Holds(ReadOnlySpan<Interval> row, ReadOnlySpan<Interval> wanted)
    {
        for (var part = 0; part < row.Length; part++)
            if (wanted[part].Low < row[part].Low || wanted[part].High > row[part].High) return false;
        return true;
    }

    private static ReadElements Collect(Func<DiagnosticBag, ElementList> read)
    {
        var diagnostics = new DiagnosticBag();
        var elements = read(diagnostics);
        return new(diagnostics.HasErrors ? null : elements, diagnostics.InOrder());
    }
}
