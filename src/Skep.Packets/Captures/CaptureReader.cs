using System;
using System.Buffers.Binary;
using System.Text;

namespace Skep.Packets.Captures;

/// <summary>
/// Reads captures: pcap with micro- or nanoseconds in either byte order, and pcapng. A truncated or damaged capture ends
/// with an error that names the place.
/// </summary>
public sealed class CaptureReader
{
    // A packet has at most 262,144 bytes (MAXIMUM_SNAPLEN of tcpdump); blocks hold other things as well.
    private const uint MaxPacket = 1 << 20, MaxBlock = 16 << 20;
    private const int MaxInterfaces = 1 << 16;

    private readonly Stream _stream;
    private readonly List<Interface> _interfaces = [];
    private bool _isBig;
    private bool _isNg;
    private long _offset;

    private CaptureReader(Stream stream) => _stream = stream;

    private readonly record struct Interface(int LinkType, uint SnapLength, ulong UnitsPerSecond, long OffsetSeconds);

    /// <summary>What was wrong with the capture, when reading ended before its end.</summary>
    public string? Error { get; private set; }

    /// <summary>Begins to read a capture.</summary>
    /// <param name="stream">The file's bytes; it stays open.</param>
    /// <returns>A reader; its <see cref="Error"/> is set when the file is no capture.</returns>
    public static CaptureReader Open(Stream stream)
    {
        var reader = new CaptureReader(stream);
        reader.ReadHead();
        return reader;
    }

    /// <summary>Reads the next packet.</summary>
    /// <returns>The packet, or null at the end or at an error.</returns>
    public CapturedPacket? Next()
    {
        if (Error is not null) return null;
        return _isNg ? NextBlocks() : NextRecord();
    }

    private void ReadHead()
    {
        if (Take(4) is not { } magic)
        {
            Error ??= "the file is empty";
            return;
        }
        switch (BinaryPrimitives.ReadUInt32BigEndian(magic))
        {
            case 0x0a0d0d0a:
                _isNg = true;
                ReadSection();
                return;
            case 0xa1b2c3d4 or 0xa1b23c4d:
                _isBig = true;
                break;
            case 0xd4c3b2a1 or 0x4d3cb2a1:
                break;
            default:
                Error = "the file is neither pcap nor pcapng";
                return;
        }
        var isNano = U32(magic, 0) == 0xa1b23c4d;
        if (Take(20) is not { } head) Error ??= CutShort("the file header");
        // The upper bits of the link type give the length of the frame check sequence.
        else _interfaces.Add(new((int)(U32(head, 16) & 0xffff), U32(head, 12), isNano ? 1_000_000_000UL : 1_000_000UL, 0));
    }

    private CapturedPacket? NextRecord()
    {
        if (Take(16) is not { } head) return null;
        var (captured, original) = (U32(head, 8), U32(head, 12));
        if (captured > MaxPacket) return Fail($"a packet of {captured} bytes");
        if (Take((int)captured) is not { } bytes)
        {
            Error ??= CutShort("a packet");
            return null;
        }
        var perUnit = 1_000_000_000UL / _interfaces[0].UnitsPerSecond;
        return new(U32(head, 0) * 1_000_000_000UL + U32(head, 4) * perUnit, bytes, (int)Math.Min(original, int.MaxValue),
            _interfaces[0].LinkType);
    }

    private void ReadSection()
    {
        if (Take(8) is not { } head)
        {
            Error ??= CutShort("the section header");
            return;
        }
        _isBig = BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(4)) == 0x1a2b3c4d;
        var length = U32(head, 0);
        if (U32(head, 4) != 0x1a2b3c4d || length is < 28 or > MaxBlock || length % 4 != 0) Error = "the section header is damaged";
        else if (Take((int)length - 12) is null) Error ??= CutShort("the section header");
        _interfaces.Clear();
    }

    private CapturedPacket? NextBlocks()
    {
        while (Error is null && Take(4) is { } type)
        {
            if (BinaryPrimitives.ReadUInt32BigEndian(type) == 0x0a0d0d0a)
            {
                ReadSection();
                continue;
            }
            if (Take(4) is not { } lengthBytes) return Cut("a block");
            var length = U32(lengthBytes, 0);
            if (length is < 12 or > MaxBlock || length % 4 != 0) return Fail($"a block of {length} bytes");
            if (Take((int)length - 8) is not { } body) return Cut("a block");
            if (U32(body, body.Length - 4) != length) return Fail("a block whose two lengths differ");
            body = body[..^4];
            switch (U32(type, 0))
            {
                case 1:
                    AddInterface(body);
                    break;
                case 6:
                    return ReadPacket(body, 20, body.Length < 20 ? -1 : (int)Math.Min(U32(body, 0), int.MaxValue));
                case 2:
                    return ReadPacket(body, 20, body.Length < 20 ? -1 : U16(body, 0));
                case 3:
                    return ReadSimple(body);
            }
        }
        return null;
    }

    private void AddInterface(byte[] body)
    {
        if (body.Length < 8)
        {
            Fail("an interface block without its fields");
            return;
        }
        if (_interfaces.Count == MaxInterfaces)
        {
            Fail($"more than {MaxInterfaces} interfaces");
            return;
        }
        var units = 1_000_000UL;
        var seconds = 0L;
        foreach (var (code, value) in Options(body, 8))
        {
            // if_tsresol: a power of ten, or of two with the high bit.
            if (code == 9 && value.Length >= 1)
            {
                var exponent = value[0] & 0x7f;
                if (exponent > ((value[0] & 0x80) != 0 ? 63 : 19))
                {
                    Fail("an interface with a time resolution out of range");
                    return;
                }
                units = 1;
                for (var i = 0; i < exponent; i++) units *= (value[0] & 0x80) != 0 ? 2UL : 10UL;
            }
            if (code == 14 && value.Length >= 8)
                seconds = _isBig ? BinaryPrimitives.ReadInt64BigEndian(value) : BinaryPrimitives.ReadInt64LittleEndian(value);
        }
        _interfaces.Add(new(U16(body, 0), U32(body, 4), units, seconds));
    }

    private CapturedPacket? ReadPacket(byte[] body, int head, int index)
    {
        if (index < 0) return Fail("a packet block without its fields");
        if (index >= _interfaces.Count) return Fail($"a packet of interface {index}, which is not described");
        var (captured, original) = (U32(body, 12), U32(body, 16));
        if (captured > body.Length - head) return Fail("a packet longer than its block");
        var port = _interfaces[index];
        var units = ((UInt128)U32(body, 4) << 32) | U32(body, 8);
        var nanoseconds = units * 1_000_000_000 / port.UnitsPerSecond + (UInt128)(Int128)port.OffsetSeconds * 1_000_000_000;
        string? comment = null;
        foreach (var (code, value) in Options(body, head + (int)((captured + 3) & ~3u)))
            if (code == 1) comment ??= Encoding.UTF8.GetString(value);
        return new((ulong)nanoseconds, body[head..(head + (int)captured)], (int)Math.Min(original, int.MaxValue), port.LinkType, comment);
    }

    private CapturedPacket? ReadSimple(byte[] body)
    {
        if (body.Length < 4) return Fail("a packet block without its fields");
        if (_interfaces.Count == 0) return Fail("a packet of interface 0, which is not described");
        var original = U32(body, 0);
        var captured = Math.Min(original, (uint)body.Length - 4);
        if (_interfaces[0].SnapLength > 0) captured = Math.Min(captured, _interfaces[0].SnapLength);
        return new(0, body[4..(4 + (int)captured)], (int)Math.Min(original, int.MaxValue), _interfaces[0].LinkType);
    }

    private List<(int Code, byte[] Value)> Options(byte[] body, int at)
    {
        var options = new List<(int, byte[])>();
        while (at + 4 <= body.Length)
        {
            var (code, length) = (U16(body, at), U16(body, at + 2));
            if (code == 0 || at + 4 + length > body.Length) break;
            options.Add((code, body[(at + 4)..(at + 4 + length)]));
            at += 4 + ((length + 3) & ~3);
        }
        return options;
    }

    private byte[]? Take(int count)
    {
        var bytes = new byte[count];
        var read = _stream.ReadAtLeast(bytes, count, throwOnEndOfStream: false);
        if (read == count)
        {
            _offset += count;
            return bytes;
        }
        if (read > 0) Error = CutShort("the capture");
        _offset += read;
        return null;
    }

    private string CutShort(string what) => $"{what} is cut short at byte {_offset}";

    private CapturedPacket? Cut(string what)
    {
        Error ??= CutShort(what);
        return null;
    }

    private CapturedPacket? Fail(string what)
    {
        Error = $"the capture is damaged before byte {_offset}: {what}";
        return null;
    }

    private uint U32(byte[] bytes, int at) =>
        _isBig ? BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at)) : BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private ushort U16(byte[] bytes, int at) =>
        _isBig ? BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at)) : BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));
}
