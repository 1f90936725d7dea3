using Skep.Isa;

namespace Skep.Analysis.Diff;

/// <summary>Puts the instructions of two programs side by side: each function beside its partner.</summary>
internal static class InstructionAlignment
{
    public static List<DiffLine> Of(
        ReadOnlySpan<FlowFunction> functionsA, ReadOnlySpan<FlowFunction> functionsB, List<NormalizedInstruction> a,
        List<NormalizedInstruction> b,
        FunctionMatch match)
    {
        if (functionsA.Length < 2 || functionsB.Length < 2) return Align(a, b);
        var lines = new List<DiffLine>(a.Count + 16);
        for (int i = 0; i < functionsA.Length; i++)
        {
            List<NormalizedInstruction> body = Body(a, functionsA, i);
            int partner = match.SecondOf(i);
            if (partner < 0)
            {
                lines.AddRange(body.Select(item => new DiffLine(DiffSide.First, item, default)));
                continue;
            }

            lines.AddRange(Align(body, Body(b, functionsB, partner)));

            // A new function is placed behind the one that it follows.
            for (int next = partner + 1; next < functionsB.Length && match.FirstOf(next) < 0; next++)
                lines.AddRange(Body(b, functionsB, next).Select(item => new DiffLine(DiffSide.Second, default, item)));
        }

        return lines;
    }

    // What lies before the first function and behind the last one belongs to them.
    private static List<NormalizedInstruction> Body(List<NormalizedInstruction> items, ReadOnlySpan<FlowFunction> functions, int number)
    {
        int start = number == 0 ? 0 : functions[number].Start,
            end = number + 1 < functions.Length ? functions[number + 1].Start : int.MaxValue;
        return NormalizedProgram.Between(items, start, end);
    }

    private static List<DiffLine> Align(List<NormalizedInstruction> a, List<NormalizedInstruction> b)
    {
        var numbers = new Dictionary<string, int>();
        int[] keysA = Keys(a, numbers), keysB = Keys(b, numbers);
        int[] match = SequenceMatch.Find(keysA, keysB);
        Dictionary<int, int> indexA = Index(a), indexB = Index(b);
        int[] next = new int[a.Count + 1];
        next[a.Count] = b.Count;
        for (int i = a.Count - 1; i >= 0; i--) next[i] = match[i] >= 0 ? match[i] : next[i + 1];
        var taken = new bool[b.Count];
        foreach (int at in match)
            if (at >= 0) taken[at] = true;
        var lines = new List<DiffLine>(a.Count + 16);
        int j = 0;
        for (int i = 0; i < a.Count; i++)
        {
            if (match[i] < 0)
            {
                lines.Add(new DiffLine(DiffSide.First, a[i], default));
                continue;
            }

            for (; j < match[i]; j++) lines.Add(new DiffLine(DiffSide.Second, default, b[j]));
            if (SameTarget(a[i], b[j]))
            {
                lines.Add(new DiffLine(DiffSide.Both, a[i], b[j]));
            }
            else
            {
                lines.Add(new DiffLine(DiffSide.First, a[i], default));
                lines.Add(new DiffLine(DiffSide.Second, default, b[j]));
            }

            j++;
        }

        for (; j < b.Count; j++) lines.Add(new DiffLine(DiffSide.Second, default, b[j]));
        return lines;

        // Targets correspond when they match, or when what was put in or taken out at both leads to what matches.
        bool SameTarget(NormalizedInstruction one, NormalizedInstruction other)
        {
            if (one.Target < 0) return true;
            if (!indexA.TryGetValue(one.Target, out int to) || !indexB.TryGetValue(other.Target, out int toOther))
                return one.Target - one.Slot == other.Target - other.Slot;
            if (match[to] >= 0) return match[to] == toOther || (match[to] > toOther && !taken.AsSpan(toOther..match[to]).Contains(true));
            if (taken[toOther]) return next[to] == toOther;
            int end = toOther;
            while (end < b.Count && !taken[end]) end++;
            return next[to] == end;
        }
    }

    private static int[] Keys(List<NormalizedInstruction> items, Dictionary<string, int> numbers)
    {
        var keys = new int[items.Count];
        for (int i = 0; i < keys.Length; i++)
        {
            if (!numbers.TryGetValue(items[i].Text, out keys[i])) numbers[items[i].Text] = keys[i] = numbers.Count;
        }

        return keys;
    }

    private static Dictionary<int, int> Index(List<NormalizedInstruction> items)
    {
        var index = new Dictionary<int, int>(items.Count);
        for (int i = 0; i < items.Count; i++) index[items[i].Slot] = i;
        return index;
    }
}
