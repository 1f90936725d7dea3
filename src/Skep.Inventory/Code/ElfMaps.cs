using System.Buffers.Binary;
using Skep.Bpf;
using Skep.Bpf.Elf;

namespace Skep.Inventory.Code;

/// <summary>
/// The maps of an object file: definitions by BTF in <c>.maps</c>, by <c>struct bpf_map_def</c> in <c>maps</c>, and the sections of global
/// variables, of which libbpf makes arrays with one value.
/// </summary>
internal static class ElfMaps
{
    private const string ByBtf = ".maps", ByStruct = "maps";

    // STT_OBJECT
    private const int ObjectSymbol = 1;

    /// <summary>The map that a symbol stands for; null when it stands for none.</summary>
    public static CodeMap? OfSymbol(ElfFile file, ElfSymbol symbol, Btf? btf)
    {
        if (symbol.SectionIndex <= 0 || symbol.SectionIndex >= file.Sections.Count) return null;
        ElfSection section = file.Sections[symbol.SectionIndex];
        return section.Name switch
        {
            ByBtf => Defined(symbol.Name, btf),
            ByStruct or "maps/" => Legacy(symbol, section, file.IsBigEndian),
            _ when IsVariables(section.Name) => Variables(file, section, btf),
            _ => null,
        };
    }

    /// <summary>Whether a symbol lies in a section of global variables: an offset into a value is meant, not a map.</summary>
    public static bool IsVariable(ElfFile file, ElfSymbol symbol) =>
        symbol.SectionIndex > 0 && symbol.SectionIndex < file.Sections.Count && IsVariables(file.Sections[symbol.SectionIndex].Name);

    private static bool IsVariables(string section) => section is ".data" or ".bss" or ".rodata"
        || section.StartsWith(".data.", StringComparison.Ordinal) || section.StartsWith(".bss.", StringComparison.Ordinal)
        || section.StartsWith(".rodata.", StringComparison.Ordinal);

    private static CodeMap Variables(ElfFile file, ElfSection section, Btf? btf)
    {
        uint type = btf is not null && btf.TryFind(section.Name, BtfKind.DataSec, out BtfType found) ? found.Id : 0;
        return new CodeMap
        {
            Name = section.Name,
            Type = BpfMapType.Array,
            KeySize = sizeof(uint),
            ValueSize = (uint)Math.Min(section.Size, uint.MaxValue),
            MaxEntries = 1,
            Btf = type == 0 ? null : btf,
            ValueTypeId = type,
            Content = section.Content,
            Variables = [.. file.Symbols.Where(s => s.SectionIndex == section.Index && s.Type == ObjectSymbol && s.Name.Length > 0)
                .Select(s => new CodeVariable(s.Name, (long)s.Value, (long)s.Size))],
        };
    }

    // struct bpf_map_def of libbpf before 1.0: type, key size, value size, entries, flags.
    private static CodeMap Legacy(ElfSymbol symbol, ElfSection section, bool isBigEndian)
    {
        if (section.Content.Length < 16 || symbol.Value > (ulong)section.Content.Length - 16) return new CodeMap { Name = symbol.Name };
        ReadOnlySpan<byte> definition = section.Content.Span[(int)symbol.Value..];
        return new CodeMap
        {
            Name = symbol.Name,
            Type = (BpfMapType)Number(definition),
            KeySize = Number(definition[4..]),
            ValueSize = Number(definition[8..]),
            MaxEntries = Number(definition[12..]),
            Flags = definition.Length < 20 ? MapFlags.None : (MapFlags)Number(definition[16..]),
        };

        uint Number(ReadOnlySpan<byte> at) =>
            isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(at) : BinaryPrimitives.ReadUInt32LittleEndian(at);
    }

    // __uint(type, N) is a pointer to an array of N elements, __type(key, T) a pointer to T (bpf_helpers.h).
    private static CodeMap Defined(string name, Btf? btf)
    {
        var map = new CodeMap { Name = name };
        if (btf is null || name.Length == 0 || !btf.TryFind(name, BtfKind.Var, out BtfType variable)) return map;
        BtfType definition = btf.Resolve(variable.TypeId);
        if (definition.Kind != BtfKind.Struct) return map;
        map = map with { Btf = btf };
        foreach (BtfMember member in definition.GetMembers())
        {
            BtfType pointer = btf.Resolve(member.TypeId);
            if (pointer.Kind != BtfKind.Ptr) continue;
            BtfType pointed = btf.Resolve(pointer.TypeId);
            uint number = pointed.Kind == BtfKind.Array ? pointed.Array.Count : 0;
            map = member.Name switch
            {
                "type" => map with { Type = (BpfMapType)number },
                "max_entries" => map with { MaxEntries = number },
                "map_flags" => map with { Flags = (MapFlags)number },
                "key_size" => map with { KeySize = number },
                "value_size" => map with { ValueSize = number },
                "key" => map with { KeyTypeId = pointer.TypeId, KeySize = (uint)btf.SizeOf(pointer.TypeId) },
                "value" => map with { ValueTypeId = pointer.TypeId, ValueSize = (uint)btf.SizeOf(pointer.TypeId) },
                _ => map,
            };
        }

        return map;
    }
}
