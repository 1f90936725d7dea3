using System.Buffers.Binary;

namespace Skep.Bpf.Elf;

/// <summary>The places that calls of an object's functions go to. They are found when the first is asked for.</summary>
internal sealed class CalledPlaces(ElfFile file)
{
    private const int InstructionSize = 8;
    private const byte Call = 0x85, Local = 1;

    private readonly Lazy<HashSet<(int Section, long Offset)>> _places = new(() => Find(file));

    /// <summary>Whether a call goes to a place of a section, in bytes from its start.</summary>
    public bool Contains(int section, int offset) => _places.Value.Contains((section, offset));

    // In the same section by its distance, to others by a relocation to a symbol or, with the distance, to the section.
    private static HashSet<(int, long)> Find(ElfFile file)
    {
        var places = new HashSet<(int, long)>();
        foreach (ElfSection caller in file.Sections.Where(section => section.IsExecutable))
        {
            ReadOnlySpan<byte> code = caller.Content.Span;
            var relocated = new HashSet<ulong>();
            foreach (ElfRelocation relocation in file.Relocations(caller))
            {
                relocated.Add(relocation.Offset);
                bool isInside = code.Length >= InstructionSize && relocation.Offset <= (ulong)(code.Length - InstructionSize);
                if (relocation.Symbol is not { } symbol || !isInside) continue;
                long place = symbol.Type == ElfFormat.STT_SECTION ? After(code, (int)relocation.Offset) : (long)symbol.Value;
                places.Add((symbol.SectionIndex, place));
            }

            for (int at = 0; at + InstructionSize <= code.Length; at += InstructionSize)
            {
                bool calls = code[at] == Call && code[at + 1] >> 4 == Local;
                if (calls && !relocated.Contains((ulong)at)) places.Add((caller.Index, at + After(code, at)));
            }
        }

        return places;
    }

    private static long After(ReadOnlySpan<byte> code, int at) =>
        (BinaryPrimitives.ReadInt32LittleEndian(code[(at + 4)..]) + 1L) * InstructionSize;
}
