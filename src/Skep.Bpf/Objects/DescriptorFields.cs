using System.Buffers.Text;
using System.Globalization;
using Skep.Bpf.Interop;

namespace Skep.Bpf;

/// <summary>What the kernel tells of a descriptor beside the object's information (/proc/self/fdinfo): its memory, whether it is frozen.</summary>
public sealed unsafe class DescriptorFields
{
    // bpf_map_show_fdinfo prints about 300 bytes.
    private const int Capacity = 4096;

    private readonly byte[] _text;

    private DescriptorFields(byte[] text) => _text = text;

    /// <summary>A field's number; null where this kernel does not tell it.</summary>
    /// <param name="name">As the kernel prints it: <c>memlock</c>, <c>frozen</c>, <c>owner_prog_type</c>.</param>
    public long? Number(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> text = _text;
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (line.Length <= name.Length || !line.StartsWith(name) || line[name.Length] != ':') continue;
            ReadOnlySpan<byte> value = line[(name.Length + 1)..].Trim(" \t"u8);
            return Utf8Parser.TryParse(value, out long number, out int used) && used == value.Length ? number : null;
        }

        return null;
    }

    internal static DescriptorFields Read(int fd)
    {
        byte* buffer = stackalloc byte[Capacity];
        int file = Libc.open(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fdinfo/{fd}"), Libc.O_RDONLY | Libc.O_CLOEXEC);
        if (file < 0) return new DescriptorFields([]);
        nint length = Libc.read(file, buffer, Capacity);
        _ = Libc.close(file);
        return new DescriptorFields(length > 0 ? new ReadOnlySpan<byte>(buffer, (int)length).ToArray() : []);
    }
}
