using System.Buffers.Binary;
using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Contexts;

/// <summary><c>struct xdp_md</c>.</summary>
internal sealed class XdpContext : MachineContext
{
    /// <summary>The shortest frame (<c>ETH_HLEN</c>).</summary>
    public const int ShortestPacket = 14;

    // XDP_PACKET_HEADROOM; sizeof(struct xdp_frame), which is kept before the packet; a page less struct skb_shared_info.
    private const int XdpHeadroom = 256, FrameHead = 40, HardEnd = 4096 - 320;
    private const int Size = 24;
    private const int Data = 0, DataEnd = 4, DataMeta = 8, IngressIfIndex = 12, RxQueueIndex = 16, EgressIfIndex = 20;

    private readonly PacketFrame _packet;
    private readonly XdpBuffer? _buffer;
    private readonly byte[] _given = new byte[Size];
    private uint _ingress;
    private uint _queue;
    private uint _egress;

    /// <param name="space">The memory.</param>
    /// <param name="isTranslated">Whether programs see the kernel's own structure.</param>
    public XdpContext(AddressSpace space, bool isTranslated)
    {
        string name = isTranslated ? "context (xdp_buff)" : "context (xdp_md)";
        Region = space.Add(new Region(space.NextId, RegionKind.Context, name, []) { Special = this });
        _packet = new PacketFrame(space);
        if (isTranslated) _buffer = new XdpBuffer(space, this);
    }

    /// <summary>The context of a frame without metadata.</summary>
    public static byte[] Given(int length, uint ingress)
    {
        var context = new byte[Size];
        BinaryPrimitives.WriteInt32LittleEndian(context.AsSpan(DataEnd), length);
        BinaryPrimitives.WriteUInt32LittleEndian(context.AsSpan(IngressIfIndex), ingress);
        return context;
    }

    public uint Ingress => _ingress;

    public uint Queue => _queue;

    public uint Egress => _egress;

    public override Region Region { get; }

    public override PacketFrame Packet => _packet;

    public override void Start(MachineInput input)
    {
        ReadOnlySpan<byte> context = input.Context.Span;
        int metadata = 0;
        _given.AsSpan().Clear();
        (_ingress, _queue, _egress) = (1, 0, 0);
        if (context.Length >= Size)
        {
            context[..Size].CopyTo(_given);
            metadata = BinaryPrimitives.ReadInt32LittleEndian(context);
            _ingress = BinaryPrimitives.ReadUInt32LittleEndian(context[IngressIfIndex..]) is not 0 and var device ? device : 1;
            _queue = BinaryPrimitives.ReadUInt32LittleEndian(context[RxQueueIndex..]);
            _egress = BinaryPrimitives.ReadUInt32LittleEndian(context[EgressIfIndex..]);
        }

        int length = input.Packet.Length;
        if (metadata < 0 || length - metadata < ShortestPacket || length > PacketFrame.Capacity - PacketFrame.Headroom)
            throw new ArgumentException($"a packet of {length} bytes with {metadata} of metadata is none that XDP is given", nameof(input));
        int start = XdpHeadroom - metadata;
        _packet.Start(input.Packet.Span, start, metadata, 0, FrameHead, Math.Max(HardEnd, start + length));
    }

    public override ulong Load(long offset, int size)
    {
        if (_buffer is not null) return _buffer.Load(offset, size) ?? throw NoField("read", offset, size);
        if (size != sizeof(uint)) throw NoField("read", offset, size);
        return offset switch
        {
            Data => _packet.AddressOf(_packet.Data),
            DataEnd => _packet.AddressOf(_packet.End),
            DataMeta => _packet.AddressOf(_packet.Meta),
            IngressIfIndex => _ingress,
            RxQueueIndex => _queue,
            EgressIfIndex => _egress,
            _ => throw NoField("read", offset, size),
        };
    }

    public override byte[] Output()
    {
        byte[] context = [.. _given];
        BinaryPrimitives.WriteInt32LittleEndian(context, _packet.Data - _packet.Meta);
        BinaryPrimitives.WriteInt32LittleEndian(context.AsSpan(DataEnd), _packet.End - _packet.Meta);
        return context;
    }

    public override byte[] PacketOutput() => _packet.Region.Bytes.AsSpan(_packet.Meta, _packet.End - _packet.Meta).ToArray();
}
