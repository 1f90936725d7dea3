using System.Buffers.Binary;

namespace Skep.Bpf.Core;

/// <summary>What a CO-RE relocation asks of the kernel's types (<c>enum bpf_core_relo_kind</c>, include/uapi/linux/bpf.h).</summary>
internal enum CoreRelocationKind : uint
{
    FieldByteOffset = 0,
    FieldByteSize = 1,
    FieldExists = 2,
    TypeExists = 8,
    TypeSize = 9,
    EnumerationExists = 10,
    EnumerationValue = 11,
}

/// <summary>A place of code that depends on the running kernel's types (<c>struct bpf_core_relo</c>).</summary>
/// <param name="Offset">Bytes from the start of the section.</param>
/// <param name="TypeId">The type in the object's own BTF.</param>
/// <param name="Access">The way into it: <c>0:1:2</c>.</param>
/// <param name="Kind">What is asked.</param>
internal readonly record struct CoreRelocation(uint Offset, uint TypeId, string Access, CoreRelocationKind Kind)
{
    private const int HeaderSize = 32, CoreOffset = 24, CoreLength = 28, SectionHeaderSize = 8, RecordSize = 16;

    /// <summary>The relocations of a section, from <c>.BTF.ext</c> (Documentation/bpf/btf.rst).</summary>
    /// <exception cref="InvalidDataException">It is not well-formed.</exception>
    public static List<CoreRelocation> Read(ReadOnlySpan<byte> ext, Btf own, string section)
    {
        var found = new List<CoreRelocation>();
        if (ext.Length < 8 || BinaryPrimitives.ReadUInt16LittleEndian(ext) != Btf.Magic) throw Broken();
        int header = BinaryPrimitives.ReadInt32LittleEndian(ext[4..]);
        if (header < HeaderSize) return found;
        if (ext.Length < header) throw Broken();
        int start = BinaryPrimitives.ReadInt32LittleEndian(ext[CoreOffset..]),
            length = BinaryPrimitives.ReadInt32LittleEndian(ext[CoreLength..]);
        if (length == 0) return found;
        if (start < 0 || length < 4 || (long)header + start + length > ext.Length) throw Broken();
        ReadOnlySpan<byte> rest = ext.Slice(header + start, length);
        if (BinaryPrimitives.ReadInt32LittleEndian(rest) != RecordSize) throw Broken();
        rest = rest[4..];
        while (rest.Length >= SectionHeaderSize)
        {
            string name = own.StringAt(BinaryPrimitives.ReadUInt32LittleEndian(rest));
            long bytes = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]) * (long)RecordSize;
            rest = rest[SectionHeaderSize..];
            if (bytes > rest.Length) throw Broken();
            if (name == section)
            {
                for (int at = 0; at < bytes; at += RecordSize)
                {
                    found.Add(new CoreRelocation(
                        BinaryPrimitives.ReadUInt32LittleEndian(rest[at..]),
                        BinaryPrimitives.ReadUInt32LittleEndian(rest[(at + 4)..]),
                        own.StringAt(BinaryPrimitives.ReadUInt32LittleEndian(rest[(at + 8)..])),
                        (CoreRelocationKind)BinaryPrimitives.ReadUInt32LittleEndian(rest[(at + 12)..])));
                }
            }

            rest = rest[(int)bytes..];
        }

        return found;
    }

    private static InvalidDataException Broken() => new("read the relocations of a BPF object: .BTF.ext is not well-formed");
}
