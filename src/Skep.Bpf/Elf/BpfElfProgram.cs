namespace Skep.Bpf.Elf;

/// <summary>A function of a BPF object file: a program, or one that programs call.</summary>
/// <param name="Name">The symbol.</param>
/// <param name="SectionName">The section: <c>xdp</c>, <c>raw_tp/sys_enter</c>; <c>.text</c> for functions that are called.</param>
/// <param name="Offset">Bytes from the section's start.</param>
/// <param name="Instructions">8 bytes an instruction word, before relocation.</param>
/// <param name="Relocations">What is to be put in at load; offsets are from the function's start.</param>
public sealed record BpfElfProgram(
    string Name, string SectionName, int Offset, ReadOnlyMemory<byte> Instructions, IReadOnlyList<ElfRelocation> Relocations)
{
    /// <summary>Whether it is called by programs, not loaded by itself.</summary>
    public bool IsSubprogram => SectionName == ".text";

    /// <summary>The functions of an object, by section, then by place.</summary>
    public static IReadOnlyList<BpfElfProgram> List(ElfFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var programs = new List<BpfElfProgram>();
        var called = new CalledPlaces(file);
        ILookup<int, ElfSymbol> symbols = file.Symbols.ToLookup(symbol => symbol.SectionIndex);
        foreach (ElfSection section in file.Sections)
        {
            if (!section.IsExecutable || section.Content.IsEmpty) continue;
            ElfRelocation[] relocations = [.. file.Relocations(section).OrderBy(relocation => relocation.Offset)];
            ulong[] places = [.. relocations.Select(relocation => relocation.Offset)];
            foreach (ElfFunction function in ElfFunction.Of(section, symbols[section.Index], called))
            {
                ulong start = (ulong)function.Start;
                int first = FirstFrom(places, start), end = FirstFrom(places, start + (ulong)function.Size);
                programs.Add(new BpfElfProgram(
                    function.Name, section.Name, function.Start, section.Content.Slice(function.Start, function.Size),
                    [.. relocations[first..end].Select(r => r with { Offset = r.Offset - start })]));
            }
        }

        return programs;
    }

    private static int FirstFrom(ulong[] places, ulong place)
    {
        int low = 0, high = places.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (places[middle] < place) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
