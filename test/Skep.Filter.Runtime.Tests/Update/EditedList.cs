using Skep.Filter.Compile;
using Skep.Filter.Format;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Programs;
using Skep.Filter.Update;
using Skep.Linux.Kernel;

namespace Skep.Filter.Runtime.Tests.Update;

/// <summary>A loaded list of rules that is changed in place, beside the same rules one after the other.</summary>
internal sealed class EditedList : IDisposable
{
    private readonly ImageMemory _memory;
    private readonly LoadedLists _lists;
    private readonly ImageUpdate _update;
    private int _nextCounter;

    internal EditedList(IReadOnlyList<ListedRule> rules, ClassifierMemory memory)
    {
        var table = Filter.Tests.Rules.Read(ListGenerator.Table(rules)).Table!;
        _nextCounter = rules.Count;
        var plan = FilterPlan.Of(table, 2 * rules.Count, memory: memory, searched: 1);
        Loaded = LoadedFilter.Load(
            FilterCompiler.Compile(plan, [.. Enumerable.Range(0, rules.Count)]), "list", LoadedFilter.Now, _ => 1);
        _lists = LoadedLists.Of(Loaded.Filter)!;
        _memory = ImageMemory.Open(Loaded.Find(MapRole.Classifier)!);
        _update = new(_lists, _memory);
        Rules = [.. rules.Select((rule, i) => new EditedRule(rule, i, _lists.Order.Of(i)))];
    }

    internal LoadedFilter Loaded { get; }

    /// <summary>The rules that are there, in order.</summary>
    internal List<EditedRule> Rules { get; }

    /// <summary>Whether packets are decided while the list is changed: edits then wait for those, as those of a table do.</summary>
    internal bool IsInUse { get; init; }

    /// <summary>Why rules were not added or deleted in place.</summary>
    internal Dictionary<string, int> Refusals { get; } = [];

    /// <summary>Adds a rule.</summary>
    /// <returns>False when it does not fit, and nothing was changed.</returns>
    internal bool Insert(int at, ListedRule rule)
    {
        var before = at == 0 ? 0 : Rules[at - 1].Order;
        if (!_lists.Order.TryBetween(before, at == Rules.Count ? int.MaxValue : Rules[at].Order, out var order)) return Refuse("order");
        if (_lists.For(order) is not { } list) return Refuse("list");
        var model = Model(rule);
        var rows = AddedRows.Of(_lists, list, model, order);
        if (rows.Misfit is { } misfit) return Refuse(misfit);
        if (_update.Place(rows, order, _nextCounter, RuleFormatter.Format(model.Verdict)) is not { } records) return Refuse("room");
        Wait();
        _update.Publish(records, order);
        Rules.Insert(at, new(rule, _nextCounter++, order));
        return true;
    }

    internal bool Delete(int at)
    {
        var records = _update.Find(_lists.For(Rules[at].Order)!, Rules[at].Order, out var isFixed);
        if (isFixed) return Refuse("fixed");
        Wait();
        _update.Remove(records);
        Rules.RemoveAt(at);
        return true;
    }

    public void Dispose()
    {
        _memory.Dispose();
        Loaded.Dispose();
    }

    internal static Rule Model(ListedRule rule) => Filter.Tests.Rules.Read(ListGenerator.Table([rule])).Table!.Rules[0];

    private void Wait()
    {
        if (IsInUse) Assert.True(KernelReaders.TryWait());
    }

    private bool Refuse(string reason)
    {
        Refusals[reason] = Refusals.GetValueOrDefault(reason) + 1;
        return false;
    }
}

/// <param name="Rule">The rule.</param>
/// <param name="Counter">The place of its counters.</param>
/// <param name="Order">Its order.</param>
internal readonly record struct EditedRule(ListedRule Rule, int Counter, int Order);
