using System.Buffers.Binary;
using Skep.Bpf;
using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Contexts;

/// <summary>
/// <c>struct __sk_buff</c>, with what BPF_PROG_RUN makes of a packet (<c>bpf_prog_test_run_skb</c> of net/bpf/test_run.c).
/// </summary>
internal sealed class SkbContext : MachineContext
{
    public const int Len = 0, PacketType = 4, Mark = 8, QueueMapping = 12, Protocol = 16, VlanPresent = 20, VlanTci = 24, VlanProto = 28,
        Priority = 32, IngressIfIndex = 36, IfIndex = 40, TcIndex = 44, ControlBytes = 48, Hash = 68, TcClassId = 72, Data = 76,
            DataEnd = 80,
        NapiId = 84, Family = 88, RemoteIp4 = 92, LocalIp4 = 96, RemoteIp6 = 100, LocalIp6 = 116, DataMeta = 140, Timestamp = 152,
            WireLength = 160,
        GsoSegments = 164, Socket = 168, GsoSize = 176, HardwareTimestamp = 184;

    /// <summary>Types of Ethernet (<c>ETH_P_*</c>).</summary>
    public const int Ip4 = 0x0800, Ip6 = 0x86dd, Vlan = 0x8100, ServiceVlan = 0x88a8;

    private const int LinkHeader = 14;
    private const uint NoQueueMapping = ushort.MaxValue;

    private readonly Block _fields;
    private readonly PacketFrame _packet;
    private readonly SkbUsers _user;
    private readonly SkbBuffer? _buffer;

    /// <param name="space">The memory.</param>
    /// <param name="type">The type of the programs.</param>
    /// <param name="layout">The kernel's own structure, where programs see that.</param>
    public SkbContext(AddressSpace space, BpfProgramType type, SkbLayout? layout)
    {
        _user = SkbField.UsersOf(type);
        string name = layout is null ? "context (__sk_buff)" : "context (sk_buff)";
        Region = space.Add(new Region(space.NextId, RegionKind.Context, name, []) { Special = this });
        if (layout is not null) _buffer = new SkbBuffer(space, this, layout);
        _packet = new PacketFrame(space);
        _fields = space.NewBlock(SkbField.StructureSize);
    }

    public override Region Region { get; }

    public override PacketFrame Packet => _packet;

    /// <summary>Whether the packet's data begins with the Ethernet header.</summary>
    public bool HasLinkHeader => _user == SkbUsers.Classifier;

    public uint this[int field]
    {
        get => BinaryPrimitives.ReadUInt32LittleEndian(_fields.Bytes.AsSpan(field));
        set
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_fields.Bytes.AsSpan(field), value);
            _fields.Mark(field, sizeof(uint));
        }
    }

    public override void Start(MachineInput input)
    {
        ReadOnlySpan<byte> packet = input.Packet.Span, given = input.Context.Span;
        if (packet.Length < LinkHeader || packet.Length > PacketFrame.Capacity - PacketFrame.Headroom)
            throw new ArgumentException($"a packet of {packet.Length} bytes is none that a program of sockets is given", nameof(input));
        _fields.Clear(0, SkbField.StructureSize);
        given[..Math.Min(given.Length, SkbField.StructureSize)].CopyTo(_fields.Bytes);
        if (this[IfIndex] == 0) this[IfIndex] = 1;
        if (!given.IsEmpty && this[WireLength] == 0) this[WireLength] = (uint)(packet.Length - (HasLinkHeader ? 0 : LinkHeader));
        _packet.Start(packet, PacketFrame.Headroom, 0, HasLinkHeader ? 0 : LinkHeader, 0, PacketFrame.Capacity);
        _packet.SetHeaders(PacketFrame.Headroom, PacketFrame.Headroom + LinkHeader);
        this[PacketType] = TypeOf(packet);
        int protocol = ProtocolOf(packet);
        this[Protocol] = BinaryPrimitives.ReverseEndianness((ushort)protocol);
        SetSocket(protocol, packet[LinkHeader..]);
    }

    public override ulong Load(long offset, int size)
    {
        if (_buffer is not null) return _buffer.Load(offset, size) ?? throw NoField("read", offset, size);
        if (SkbField.At(offset) is not { } field || (field.Readers & _user) == 0 || !IsWhole(field, offset, size))
            throw NoField("read", offset, size);
        return field.Offset switch
        {
            Len => (uint)_packet.Length >> (int)(offset * 8) & (uint.MaxValue >> (32 - (size * 8))),
            Data => _packet.AddressOf(_packet.Data),
            DataEnd => _packet.AddressOf(_packet.End),
            DataMeta => _packet.AddressOf(_packet.Meta),
            Socket => throw new MachineStopException(
                FaultKind.NotSimulated, "it reads the packet's socket, which the machine does not have", Region.Name),
            _ => Number(_fields.Bytes.AsSpan((int)offset, size)),
        };
    }

    public override void Store(long offset, int size, ulong value)
    {
        if (_buffer is not null)
        {
            if (!_buffer.Store(offset, size, value)) throw NoField("written", offset, size);
            return;
        }

        if (SkbField.At(offset) is not { } field || (field.Writers & _user) == 0 || !IsWhole(field, offset, size))
            throw NoField("written", offset, size);
        if (field.Offset == QueueMapping && value >= NoQueueMapping) return;
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, field.Offset is QueueMapping or TcIndex or TcClassId ? (ushort)value : value);
        _fields.Write((int)offset, bytes[..size]);
    }

    /// <summary>A part of <c>cb</c>.</summary>
    public ulong Control(long offset, int size) => Number(_fields.Bytes.AsSpan(ControlBytes + (int)offset, size));

    public void SetControl(long offset, int size, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        _fields.Write(ControlBytes + (int)offset, bytes[..size]);
    }

    public override byte[] Output()
    {
        // convert_skb_to___skb gives these back.
        var context = new byte[SkbField.StructureSize];
        foreach ((int at, int size) in ((int, int)[])[(Mark, 4), (Priority, 4), (IngressIfIndex, 4), (IfIndex, 4), (ControlBytes, 20),
            (Timestamp, 8), (WireLength, 4), (GsoSegments, 4), (HardwareTimestamp, 8)])
            _fields.Bytes.AsSpan(at, size).CopyTo(context.AsSpan(at));
        return context;
    }

    public override byte[] PacketOutput()
    {
        if (HasLinkHeader) return _packet.Bytes.ToArray();

        // The kernel pushes a header of zeros.
        var packet = new byte[LinkHeader + _packet.Length];
        _packet.Bytes.CopyTo(packet.AsSpan(LinkHeader));
        return packet;
    }

    private static bool IsWhole(SkbField field, long offset, int size) =>
        offset % size == 0 && offset + size <= field.Offset + field.Size && field.Offset switch
        {
            Data or DataEnd or DataMeta => size == sizeof(uint),
            ControlBytes => true,
            Timestamp or HardwareTimestamp or Socket => size == sizeof(ulong),
            >= Family and < DataMeta => size == sizeof(uint),
            _ => size <= sizeof(uint),
        };

    private static ulong Number(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        1 => bytes[0],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        _ => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
    };

    // eth_skb_pkt_type for a device whose address is all zeros, as that of lo.
    private static uint TypeOf(ReadOnlySpan<byte> packet)
    {
        const uint Host = 0, Broadcast = 1, Multicast = 2, OtherHost = 3;
        ReadOnlySpan<byte> destination = packet[..6];
        if (!destination.ContainsAnyExcept((byte)0)) return Host;
        if (!destination.ContainsAnyExcept((byte)0xff)) return Broadcast;
        return (destination[0] & 1) != 0 ? Multicast : OtherHost;
    }

    // eth_type_trans: a length is no type, and Novell's frames begin with ones.
    private static int ProtocolOf(ReadOnlySpan<byte> packet)
    {
        const int FirstType = 0x600, Novell = 0x0001, Llc = 0x0004;
        int type = BinaryPrimitives.ReadUInt16BigEndian(packet[12..]);
        if (type >= FirstType) return type;
        return packet.Length >= LinkHeader + 2 && packet[LinkHeader] == 0xff && packet[LinkHeader + 1] == 0xff ? Novell : Llc;
    }

    private void SetSocket(int protocol, ReadOnlySpan<byte> header)
    {
        const uint Inet = 2, Inet6 = 10;
        if (protocol == Ip4 && header.Length >= 20)
        {
            this[Family] = Inet;
            _fields.Write(LocalIp4, header.Slice(12, 4));
            _fields.Write(RemoteIp4, header.Slice(16, 4));
        }
        else if (protocol == Ip6 && header.Length >= 40)
        {
            this[Family] = Inet6;
            _fields.Write(LocalIp6, header.Slice(8, 16));
            _fields.Write(RemoteIp6, header.Slice(24, 16));
        }
        else if (protocol is Ip4 or Ip6)
        {
            this[Family] = protocol == Ip4 ? Inet : Inet6;
        }
    }
}
