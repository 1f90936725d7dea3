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

/// <summary>
/// A 64-bit ELF file, as far as BPF objects need it. Of a big-endian one, instructions and type information are given as a little-endian
/// file has them.
/// </summary>
public sealed class ElfFile
{
    private readonly ElfBytes _bytes;
    private readonly ILookup<uint, ElfSection> _tables;
    private readonly Dictionary<string, ElfSection> _byName = [];

    private ElfFile(ElfBytes bytes, ushort type, ushort machine, ElfSection[] sections, ElfSymbol[] symbols)
    {
        _bytes = bytes;
        Type = type;
        Machine = machine;
        Sections = sections;
        Symbols = symbols;
        _tables = sections.Where(section => section.Type is ElfFormat.SHT_REL or ElfFormat.SHT_RELA).ToLookup(section => section.Info);
        foreach (ElfSection section in sections) _byName.TryAdd(section.Name, section);
    }

    /// <summary><c>ET_*</c>: 1 for a relocatable object.</summary>
    public ushort Type { get; }

    /// <summary><c>EM_*</c>: 247 for BPF.</summary>
    public ushort Machine { get; }

    /// <summary>Whether it may be a BPF object. Compilers before LLVM 3.8 name no machine, and loaders take such objects.</summary>
    public bool IsBpf => Machine is ElfFormat.EM_BPF or ElfFormat.EM_NONE;

    /// <summary>Whether it is for a big-endian machine (<c>ELFDATA2MSB</c>).</summary>
    public bool IsBigEndian => _bytes.IsBigEndian;

    /// <summary>All sections, the null one at 0 too.</summary>
    public IReadOnlyList<ElfSection> Sections { get; }

    /// <summary>All symbols, the null one at 0 too.</summary>
    public IReadOnlyList<ElfSymbol> Symbols { get; }

    /// <summary>Whether bytes begin as an ELF file does.</summary>
    public static bool IsElf(ReadOnlySpan<byte> bytes) => bytes.StartsWith<byte>([0x7f, (byte)'E', (byte)'L', (byte)'F']);

    /// <summary>The first section of a name.</summary>
    public ElfSection? Section(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The relocations for a section, in the file's order.</summary>
    public IReadOnlyList<ElfRelocation> Relocations(ElfSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var found = new List<ElfRelocation>();
        foreach (ElfSection table in _tables[(uint)section.Index])
        {
            bool addends = table.Type == ElfFormat.SHT_RELA;
            int size = addends ? 24 : 16;
            for (int at = 0; at + size <= table.Content.Length; at += size)
            {
                ReadOnlySpan<byte> entry = table.Content.Span.Slice(at, size);
                ulong info = _bytes.U64(entry[8..]);
                ulong symbol = info >> 32;
                found.Add(new ElfRelocation(
                    _bytes.U64(entry),
                    (uint)info,
                    symbol < (ulong)Symbols.Count ? Symbols[(int)symbol] : null,
                    addends ? (long)_bytes.U64(entry[16..]) : 0));
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
        if (bytes[5] is not (ElfFormat.ELFDATA2LSB or ElfFormat.ELFDATA2MSB))
            return Fail($"its byte order is {bytes[5]}, neither little-endian (1) nor big-endian (2)", out reason);
        var order = new ElfBytes(bytes[5] == ElfFormat.ELFDATA2MSB);
        ulong table = order.U64(bytes[40..]);
        ulong count = order.U16(bytes[60..]);
        uint nameTable = order.U16(bytes[62..]);
        if (order.U16(bytes[58..]) != ElfFormat.SectionHeaderSize && table != 0)
            return Fail("its section headers are of another size than 64 bytes", out reason);
        if (table != 0 && (table > (ulong)bytes.Length || (ulong)bytes.Length - table < ElfFormat.SectionHeaderSize))
            return Fail("its section table is outside of the file", out reason);

        // More sections than 16 bits count are counted in the first one (elf(5), e_shnum and e_shstrndx).
        if (count == 0 && table != 0) count = order.U64(bytes[((int)table + 32)..]);
        if (nameTable == ElfFormat.SHN_XINDEX && table != 0) nameTable = order.U32(bytes[((int)table + 40)..]);
        if (count > ((ulong)bytes.Length - table) / ElfFormat.SectionHeaderSize)
            return Fail("its section table is outside of the file", out reason);
        var headers = new (uint Name, ElfSection Section)[count];
        for (int i = 0; i < headers.Length; i++)
        {
            ReadOnlySpan<byte> header = bytes.Slice((int)table + (i * ElfFormat.SectionHeaderSize), ElfFormat.SectionHeaderSize);
            uint type = order.U32(header[4..]);
            ulong offset = order.U64(header[24..]), size = order.U64(header[32..]);
            bool empty = type is ElfFormat.SHT_NULL or ElfFormat.SHT_NOBITS;
            if (!empty && (offset > (ulong)bytes.Length || size > (ulong)bytes.Length - offset))
                return Fail($"its section {i} is outside of the file", out reason);
            headers[i] = (order.U32(header), new ElfSection(
                i, "", type, order.U64(header[8..]), order.U32(header[40..]),
                order.U32(header[44..]), empty ? default : file.Slice((int)offset, (int)size))
            { Size = size });
        }

        ReadOnlySpan<byte> names = nameTable < (uint)headers.Length ? headers[nameTable].Section.Content.Span : default;
        var sections = new ElfSection[headers.Length];
        long swapped = 0;
        for (int i = 0; i < sections.Length; i++)
        {
            sections[i] = headers[i].Section with { Name = TextAt(names, headers[i].Name) };
            if (!order.IsBigEndian || Swapped(sections[i]) is not { } content) continue;
            if ((swapped += content.Length) > file.Length) return Fail("its sections lie upon each other", out reason);
            sections[i] = sections[i] with { Content = content };
        }

        elf = new ElfFile(
            order, order.U16(bytes[16..]), order.U16(bytes[18..]), sections, ReadSymbols(sections, order));
        reason = "";
        return true;
    }

    // Data stays as it is: of what size its numbers are, only the program knows.
    private static byte[]? Swapped(ElfSection section) => section switch
    {
        { IsExecutable: true } => ElfBytes.Instructions(section.Content.Span),
        { Name: ".BTF" } => ElfBytes.Types(section.Content.Span, hasStrings: true),
        { Name: ".BTF.ext" } => ElfBytes.Types(section.Content.Span, hasStrings: false),
        _ => null,
    };

    private static ElfSymbol[] ReadSymbols(ElfSection[] sections, ElfBytes order)
    {
        ElfSection? table = Array.Find(sections, s => s.Type == ElfFormat.SHT_SYMTAB);
        if (table is null) return [];
        ReadOnlySpan<byte> names = table.Link < (uint)sections.Length ? sections[table.Link].Content.Span : default;
        var symbols = new ElfSymbol[table.Content.Length / ElfFormat.SymbolSize];
        for (int i = 0; i < symbols.Length; i++)
        {
            ReadOnlySpan<byte> entry = table.Content.Span.Slice(i * ElfFormat.SymbolSize, ElfFormat.SymbolSize);
            symbols[i] = new ElfSymbol(
                TextAt(names, order.U32(entry)), entry[4] & 0xf, entry[4] >> 4,
                order.U16(entry[6..]), order.U64(entry[8..]),
                order.U64(entry[16..]));
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
