using Skep.Isa;

namespace Skep.Agent.Alerts.Send;

/// <summary>HMAC with SHA-256 (RFC 2104), in hexadecimal digits.</summary>
internal static class HmacSha256
{
    private const int BlockBytes = 64;

    /// <summary>Computes it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="message">The message.</param>
    public static string Text(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message)
    {
        byte[] inner = new byte[BlockBytes + message.Length], outer = new byte[BlockBytes + Sha256Digest.Size];
        ReadOnlySpan<byte> used = key.Length > BlockBytes ? Sha256Digest.Compute(key) : key;
        used.CopyTo(inner);
        used.CopyTo(outer);
        for (int i = 0; i < BlockBytes; i++)
        {
            inner[i] ^= 0x36;
            outer[i] ^= 0x5c;
        }

        message.CopyTo(inner.AsSpan(BlockBytes));
        Sha256Digest.Compute(inner).CopyTo(outer, BlockBytes);
        return Sha256Digest.Text(outer);
    }
}
