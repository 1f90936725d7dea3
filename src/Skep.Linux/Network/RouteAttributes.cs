using System.Runtime.InteropServices;
using System.Text;

namespace Skep.Linux.Network;

/// <summary>Walks over netlink attributes (<c>struct nlattr</c>). Ends at the first that does not fit.</summary>
internal ref struct RouteAttributes(ReadOnlySpan<byte> bytes)
{
    private const int HeaderLength = 4;
    private const ushort TypeMask = 0x3fff;

    private ReadOnlySpan<byte> _rest = bytes;

    public ushort Type { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    public readonly RouteAttributes Nested => new(Value);

    public readonly uint U32 => Value.Length >= sizeof(uint) ? MemoryMarshal.Read<uint>(Value) : 0;

    public readonly string Text
    {
        get
        {
            int end = Value.IndexOf((byte)0);
            return Encoding.UTF8.GetString(end < 0 ? Value : Value[..end]);
        }
    }

    public bool Next()
    {
        if (_rest.Length < HeaderLength) return false;
        int length = MemoryMarshal.Read<ushort>(_rest);
        if (length < HeaderLength || length > _rest.Length) return false;
        Type = (ushort)(MemoryMarshal.Read<ushort>(_rest[2..]) & TypeMask);
        Value = _rest[HeaderLength..length];
        _rest = _rest[Math.Min((length + 3) & ~3, _rest.Length)..];
        return true;
    }
}
