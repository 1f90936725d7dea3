using Skep.Bpf;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.State;
using Skep.Filter.Update;
using Skep.Linux.Files;

namespace Skep.Filter.Runtime.Change;

/// <summary>
/// Ends edits whose command was killed: a rule that was being added is taken back, one that was being deleted is deleted.
/// </summary>
internal static class EditRecovery
{
    /// <summary>Ends those of a program's table. Wants the lock.</summary>
    internal static void End(TableStore store, uint programId, Action<string> report)
    {
        var files = store.EditsOf(programId);
        if (!File.Exists(files.Journal)) return;
        var count = files.Count(out var length, out var isTorn);
        if (isTorn)
        {
            PrivateLines.Cut(files.Journal, length);
            report($"table {store.Table}: a change of a rule was cut short before it was done, and is dropped");
        }
        var table = files.ReadEditable();
        var number = table?.EditsMap ?? store.ReadWritten(programId)?.EditsMap ?? 0;
        if (EditFiles.ReadDone(number) is not { } done || done.Count >= count) return;
        if (table is null || !table.IsCurrent(RuleEncoding.Version))
            throw new DamagedTableException(store.Table,
                $"ending a change of a rule of table {store.Table} that was cut short: "
                + (table is null ? $"{files.Editable} is lost or damaged" : "another version of skep made it"));
        using var map = BpfMap.OpenById(table.ImageMap);
        using var memory = ImageMemory.Open(map);
        var update = new ImageUpdate(table.Lists, memory);
        var open = files.Read(out _, out _).Skip((int)done.Count).ToList();
        foreach (var edit in open)
        {
            if (table.Lists.For(edit.Order) is { } list) update.Remove(update.Find(list, edit.Order, out _));
            if (edit.IsAdded && !open.Exists(e => e.Order == edit.Order && !e.IsAdded)) files.Append(new(edit.Order));
        }
        EditFiles.SetDone(table.EditsMap, files.Count(out _, out _));
        report(open[0].IsAdded ? $"table {store.Table}: took back a rule whose addition was cut short"
            : $"table {store.Table}: finished the deletion of a rule that was cut short");
    }
}
