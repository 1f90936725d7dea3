using System;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Skep.Isa;

/// <summary>
/// SHA-1 and SHA-256 (FIPS 180-4) over whole blocks. Written out here because .NET's own call OpenSSL on Linux, a library that
/// a machine need not have.
/// </summary>
internal ref struct BlockHash
{
    public const int BlockSize = 64;

    /// <summary>The words of a state of SHA-256.</summary>
    public const int Sha256Words = 8;

    private readonly Span<uint> _state;
    private readonly bool _sha256;

    /// <param name="sha256">Which hash.</param>
    /// <param name="state">Room for eight words, five for SHA-1.</param>
    public BlockHash(bool sha256, Span<uint> state)
    {
        _sha256 = sha256;
        _state = state;
        (sha256 ? Sha256Start : Sha1Start).CopyTo(state);
    }

    private static ReadOnlySpan<uint> Sha1Start => [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];

    internal static ReadOnlySpan<uint> Sha256Start =>
        [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

    internal static ReadOnlySpan<uint> Sha256Keys =>
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    /// <summary>Takes in whole blocks.</summary>
    public readonly void Add(ReadOnlySpan<byte> blocks)
    {
        for (; blocks.Length >= BlockSize; blocks = blocks[BlockSize..])
        {
            if (_sha256)
                AddSha256(blocks[..BlockSize], _state);
            else
                AddSha1(blocks[..BlockSize], _state);
        }
    }

    /// <summary>Takes in the rest, shorter than a block, and the padding, and writes the digest.</summary>
    public readonly int Finish(ReadOnlySpan<byte> rest, long bytesInAll, Span<byte> digest)
    {
        Span<byte> last = stackalloc byte[2 * BlockSize];
        last.Clear();
        Add(last[..(Pad(rest, bytesInAll, last) * BlockSize)]);
        var words = _sha256 ? Sha256Words : 5;
        for (var i = 0; i < words; i++)
            BinaryPrimitives.WriteUInt32BigEndian(digest[(4 * i)..], _state[i]);
        return 4 * words;
    }

    /// <summary>Writes the last blocks: the rest, shorter than a block, and the padding.</summary>
    /// <param name="rest">The rest.</param>
    /// <param name="bytesInAll">How long the message is.</param>
    /// <param name="last">Room for two blocks, all zero.</param>
    /// <returns>How many there are.</returns>
    internal static int Pad(ReadOnlySpan<byte> rest, long bytesInAll, Span<byte> last)
    {
        rest.CopyTo(last);
        last[rest.Length] = 0x80;
        var count = rest.Length + 9 <= BlockSize ? 1 : 2;
        BinaryPrimitives.WriteInt64BigEndian(last[(count * BlockSize - 8)..], bytesInAll * 8);
        return count;
    }

    private static void AddSha1(ReadOnlySpan<byte> block, Span<uint> state)
    {
        Span<uint> w = stackalloc uint[80];
        for (var i = 0; i < 16; i++)
            w[i] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * i)..]);
        for (var i = 16; i < w.Length; i++)
            w[i] = BitOperations.RotateLeft(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        uint a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
        for (var i = 0; i < w.Length; i++)
        {
            var (f, k) = i switch
            {
                < 20 => ((b & c) | (~b & d), 0x5a827999u),
                < 40 => (b ^ c ^ d, 0x6ed9eba1u),
                < 60 => ((b & c) | (b & d) | (c & d), 0x8f1bbcdcu),
                _ => (b ^ c ^ d, 0xca62c1d6u),
            };
            var next = BitOperations.RotateLeft(a, 5) + f + e + k + w[i];
            (e, d, c, b, a) = (d, c, BitOperations.RotateLeft(b, 30), a, next);
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
    }

    private static void AddSha256(ReadOnlySpan<byte> block, Span<uint> state)
    {
        Span<uint> w = stackalloc uint[64];
        for (var i = 0; i < 16; i++)
            w[i] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * i)..]);
        for (var i = 16; i < w.Length; i++)
        {
            var s0 = BitOperations.RotateRight(w[i - 15], 7) ^ BitOperations.RotateRight(w[i - 15], 18) ^ (w[i - 15] >> 3);
            var s1 = BitOperations.RotateRight(w[i - 2], 17) ^ BitOperations.RotateRight(w[i - 2], 19) ^ (w[i - 2] >> 10);
            w[i] = w[i - 16] + s0 + w[i - 7] + s1;
        }

        uint a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
        for (var i = 0; i < w.Length; i += 8)
        {
            ReadOnlySpan<uint> added = w.Slice(i, 8), keys = Sha256Keys.Slice(i, 8);
            Round(a, b, c, ref d, e, f, g, ref h, keys[0] + added[0]);
            Round(h, a, b, ref c, d, e, f, ref g, keys[1] + added[1]);
            Round(g, h, a, ref b, c, d, e, ref f, keys[2] + added[2]);
            Round(f, g, h, ref a, b, c, d, ref e, keys[3] + added[3]);
            Round(e, f, g, ref h, a, b, c, ref d, keys[4] + added[4]);
            Round(d, e, f, ref g, h, a, b, ref c, keys[5] + added[5]);
            Round(c, d, e, ref f, g, h, a, ref b, keys[6] + added[6]);
            Round(b, c, d, ref e, f, g, h, ref a, keys[7] + added[7]);
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }

    // The words change places from round to round, in turn.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(uint a, uint b, uint c, ref uint d, uint e, uint f, uint g, ref uint h, uint added)
    {
        var s1 = BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25);
        var s0 = BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22);
        h += s1 + (g ^ (e & (f ^ g))) + added;
        d += h;
        h += s0 + ((a & b) | (c & (a | b)));
    }
}
