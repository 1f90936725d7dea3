using System.Buffers.Binary;

namespace Skep.Filter.Runtime.Generate;

/// <summary>Frames as the map of <see cref="FrameSender"/> holds them: each a length and its bytes.</summary>
public sealed class FrameBuffer
{
    private readonly byte[] _keys;
    private readonly byte[] _values;

    internal FrameBuffer(int longest, int most)
    {
        Most = most;
        Stride = (FramePrograms.LengthBytes + longest + 7) & ~7;
        _keys = new byte[4 * most];
        _values = new byte[Stride * most];
        for (var i = 0; i < most; i++) BinaryPrimitives.WriteInt32LittleEndian(_keys.AsSpan(4 * i), i);
    }

    /// <summary>How many it can hold.</summary>
    public int Most { get; }

    /// <summary>How many it holds.</summary>
    public int Count { get; private set; }

    internal int Stride { get; }

    internal ReadOnlySpan<byte> Keys => _keys.AsSpan(0, 4 * Count);

    internal ReadOnlySpan<byte> Values => _values.AsSpan(0, Stride * Count);

    /// <summary>Where the next frame is to be written.</summary>
    public Span<byte> NextFrame => _values.AsSpan(Stride * Count + FramePrograms.LengthBytes, Stride - FramePrograms.LengthBytes);

    /// <summary>Empties it.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds what was written to <see cref="NextFrame"/>.</summary>
    /// <param name="length">Its length.</param>
    public void Add(int length) => BinaryPrimitives.WriteInt32LittleEndian(_values.AsSpan(Stride * Count++), length);
}
