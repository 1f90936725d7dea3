using System.Buffers.Binary;
using System.Text;

namespace Skep.Packets.Captures;

/// <summary>The file formats of captures.</summary>
public enum CaptureFormat
{
    /// <summary>pcap with nanoseconds.</summary>
    Pcap,

    /// <summary>pcapng with nanoseconds and a comment for each packet that has one.</summary>
    PcapNg,
}

/// <summary>A device that packets of a capture come from.</summary>
/// <param name="Name">Its name.</param>
/// <param name="LinkType">What its packets begin with (<see cref="CapturedPacket.LinkType"/>).</param>
public readonly record struct CaptureInterface(string? Name, int LinkType = LinkTypes.Ethernet);

/// <summary>Writes captures.</summary>
public sealed class CaptureWriter
{
    private const int SnapLength = 262144;

    // Options of pcapng (draft-ietf-opsawg-pcapng): comment; if_name, if_tsresol; epb_flags, epb_queue, epb_verdict.
    private const ushort Comment = 1, InterfaceName = 2, TimeResolution = 9, Flags = 2, Queue = 6, Verdict = 7;
    private const byte Nanoseconds = 9, VerdictOfXdp = 2;
    private const uint Inbound = 1;

    private readonly Stream _stream;
    private readonly CaptureFormat _format;
    private readonly List<CaptureInterface> _interfaces = [];
    private readonly MemoryStream _options = new();

    /// <summary>Begins a capture.</summary>
    /// <param name="stream">Where to write; it stays open.</param>
    /// <param name="format">The format.</param>
    /// <param name="interfaces">The devices that packets are known to come from; others are added with their first packet.</param>
    public CaptureWriter(Stream stream, CaptureFormat format, params IEnumerable<CaptureInterface> interfaces)
    {
        ArgumentNullException.ThrowIfNull(interfaces);
        _stream = stream;
        _format = format;
        if (format == CaptureFormat.Pcap)
        {
            Put([0xa1b23c4d, 2 | (4 << 16), 0, 0, SnapLength, 1]);
            return;
        }
        Put([0x0a0d0d0a, 28, 0x1a2b3c4d, 1, uint.MaxValue, uint.MaxValue, 28]);
        foreach (var known in interfaces) Add(known);
        if (_interfaces.Count == 0) Add(new(null));
    }

    /// <summary>Writes a packet.</summary>
    /// <param name="packet">The packet.</param>
    public void Write(CapturedPacket packet)
    {
        var length = (uint)packet.Bytes.Length;
        if (_format == CaptureFormat.Pcap)
        {
            Put(
                [(uint)(packet.Nanoseconds / 1_000_000_000), (uint)(packet.Nanoseconds % 1_000_000_000), length,
                    (uint)packet.OriginalLength]);
            _stream.Write(packet.Bytes);
            return;
        }
        var origin = new CaptureInterface(packet.Device, packet.LinkType);
        if (!_interfaces.Contains(origin)) Add(origin);
        if (packet.Comment is { Length: > 0 } comment) AddOption(Comment, Encoding.UTF8.GetBytes(comment));
        if (packet.Device is not null) AddOption(Flags, BitConverter.GetBytes(Inbound));
        if (packet.Queue is { } queue) AddOption(Queue, BitConverter.GetBytes(queue));
        if (packet.Action is { } action) AddOption(Verdict, [VerdictOfXdp, .. BitConverter.GetBytes((ulong)action)]);
        var options = TakeOptions();
        var total = (uint)(32 + Padded(packet.Bytes.Length) + options.Length);
        Put(
            [6, total, (uint)_interfaces.IndexOf(origin), (uint)(packet.Nanoseconds >> 32), (uint)packet.Nanoseconds, length,
                (uint)packet.OriginalLength]);
        _stream.Write(packet.Bytes);
        _stream.Write(new byte[Padded(packet.Bytes.Length) - packet.Bytes.Length]);
        _stream.Write(options);
        Put([total]);
    }

    private void Add(CaptureInterface origin)
    {
        _interfaces.Add(origin);
        if (origin.Name is not null) AddOption(InterfaceName, Encoding.UTF8.GetBytes(origin.Name));
        AddOption(TimeResolution, [Nanoseconds]);
        var options = TakeOptions();
        var total = (uint)(20 + options.Length);
        Put([1, total, (uint)origin.LinkType, SnapLength]);
        _stream.Write(options);
        Put([total]);
    }

    private void AddOption(ushort code, ReadOnlySpan<byte> value)
    {
        if (value.Length > ushort.MaxValue) value = value[..ushort.MaxValue];
        Span<byte> head = stackalloc byte[4];
        BinaryPrimitives.WriteUInt16LittleEndian(head, code);
        BinaryPrimitives.WriteUInt16LittleEndian(head[2..], (ushort)value.Length);
        _options.Write(head);
        _options.Write(value);
        _options.Write(new byte[Padded(value.Length) - value.Length]);
    }

    /// <summary>The options added, with their end; nothing when there are none.</summary>
    private byte[] TakeOptions()
    {
        if (_options.Length > 0) _options.Write(new byte[4]);
        var options = _options.ToArray();
        _options.SetLength(0);
        return options;
    }

    private static int Padded(int length) => (length + 3) & ~3;

    private void Put(ReadOnlySpan<uint> words)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (var word in words)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, word);
            _stream.Write(bytes);
        }
    }
}
