using System.Text;

namespace Skep.Analysis.Decompile;

/// <summary>Text in bytes, as a string of C.</summary>
internal static class CString
{
    /// <summary>As much of a text as a comment shows.</summary>
    public const int LongestComment = 120;

    /// <summary>The literal; null when the bytes are no text.</summary>
    /// <param name="bytes">The text.</param>
    /// <param name="longest">Of a longer text, dots stand for the rest.</param>
    public static string? Of(ReadOnlySpan<byte> bytes, int longest)
    {
        var text = new StringBuilder("\"");
        foreach (byte b in bytes)
        {
            switch (b)
            {
                case (byte)'\n':
                    text.Append("\\n");
                    break;
                case (byte)'\t':
                    text.Append("\\t");
                    break;
                case (byte)'"' or (byte)'\\':
                    text.Append('\\').Append((char)b);
                    break;
                case >= 0x20 and < 0x7f:
                    text.Append((char)b);
                    break;
                default:
                    return null;
            }

            if (text.Length > longest) return text.Append("...\"").ToString();
        }

        return text.Append('"').ToString();
    }
}
