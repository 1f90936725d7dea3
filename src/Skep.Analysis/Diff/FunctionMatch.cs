using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Analysis.Diff;

/// <summary>Functions of two programs that are one: by their names, or by their instructions, all or most of them.</summary>
internal sealed class FunctionMatch
{
    // Of fewer than this share of instructions in common, two functions are different ones.
    private const double LeastCommon = 0.6;

    // Functions without a partner are compared with each other: more than these are left alone.
    private const int MostCompared = 200;

    private readonly Dictionary<int, int> _secondOf = [];
    private readonly Dictionary<int, int> _firstOf = [];
    private readonly ProgramCode _first, _second;
    private readonly Dictionary<long, int> _numbersA, _numbersB;

    public FunctionMatch(ProgramCode first, ProgramCode second, bool mapNames)
    {
        (_first, _second) = (first, second);
        (_numbersA, _numbersB) = (Numbers(first), Numbers(second));
        if (first.Flow.Functions.Length > 0 && second.Flow.Functions.Length > 0) Pair(0, 0);
        if (first.Flow.Functions.Length < 2 || second.Flow.Functions.Length < 2) return;
        ByName();
        List<NormalizedInstruction>[] a = Bodies(first, mapNames), b = Bodies(second, mapNames);
        ByContent(a, b);
        BySimilarity(a, b);
    }

    /// <summary>The second program's function of one of the first; -1 for none.</summary>
    public int SecondOf(int function) => _secondOf.GetValueOrDefault(function, -1);

    /// <summary>The first program's function of one of the second; -1 for none.</summary>
    public int FirstOf(int function) => _firstOf.GetValueOrDefault(function, -1);

    /// <summary>What calls of the first program's functions are called, by slot.</summary>
    public string FirstLabel(long slot) =>
        _first.FunctionName(slot) is { Length: > 0 } name
            ? name : _numbersA.TryGetValue(slot, out int number) ? $"function {number}" : "outside";

    /// <summary>What calls of the second program's functions are called: as their partners in the first.</summary>
    public string SecondLabel(long slot)
    {
        int number = _numbersB.GetValueOrDefault(slot, -1);
        if (number >= 0 && FirstOf(number) is >= 0 and var partner) return FirstLabel(_first.Flow.Functions[partner].Start);
        return _second.FunctionName(slot) is { Length: > 0 } name ? name : number >= 0 ? $"new function {number}" : "outside";
    }

    /// <summary>What became of functions that are in both: other names, another order.</summary>
    public IEnumerable<ProgramChange> Changes()
    {
        (int A, int B)[] pairs = [.. _secondOf.OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value))];
        HashSet<int> stayed = [.. SequenceMatch.LongestIncreasing([.. pairs]).Select(pair => pair.A)];
        foreach ((int a, int b) in pairs)
        {
            (int before, int after) = (_first.Flow.Functions[a].Start, _second.Flow.Functions[b].Start);
            string? name = _first.FunctionName(before), other = _second.FunctionName(after);
            if (a > 0 && name is { Length: > 0 } && other is { Length: > 0 } && name != other)
                yield return new("function", $"function {name} is called {other} now");
            if (stayed.Contains(a)) continue;
            string moved = Invariant($"function {FirstLabel(before)} moved: from instruction {before} to {after}");
            yield return new("function", moved);
        }
    }

    private static Dictionary<long, int> Numbers(ProgramCode code) =>
        code.Flow.Functions.ToArray().ToDictionary(function => (long)function.Start, function => function.Number);

    private void Pair(int a, int b)
    {
        _secondOf[a] = b;
        _firstOf[b] = a;
    }

    private void ByName()
    {
        var byName = new Dictionary<string, int>();
        foreach (FlowFunction function in _second.Flow.Functions)
            if (function.Number > 0 && _second.FunctionName(function.Start) is { Length: > 0 } name) byName.TryAdd(name, function.Number);
        foreach (FlowFunction function in _first.Flow.Functions)
        {
            if (function.Number == 0 || _first.FunctionName(function.Start) is not { Length: > 0 } name) continue;
            if (byName.TryGetValue(name, out int partner) && FirstOf(partner) < 0) Pair(function.Number, partner);
        }
    }

    // Functions of the same instructions in the same order, as often as there are any.
    private void ByContent(List<NormalizedInstruction>[] a, List<NormalizedInstruction>[] b)
    {
        var waiting = new Dictionary<string, Queue<int>>();
        for (int j = 1; j < b.Length; j++)
        {
            if (FirstOf(j) >= 0) continue;
            string key = Key(b[j]);
            if (!waiting.TryGetValue(key, out Queue<int>? same)) waiting[key] = same = new Queue<int>();
            same.Enqueue(j);
        }

        for (int i = 1; i < a.Length; i++)
            if (SecondOf(i) < 0 && waiting.TryGetValue(Key(a[i]), out Queue<int>? same) && same.TryDequeue(out int partner))
                Pair(i, partner);
    }

    private void BySimilarity(List<NormalizedInstruction>[] a, List<NormalizedInstruction>[] b)
    {
        int[] alone = [.. Enumerable.Range(1, a.Length - 1).Where(i => SecondOf(i) < 0)];
        int[] others = [.. Enumerable.Range(1, b.Length - 1).Where(j => FirstOf(j) < 0)];
        if (alone.Length > MostCompared || others.Length > MostCompared) return;
        Dictionary<string, int>[] counts = [.. others.Select(j => Counts(b[j]))];
        foreach (int i in alone)
        {
            Dictionary<string, int> own = Counts(a[i]);
            (double Share, int At) best = (LeastCommon, -1);
            for (int k = 0; k < others.Length; k++)
            {
                if (FirstOf(others[k]) >= 0) continue;
                double common = own.Sum(item => Math.Min(item.Value, counts[k].GetValueOrDefault(item.Key)));
                double share = 2 * common / (a[i].Count + b[others[k]].Count);
                if (share >= best.Share && (best.At < 0 || share > best.Share)) best = (share, k);
            }

            if (best.At >= 0) Pair(i, others[best.At]);
        }
    }

    private static List<NormalizedInstruction>[] Bodies(ProgramCode code, bool mapNames)
    {
        List<NormalizedInstruction> all = NormalizedProgram.Of(code, mapNames, _ => "function");
        return [.. code.Flow.Functions.ToArray().Select(function => NormalizedProgram.Between(all, function.Start, function.End))];
    }

    // The target of a jump, as a distance from the jump.
    private static string Key(List<NormalizedInstruction> body) =>
        string.Join('\n', body.Select(item => item.Target < 0 ? item.Text : Invariant($"{item.Text} {item.Target - item.Slot}")));

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private static Dictionary<string, int> Counts(List<NormalizedInstruction> body)
    {
        var counts = new Dictionary<string, int>();
        foreach (NormalizedInstruction item in body) counts[item.Text] = counts.GetValueOrDefault(item.Text) + 1;
        return counts;
    }
}
