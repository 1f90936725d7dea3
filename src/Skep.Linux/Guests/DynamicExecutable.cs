using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Skep.Linux.Guests;

/// <summary>What a 64-bit little-endian ELF file needs to run: elf(5), its program headers and its dynamic section.</summary>
/// <param name="Interpreter">The path of its dynamic linker (<c>PT_INTERP</c>); null for a library, and what is linked statically.</param>
/// <param name="Needed">The names of the libraries that it is linked with (<c>DT_NEEDED</c>).</param>
public sealed record DynamicExecutable(string? Interpreter, IReadOnlyList<string> Needed)
{
    private const int HeaderSize = 64, SegmentSize = 56, EntrySize = 16;
    private const uint Load = 1, Dynamic = 2, InterpreterSegment = 3;
    private const ulong NeededTag = 1, StringTableTag = 5;

    /// <summary>Reads a file. Bytes that are none such give a reason, never an exception.</summary>
    public static bool TryParse(ReadOnlySpan<byte> file, [NotNullWhen(true)] out DynamicExecutable? executable, out string reason)
    {
        executable = null;
        reason = "it is no 64-bit little-endian ELF file";
        if (file.Length < HeaderSize || !file.StartsWith<byte>([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1])) return false;
        ulong table = U64(file, 32);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(file[56..]);
        reason = "its program headers are outside of the file, or of another size";
        if (BinaryPrimitives.ReadUInt16LittleEndian(file[54..]) != SegmentSize) return false;
        if (table > (ulong)file.Length || (ulong)count * SegmentSize > (ulong)file.Length - table) return false;

        ReadOnlySpan<byte> headers = file.Slice((int)table, count * SegmentSize);
        string? interpreter = null;
        ReadOnlySpan<byte> dynamic = default;
        reason = "a segment is outside of the file";
        for (int at = 0; at < headers.Length; at += SegmentSize)
        {
            ReadOnlySpan<byte> header = headers[at..];
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(header);
            if (type is not (InterpreterSegment or Dynamic)) continue;
            if (!TrySlice(file, U64(header, 8), U64(header, 32), out ReadOnlySpan<byte> content)) return false;
            if (type == Dynamic) dynamic = content;
            else interpreter = Text(content);
        }

        reason = "its dynamic section has no string table";
        if (!TryReadNeeded(file, headers, dynamic, out List<string> needed)) return false;
        executable = new DynamicExecutable(interpreter, needed);
        reason = "";
        return true;
    }

    private static bool TryReadNeeded(
        ReadOnlySpan<byte> file, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> dynamic, out List<string> needed)
    {
        needed = [];
        ulong? strings = null;
        List<ulong> names = [];
        for (int at = 0; at + EntrySize <= dynamic.Length && U64(dynamic, at) is var tag and not 0; at += EntrySize)
        {
            if (tag == StringTableTag) strings = U64(dynamic, at + 8);
            else if (tag == NeededTag) names.Add(U64(dynamic, at + 8));
        }

        if (names.Count == 0) return true;
        if (strings is not { } address || OffsetOf(headers, address) is not { } offset || offset >= (ulong)file.Length) return false;
        foreach (ulong name in names)
        {
            if (name >= (ulong)file.Length - offset) return false;
            needed.Add(Text(file[(int)(offset + name)..]));
        }

        return true;
    }

    // Where in the file an address of memory comes from.
    private static ulong? OffsetOf(ReadOnlySpan<byte> headers, ulong address)
    {
        for (int at = 0; at < headers.Length; at += SegmentSize)
        {
            ReadOnlySpan<byte> header = headers[at..];
            if (BinaryPrimitives.ReadUInt32LittleEndian(header) != Load) continue;
            ulong from = U64(header, 16);
            if (address >= from && address - from < U64(header, 32)) return U64(header, 8) + (address - from);
        }

        return null;
    }

    private static bool TrySlice(ReadOnlySpan<byte> file, ulong offset, ulong size, out ReadOnlySpan<byte> slice)
    {
        bool fits = offset <= (ulong)file.Length && size <= (ulong)file.Length - offset;
        slice = fits ? file.Slice((int)offset, (int)size) : default;
        return fits;
    }

    private static ulong U64(ReadOnlySpan<byte> at, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(at[offset..]);

    private static string Text(ReadOnlySpan<byte> at)
    {
        int end = at.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? at : at[..end]);
    }
}
