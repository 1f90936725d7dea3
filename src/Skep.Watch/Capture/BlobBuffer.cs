namespace Skep.Watch.Capture;

/// <summary>A part of a process's memory, put together from the pieces that the kernel side sent.</summary>
internal sealed class BlobBuffer
{
    /// <summary>No blob is larger: 2^20 instructions.</summary>
    public const uint Limit = 8 << 20;

    private byte[] _bytes = [];
    private uint _first = uint.MaxValue;
    private uint _end;

    public BlobBuffer(uint total) => Total = total;

    /// <summary>Bytes of the whole, as far as known: of a string without a length it grows.</summary>
    public uint Total { get; private set; }

    /// <summary>Position of the first byte that was sent: not 0 when only the end was.</summary>
    public uint First => _first == uint.MaxValue ? 0 : _first;

    /// <summary>Pages that were not in memory when they were read.</summary>
    public int MissingPages { get; private set; }

    /// <summary>Whether all of it was sent and read, without a gap.</summary>
    public bool IsWhole => First == 0 && _end == Total && MissingPages == 0;

    /// <summary>What was sent, from <see cref="First"/> on; zero where a page could not be read.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, (int)Math.Min(Total - First, (uint)_bytes.Length));

    public void Add(in BlobRecord header, ReadOnlySpan<byte> bytes)
    {
        Total = Math.Max(Total, header.Total);
        for (uint missing = header.Missing; missing != 0; missing &= missing - 1) MissingPages++;
        AddRead(header.Offset, bytes);
    }

    public void AddRead(uint offset, ReadOnlySpan<byte> bytes)
    {
        if (_first == uint.MaxValue) _first = _end = offset;
        if (offset < _first || (ulong)offset + (ulong)bytes.Length > (ulong)_first + Limit) return;
        int at = (int)(offset - _first);
        if (at + bytes.Length > _bytes.Length)
        {
            int size = (int)Math.Min(Math.Max(Total - _first, (uint)(at + bytes.Length)), Limit);
            Array.Resize(ref _bytes, Math.Max(size, at + bytes.Length));
        }

        bytes.CopyTo(_bytes.AsSpan(at));
        if (offset <= _end) _end = Math.Max(_end, offset + (uint)bytes.Length);
    }
}
