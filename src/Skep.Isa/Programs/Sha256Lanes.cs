using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Skep.Isa;

/// <summary>SHA-256 (FIPS 180-4) of four messages at once, each in a lane of the processor's vectors.</summary>
internal static class Sha256Lanes
{
    /// <summary>The most messages.</summary>
    public const int Count = 4;

    private const int Block = BlockHash.BlockSize, LastBytes = 2 * Block, BlockWords = 16, ScheduleWords = 64;

    /// <summary>The digests of messages that lie one after the other.</summary>
    /// <param name="bytes">The messages.</param>
    /// <param name="first">Where the first begins.</param>
    /// <param name="ends">Where each ends.</param>
    /// <param name="digests">Takes the digests.</param>
    public static void Compute(ReadOnlySpan<byte> bytes, int first, ReadOnlySpan<int> ends, Span<byte> digests)
    {
        Span<Vector128<uint>> state = stackalloc Vector128<uint>[BlockHash.Sha256Words];
        Span<Vector128<uint>> schedule = stackalloc Vector128<uint>[ScheduleWords];
        Span<byte> last = stackalloc byte[Count * LastBytes];
        Span<int> starts = stackalloc int[Count], whole = stackalloc int[Count], blocks = stackalloc int[Count];
        last.Clear();
        blocks.Fill(1);
        var most = 0;
        for (var lane = 0; lane < ends.Length; lane++)
        {
            starts[lane] = lane == 0 ? first : ends[lane - 1];
            var message = bytes[starts[lane]..ends[lane]];
            whole[lane] = message.Length / Block;
            blocks[lane] = whole[lane]
                + BlockHash.Pad(message[(whole[lane] * Block)..], message.Length, last.Slice(lane * LastBytes, LastBytes));
            most = Math.Max(most, blocks[lane]);
        }
        for (var word = 0; word < state.Length; word++) state[word] = Vector128.Create(BlockHash.Sha256Start[word]);

        var words = MemoryMarshal.Cast<Vector128<uint>, uint>(schedule);
        Span<uint> goesOn = stackalloc uint[Count];
        for (var block = 0; block < most; block++)
        {
            for (var lane = 0; lane < Count; lane++)
            {
                goesOn[lane] = block < blocks[lane] ? uint.MaxValue : 0;
                var from = block < whole[lane] ? bytes.Slice(starts[lane] + block * Block, Block)
                    : last.Slice(lane * LastBytes + (Math.Min(block, blocks[lane] - 1) - whole[lane]) * Block, Block);
                for (var word = 0; word < BlockWords; word++)
                    words[Count * word + lane] = BinaryPrimitives.ReadUInt32BigEndian(from[(4 * word)..]);
            }
            Add(state, schedule, Vector128.Create<uint>(goesOn));
        }
        for (var lane = 0; lane < ends.Length; lane++)
        {
            for (var word = 0; word < state.Length; word++)
                BinaryPrimitives.WriteUInt32BigEndian(digests[(lane * Sha256Digest.Size + 4 * word)..], state[word][lane]);
        }
    }

    private static void Add(Span<Vector128<uint>> state, Span<Vector128<uint>> w, Vector128<uint> goesOn)
    {
        for (var i = BlockWords; i < w.Length; i++)
        {
            var s0 = RotateRight(w[i - 15], 7) ^ RotateRight(w[i - 15], 18) ^ (w[i - 15] >>> 3);
            var s1 = RotateRight(w[i - 2], 17) ^ RotateRight(w[i - 2], 19) ^ (w[i - 2] >>> 10);
            w[i] = w[i - 16] + s0 + w[i - 7] + s1;
        }

        Vector128<uint> a = state[0], b = state[1], c = state[2], d = state[3];
        Vector128<uint> e = state[4], f = state[5], g = state[6], h = state[7];
        var keys = BlockHash.Sha256Keys;
        for (var i = 0; i < w.Length; i++)
        {
            var s1 = RotateRight(e, 6) ^ RotateRight(e, 11) ^ RotateRight(e, 25);
            var s0 = RotateRight(a, 2) ^ RotateRight(a, 13) ^ RotateRight(a, 22);
            var first = h + s1 + (g ^ (e & (f ^ g))) + w[i] + Vector128.Create(keys[i]);
            (h, g, f, e) = (g, f, e, d + first);
            (d, c, b, a) = (c, b, a, first + s0 + ((a & b) | (c & (a | b))));
        }

        state[0] += a & goesOn;
        state[1] += b & goesOn;
        state[2] += c & goesOn;
        state[3] += d & goesOn;
        state[4] += e & goesOn;
        state[5] += f & goesOn;
        state[6] += g & goesOn;
        state[7] += h & goesOn;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> RotateRight(Vector128<uint> words, int bits) => (words >>> bits) | (words << (32 - bits));
}
