using Skep.Isa;
using Skep.Watch.Code;

namespace Skep.Watch.Diff;

/// <summary>Whether a line is in the first program, the second, or both.</summary>
public enum DiffSide : byte
{
    /// <summary>In both.</summary>
    Both,

    /// <summary>In the first only.</summary>
    First,

    /// <summary>In the second only.</summary>
    Second,
}

/// <summary>An instruction of a comparison.</summary>
/// <param name="Side">Whose it is.</param>
/// <param name="First">In the first program; meaningless when it is the second's only.</param>
/// <param name="Second">In the second program; meaningless when it is the first's only.</param>
public readonly record struct DiffLine(DiffSide Side, NormalizedInstruction First, NormalizedInstruction Second)
{
    /// <summary>The text, of the program that has it.</summary>
    public string Text => Side == DiffSide.Second ? Second.FullText : First.FullText;
}

/// <summary>
/// What differs between two programs. Maps are compared by name, or by their order where one of the programs has no names; calls by name; jumps by
/// whether their targets correspond.
/// </summary>
public sealed class ProgramDiff
{
    private ProgramDiff(ProgramCode first, ProgramCode second, IReadOnlyList<DiffLine> lines, IReadOnlyList<ProgramChange> changes) =>
        (First, Second, Lines, Changes) = (first, second, lines, changes);

    /// <summary>The first program.</summary>
    public ProgramCode First { get; }

    /// <summary>The second program.</summary>
    public ProgramCode Second { get; }

    /// <summary>All instructions of both, in order.</summary>
    public IReadOnlyList<DiffLine> Lines { get; }

    /// <summary>What changed, in words.</summary>
    public IReadOnlyList<ProgramChange> Changes { get; }

    /// <summary>Whether nothing differs.</summary>
    public bool IsIdentical => Changes.Count == 0 && Lines.All(line => line.Side == DiffSide.Both);

    /// <summary>Compares two programs.</summary>
    public static ProgramDiff Of(ProgramCode first, ProgramCode second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        first.RequireLittleEndian("compare");
        second.RequireLittleEndian("compare");
        bool named = first.Maps.Concat(second.Maps).All(map => map.Name is { Length: > 0 });
        List<NormalizedInstruction> a = NormalizedProgram.Of(first, named), b = NormalizedProgram.Of(second, named);
        IReadOnlyList<DiffLine> lines = Align(a, b);
        return new ProgramDiff(first, second, lines, ProgramChange.Find(first, second, named, lines));
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
            if (!indexA.TryGetValue(one.Target, out int to) || !indexB.TryGetValue(other.Target, out int toOther)) return one.Target - one.Slot == other.Target - other.Slot;
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
