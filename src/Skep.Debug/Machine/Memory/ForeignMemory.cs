namespace Skep.Debug.Machine.Memory;

/// <summary>Memory of the kernel or of a process, as it was captured: read by the numbers that are its addresses.</summary>
/// <param name="Address">The address of the first byte.</param>
/// <param name="Bytes">The bytes.</param>
public sealed record MemoryRange(ulong Address, ReadOnlyMemory<byte> Bytes);

/// <summary>The ranges that a machine was given.</summary>
internal sealed class ForeignMemory(IReadOnlyList<MemoryRange> ranges)
{
    private readonly MemoryRange[] _ranges = [.. ranges.OrderBy(range => range.Address)];

    public bool TryRead(ulong address, int size, out ReadOnlySpan<byte> bytes)
    {
        int low = 0, high = _ranges.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if (_ranges[middle].Address <= address) low = middle + 1;
            else high = middle - 1;
        }

        bytes = default;
        if (high < 0) return false;
        ulong offset = address - _ranges[high].Address;
        if (offset + (ulong)size > (ulong)_ranges[high].Bytes.Length || offset + (ulong)size < offset) return false;
        bytes = _ranges[high].Bytes.Span.Slice((int)offset, size);
        return true;
    }
}
