using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>
/// The iterator of bits that are set (<c>struct bpf_iter_bits_kern</c> of kernel/bpf/helpers.c): the words, or the address of a copy of
/// them where there are several; how many bits; the bit that it is at.
/// </summary>
internal static class BitIteratorCalls
{
    private const int Size = 16, CountAt = 8, BitAt = 12, Word = sizeof(ulong), BitsOfWord = 64;

    // BITS_ITER_NR_WORDS_MAX
    private const uint MostWords = 511;

    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_iter_bits_new", state => (uint)New(state)),
        ("bpf_iter_bits_next", Next),
        ("bpf_iter_bits_destroy", Destroy),
    ];

    private static ulong New(MachineState state)
    {
        ulong source = state.Argument(2);
        uint words = state.Number(3);
        Set(state, 0, 0);
        if (source == 0 || words == 0) return unchecked((ulong)MapError.Invalid);
        if (words > MostWords) return unchecked((ulong)MapError.TooBig);
        int length = (int)words * Word;
        state.Blamed = 2;
        byte[] bits = state.Memory.Read(source, length).ToArray();
        Set(state, words == 1 ? BinaryPrimitives.ReadUInt64LittleEndian(bits) : Keep(state, bits), (int)words * BitsOfWord);
        return 0;
    }

    private static ulong Keep(MachineState state, byte[] bits)
    {
        var copy = new Region(state.Memory.NextId, RegionKind.Scratch, "bits of an iterator", state.Memory.NewBlock(bits.Length));
        copy.SetBounds(0, bits.Length);
        bits.CopyTo(copy.Bytes, 0);
        copy.MarkWritten(0, bits.Length);
        return AddressSpace.AddressOf(state.Memory.Add(copy), 0);
    }

    private static ulong Next(MachineState state)
    {
        ReadOnlySpan<byte> iterator = state.Read(1, Size);
        ulong words = BinaryPrimitives.ReadUInt64LittleEndian(iterator);
        int count = BinaryPrimitives.ReadInt32LittleEndian(iterator[CountAt..]);
        int bit = BinaryPrimitives.ReadInt32LittleEndian(iterator[BitAt..]);
        if (count == 0 || bit >= count) return 0;
        ReadOnlySpan<ulong> bits = count == BitsOfWord ? [words]
            : MemoryMarshal.Cast<byte, ulong>(state.Memory.Read(words, count / 8));
        bit = Following(bits, bit + 1);
        BinaryPrimitives.WriteInt32LittleEndian(state.Write(1, Size)[BitAt..], bit);
        return bit >= count ? 0 : state.Argument(1) + BitAt;
    }

    private static int Following(ReadOnlySpan<ulong> bits, int from)
    {
        for (int word = from / BitsOfWord; word < bits.Length; word++)
        {
            ulong left = word == from / BitsOfWord ? bits[word] >> (from % BitsOfWord) << (from % BitsOfWord) : bits[word];
            if (left != 0) return (word * BitsOfWord) + BitOperations.TrailingZeroCount(left);
        }

        return bits.Length * BitsOfWord;
    }

    private static ulong Destroy(MachineState state)
    {
        state.Read(1, Size);
        return 0;
    }

    private static void Set(MachineState state, ulong words, int count)
    {
        Span<byte> iterator = state.Write(1, Size);
        BinaryPrimitives.WriteUInt64LittleEndian(iterator, words);
        BinaryPrimitives.WriteInt32LittleEndian(iterator[CountAt..], count);
        BinaryPrimitives.WriteInt32LittleEndian(iterator[BitAt..], -1);
    }
}
