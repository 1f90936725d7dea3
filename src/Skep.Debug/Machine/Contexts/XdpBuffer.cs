using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Contexts;

/// <summary>
/// <c>struct xdp_buff</c> of include/net/xdp.h, with what it points to: the queue's description and the device, of which translated code
/// reads the index only (<c>xdp_convert_ctx_access</c> of net/core/filter.c).
/// </summary>
internal sealed class XdpBuffer
{
    private const int Data = 0, DataEnd = 8, DataMeta = 16, HardStart = 24, ReceiveQueue = 32, SendQueue = 40;

    private readonly XdpContext _context;
    private readonly Region _receive;
    private readonly Region _send;

    public XdpBuffer(AddressSpace space, XdpContext context)
    {
        _context = context;
        _receive = Queue(space, "xdp_rxq_info", () => context.Ingress);
        _send = Queue(space, "xdp_txq_info", () => context.Egress);
    }

    /// <returns>Null where there is no field.</returns>
    public ulong? Load(long offset, int size)
    {
        if (size != sizeof(ulong)) return null;
        PacketFrame packet = _context.Packet;
        return offset switch
        {
            Data => packet.AddressOf(packet.Data),
            DataEnd => packet.AddressOf(packet.End),
            DataMeta => packet.AddressOf(packet.Meta),
            HardStart => packet.AddressOf(0),
            ReceiveQueue => AddressSpace.AddressOf(_receive, 0),
            SendQueue => AddressSpace.AddressOf(_send, 0),
            _ => null,
        };
    }

    private Region Queue(AddressSpace space, string name, Func<uint> device)
    {
        Region index = space.Add(new Region(space.NextId, RegionKind.Context, "net_device", []) { Special = new DeviceIndex(device) });
        return space.Add(new Region(space.NextId, RegionKind.Context, name, [])
        {
            Special = new QueueInfo(AddressSpace.AddressOf(index, 0), () => _context.Queue),
        });
    }

    // The device comes first, the queue's number behind it.
    private sealed class QueueInfo(ulong device, Func<uint> queue) : SpecialAccess
    {
        public override ulong Load(long offset, int size) => (offset, size) switch
        {
            (0, sizeof(ulong)) => device,
            (sizeof(ulong), sizeof(uint)) => queue(),
            _ => throw new MachineStopException(FaultKind.NotSimulated,
                $"it reads {size} bytes at offset {offset} of a queue's description"),
        };

        public override void Store(long offset, int size, ulong value) =>
            throw new MachineStopException(FaultKind.ReadOnly, "it writes a queue's description");
    }
}
