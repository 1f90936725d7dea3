using System.Buffers.Binary;
using System.Text;

namespace Skep.Bpf.Elf;

/// <summary>A place in a program that refers to something outside of the object.</summary>
/// <param name="Offset">Bytes from the program's start: of the lddw or the call.</param>
/// <param name="Symbol">The name: of a map, a variable, a function.</param>
/// <param name="IsCall">Whether it is a call's.</param>
public readonly record struct BpfElfReference(int Offset, string Symbol, bool IsCall);

/// <summary>A program that is to be written.</summary>
/// <param name="Name">The symbol.</param>
/// <param name="SectionName">The section; programs of one section are put one after the other.</param>
/// <param name="Instructions">A whole number of instruction words of 8 bytes.</param>
/// <param name="References">Symbols that the program refers to: they become undefined symbols and relocations.</param>
public sealed record BpfElfFunction(string Name, string SectionName, ReadOnlyMemory<byte> Instructions,
    IReadOnlyList<BpfElfReference> References);

/// <summary>Writes a relocatable BPF object that llvm-objdump and libbpf's reader understand.</summary>
public static class BpfElfWriter
{
    private const int Alignment = 8;

    /// <summary>Makes an object file.</summary>
    /// <param name="functions">The programs.</param>
    /// <param name="license">The content of the section <c>license</c>; null for none.</param>
    /// <exception cref="ArgumentException">
    /// A program is not a whole number of instruction words, or refers to a place outside of it.
    /// </exception>
    public static byte[] Write(IReadOnlyList<BpfElfFunction> functions, string? license)
    {
        ArgumentNullException.ThrowIfNull(functions);
        var sections = new List<Section> { new("", ElfFormat.SHT_NULL, 0, [], 0) };
        var strings = new StringTable();
        var symbols = new SymbolTable(strings);
        var places = new Dictionary<string, int>();
        var codes = new List<(int Section, MemoryStream Code, MemoryStream Relocations)>();
        foreach (BpfElfFunction function in functions)
        {
            if (function.Instructions.Length == 0 || function.Instructions.Length % 8 != 0)
                throw new ArgumentException(
                    $"program {function.Name} has {function.Instructions.Length} bytes, not a whole number of instruction words of 8");
            if (!places.TryGetValue(function.SectionName, out int place))
            {
                places.Add(function.SectionName, place = codes.Count);
                codes.Add((codes.Count + 1, new MemoryStream(), new MemoryStream()));
            }

            (int section, MemoryStream code, MemoryStream relocations) = codes[place];
            symbols.Define(function.Name, ElfFormat.STT_FUNC, section, (ulong)code.Length, (ulong)function.Instructions.Length);
            foreach (BpfElfReference reference in function.References)
                AddRelocation(relocations, (int)code.Length, function, reference, symbols.Refer(reference.Symbol));
            code.Write(function.Instructions.Span);
        }

        foreach ((string name, int place) in places)
            sections.Add(
                new Section(name, ElfFormat.SHT_PROGBITS, ElfFormat.SHF_ALLOC | ElfFormat.SHF_EXECINSTR, codes[place].Code.ToArray(), 0));
        if (license is not null)
        {
            byte[] text = Encoding.UTF8.GetBytes(license + '\0');
            symbols.Define("LICENSE", ElfFormat.STT_OBJECT, sections.Count, 0, (ulong)text.Length);
            sections.Add(new Section("license", ElfFormat.SHT_PROGBITS, ElfFormat.SHF_ALLOC | ElfFormat.SHF_WRITE, text, 0));
        }

        int withRelocations = codes.Count(c => c.Relocations.Length != 0);
        uint symbolSection = (uint)(sections.Count + withRelocations), stringSection = symbolSection + 1;
        foreach ((string name, int place) in places)
        {
            if (codes[place].Relocations.Length == 0) continue;
            sections.Add(
                new Section(".rel" + name, ElfFormat.SHT_REL, ElfFormat.SHF_INFO_LINK, codes[place].Relocations.ToArray(),
                    ElfFormat.RelocationSize)
                {
                    Link = symbolSection, Info = (uint)codes[place].Section,
                });
        }

        // All symbols but the null one are global: 1 is the first of them.
        sections.Add(
            new Section(".symtab", ElfFormat.SHT_SYMTAB, 0, symbols.ToArray(), ElfFormat.SymbolSize) { Link = stringSection, Info = 1 });
        sections.Add(new Section(".strtab", ElfFormat.SHT_STRTAB, 0, strings.ToArray(), 0));
        return Assemble(sections);
    }

    private static void AddRelocation(Stream table, int start, BpfElfFunction function, BpfElfReference reference, uint symbol)
    {
        if (reference.Offset < 0 || reference.Offset % 8 != 0 || reference.Offset >= function.Instructions.Length)
            throw new ArgumentException(
                $"program {function.Name} refers to {reference.Symbol} at byte {reference.Offset}, which is no instruction of it");
        Span<byte> entry = stackalloc byte[ElfFormat.RelocationSize];
        BinaryPrimitives.WriteUInt64LittleEndian(entry, (ulong)(start + reference.Offset));
        uint type = reference.IsCall ? ElfFormat.R_BPF_64_32 : ElfFormat.R_BPF_64_64;
        BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], (ulong)symbol << 32 | type);
        table.Write(entry);
    }

    private static byte[] Assemble(List<Section> sections)
    {
        var names = new StringTable();
        int nameSection = sections.Count;
        sections.Add(new Section(".shstrtab", ElfFormat.SHT_STRTAB, 0, [], 0));
        uint[] nameOffsets = [.. sections.Select(s => names.Add(s.Name))];
        sections[nameSection] = sections[nameSection] with { Content = names.ToArray() };
        long end = ElfFormat.HeaderSize;
        long[] offsets = new long[sections.Count];
        for (int i = 1; i < sections.Count; i++)
        {
            offsets[i] = end;
            end = Align(end + sections[i].Content.Length);
        }

        var file = new byte[end + (sections.Count * (long)ElfFormat.SectionHeaderSize)];
        WriteHeader(file, end, sections.Count, nameSection);
        for (int i = 0; i < sections.Count; i++)
        {
            Section section = sections[i];
            section.Content.CopyTo(file.AsSpan((int)offsets[i]));
            Span<byte> header = file.AsSpan((int)end + (i * ElfFormat.SectionHeaderSize), ElfFormat.SectionHeaderSize);
            BinaryPrimitives.WriteUInt32LittleEndian(header, nameOffsets[i]);
            BinaryPrimitives.WriteUInt32LittleEndian(header[4..], section.Type);
            BinaryPrimitives.WriteUInt64LittleEndian(header[8..], section.Flags);
            BinaryPrimitives.WriteUInt64LittleEndian(header[24..], (ulong)offsets[i]);
            BinaryPrimitives.WriteUInt64LittleEndian(header[32..], (ulong)section.Content.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(header[40..], section.Link);
            BinaryPrimitives.WriteUInt32LittleEndian(header[44..], section.Info);
            BinaryPrimitives.WriteUInt64LittleEndian(header[48..],
                section.Type is ElfFormat.SHT_NULL ? 0 : section.Type is ElfFormat.SHT_STRTAB ? 1 : (ulong)Alignment);
            BinaryPrimitives.WriteUInt64LittleEndian(header[56..], (ulong)section.EntrySize);
        }

        return file;
    }

    private static void WriteHeader(Span<byte> file, long table, int count, int nameSection)
    {
        ReadOnlySpan<byte> identity =
            [0x7f, (byte)'E', (byte)'L', (byte)'F', ElfFormat.ELFCLASS64, ElfFormat.ELFDATA2LSB, ElfFormat.EV_CURRENT];
        identity.CopyTo(file);
        BinaryPrimitives.WriteUInt16LittleEndian(file[16..], ElfFormat.ET_REL);
        BinaryPrimitives.WriteUInt16LittleEndian(file[18..], ElfFormat.EM_BPF);
        BinaryPrimitives.WriteUInt32LittleEndian(file[20..], ElfFormat.EV_CURRENT);
        BinaryPrimitives.WriteUInt64LittleEndian(file[40..], (ulong)table);
        BinaryPrimitives.WriteUInt16LittleEndian(file[52..], ElfFormat.HeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(file[58..], ElfFormat.SectionHeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(file[60..], (ushort)count);
        BinaryPrimitives.WriteUInt16LittleEndian(file[62..], (ushort)nameSection);
    }

    private static long Align(long value) => (value + Alignment - 1) & ~(Alignment - 1L);

    private sealed record Section(string Name, uint Type, ulong Flags, byte[] Content, int EntrySize)
    {
        internal uint Link { get; init; }

        internal uint Info { get; init; }
    }

    private sealed class StringTable
    {
        private readonly MemoryStream _text = new();
        private readonly Dictionary<string, uint> _offsets = new() { [""] = 0 };

        internal StringTable() => _text.WriteByte(0);

        internal uint Add(string text)
        {
            if (_offsets.TryGetValue(text, out uint offset)) return offset;
            offset = (uint)_text.Length;
            _text.Write(Encoding.UTF8.GetBytes(text + '\0'));
            _offsets.Add(text, offset);
            return offset;
        }

        internal byte[] ToArray() => _text.ToArray();
    }

    private sealed class SymbolTable
    {
        private readonly StringTable _strings;
        private readonly MemoryStream _entries = new();
        private readonly Dictionary<string, uint> _undefined = [];

        internal SymbolTable(StringTable strings)
        {
            _strings = strings;
            Add("", 0, 0, 0, 0);
        }

        internal void Define(string name, int type, int section, ulong value, ulong size) =>
            Add(name, ElfFormat.STB_GLOBAL << 4 | type, section, value, size);

        /// <summary>The number of an undefined symbol.</summary>
        internal uint Refer(string name)
        {
            if (_undefined.TryGetValue(name, out uint number)) return number;
            number = (uint)(_entries.Length / ElfFormat.SymbolSize);
            Add(name, ElfFormat.STB_GLOBAL << 4 | ElfFormat.STT_NOTYPE, 0, 0, 0);
            _undefined.Add(name, number);
            return number;
        }

        internal byte[] ToArray() => _entries.ToArray();

        private void Add(string name, int info, int section, ulong value, ulong size)
        {
            Span<byte> entry = stackalloc byte[ElfFormat.SymbolSize];
            entry.Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(entry, _strings.Add(name));
            entry[4] = (byte)info;
            BinaryPrimitives.WriteUInt16LittleEndian(entry[6..], (ushort)section);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], value);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], size);
            _entries.Write(entry);
        }
    }
}
