using System.Buffers.Binary;

namespace Skep.Bpf.Elf;

/// <summary>Numbers of an ELF file in the file's byte order.</summary>
/// <param name="isBigEndian">Whether the most significant byte comes first (<c>ELFDATA2MSB</c>).</param>
internal readonly struct ElfBytes(bool isBigEndian)
{
    public bool IsBigEndian => isBigEndian;

    public ushort U16(ReadOnlySpan<byte> at) =>
        isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(at) : BinaryPrimitives.ReadUInt16LittleEndian(at);

    public uint U32(ReadOnlySpan<byte> at) =>
        isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(at) : BinaryPrimitives.ReadUInt32LittleEndian(at);

    public ulong U64(ReadOnlySpan<byte> at) =>
        isBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(at) : BinaryPrimitives.ReadUInt64LittleEndian(at);

    /// <summary>
    /// Instructions as a little-endian machine has them: the fields swapped, and the two registers in their byte (struct bpf_insn).
    /// </summary>
    public static byte[] Instructions(ReadOnlySpan<byte> code)
    {
        const int Size = 8;
        byte[] swapped = code.ToArray();
        for (int at = 0; at + Size <= swapped.Length; at += Size)
        {
            Span<byte> word = swapped.AsSpan(at, Size);
            word[1] = (byte)((word[1] << 4) | (word[1] >> 4));
            word[2..4].Reverse();
            word[4..].Reverse();
        }

        return swapped;
    }

    /// <summary>
    /// BTF or its extension in little-endian: a header with a number of 16 bits first, then 32-bit numbers only, but for the strings
    /// (Documentation/bpf/btf.rst). What is too short or broken is given back as it is.
    /// </summary>
    public static byte[] Types(ReadOnlySpan<byte> section, bool hasStrings)
    {
        const int Header = 24, Word = 4;
        byte[] swapped = section.ToArray();
        if (swapped.Length < Header) return swapped;
        swapped.AsSpan(0, 2).Reverse();
        uint header = BinaryPrimitives.ReadUInt32BigEndian(section[Word..]);
        ulong strings = hasStrings ? (ulong)header + BinaryPrimitives.ReadUInt32BigEndian(section[16..]) : ulong.MaxValue;
        ulong after = hasStrings ? strings + BinaryPrimitives.ReadUInt32BigEndian(section[20..]) : ulong.MaxValue;
        for (int at = Word; at + Word <= swapped.Length; at += Word)
            if ((ulong)at < strings || (ulong)at >= after) swapped.AsSpan(at, Word).Reverse();
        return swapped;
    }
}
