using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Skep.Signing.Pem;

/// <summary>Reads the blocks of a PEM file. What is outside of blocks is explanatory text.</summary>
public static class PemReader
{
    private static ReadOnlySpan<byte> Begin => "-----BEGIN "u8;

    private static ReadOnlySpan<byte> End => "-----END "u8;

    private static ReadOnlySpan<byte> Dashes => "-----"u8;

    /// <summary>The whole blocks of a file, in its order.</summary>
    /// <param name="text">What is in the file.</param>
    public static IReadOnlyList<PemBlock> Read(ReadOnlySpan<byte> text)
    {
        var blocks = new List<PemBlock>();
        ReadOnlySpan<byte> label = default;
        int body = 0;
        bool isEncrypted = false;
        for (int at = 0, next; at < text.Length; at = next)
        {
            int length = text[at..].IndexOf((byte)'\n');
            next = length < 0 ? text.Length : at + length + 1;
            ReadOnlySpan<byte> line = text[at..next].TrimEnd(" \t\r\n"u8);
            if (TryLabel(line, Begin, out ReadOnlySpan<byte> begun))
            {
                label = begun;
                (body, isEncrypted) = (next, false);
            }
            else if (label.IsEmpty)
            {
                continue;
            }
            else if (TryLabel(line, End, out ReadOnlySpan<byte> ended))
            {
                if (ended.SequenceEqual(label))
                    blocks.Add(new PemBlock(Encoding.Latin1.GetString(label), Decode(text[body..at]), isEncrypted));
                label = default;
            }
            else if (line.Contains((byte)':'))
            {
                isEncrypted |= line.StartsWith("Proc-Type:"u8) && line.EndsWith("ENCRYPTED"u8);
                body = next;
            }
        }

        return blocks;
    }

    private static bool TryLabel(ReadOnlySpan<byte> line, ReadOnlySpan<byte> start, out ReadOnlySpan<byte> label)
    {
        bool found = line.Length > start.Length + Dashes.Length && line.StartsWith(start) && line.EndsWith(Dashes);
        label = found ? line[start.Length..^Dashes.Length] : default;
        return found;
    }

    private static byte[]? Decode(ReadOnlySpan<byte> base64)
    {
        byte[] bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        OperationStatus status = Base64.DecodeFromUtf8(base64, bytes, out int read, out int written);
        byte[]? der = status == OperationStatus.Done && read == base64.Length ? bytes[..written] : null;
        Array.Clear(bytes);
        return der;
    }
}
