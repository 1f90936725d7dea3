using System.Buffers.Binary;
using Skep.Bpf.Elf;

namespace Skep.Debug.Tests.Machine;

/// <summary>
/// Object files whose pointers have the tags of <c>__kptr</c>. clang 14 does not write tags of types, but a typedef has the form of one
/// (Documentation/bpf/btf.rst of the kernel): those of the tags' names become tags.
/// </summary>
internal static class TaggedTypes
{
    private const uint Typedef = 8 << 24, TypeTag = 18 << 24;
    private const int TypesAt = 8, StringsAt = 16, StringsLengthAt = 20;

    internal static byte[] Object(byte[] file)
    {
        Assert.True(ElfFile.TryParse(file, out ElfFile? elf, out string? fault), fault);
        byte[] types = elf.Section(".BTF")!.Content.ToArray();
        int start = file.AsSpan().IndexOf(types);
        Span<byte> section = file.AsSpan(start, types.Length);
        int header = Number(section, 4), first = header + Number(section, TypesAt), strings = header + Number(section, StringsAt);
        foreach (string name in (string[])["\0kptr\0", "\0percpu_kptr\0"])
        {
            int text = section.Slice(strings, Number(section, StringsLengthAt)).IndexOf(System.Text.Encoding.ASCII.GetBytes(name)) + 1;
            for (int at = first; text > 0 && at < strings - sizeof(ulong); at += sizeof(uint))
                if (Number(section, at) == text && (uint)Number(section, at + 4) == Typedef)
                    BinaryPrimitives.WriteUInt32LittleEndian(section[(at + 4)..], TypeTag);
        }

        return file;
    }

    private static int Number(ReadOnlySpan<byte> section, int at) => BinaryPrimitives.ReadInt32LittleEndian(section[at..]);
}
