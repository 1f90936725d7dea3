using System.Text;

namespace Skep.Linux.Kernel;

/// <summary>Strings of fixed fields, which end at a NUL or at the field's end. Bytes that are no UTF-8 become U+FFFD.</summary>
public static class KernelText
{
    public static string Read(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]);
    }

    /// <summary>A path given as its components, the last one first, each with a NUL.</summary>
    public static string ReadReversedPath(ReadOnlySpan<byte> components)
    {
        if (components.IsEmpty) return "/";
        var path = new StringBuilder();
        while (!components.IsEmpty)
        {
            int start = components[..^1].LastIndexOf((byte)0) + 1;
            path.Append('/').Append(Encoding.UTF8.GetString(components[start..^1]));
            components = components[..start];
        }

        return path.ToString();
    }
}
