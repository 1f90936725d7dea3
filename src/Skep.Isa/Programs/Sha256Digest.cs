namespace Skep.Isa;

/// <summary>SHA-256 of any bytes, without the OpenSSL that .NET's own would load and that a machine need not have.</summary>
public static class Sha256Digest
{
    /// <summary>Bytes in a digest.</summary>
    public const int Size = 32;

    private const int StateWords = 8;

    /// <summary>The digest of <paramref name="bytes"/>: <see cref="Size"/> bytes.</summary>
    public static byte[] Compute(ReadOnlySpan<byte> bytes)
    {
        Span<uint> state = stackalloc uint[StateWords];
        var sum = new BlockHash(sha256: true, state);
        sum.Add(bytes);
        var digest = new byte[Size];
        sum.Finish(bytes[(bytes.Length - (bytes.Length % BlockHash.BlockSize))..], bytes.Length, digest);
        return digest;
    }

    /// <summary>The digest in 64 hexadecimal digits, as sha256sum prints it.</summary>
    public static string Text(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(Compute(bytes));
}
