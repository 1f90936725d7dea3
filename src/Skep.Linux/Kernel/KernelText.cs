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

    /// <summary>A path as /proc has it in lists of mounts: space, tab, newline and backslash are \ooo there (proc(5)).</summary>
    public static string UnescapePath(string path)
    {
        if (!path.Contains('\\', StringComparison.Ordinal)) return path;
        var text = new StringBuilder();
        for (int i = 0; i < path.Length; i++)
        {
            if (path[i] == '\\' && i + 3 < path.Length)
            {
                text.Append((char)Convert.ToInt32(path.Substring(i + 1, 3), 8));
                i += 3;
            }
            else
            {
                text.Append(path[i]);
            }
        }

        return text.ToString();
    }
}
