using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Skep.Agent.Export.Otlp;

/// <summary>Writes messages of Protocol Buffers (https://protobuf.dev/programming-guides/encoding/).</summary>
internal sealed class ProtoWriter
{
    private const int Varint = 0, Fixed64 = 1, Bytes = 2;
    private const int MostKept = 1 << 20;

    private byte[] _buffer = new byte[4096];
    private int _length;

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    /// <summary>Begins anew, in the same memory unless one message took much of it.</summary>
    public void Clear()
    {
        _length = 0;
        if (_buffer.Length > MostKept) _buffer = new byte[4096];
    }

    /// <summary>Begins a message within this one.</summary>
    /// <returns>Its place, for <see cref="End"/>.</returns>
    public int Begin(int field)
    {
        Tag(field, Bytes);
        Room(1)[0] = 0;
        return ++_length;
    }

    /// <summary>Ends a message.</summary>
    public void End(int begun)
    {
        int length = _length - begun, size = SizeOf((ulong)length);
        // One byte was left for its length.
        if (size > 1)
        {
            _ = Room(size - 1);
            _buffer.AsSpan(begun, length).CopyTo(_buffer.AsSpan(begun + size - 1));
        }

        int end = _length + size - 1;
        _length = begun - 1;
        Number((ulong)length);
        _length = end;
    }

    /// <summary>Writes text, also when it is empty.</summary>
    public void Text(int field, string text) => Text(field, "", text);

    /// <summary>Writes text of two parts.</summary>
    public void Text(int field, string begin, string end)
    {
        Tag(field, Bytes);
        int length = Encoding.UTF8.GetByteCount(begin) + Encoding.UTF8.GetByteCount(end);
        Number((ulong)length);
        Span<byte> room = Room(length);
        Encoding.UTF8.GetBytes(end, room[Encoding.UTF8.GetBytes(begin, room)..]);
        _length += length;
    }

    /// <summary>Writes an integer: int64, uint32, bool or an enumeration.</summary>
    public void Integer(int field, long value)
    {
        Tag(field, Varint);
        Number((ulong)value);
    }

    /// <summary>Writes a fixed64 or sfixed64.</summary>
    public void Fixed(int field, long value)
    {
        Tag(field, Fixed64);
        BinaryPrimitives.WriteInt64LittleEndian(Room(sizeof(long)), value);
        _length += sizeof(long);
    }

    /// <summary>Writes a double.</summary>
    public void Double(int field, double value) => Fixed(field, BitConverter.DoubleToInt64Bits(value));

    /// <summary>Writes fields that are encoded already.</summary>
    public void Encoded(ReadOnlySpan<byte> fields)
    {
        fields.CopyTo(Room(fields.Length));
        _length += fields.Length;
    }

    private static int SizeOf(ulong number) => (BitOperations.Log2(number | 1) + 7) / 7;

    private void Tag(int field, int type) => Number((ulong)(field << 3 | type));

    private void Number(ulong number)
    {
        Span<byte> to = Room(10);
        int i = 0;
        for (; number >= 0x80; number >>= 7) to[i++] = (byte)(number | 0x80);
        to[i++] = (byte)number;
        _length += i;
    }

    private Span<byte> Room(int bytes)
    {
        if (_buffer.Length - _length < bytes) Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + bytes));
        return _buffer.AsSpan(_length);
    }
}
