using System.Text.Json.Serialization;
using Skep.Filter.Classify;
using Skep.Filter.Update;

namespace Skep.Filter.Runtime.State;

/// <summary>A rule that was added to or deleted from a table while its program runs: a line of <see cref="EditFiles.Journal"/>.</summary>
/// <param name="Order">The rule's <see cref="RuleOrder"/>.</param>
internal sealed record RuleEdit(int Order)
{
    public string Id { get; init; } = "";

    public string Text { get; init; } = "";

    public string Verdict { get; init; } = "";

    /// <summary>The place of its counters; -1 when the rule was deleted.</summary>
    public int Slot { get; init; } = -1;

    internal bool IsAdded => Slot >= 0;

    /// <summary>The state of a table after some edits.</summary>
    internal static AppliedState Apply(AppliedState state, IReadOnlyList<RuleEdit> edits)
    {
        if (edits.Count == 0) return state;
        var added = new SortedDictionary<int, RuleEdit>();
        var deleted = new HashSet<int>();
        foreach (var edit in edits)
        {
            if (edit.IsAdded) added.Add(edit.Order, edit);
            else if (!added.Remove(edit.Order)) deleted.Add(edit.Order);
        }
        var (order, rules) = (new RuleOrder(state.Rules.Length), new List<AppliedRule>(state.Rules.Length + added.Count));
        using var next = added.Values.GetEnumerator();
        var hasNext = next.MoveNext();
        for (var i = 0; i < state.Rules.Length; i++)
        {
            for (; hasNext && next.Current.Order < order.Of(i); hasNext = next.MoveNext()) rules.Add(next.Current.ToRule());
            if (!deleted.Contains(order.Of(i))) rules.Add(state.Rules[i]);
        }
        for (; hasNext; hasNext = next.MoveNext()) rules.Add(next.Current.ToRule());
        return state with { Rules = [.. rules], NextSlot = Math.Max(state.NextSlot, edits.Max(e => e.Slot) + 1) };
    }

    private AppliedRule ToRule() => new(Id, 0, Text, Slot, 0, 0) { Verdict = Verdict };
}

/// <summary>What an edit has to know of an applied table without reading the text of its rules.</summary>
internal sealed record EditableTable
{
    /// <summary><see cref="AppliedState.RuleIds"/>.</summary>
    public required int RuleIds { get; init; }

    /// <summary><see cref="AppliedState.Head"/>.</summary>
    public required string Head { get; init; }

    /// <summary>How many counters there are.</summary>
    public required int Counters { get; init; }

    /// <summary><see cref="AppliedState.NextSlot"/>.</summary>
    public required int NextSlot { get; init; }

    /// <summary><see cref="AppliedState.EditsMap"/>.</summary>
    public required uint EditsMap { get; init; }

    /// <summary>The kernel's id of the map with the image.</summary>
    public required uint ImageMap { get; init; }

    /// <summary>How long the file of <see cref="RuleIndex"/> is.</summary>
    public long IndexBytes { get; init; }

    public required LoadedLists Lists { get; init; }

    /// <summary>Whether this version of skep can edit it.</summary>
    internal bool IsCurrent(int ruleIds) => RuleIds == ruleIds && Lists.Format == LoadedLists.CurrentFormat;
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(RuleEdit))]
[JsonSerializable(typeof(EditableTable))]
internal sealed partial class RuleEditContext : JsonSerializerContext;
