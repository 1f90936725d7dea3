using System.Globalization;
using Skep.Analysis.Explain;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Analysis.Diff;

/// <summary>Something about a program that changed.</summary>
/// <param name="What">What it is about: <c>type</c>, <c>insns</c>, <c>helper</c>, <c>map</c>, <c>finding</c>, ...</param>
/// <param name="Text">In words.</param>
public sealed record ProgramChange(string What, string Text)
{
    internal static IReadOnlyList<ProgramChange> Find(ProgramCode first, ProgramCode second, bool mapNames, IReadOnlyList<DiffLine> lines,
        FunctionMatch match)
    {
        var changes = new List<ProgramChange>();
        if (first.Form != second.Form)
            changes.Add(
                new("form",
                    $"one is as the kernel translated it, the other as it was loaded: the first is {Form(first)}, the second "
                    + $"{Form(second)}"));
        Compare("type", first.Type?.Name(), second.Type?.Name());
        Compare("attach type", first.ExpectedAttachType?.Name(), second.ExpectedAttachType?.Name());
        Compare("target", first.Target, second.Target);
        Compare("licence", first.License, second.License);
        Compare("GPL compatible", first.GplCompatible?.ToString(), second.GplCompatible?.ToString());
        int removed = lines.Count(line => line.Side == DiffSide.First), added = lines.Count(line => line.Side == DiffSide.Second);
        int countA = lines.Count(line => line.Side != DiffSide.Second), countB = lines.Count(line => line.Side != DiffSide.First);
        if (removed + added > 0)
            changes.Add(new("insns", Invariant($"{countA} instructions → {countB}: {removed} removed, {added} added")));
        changes.AddRange(match.Changes());
        CompareCounts(changes, "function", Calls(first, match.FirstLabel), Calls(second, match.SecondLabel));
        CompareCounts(changes, "helper", Calls(first, null), Calls(second, null));
        CompareMaps(changes, first, second, mapNames);

        // The same code of the same type finds the same.
        if (changes.Count > 0) CompareFindings(changes, first, second);
        return changes;

        void Compare(string what, string? a, string? b)
        {
            // What only one of the two sources reports is no difference.
            if (a is not null && b is not null && a != b) changes.Add(new(what, $"{what} {a} → {b}"));
        }
    }

    private static string Form(ProgramCode code) => code.Form == ProgramForm.Translated ? "translated" : "as loaded";

    // Of the program's own functions by their labels, or of others by name.
    private static SortedDictionary<string, int> Calls(ProgramCode code, Func<long, string>? label)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (DecodedInstruction item in Decoder.Decode(code.Instructions))
        {
            if (code.CallAt(item) is not { } target || (target.Kind == CallTargetKind.Function) != (label is not null)) continue;
            string name = label is not null ? label(item.Target(code.Form)) : target.Name ?? $"#{item.Imm}";
            counts[name] = counts.GetValueOrDefault(name) + 1;
        }

        return counts;
    }

    private static void CompareCounts(List<ProgramChange> changes, string what, SortedDictionary<string, int> a,
        SortedDictionary<string, int> b)
    {
        foreach (string name in a.Keys.Union(b.Keys).Order(StringComparer.Ordinal))
        {
            int before = a.GetValueOrDefault(name), after = b.GetValueOrDefault(name);
            if (before == after) continue;
            string text =
                before == 0
                    ? $"calls {name} now" : after == 0 ? $"no longer calls {name}" : Invariant($"calls {name} {before} → {after} times");
            changes.Add(new(what, text));
        }
    }

    private static void CompareMaps(List<ProgramChange> changes, ProgramCode first, ProgramCode second, bool byName)
    {
        Dictionary<string, CodeMap> a = Maps(first, byName), b = Maps(second, byName);
        foreach (string name in a.Keys.Union(b.Keys).Order(StringComparer.Ordinal))
        {
            if (!b.TryGetValue(name, out CodeMap? after)) changes.Add(new("map", $"no longer uses map {name}"));
            else if (!a.TryGetValue(name, out CodeMap? before)) changes.Add(new("map", $"uses map {name} now"));
            else CompareMap(changes, name, before, after);
        }
    }

    private static void CompareMap(List<ProgramChange> changes, string name, CodeMap before, CodeMap after)
    {
        Compare("type", before.Type?.Name(), after.Type?.Name());
        Compare("key size", before.KeySize?.ToString(CultureInfo.InvariantCulture), after.KeySize?.ToString(CultureInfo.InvariantCulture));
        Compare("value size", before.ValueSize?.ToString(CultureInfo.InvariantCulture),
            after.ValueSize?.ToString(CultureInfo.InvariantCulture));
        Compare("max entries", before.MaxEntries?.ToString(CultureInfo.InvariantCulture),
            after.MaxEntries?.ToString(CultureInfo.InvariantCulture));

        void Compare(string what, string? a, string? b)
        {
            if (a is not null && b is not null && a != b) changes.Add(new("map", $"map {name}: {what} {a} → {b}"));
        }
    }

    private static Dictionary<string, CodeMap> Maps(ProgramCode code, bool byName)
    {
        var maps = new Dictionary<string, CodeMap>();
        foreach (CodeMap map in code.MapOfSlot.OrderBy(load => load.Key).Select(load => code.Maps[load.Value]).Distinct())
            maps.TryAdd(byName ? map.Name! : Invariant($"#{maps.Count + 1}"), map);
        return maps;
    }

    private static void CompareFindings(List<ProgramChange> changes, ProgramCode first, ProgramCode second)
    {
        HashSet<string> a = [.. Explainer.Explain(first).Findings.Select(finding => finding.Name)],
            b = [.. Explainer.Explain(second).Findings.Select(finding => finding.Name)];
        foreach (string name in a.Except(b).Order(StringComparer.Ordinal)) changes.Add(new("finding", $"no longer {name}"));
        foreach (string name in b.Except(a).Order(StringComparer.Ordinal)) changes.Add(new("finding", $"{name} now"));
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
