using System.Text;

namespace Skep.Signing.Tls;

/// <summary>The characters of PEM, which is ASCII.</summary>
internal static class PemChars
{
    public static char[] Of(ReadOnlySpan<byte> bytes)
    {
        char[] chars = new char[bytes.Length];
        Encoding.Latin1.GetChars(bytes, chars);
        return chars;
    }
}
