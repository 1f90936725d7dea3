using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Contexts;

/// <summary>
/// <c>struct sk_buff</c> as translated code uses it (<c>bpf_convert_ctx_access</c> of net/core/filter.c); its values are those of
/// <c>struct __sk_buff</c>.
/// </summary>
internal sealed class SkbBuffer
{
    private const int ControlSize = 20;

    private readonly SkbContext _context;
    private readonly SkbLayout _layout;
    private readonly Region _device;

    public SkbBuffer(AddressSpace space, SkbContext context, SkbLayout layout)
    {
        (_context, _layout) = (context, layout);
        _device = space.Add(new Region(space.NextId, RegionKind.Context, "net_device", [])
        {
            Special = new DeviceIndex(() => context[SkbContext.IfIndex]),
        });
    }

    /// <returns>Null where there is no field of that size.</returns>
    public ulong? Load(long offset, int size)
    {
        if (ControlAt(offset, size) is { } control) return _context.Control(control, size);
        PacketFrame packet = _context.Packet;
        return (_layout.FieldAt(offset), size) switch
        {
            ("len", 4) => (uint)packet.Length,
            ("data_len", 4) or ("__cloned_offset", 1) or ("__mono_tc_offset", 1) => 0,
            ("data", 8) => packet.AddressOf(packet.Data),
            ("data_end", 8) => packet.AddressOf(packet.End),
            ("data_meta", 8) => packet.AddressOf(packet.Meta),
            ("dev", 8) => AddressSpace.AddressOf(_device, 0),
            ("__pkt_type_offset", 1) => _context[SkbContext.PacketType],
            ("vlan_all", 4) => _context[SkbContext.VlanProto] | _context[SkbContext.VlanTci] << 16,
            ("tstamp", 8) => _context[SkbContext.Timestamp] | (ulong)_context[SkbContext.Timestamp + 4] << 32,
            (var name, 2) when WordOf(name) is { } field => (ushort)_context[field],
            (var name, 4) when NumberOf(name) is { } field => _context[field],
            _ => null,
        };
    }

    /// <returns>False where there is no field of that size that programs write.</returns>
    public bool Store(long offset, int size, ulong value)
    {
        if (ControlAt(offset, size) is { } control)
        {
            _context.SetControl(control, size, value);
            return true;
        }

        switch (_layout.FieldAt(offset), size)
        {
            case ("mark", 4):
                _context[SkbContext.Mark] = (uint)value;
                return true;
            case ("priority", 4):
                _context[SkbContext.Priority] = (uint)value;
                return true;
            case ("tstamp", 8):
                (_context[SkbContext.Timestamp], _context[SkbContext.Timestamp + 4]) = ((uint)value, (uint)(value >> 32));
                return true;
            case ("queue_mapping" or "tc_index" or "tc_classid", 2):
                _context[WordOf(_layout.FieldAt(offset))!.Value] = (ushort)value;
                return true;
            default:
                return false;
        }
    }

    private long? ControlAt(long offset, int size) =>
        offset >= _layout.Control && offset + size <= _layout.Control + ControlSize ? offset - _layout.Control : null;

    private static int? WordOf(string? name) => name switch
    {
        "protocol" => SkbContext.Protocol,
        "vlan_all" or "vlan_proto" => SkbContext.VlanProto,
        "vlan_tci" => SkbContext.VlanTci,
        "queue_mapping" => SkbContext.QueueMapping,
        "tc_index" => SkbContext.TcIndex,
        "tc_classid" => SkbContext.TcClassId,
        _ => null,
    };

    private static int? NumberOf(string? name) => name switch
    {
        "mark" => SkbContext.Mark,
        "priority" => SkbContext.Priority,
        "hash" => SkbContext.Hash,
        "skb_iif" => SkbContext.IngressIfIndex,
        "pkt_len" => SkbContext.WireLength,
        "napi_id" => SkbContext.NapiId,
        _ => null,
    };
}
