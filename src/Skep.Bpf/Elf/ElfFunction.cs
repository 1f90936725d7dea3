using System.Text.RegularExpressions;

namespace Skep.Bpf.Elf;

/// <summary>Where a function lies in a section.</summary>
/// <param name="Name">The symbol, or the section's name where no symbol is.</param>
/// <param name="Start">Bytes from the section's start.</param>
/// <param name="Size">Bytes.</param>
internal readonly partial record struct ElfFunction(string Name, int Start, int Size)
{
    private const int InstructionSize = 8;

    /// <summary>The functions of an executable section, by place.</summary>
    /// <param name="section">The section.</param>
    /// <param name="symbols">The symbols in it.</param>
    /// <param name="called">The places that calls go to.</param>
    public static IReadOnlyList<ElfFunction> Of(ElfSection section, IEnumerable<ElfSymbol> symbols, CalledPlaces called)
    {
        int end = section.Content.Length;
        ElfSymbol[] here = [.. symbols.Where(s => s.Value < (ulong)end)];
        var functions = new List<ElfFunction>();
        var open = new SortedDictionary<int, string>();
        foreach (ElfSymbol symbol in here.Where(s => s.Type == ElfFormat.STT_FUNC))
        {
            if (symbol.Size == 0) open.TryAdd((int)symbol.Value, symbol.Name);
            else if (symbol.Size <= (ulong)end - symbol.Value)
                functions.Add(new ElfFunction(symbol.Name, (int)symbol.Value, (int)symbol.Size));
        }

        ElfSymbol[] untyped = [.. here.Where(IsUntypedPlace)];
        if (untyped.Length > 0)
        {
            int[] starts = [.. functions.Select(f => f.Start).Order()];
            int[] ends = LastEnds(functions);
            foreach (ElfSymbol symbol in untyped)
            {
                int at = (int)symbol.Value, before = Array.BinarySearch(starts, at);
                before = before >= 0 ? before : ~before - 1;
                if (before >= 0 && at < ends[before]) continue;
                if (symbol.Binding != ElfFormat.STB_LOCAL || at == 0 || called.Contains(section.Index, at)) open.TryAdd(at, symbol.Name);
            }
        }

        if (!open.ContainsKey(0) && !functions.Exists(f => f.Start == 0)) open.Add(0, section.Name);
        Close(functions, open, end);
        return [.. functions.OrderBy(f => f.Start)];
    }

    private static bool IsUntypedPlace(ElfSymbol symbol) =>
        symbol.Type == ElfFormat.STT_NOTYPE && symbol.Name.Length > 0 && symbol.Value % InstructionSize == 0 && !IsCompilersLabel(symbol);

    // A function without a size goes on to the next one.
    private static void Close(List<ElfFunction> functions, SortedDictionary<int, string> open, int end)
    {
        int[] starts = [.. functions.Select(f => f.Start).Concat(open.Keys).Order().Distinct()];
        foreach ((int start, string name) in open)
        {
            int next = Array.BinarySearch(starts, start) + 1;
            functions.Add(new ElfFunction(name, start, (next < starts.Length ? starts[next] : end) - start));
        }
    }

    // By start: where the functions up to this one end at the latest.
    private static int[] LastEnds(List<ElfFunction> functions)
    {
        int[] ends = [.. functions.OrderBy(f => f.Start).Select(f => f.Start + f.Size)];
        for (int i = 1; i < ends.Length; i++) ends[i] = Math.Max(ends[i], ends[i - 1]);
        return ends;
    }

    // Labels of blocks and of debugging information that older compilers left in: LBB0_2, Ltmp1, Lfunc_end0.
    private static bool IsCompilersLabel(ElfSymbol symbol) => symbol.Binding == ElfFormat.STB_LOCAL && Label().IsMatch(symbol.Name);

    [GeneratedRegex(@"^(\.L|L(BB|tmp|func_|CPI|JTI|info_|line_|set)[A-Za-z_]*\d)")]
    private static partial Regex Label();
}
