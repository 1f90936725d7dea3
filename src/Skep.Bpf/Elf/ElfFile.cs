using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Skep.Bpf.Elf;

/// <summary>A section of an ELF file (<c>Elf64_Shdr</c> of elf(5)).</summary>
/// <param name="Index">Its place in the section table.</param>
/// <param name="Name">Its name.</param>
/// <param name="Type"><c>SHT_*</c>.</param>
/// <param name="Flags"><c>SHF_*</c>.</param>
/// <param name="Link">Another section, by type.</param>
/// <param name="Info">By type: the section that relocations are for.</param>
/// <param name="Content">The bytes; none for <c>SHT_NOBITS</c>.</param>
public sealed record ElfSection(int Index, string Name, uint Type, ulong Flags, uint Link, uint Info, ReadOnlyMemory<byte> Content)
{
    /// <summary>Bytes in memory, also of a section that has none in the file (<c>SHT_NOBITS</c>).</summary>
    public ulong Size { get; init; } = (ulong)Content.Length;

    /// <summary>Whether it holds instructions: <c>SHT_PROGBITS</c> with <c>SHF_EXECINSTR</c>.</summary>
    public bool IsExecutable => Type == ElfFormat.SHT_PROGBITS && (Flags & ElfFormat.SHF_EXECINSTR) != 0;
}

/// <summary>A symbol of an ELF file (<c>Elf64_Sym</c>).</summary>
/// <param name="Name">Its name; empty for a section's.</param>
/// <param name="Type"><c>STT_*</c>: 1 object, 2 function, 3 section.</param>
/// <param name="Binding"><c>STB_*</c>: 0 local, 1 global, 2 weak.</param>
/// <param name="SectionIndex">The section that it is in; 0 for an undefined one.</param>
/// <param name="Value">Bytes from the section's start.</param>
/// <param name="Size">Bytes.</param>
public sealed record ElfSymbol(string Name, int Type, int Binding, int SectionIndex, ulong Value, ulong Size);

/// <summary>A relocation (<c>Elf64_Rel</c>, <c>Elf64_Rela</c>).</summary>
/// <param name="Offset">Bytes from the start of the section that it is for.</param>
/// <param name="Type"><c>R_BPF_*</c>: 1 for both words of an lddw, 10 for a call.</param>
/// <param name="Symbol">What it refers to; null for a symbol that is not there.</param>
/// <param name="Addend">Added to the symbol's value; 0 for <c>Elf64_Rel</c>.</param>
public readonly record struct ElfRelocation(ulong Offset, uint Type, ElfSymbol? Symbol, long Addend);

/// <summary>A 64-bit little-endian ELF file, as far as BPF objects need it.</summary>
public sealed class ElfFile
{
    private ElfFile(ushort type, ushort machine, ElfSection[] sections, ElfSymbol[] symbols)
    {
        Type = type;
        Machine = machine;
        Sections = sections;
        Symbols = symbols;
    }

    /// <summary><c>ET_*</c>: 1 for a relocatable object.</summary>
    public ushort Type { get; }

    /// <summary><c>EM_*</c>: 247 for BPF.</summary>
    public ushort Machine { get; }

    /// <summary>Whether it is a BPF object.</summary>
    public bool IsBpf => Machine == ElfFormat.EM_BPF;

    /// <summary>All sections, the null one at 0 too.</summary>
    public IReadOnlyList<ElfSection> Sections { get; }

    /// <summary>All symbols, the null one at 0 too.</summary>
    public IReadOnlyList<ElfSymbol> Symbols { get; }

    /// <summary>Whether bytes begin as an ELF file does.</summary>
    public static bool IsElf(ReadOnlySpan<byte> bytes) => bytes.StartsWith<byte>([0x7f, (byte)'E', (byte)'L', (byte)'F']);

    /// <summary>The first section of a name.</summary>
    public ElfSection? Section(string name)
    {
        foreach (ElfSection section in Sections)
        {
            if (section.Name == name) return section;
        }

        return null;
    }

    /// <summary>The relocations for a section, in the file's order.</summary>
    public IReadOnlyList<ElfRelocation> Relocations(ElfSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var found = new List<ElfRelocation>();
        foreach (ElfSection table in Sections)
        {
            if (table.Info != section.Index || table.Type is not (ElfFormat.SHT_REL or ElfFormat.SHT_RELA)) continue;
            bool addends = table.Type == ElfFormat.SHT_RELA;
            int size = addends ? 24 : 16;
            for (int at = 0; at + size <= table.Content.Length; at += size)
            {
                ReadOnlySpan<byte> entry = table.Content.Span.Slice(at, size);
                ulong info = BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]);
                ulong symbol = info >> 32;
                found.Add(new ElfRelocation(
                    BinaryPrimitives.ReadUInt64LittleEndian(entry),
                    (uint)info,
                    symbol < (ulong)Symbols.Count ? Symbols[(int)symbol] : null,
                    addends ? BinaryPrimitives.ReadInt64LittleEndian(entry[16..]) : 0));
            }
        }

        return found;
    }

    /// <summary>Reads a file. Bytes that are no such file give a reason, never an exception.</summary>
    /// <param name="file">The whole file; its sections are views of it.</param>
    /// <param name="elf">The file.</param>
    /// <param name="reason">Why it is none.</param>
    public static bool TryParse(ReadOnlyMemory<byte> file, [NotNullWhen(true)] out ElfFile? elf, out string reason)
    {
        elf = null;
        ReadOnlySpan<byte> bytes = file.Span;
        if (!IsElf(bytes)) return Fail("it does not begin as an ELF file does", out reason);
        if (bytes.Length < ElfFormat.HeaderSize) return Fail("its header is cut short", out reason);
        if (bytes[4] != ElfFormat.ELFCLASS64) return Fail("it is not a 64-bit ELF file", out reason);
        if (bytes[5] != ElfFormat.ELFDATA2LSB) return Fail("it is not little-endian", out reason);
        ulong table = BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..]);
        ulong count = BinaryPrimitives.ReadUInt16LittleEndian(bytes[60..]);
        uint nameTable = BinaryPrimitives.ReadUInt16LittleEndian(bytes[62..]);
        if (BinaryPrimitives.ReadUInt16LittleEndian(bytes[58..]) != ElfFormat.SectionHeaderSize && table != 0)
            return Fail("its section headers are of another size than 64 bytes", out reason);
        if (table != 0 && (table > (ulong)bytes.Length || (ulong)bytes.Length - table < ElfFormat.SectionHeaderSize))
            return Fail("its section table is outside of the file", out reason);

        // More sections than 16 bits count are counted in the first one (elf(5), e_shnum and e_shstrndx).
        if (count == 0 && table != 0) count = BinaryPrimitives.ReadUInt64LittleEndian(bytes[((int)table + 32)..]);
        if (nameTable == ElfFormat.SHN_XINDEX && table != 0) nameTable = BinaryPrimitives.ReadUInt32LittleEndian(bytes[((int)table + 40)..]);
        if (count > ((ulong)bytes.Length - table) / ElfFormat.SectionHeaderSize) return Fail("its section table is outside of the file", out reason);
        var headers = new (uint Name, ElfSection Section)[count];
        for (int i = 0; i < headers.Length; i++)
        {
            ReadOnlySpan<byte> header = bytes.Slice((int)table + (i * ElfFormat.SectionHeaderSize), ElfFormat.SectionHeaderSize);
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
            ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(header[24..]), size = BinaryPrimitives.ReadUInt64LittleEndian(header[32..]);
            bool empty = type is ElfFormat.SHT_NULL or ElfFormat.SHT_NOBITS;
            if (!empty && (offset > (ulong)bytes.Length || size > (ulong)bytes.Length - offset))
                return Fail($"its section {i} is outside of the file", out reason);
            headers[i] = (BinaryPrimitives.ReadUInt32LittleEndian(header), new ElfSection(
                i, "", type, BinaryPrimitives.ReadUInt64LittleEndian(header[8..]), BinaryPrimitives.ReadUInt32LittleEndian(header[40..]),
                BinaryPrimitives.ReadUInt32LittleEndian(header[44..]), empty ? default : file.Slice((int)offset, (int)size)) { Size = size });
        }

        ReadOnlySpan<byte> names = nameTable < (uint)headers.Length ? headers[nameTable].Section.Content.Span : default;
        var sections = new ElfSection[headers.Length];
        for (int i = 0; i < sections.Length; i++) sections[i] = headers[i].Section with { Name = TextAt(names, headers[i].Name) };
        elf = new ElfFile(
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[16..]), BinaryPrimitives.ReadUInt16LittleEndian(bytes[18..]), sections, ReadSymbols(sections));
        reason = "";
        return true;
    }

    private static ElfSymbol[] ReadSymbols(ElfSection[] sections)
    {
        ElfSection? table = Array.Find(sections, s => s.Type == ElfFormat.SHT_SYMTAB);
        if (table is null) return [];
        ReadOnlySpan<byte> names = table.Link < (uint)sections.Length ? sections[table.Link].Content.Span : default;
        var symbols = new ElfSymbol[table.Content.Length / ElfFormat.SymbolSize];
        for (int i = 0; i < symbols.Length; i++)
        {
            ReadOnlySpan<byte> entry = table.Content.Span.Slice(i * ElfFormat.SymbolSize, ElfFormat.SymbolSize);
            symbols[i] = new ElfSymbol(
                TextAt(names, BinaryPrimitives.ReadUInt32LittleEndian(entry)), entry[4] & 0xf, entry[4] >> 4,
                BinaryPrimitives.ReadUInt16LittleEndian(entry[6..]), BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]),
                BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]));
        }

        return symbols;
    }

    private static string TextAt(ReadOnlySpan<byte> table, uint offset)
    {
        if (offset >= (uint)table.Length) return "";
        ReadOnlySpan<byte> rest = table[(int)offset..];
        int end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    private static bool Fail(string why, out string reason)
    {
        reason = why;
        return false;
    }
}
