using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Maps;

/// <summary>An arena. Pages that are not allocated are zeros, as the kernel's faults give them; writes to them are kept.</summary>
internal sealed class ArenaMap : MachineMap
{
    private const int PageSize = 4096;

    private readonly Region _pages;
    private readonly IntTable _allocated;

    public ArenaMap(MapDefinition definition, AddressSpace space)
        : base(definition, space)
    {
        if ((ulong)definition.MaxEntries * PageSize > MapTable.MostBytes)
            throw new NotSupportedException($"create map {definition.Name}: {definition.MaxEntries} pages are more than a machine holds");
        if (space.Arena is not null)
            throw new NotSupportedException($"create map {definition.Name}: a machine has one arena, as a program has");
        var pages = new MapRegion(
            space.NextId, RegionKind.MapValue, $"arena {definition.Name}", space.NewBlock(CountOf(definition) * PageSize), this)
        {
            IsWritable = true,
            Base = (uint)definition.Extra,
        };
        pages.SetBounds(0, CountOf(definition) * PageSize);
        space.Arena = _pages = space.Add(pages);
        _allocated = space.NewTable(CountOf(definition));
    }

    internal override Region Values => _pages;

    /// <summary>The arena's bytes, to be filled before a run.</summary>
    public override long Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        value.CopyTo(_pages.Bytes);
        _pages.MarkWritten(0, value.Length);
        return 0;
    }

    public override byte[]? Get(ReadOnlySpan<byte> key) => _pages.Bytes.AsSpan().ToArray();

    /// <summary>Allocates pages in a row, at an address or, for 0, anywhere.</summary>
    /// <returns>The address; 0 when there is no room.</returns>
    public ulong Allocate(ulong address, uint count)
    {
        int pages = _allocated.Count;
        if (count == 0 || count > (uint)pages || address % PageSize != 0) return 0;
        if (address != 0)
        {
            long at = AddressSpace.OffsetOf(_pages, address) / PageSize;
            return at >= 0 && at + count <= pages && IsFree((int)at, (int)count) ? Take((int)at, (int)count) : 0;
        }

        for (int at = 0; at + count <= pages; at++)
            if (IsFree(at, (int)count)) return Take(at, (int)count);
        return 0;
    }

    public void Free(ulong address, uint count)
    {
        long at = AddressSpace.OffsetOf(_pages, address) / PageSize;
        for (long page = Math.Max(0, at); page < Math.Min(at + count, _allocated.Count); page++)
        {
            _allocated[(int)page] = 0;
            _pages.Bytes.AsSpan((int)page * PageSize, PageSize).Clear();
            _pages.MarkWritten((int)page * PageSize, PageSize);
        }
    }

    private bool IsFree(int at, int count)
    {
        for (int page = at; page < at + count; page++)
            if (_allocated[page] != 0) return false;
        return true;
    }

    private ulong Take(int at, int count)
    {
        for (int page = at; page < at + count; page++) _allocated[page] = 1;
        return AddressSpace.AddressOf(_pages, (long)at * PageSize);
    }
}
