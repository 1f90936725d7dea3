namespace Skep.Output;

/// <summary>Bytes as bpftool prints them: 16 a line, a wider gap after 8.</summary>
public static class HexText
{
    private const int PerLine = 16, PerHalf = 8;

    public static void Write(TextWriter output, ReadOnlySpan<byte> bytes)
    {
        const string digits = "0123456789abcdef";
        for (int i = 0; i < bytes.Length; i++)
        {
            if (i == 0) { }
            else if (i % PerLine == 0) output.Write('\n');
            else output.Write(i % PerHalf == 0 ? "  " : " ");
            output.Write(digits[bytes[i] >> 4]);
            output.Write(digits[bytes[i] & 0xf]);
        }
    }
}
