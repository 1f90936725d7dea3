using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Skep.Debug.Machine.Memory;

/// <summary>
/// The machine's memory. An address has the number of a region in its high half and, from <see cref="Bias"/>, the offset in its low half:
/// what is computed from it stays in the region, and a number is hardly ever an address.
/// </summary>
internal sealed class AddressSpace
{
    /// <summary>Where offset 0 of a region is in the low half; an offset below it is one before the region.</summary>
    public const uint Bias = 0x4000_0000;

    private const uint First = 0x7eb0_0000;
    private const int MostRegions = 1 << 16;
    private const int NullPage = 4096;
    private const int LongestSpecial = 4096;

    // What the numbers that are no region's stand for.
    private readonly Region _absent = new(-1, RegionKind.None, "nothing", []);
    private readonly ForeignMemory _foreign;
    private readonly Stack<int> _gaps = [];
    private readonly uint _offset;
    private Region[] _regions = new Region[64];

    /// <param name="foreign">Memory that is no region's.</param>
    /// <param name="offset">How much higher than <see cref="Bias"/> regions begin.</param>
    public AddressSpace(ForeignMemory foreign, uint offset = 0)
    {
        (_foreign, _offset) = (foreign, offset);
        Array.Fill(_regions, _absent);
    }

    /// <summary>All bytes that a checkpoint holds.</summary>
    public List<Block> Blocks { get; } = [];

    public Block NewBlock(int length)
    {
        var block = new Block(length);
        Blocks.Add(block);
        return block;
    }

    public IntTable NewTable(int count)
    {
        var table = new IntTable(count);
        Blocks.Add(table.Block);
        return table;
    }

    /// <summary>How many regions there are.</summary>
    public int Count { get; private set; }

    /// <summary>The number that the next region gets.</summary>
    public int NextId => _gaps.TryPeek(out int gap) ? gap : Count < MostRegions ? Count
        : throw new MachineStopException(FaultKind.NotSimulated, $"the machine has {MostRegions} regions of memory, and no more");

    public Region this[int id] => _regions[id];

    /// <summary>
    /// The arena of the programs. What is cast to the kernel's address space is 32 bits, which are an address in it
    /// (<c>BPF_PROBE_MEM32</c> of the JIT).
    /// </summary>
    public Region? Arena { get; set; }

    /// <summary>The address in the arena that 32 bits stand for.</summary>
    public ulong ToArena(ulong address) =>
        Arena is { } arena && address <= uint.MaxValue ? ((ulong)(First + (uint)arena.Id) << 32) | address : address;

    public T Add<T>(T region)
        where T : Region
    {
        if (region.Base == Bias) region.StartAt(Bias + _offset);
        if (_gaps.Count > 0) _regions[_gaps.Pop()] = region;
        else Append(region);
        return region;
    }

    private void Append(Region region)
    {
        if (Count == _regions.Length)
        {
            Array.Resize(ref _regions, Count * 2);
            _regions.AsSpan(Count).Fill(_absent);
        }

        _regions[Count++] = region;
    }

    /// <summary>Puts other regions and blocks in the place of those from a number on.</summary>
    public void Replace(int firstRegion, ReadOnlySpan<Region> regions, int firstBlock, ReadOnlySpan<Block> blocks)
    {
        _regions.AsSpan(firstRegion, Count - firstRegion).Fill(_absent);
        Count = firstRegion;
        _gaps.Clear();
        foreach (Region region in regions)
        {
            if (ReferenceEquals(region, _absent)) _gaps.Push(Count);
            Append(region);
        }

        Blocks.RemoveRange(firstBlock, Blocks.Count - firstBlock);
        Blocks.AddRange(blocks);
    }

    /// <summary>Forgets regions and blocks from a number on, but for what outlives a run; its addresses stay.</summary>
    public void Release(int firstRegion, int firstBlock)
    {
        Region[] regions = [.. From(firstRegion)];
        for (int i = 0; i < regions.Length; i++)
            if (regions[i] is not KeptRegion { IsLive: true }) regions[i] = _absent;
        int count = Array.FindLastIndex(regions, region => region is KeptRegion) + 1;
        Replace(firstRegion, regions.AsSpan(0, count), firstBlock, [.. regions.OfType<KeptRegion>().SelectMany(kept => kept.Blocks)]);
    }

    public ReadOnlySpan<Region> From(int first) => _regions.AsSpan(first, Count - first);

    public static ulong AddressOf(Region region, long offset) =>
        ((ulong)(First + (uint)region.Id) << 32) + region.Base + (ulong)offset;

    /// <summary>The region of an address; one of no kind for a number that is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Region RegionOf(ulong address)
    {
        uint id = (uint)(address >> 32) - First;
        Region[] regions = _regions;
        return id < (uint)regions.Length ? regions[id] : _absent;
    }

    public static long OffsetOf(Region region, ulong address) => (long)(uint)address - region.Base;

    /// <summary>Finds plain bytes that are in bounds and, of a stack, written.</summary>
    /// <param name="address">The address.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="region">The region.</param>
    /// <param name="index">The place in its bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryLocate(ulong address, int size, out Region region, out int index)
    {
        region = RegionOf(address);
        uint at = (uint)address - region.Start;
        index = (int)(at + region.Low);
        return (ulong)at + (uint)size <= region.Extent && (ulong)(at & region.StrideMask) + (uint)size <= region.ElementSize;
    }

    /// <summary>What a load of a byte, ushort, uint or ulong gives: more than its bits where the context holds a pointer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Load<T>(ulong address)
        where T : unmanaged
    {
        if (!TryLocate(address, Unsafe.SizeOf<T>(), out Region region, out int index)) return LoadElsewhere(address, Unsafe.SizeOf<T>());
        if (region.Written is { } written && Get<T>(written, index) != ulong.MaxValue >> (64 - (8 * Unsafe.SizeOf<T>())))
            throw Unwritten(region, index, Unsafe.SizeOf<T>());
        return Get<T>(region.Bytes, index);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store<T>(ulong address, ulong value)
        where T : unmanaged
    {
        if (!TryLocate(address, Unsafe.SizeOf<T>(), out Region region, out int index) || !region.IsWritable)
        {
            StoreElsewhere(address, Unsafe.SizeOf<T>(), value);
            return;
        }

        Set<T>(region.Bytes, index, value);
        region.Dirty[index >> Block.PageBits] = true;
        region.Dirty[(index + Unsafe.SizeOf<T>() - 1) >> Block.PageBits] = true;
        if (region.Written is { } written) Set<T>(written, index, ulong.MaxValue);
    }

    /// <summary>Bytes that a call reads.</summary>
    public ReadOnlySpan<byte> Read(ulong address, int size)
    {
        if (size == 0) return [];
        if (!TryLocate(ToArena(address), size, out Region region, out int index))
        {
            if (region.Kind == RegionKind.None && _foreign.TryRead(address, size, out ReadOnlySpan<byte> foreign)) return foreign;
            if (region.Special is not null && size <= LongestSpecial) return ReadSpecial(region, region.Special, address, size);
            throw Refused(address, size, write: false);
        }

        if (region.Written is { } written && !IsWritten(written.AsSpan(index, size))) throw Unwritten(region, index, size);
        return region.Bytes.AsSpan(index, size);
    }

    /// <summary>Bytes that a call writes all of.</summary>
    public Span<byte> Write(ulong address, int size)
    {
        if (size == 0) return [];
        if (!TryLocate(ToArena(address), size, out Region region, out int index) || !region.IsWritable)
            throw Refused(address, size, write: true);
        region.MarkWritten(index, size);
        return region.Bytes.AsSpan(index, size);
    }

    /// <summary>Memory that is no region's, by the number; false when it was not given.</summary>
    public bool TryReadForeign(ulong address, int size, out ReadOnlySpan<byte> bytes) => _foreign.TryRead(address, size, out bytes);

    /// <summary>Why an access is refused.</summary>
    public MachineStopException Refused(ulong address, int size, bool write)
    {
        Region region = RegionOf(address);
        string access = write ? $"writes {size} bytes" : $"reads {size} bytes";
        if (region.Kind == RegionKind.None)
        {
            return address < NullPage
                ? new MachineStopException(FaultKind.NullPointer, $"{access} by a null pointer (0x{address:x})")
                : new MachineStopException(FaultKind.InvalidAddress, $"{access} at 0x{address:x}, which is the address of nothing here");
        }

        long offset = OffsetOf(region, address);
        if (region.Special is not null)
            return new MachineStopException(FaultKind.InvalidArgument, $"{access} at offset {offset} of the {region.Name}", region.Name);
        if (region.Kind is RegionKind.Map or RegionKind.Function)
            return new MachineStopException(FaultKind.InvalidAddress, $"{access} of {region.Name}, which is no memory", region.Name);
        if (region.StrideMask == uint.MaxValue || region.Extent == 0)
        {
            bool inside = offset >= region.Low && offset + size <= region.Low + (long)region.Extent;
            return inside
                ? new MachineStopException(FaultKind.ReadOnly, $"{access} at offset {offset - region.Low} of the {region.Name}, which is "
                    + "only read", region.Name)
                : new MachineStopException(FaultKind.OutOfBounds, $"{access} at offset {offset - region.Low} of the {region.Name}, which "
                    + (region.Extent == 0 ? "is not there any more" : $"has {region.Extent}"), region.Name);
        }

        long element = Math.Min(Math.Max(0, offset), Math.Max(0L, region.Extent - 1L)) & ~(long)region.StrideMask;
        return offset >= 0 && offset - element + size <= region.ElementSize && offset < region.Extent
            ? new MachineStopException(FaultKind.ReadOnly, $"{access} at offset {offset - element} of a {region.Name}, which is only read",
                region.Name)
            : new MachineStopException(FaultKind.OutOfBounds, $"{access} at offset {offset - element} of a {region.Name}, which has "
                + $"{region.ElementSize}", region.Name);
    }

    private static bool IsWritten(ReadOnlySpan<byte> written) => !written.ContainsAnyExcept((byte)0xff);

    private static MachineStopException Unwritten(Region region, int index, int size)
    {
        int first = region.Written!.AsSpan(index, size).IndexOf((byte)0);
        bool isStack = region.Kind == RegionKind.Stack;

        // Of a stack, the distance to the frame pointer.
        int offset = isStack ? index - (int)region.Low - (int)region.Extent : (int)((uint)index & region.StrideMask);
        return new MachineStopException(isStack ? FaultKind.UninitializedStack : FaultKind.UninitializedObject,
            $"reads {size} bytes at offset {offset} of the {region.Name}, of which byte {first} was not written", region.Name);
    }

    private static byte[] ReadSpecial(Region region, SpecialAccess special, ulong address, int size)
    {
        var bytes = new byte[size];
        for (int i = 0; i < size; i++) bytes[i] = (byte)special.Load(OffsetOf(region, address) + i, 1);
        return bytes;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Get<T>(byte[] bytes, int index)
        where T : unmanaged
    {
        ref byte at = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(bytes), index);
        if (typeof(T) == typeof(byte)) return at;
        if (typeof(T) == typeof(ushort)) return Unsafe.ReadUnaligned<ushort>(ref at);
        return typeof(T) == typeof(uint) ? Unsafe.ReadUnaligned<uint>(ref at) : Unsafe.ReadUnaligned<ulong>(ref at);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Set<T>(byte[] bytes, int index, ulong value)
        where T : unmanaged
    {
        ref byte at = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(bytes), index);
        if (typeof(T) == typeof(byte)) at = (byte)value;
        else if (typeof(T) == typeof(ushort)) Unsafe.WriteUnaligned(ref at, (ushort)value);
        else if (typeof(T) == typeof(uint)) Unsafe.WriteUnaligned(ref at, (uint)value);
        else Unsafe.WriteUnaligned(ref at, value);
    }

    private ulong LoadElsewhere(ulong address, int size)
    {
        Region region = RegionOf(address);
        if (region.Special is { } special) return special.Load(OffsetOf(region, address), size);
        if (region.Kind != RegionKind.None) throw Refused(address, size, write: false);
        ReadOnlySpan<byte> bytes = Read(address, size);
        return size switch
        {
            1 => bytes[0],
            2 => MemoryMarshal.Read<ushort>(bytes),
            4 => MemoryMarshal.Read<uint>(bytes),
            _ => MemoryMarshal.Read<ulong>(bytes),
        };
    }

    private void StoreElsewhere(ulong address, int size, ulong value)
    {
        Region region = RegionOf(address);
        if (region.Special is { } special) special.Store(OffsetOf(region, address), size, value);
        else if (ToArena(address) is var moved && moved != address) MemoryMarshal.AsBytes(new Span<ulong>(ref value))[..size]
            .CopyTo(Write(moved, size));
        else throw Refused(address, size, write: true);
    }
}
