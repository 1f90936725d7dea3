using Skep.Bpf;
using Skep.Filter.Check;
using Skep.Filter.Classify;
using Skep.Filter.Format;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Change;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.State;
using Skep.Filter.Update;
using Skep.Linux.Errors;

namespace Skep.Filter.Runtime.Tables;

/// <summary>
/// Adds and deletes rules of a long table in the image that its program searches. What does not fit there is left to a change of the whole
/// table, and the reason is reported.
/// </summary>
internal sealed class EditInPlace : IDisposable
{
    private const string TooManyEdits = "many rules were added and deleted since it was compiled";

    private const string CannotWait = "the kernel does not report when packets have left the program";

    private readonly string _name;
    private readonly EditableTable _table;
    private readonly EditFiles _files;
    private readonly RuleIndex _index;
    private readonly List<RuleEdit> _edits;
    private readonly SortedDictionary<int, RuleEdit> _added = [];
    private readonly HashSet<int> _deleted = [];
    private readonly Action<string> _report;
    private readonly EarlierPackets _earlier;
    private readonly long _lastDone;

    private EditInPlace(
        string name, EditableTable table, EditFiles files, RuleIndex index, List<RuleEdit> edits, long lastDone, EarlierPackets earlier,
        Action<string> report)
    {
        (_name, _table, _files, _index, _edits) = (name, table, files, index, edits);
        (_lastDone, _earlier, _report) = (lastDone, earlier, report);
        foreach (var edit in edits)
        {
            if (edit.IsAdded) _added.Add(edit.Order, edit);
            else if (!_added.Remove(edit.Order)) _deleted.Add(edit.Order);
        }
    }

    private LoadedLists Lists => _table.Lists;

    /// <summary>Adds a rule behind the last one.</summary>
    /// <returns>Its id; null when the table is to be compiled anew.</returns>
    internal static string? Add(string table, string rule, Action<string> report) =>
        Perform(table, report, edit => edit.TryInsert(rule, edit.LastBefore(RuleOrder.Last), RuleOrder.Last));

    /// <summary>Adds a rule before another, or before the first one.</summary>
    internal static string? Insert(string table, string? before, string rule, Action<string> report) =>
        Perform(table, report, edit =>
        {
            var after = before is null ? edit.First() : edit.Find(before, out _);
            return after == 0 ? null : edit.TryInsert(rule, edit.LastBefore(after), after);
        });

    /// <summary>Deletes a rule.</summary>
    /// <returns>False when the table is to be compiled anew.</returns>
    internal static bool Delete(string table, string rule, Action<string> report) =>
        Perform(table, report, edit => edit.TryDelete(rule) ? "" : null) is not null;

    public void Dispose() => _index.Dispose();

    /// <summary>Does an edit, under the lock.</summary>
    private static string? Perform(string name, Action<string> report, Func<EditInPlace, string?> perform)
    {
        if (!Names.IsIdentifier(name) || !EditFiles.MayEdit(name)) return null;
        var earlier = new EarlierPackets(EditFiles.LastEdit(name) is { } last && EarlierPackets.IsRecent(last));
        using var turn = TableStore.Lock(report);
        TableRecovery.All(report);
        try
        {
            using var edit = Open(name, earlier, report);
            return edit is null ? null : perform(edit);
        }
        catch (Exception e) when (e is DamagedTableException or KernelException)
        {
            // The change of the whole table reports what is wrong.
            return null;
        }
    }

    /// <summary>Opens a table.</summary>
    /// <returns>Null when it is not there, or not of the kind that is edited in place.</returns>
    private static EditInPlace? Open(string name, EarlierPackets earlier, Action<string> report)
    {
        var store = new TableStore(name);
        if (store.HasPendingChange) return null;
        using var links = store.OpenLinks();
        if (links.Acting is not { IfIndex: not 0 } acting) return null;
        var program = acting.Info.ProgramId;
        var files = store.EditsOf(program);
        if (links.All.Exists(l => l.Info.ProgramId != program) || files.ReadEditable() is not { } table) return null;
        if (!table.IsCurrent(RuleEncoding.Version) || !IsOf(program, table)) return null;
        var edits = files.Read(out _, out var isTorn);
        if (isTorn || EditFiles.ReadDone(table.EditsMap) is not { } done || done.Count != edits.Count) return null;
        if (files.OpenIndex(table) is { } index) return new(name, table, files, index, edits, done.At, earlier, report);
        report($"table {name} is compiled anew: {files.Index} is lost or damaged");
        return null;
    }

    /// <summary>Whether maps are a program's: what is on file must not lead to another's.</summary>
    private static bool IsOf(uint programId, EditableTable table)
    {
        using var program = BpfProgram.OpenById(programId);
        var maps = program.GetMapIds();
        return maps.Contains(table.ImageMap) && maps.Contains(table.EditsMap);
    }

    /// <summary>The order of the first rule; <see cref="RuleOrder.Last"/> when there are none.</summary>
    private int First()
    {
        var first = Lists.Rules == 0 ? RuleOrder.Last : Lists.Order.Of(0);
        return _edits.Count == 0 ? first : Math.Min(first, _edits.Min(e => e.Order));
    }

    /// <summary>The last order before another that a rule has or had; 0 for none.</summary>
    private int LastBefore(int order)
    {
        var compiled = Lists.Order.CountBefore(order);
        var last = compiled == 0 ? 0 : Lists.Order.Of(compiled - 1);
        foreach (var edit in _edits)
            if (edit.Order < order) last = Math.Max(last, edit.Order);
        return last;
    }

    /// <summary>The order of a rule.</summary>
    /// <param name="name">Its id or its text.</param>
    /// <param name="isAlike">Whether rules of the same meaning are numbered by it.</param>
    /// <returns>0 when there is none.</returns>
    private int Find(string name, out bool isAlike) => FindAs(name, isText: false, out isAlike) is not 0 and var order
        ? order : FindAs(name, isText: true, out isAlike);

    private int FindAs(string name, bool isText, out bool isAlike)
    {
        isAlike = false;
        foreach (var (order, rule) in _added)
            if ((isText ? rule.Text : rule.Id) == name) return order;
        var place = _index.Find(name, isText, out isAlike);
        return place < 0 || _deleted.Contains(Lists.Order.Of(place)) ? 0 : Lists.Order.Of(place);
    }

    private string? TryInsert(string text, int before, int after)
    {
        var rule = KeptTable.Check(_name, _table.Head, text);
        var slot = _table.NextSlot + _edits.Count(e => e.IsAdded);
        if (Refusal(rule, slot) is { } refusal) return Anew(refusal);
        if (!Lists.Order.TryBetween(before, after, out var order)) return Anew("there is no number left between the rules around it");
        if (Lists.For(order) is not { } list) return Anew("the rules around it are not searched in tables");
        var rows = AddedRows.Of(Lists, list, rule, order);
        if (rows.Misfit is { } misfit) return Anew(misfit);
        using var map = BpfMap.OpenById(_table.ImageMap);
        using var memory = ImageMemory.Open(map);
        var update = new ImageUpdate(Lists, memory);
        var verdict = RuleFormatter.Format(rule.Verdict);
        if (update.Place(rows, order, slot, verdict) is not { } records) return Anew("the tables have no room left for it");
        if (!_earlier.TryWait(_lastDone)) return Anew(CannotWait);
        _files.Append(new(order) { Id = rule.Id, Text = RuleFormatter.Format(rule), Verdict = verdict, Slot = slot });
        update.Publish(records, order);
        EditFiles.SetDone(_table.EditsMap, _edits.Count + 1);
        return rule.Id;
    }

    private bool TryDelete(string name)
    {
        var order = Find(name, out var isAlike);
        if (order == 0) return false;
        if (_edits.Count >= EditFiles.MostEdits) return Anew(TooManyEdits) is not null;
        if (isAlike) return Anew("another rule is equal to it, or may be") is not null;
        if (Lists.For(order) is not { } list) return Anew("it is not searched in tables") is not null;
        using var map = BpfMap.OpenById(_table.ImageMap);
        using var memory = ImageMemory.Open(map);
        var update = new ImageUpdate(Lists, memory);
        var records = update.Find(list, order, out var isFixed);
        if (isFixed) return Anew("it is compared in order, or rules behind it that never matched were left out") is not null;
        if (!_earlier.TryWait(_lastDone)) return Anew(CannotWait) is not null;
        _files.Append(new(order));
        update.Remove(records);
        EditFiles.SetDone(_table.EditsMap, _edits.Count + 1);
        return true;
    }

    private string? Refusal(Rule rule, int slot) => rule switch
    {
        _ when _edits.Count >= EditFiles.MostEdits => TooManyEdits,
        _ when FindAs(rule.Id, isText: false, out _) != 0 => "another rule is equal to it, or has its comment",
        _ when slot >= _table.Counters => "there is no counter left",
        _ => null,
    };

    private string? Anew(string reason)
    {
        _report($"table {_name} is compiled anew: {reason}");
        return null;
    }
}
