namespace Skep.Agent.Export.Otlp;

/// <summary>
/// Reads a message of Protocol Buffers (https://protobuf.dev/programming-guides/encoding/) that somebody else sent. No bytes make it throw:
/// it ends at what is not whole.
/// </summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;

    /// <summary>The number of the field.</summary>
    public int Field { get; private set; }

    /// <summary>Its value when it is a number.</summary>
    public long Number { get; private set; }

    /// <summary>Its value when it is text, bytes or a message.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Goes to the next field.</summary>
    /// <returns>Whether there is one.</returns>
    public bool Next()
    {
        Number = 0;
        Bytes = default;
        if (!Varint(out ulong tag)) return false;
        Field = (int)(tag >> 3);
        switch (tag & 7)
        {
            case 0:
                if (!Varint(out ulong number)) return false;
                Number = (long)number;
                return true;
            case 1: return Skip(sizeof(ulong));
            case 5: return Skip(sizeof(uint));
            case 2:
                if (!Varint(out ulong length) || length > (ulong)_rest.Length) return false;
                Bytes = _rest[..(int)length];
                return Skip((int)length);
            default: return false;
        }
    }

    private bool Skip(int bytes)
    {
        if (_rest.Length < bytes) return false;
        _rest = _rest[bytes..];
        return true;
    }

    private bool Varint(out ulong number)
    {
        number = 0;
        for (int shift = 0; shift < 64 && !_rest.IsEmpty; shift += 7)
        {
            byte one = _rest[0];
            _rest = _rest[1..];
            number |= (ulong)(one & 0x7f) << shift;
            if (one < 0x80) return true;
        }

        return false;
    }
}
