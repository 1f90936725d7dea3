using Skep.Filter.Runtime.Attach;
using Skep.Filter.Runtime.State;
using Skep.Linux.Errors;

namespace Skep.Filter.Runtime.Tables;

/// <summary>
/// Changes single rules of an applied table. The other rules keep their counters, the sets their elements; the change is whole or not at
/// all.
/// </summary>
public static class RuleEdits
{
    /// <summary>Adds a rule behind the last one.</summary>
    /// <param name="table">The table's name.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="report">Takes messages.</param>
    /// <returns>The rule's id.</returns>
    /// <exception cref="RuleTextException">The rule has errors.</exception>
    /// <exception cref="InvalidDataException">The table is not applied, or cannot be changed so.</exception>
    /// <exception cref="KernelException">The kernel refused something; the rules are as they were.</exception>
    public static string Add(string table, string rule, Action<string> report) =>
        EditInPlace.Add(table, rule, report) ?? Change(table, report, rules => Place(rules, rules.Count, rule))!;

    /// <summary>Adds a rule before another.</summary>
    /// <param name="table">The table's name.</param>
    /// <param name="before">The id or the text of the other; null for the first.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="report">Takes messages.</param>
    /// <returns>The rule's id.</returns>
    /// <exception cref="RuleTextException">The rule has errors.</exception>
    /// <exception cref="InvalidDataException">The table is not applied, has no such rule, or cannot be changed so.</exception>
    /// <exception cref="KernelException">The kernel refused something; the rules are as they were.</exception>
    public static string Insert(string table, string? before, string rule, Action<string> report) =>
        EditInPlace.Insert(table, before, rule, report)
        ?? Change(table, report, rules => Place(rules, before is null ? 0 : IndexOf(table, rules, before), rule))!;

    /// <summary>Deletes a rule.</summary>
    /// <param name="table">The table's name.</param>
    /// <param name="rule">Its id or its text.</param>
    /// <param name="report">Takes messages.</param>
    /// <exception cref="InvalidDataException">The table is not applied, has no such rule, or cannot be changed so.</exception>
    /// <exception cref="KernelException">The kernel refused something; the rules are as they were.</exception>
    public static void Delete(string table, string rule, Action<string> report)
    {
        if (EditInPlace.Delete(table, rule, report)) return;
        Change(table, report, rules =>
        {
            rules.RemoveAt(IndexOf(table, rules, rule));
            return -1;
        });
    }

    /// <summary>Applies the table with other rules.</summary>
    /// <param name="table">The table's name.</param>
    /// <param name="report">Takes messages.</param>
    /// <param name="edit">Changes the rules; gives the place of the new one, -1 for none.</param>
    private static string? Change(string table, Action<string> report, Func<List<AppliedRule>, int> edit)
    {
        var applied = AppliedTable.Read(table)
            ?? throw new InvalidDataException($"finding table {table}: it filters no device (skep filter list shows those that do)");
        var devices = applied.Devices.Where(d => !d.IsGone && !d.IsElsewhere).ToList();
        if (devices.Count == 0)
            throw new InvalidDataException($"changing table {table}: none of its devices is there (apply the file again)");
        var request = new ApplyRequest([.. devices.Select(d => d.Device)], devices[0].Netns, Replace: false) { KeepsSets = true };
        string? id = null;
        FilterApplier.Apply(table, before =>
        {
            if (before is null || before.Head.Length == 0)
                throw new InvalidDataException($"changing table {table}: another version of skep applied it (apply the file again)");
            var rules = before.Rules.ToList();
            var place = edit(rules);
            var made = KeptTable.Read(before, rules);
            if (place >= 0) id = made.Rules[place].Id;
            return made;
        }, request, report);
        return id;
    }

    private static int Place(List<AppliedRule> rules, int at, string text)
    {
        rules.Insert(at, new("", 0, text, 0, 0, 0));
        return at;
    }

    private static int IndexOf(string table, List<AppliedRule> rules, string name)
    {
        var at = rules.FindIndex(r => r.Id == name);
        if (at < 0) at = rules.FindIndex(r => r.Text == name);
        return at >= 0
            ? at : throw new InvalidDataException(
                $"finding rule {name} of table {table}: it has none of this id or text (skep filter show {table} prints them, with -j the "
                + $"ids)");
    }
}
