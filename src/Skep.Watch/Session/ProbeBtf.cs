using System.Buffers.Binary;
using System.Text;

namespace Skep.Watch.Session;

/// <summary>The BTF that libbpf loads to find out what the kernel can do: a header, types, and strings.</summary>
internal static class ProbeBtf
{
    private const uint Magic = 0xeb9f, HeaderLength = 24, LongHeaderLength = 32;

    // BTF_KIND_*, in the upper byte of a type's info
    private const uint Int = 1 << 24, Pointer = 2 << 24, Function = 12 << 24, Prototype = 13 << 24, Variable = 14 << 24, Section = 15 << 24,
        Float = 16 << 24, DeclTag = 17 << 24, TypeTag = 18 << 24, Enum64 = 19 << 24;

    // BTF_INT_SIGNED, and 32 bits
    private const uint Signed = 1 << 24 | 32;

    private static readonly byte[][] Known =
    [
        .. Of("\0int", 1, Int, 4, Signed),
        .. Of("\0int\0x\0a", 1, Int, 4, Signed, 0, Prototype | 1, 0, 7, 1, 5, Function, 2),
        .. Of("\0int\0x\0a", 1, Int, 4, Signed, 0, Prototype | 1, 0, 7, 1, 5, Function | 1, 2),
        .. Of("\0x\0.data", 0, Int, 4, Signed, 1, Variable, 1, 0, 3, Section | 1, 4, 2, 0, 4),
        .. Of("\0x\0?.data", 0, Int, 4, Signed, 1, Variable, 1, 0, 3, Section | 1, 4, 2, 0, 4),
        .. Of("\0float", 1, Float, 4),
        .. Of("\0tag", 0, Int, 4, Signed, 1, Variable, 1, 0, 1, DeclTag, 2, uint.MaxValue),
        .. Of("\0tag", 0, Int, 4, Signed, 1, TypeTag, 1, 0, Pointer, 2),
        .. Of("\0enum64", 1, Enum64, 8),
        .. Of("\0a\0b\0arg:ctx\0", 1, Int, 4, Signed, 0, Pointer, 0, 0, Prototype | 1, 1, 1, 2, 1, Function | 1, 3,
            0, Prototype | 1, 1, 3, 2, 3, Function | 1, 5, 5, DeclTag, 6, 0),
        WithLayout("\0int", [1, Int, 4, Signed], [0, 4]),
    ];

    /// <summary>Whether BTF is a probe's.</summary>
    public static bool IsOf(ReadOnlySpan<byte> btf)
    {
        foreach (byte[] known in Known)
            if (btf.SequenceEqual(known)) return true;
        return false;
    }

    // Before libbpf 1.8 and since.
    private static byte[][] Of(string strings, params uint[] types) =>
        [Join(strings, types, [], HeaderLength), Join(strings, types, [], LongHeaderLength)];

    private static byte[] WithLayout(string strings, uint[] types, uint[] layout) => Join(strings, types, layout, LongHeaderLength);

    // The strings end with the NUL of the C string that they are.
    private static byte[] Join(string strings, uint[] types, uint[] layout, uint header)
    {
        uint typeBytes = 4 * (uint)types.Length, layoutBytes = 4 * (uint)layout.Length, stringBytes = (uint)strings.Length + 1;
        uint[] head = [Magic | 1 << 16, header, 0, typeBytes, typeBytes + layoutBytes, stringBytes];
        uint[] tail = header == HeaderLength ? [] : [layoutBytes == 0 ? 0 : typeBytes, layoutBytes];
        uint[] words = [.. head, .. tail, .. types, .. layout];
        byte[] bytes = new byte[4 * words.Length + stringBytes];
        for (int i = 0; i < words.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * i), words[i]);
        Encoding.ASCII.GetBytes(strings, bytes.AsSpan(4 * words.Length));
        return bytes;
    }
}
