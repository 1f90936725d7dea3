namespace Skep.Analysis.Decompile;

/// <summary>Words that the text uses by themselves: nothing in it may be called so.</summary>
internal static class CWords
{
    /// <summary>C's keywords, the integer types, and the names of what BPF does and C does not.</summary>
    public static readonly string[] Reserved =
    [
        "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern", "float", "for", "goto",
        "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed", "sizeof", "static", "struct", "switch",
        "typedef", "union", "unsigned", "void", "volatile", "while", "asm", "typeof", "bool", "true", "false", "nullptr", "constexpr",
        "thread_local", "alignas", "alignof", "static_assert", "typeof_unqual", "u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64",
        "frame", "may_goto", "load_acquire", "store_release", "addr_space_cast", "this_cpu_address", "htobe16", "htobe32", "htobe64",
        "htole16", "htole32", "htole64", "bswap_16", "bswap_32", "bswap_64", "load_packet_u8", "load_packet_u16", "load_packet_u32",
        "divide_u32", "divide_u64", "divide_s32", "divide_s64", "modulo_u32", "modulo_u64", "modulo_s32", "modulo_s64",
        "atomic_fetch_add", "atomic_fetch_and", "atomic_fetch_or", "atomic_fetch_xor", "atomic_exchange", "atomic_compare_exchange",
    ];
}
