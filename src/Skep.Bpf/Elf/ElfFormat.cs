namespace Skep.Bpf.Elf;

/// <summary>Numbers of elf(5), by their C names.</summary>
internal static class ElfFormat
{
    internal const int HeaderSize = 64, SectionHeaderSize = 64, SymbolSize = 24, RelocationSize = 16;
    internal const byte ELFCLASS64 = 2, ELFDATA2LSB = 1, ELFDATA2MSB = 2, EV_CURRENT = 1;
    internal const ushort ET_REL = 1, EM_NONE = 0, EM_BPF = 247;
    internal const uint SHT_NULL = 0, SHT_PROGBITS = 1, SHT_SYMTAB = 2, SHT_STRTAB = 3, SHT_RELA = 4, SHT_NOBITS = 8, SHT_REL = 9;
    internal const ulong SHF_WRITE = 1, SHF_ALLOC = 2, SHF_EXECINSTR = 4, SHF_INFO_LINK = 0x40;
    internal const uint SHN_XINDEX = 0xffff;
    internal const int STB_LOCAL = 0, STB_GLOBAL = 1, STT_NOTYPE = 0, STT_OBJECT = 1, STT_FUNC = 2, STT_SECTION = 3;
    internal const uint R_BPF_64_64 = 1, R_BPF_64_32 = 10;
}
