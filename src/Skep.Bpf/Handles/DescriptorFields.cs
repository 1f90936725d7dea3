using System.Buffers.Text;
using System.Globalization;
using Skep.Linux.Kernel;

namespace Skep.Bpf;

/// <summary>
/// What the kernel tells of a descriptor beside the object's information (/proc/self/fdinfo): its memory, whether it is frozen.
/// </summary>
public sealed class DescriptorFields
{
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

    internal static DescriptorFields Read(int fd) =>
        new(KernelFile.Bytes(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fdinfo/{fd}")).Value ?? []);

    /// <summary>
    /// The name of the anonymous inode behind a descriptor, which tells the kind of object; empty where /proc does not show it.
    /// </summary>
    internal static string Kind(int fd) => KernelFile.Link(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{fd}")).Value ?? "";
}
