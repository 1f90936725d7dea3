using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Contexts;

/// <summary>The packet of a run and the room around it.</summary>
internal sealed class PacketFrame
{
    /// <summary>The room that a frame has before and after the longest packet.</summary>
    public const int Headroom = 20 * 1024, Capacity = Headroom + (64 * 1024) + 4096;

    private const int DataAt = 0, EndAt = 1, MetaAt = 2, NetworkAt = 3, MacAt = 4, HardStartAt = 5, HardEndAt = 6, Fields = 7;

    private readonly IntTable _state;

    public PacketFrame(AddressSpace space)
    {
        _state = space.NewTable(Fields);
        Region = space.Add(new Region(space.NextId, RegionKind.Packet, "packet", space.NewBlock(Capacity)) { IsWritable = true });
    }

    public Region Region { get; }

    /// <summary>The places of the packet's first byte, of the one after its last, and of its metadata.</summary>
    public int Data => _state[DataAt];

    public int End => _state[EndAt];

    public int Meta => _state[MetaAt];

    public int Network => _state[NetworkAt];

    public int Mac => _state[MacAt];

    public int HardStart => _state[HardStartAt];

    public int HardEnd => _state[HardEndAt];

    public int Length => End - Data;

    public Span<byte> Bytes => Region.Bytes.AsSpan(Data, Length);

    /// <summary>Puts a packet into the frame.</summary>
    /// <param name="bytes">Metadata and packet.</param>
    /// <param name="headroom">Where they begin.</param>
    /// <param name="metadata">Bytes of metadata.</param>
    /// <param name="link">Bytes of the link layer's header that are not among the packet's data.</param>
    /// <param name="hardStart">The first byte that the packet may grow to.</param>
    /// <param name="hardEnd">The byte after the last.</param>
    public void Start(ReadOnlySpan<byte> bytes, int headroom, int metadata, int link, int hardStart, int hardEnd)
    {
        bytes.CopyTo(Region.Bytes.AsSpan(headroom));
        Region.MarkWritten(headroom, bytes.Length);
        (_state[HardStartAt], _state[HardEndAt]) = (hardStart, hardEnd);
        _state[MacAt] = headroom + metadata;
        _state[NetworkAt] = headroom + metadata + link;
        Set(headroom + metadata + link, headroom + bytes.Length, metadata == 0 ? headroom + link : headroom);
    }

    /// <summary>Moves the packet's ends.</summary>
    public void Set(int data, int end, int meta)
    {
        (_state[DataAt], _state[EndAt], _state[MetaAt]) = (data, end, meta);
        Restore();
    }

    public void SetHeaders(int mac, int network) => (_state[MacAt], _state[NetworkAt]) = (mac, network);

    /// <summary>Makes the region's bounds those of the state.</summary>
    public void Restore() => Region.SetBounds(Meta, End - Meta);

    public void Clear(int from, int length)
    {
        Region.Bytes.AsSpan(from, length).Clear();
        Region.MarkWritten(from, length);
    }

    public ulong AddressOf(int place) => AddressSpace.AddressOf(Region, place);
}
