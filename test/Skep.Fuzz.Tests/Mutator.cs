using System.Buffers.Binary;

namespace Skep.Fuzz.Tests;

/// <summary>Makes inputs of a corpus by small changes. The same seed makes the same inputs.</summary>
internal sealed class Mutator(int seed, IReadOnlyList<byte[]> corpus, IReadOnlyList<byte[]> dictionary)
{
    private const int MostChanges = 5, MostBytes = 1 << 18;

    private static readonly long[] Numbers =
    [
        0, 1, -1, 2, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
        0xfffffff8, long.MaxValue, long.MinValue,
    ];

    private readonly Random _random = new(seed);

    public byte[] Next()
    {
        List<byte> input = [.. Any(corpus)];
        for (int changes = 1 + _random.Next(MostChanges); changes > 0; changes--) Change(input);
        if (input.Count > MostBytes) input.RemoveRange(MostBytes, input.Count - MostBytes);
        return [.. input];
    }

    private void Change(List<byte> input)
    {
        int at = _random.Next(input.Count + 1), length = Math.Min(Length(), input.Count - at);
        switch (_random.Next(10))
        {
            case 0 when at < input.Count:
                input[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when at < input.Count:
                input[at] = (byte)_random.Next(256);
                break;
            case 2:
                input.RemoveRange(at, length);
                break;
            case 3:
                input.InsertRange(_random.Next(input.Count + 1), input.GetRange(at, length));
                break;
            case 4:
                byte[] other = Any(corpus);
                int from = _random.Next(other.Length + 1);
                input.RemoveRange(at, input.Count - at);
                input.AddRange(other.AsSpan(from));
                break;
            case 5 when _random.Next(4) == 0:
                input.RemoveRange(at, input.Count - at);
                break;
            case 6:
                PutNumber(input);
                break;
            case 7 when dictionary.Count > 0:
                byte[] word = Any(dictionary);
                input.RemoveRange(at, Math.Min(word.Length, length));
                input.InsertRange(at, word);
                break;
            case 8 when _random.Next(8) == 0 && length > 0:
                List<byte> part = input.GetRange(at, length);
                for (int times = _random.Next(200); times > 0; times--) input.InsertRange(at, part);
                break;
            default:
                if (dictionary.Count > 0) input.InsertRange(at, Any(dictionary));
                else if (at < input.Count) input[at]++;
                break;
        }
    }

    /// <summary>Puts a number that matters to a reader where one may stand.</summary>
    private void PutNumber(List<byte> input)
    {
        int size = 1 << _random.Next(4);
        if (input.Count < size) return;
        int at = _random.Next((input.Count - size + 1 + size - 1) / size) * size;
        if (at + size > input.Count) return;
        long number = _random.Next(3) == 0 ? _random.Next(input.Count + 16) : Numbers[_random.Next(Numbers.Length)];
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        for (int i = 0; i < size; i++) input[at + i] = bytes[i];
    }

    private int Length() => _random.Next(4) == 0 ? _random.Next(4096) : 1 + _random.Next(16);

    private T Any<T>(IReadOnlyList<T> of) => of[_random.Next(of.Count)];
}
