using System;

namespace Skep.Isa;

/// <summary>SHA-256 of any bytes, without the OpenSSL that .NET's own would load and that a machine need not have.</summary>
public static class Sha256Digest
{
    /// <summary>Bytes in a digest.</summary>
    public const int Size = 32;

    /// <summary>The digest of <paramref name="bytes"/>: <see cref="Size"/> bytes.</summary>
    public static byte[] Compute(ReadOnlySpan<byte> bytes)
    {
        Span<uint> state = stackalloc uint[BlockHash.Sha256Words];
        var sum = new BlockHash(sha256: true, state);
        sum.Add(bytes);
        var digest = new byte[Size];
        sum.Finish(bytes[(bytes.Length - (bytes.Length % BlockHash.BlockSize))..], bytes.Length, digest);
        return digest;
    }

    /// <summary>The digests of messages that lie one after the other in <paramref name="bytes"/>, some at once.</summary>
    /// <param name="bytes">The messages.</param>
    /// <param name="ends">Where each ends.</param>
    /// <param name="digests">Takes <see cref="Size"/> bytes for each.</param>
    public static void Compute(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> ends, Span<byte> digests)
    {
        for (int at = 0, first = 0; at < ends.Length; at += Sha256Lanes.Count)
        {
            var own = ends.Slice(at, Math.Min(Sha256Lanes.Count, ends.Length - at));
            Sha256Lanes.Compute(bytes, first, own, digests.Slice(at * Size, own.Length * Size));
            first = own[^1];
        }
    }

    /// <summary>The digest in 64 hexadecimal digits, as sha256sum prints it.</summary>
    public static string Text(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(Compute(bytes));
}
