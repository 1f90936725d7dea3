using System.Text;

namespace Skep.Watch.Decompile;

/// <summary>Text in bytes, as a string of C.</summary>
internal static class CString
{
    private const int LongestText = 120;

    /// <summary>The literal; null when the bytes are no text.</summary>
    public static string? Of(ReadOnlySpan<byte> bytes)
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

            if (text.Length > LongestText) return text.Append("...\"").ToString();
        }

        return text.Append('"').ToString();
    }
}
