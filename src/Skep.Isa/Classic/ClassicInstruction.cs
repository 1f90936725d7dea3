using System.Buffers.Binary;

namespace Skep.Isa.Classic;

/// <summary>
/// An instruction of classic BPF, <c>struct sock_filter</c>: what socket filters and seccomp take. Any 64-bit word is one;
/// whether it means something is <see cref="ClassicDecoder"/>'s matter.
/// </summary>
/// <param name="Raw">The eight bytes of a little-endian machine, read as a little-endian number.</param>
public readonly record struct ClassicInstruction(ulong Raw)
{
    /// <summary>Bytes in an instruction.</summary>
    public const int Size = 8;

    /// <summary>An instruction of its fields.</summary>
    /// <param name="code">The opcode.</param>
    /// <param name="jt">Instructions to skip when a comparison holds.</param>
    /// <param name="jf">Instructions to skip when it does not.</param>
    /// <param name="k">The operand.</param>
    public ClassicInstruction(ushort code, byte jt, byte jf, uint k)
        : this(code | (ulong)jt << 16 | (ulong)jf << 24 | (ulong)k << 32)
    {
    }

    /// <summary>The opcode.</summary>
    public ushort Code => (ushort)Raw;

    /// <summary>Instructions to skip when a comparison holds.</summary>
    public byte Jt => (byte)(Raw >> 16);

    /// <summary>Instructions to skip when a comparison does not hold.</summary>
    public byte Jf => (byte)(Raw >> 24);

    /// <summary>The operand.</summary>
    public uint K => (uint)(Raw >> 32);

    /// <summary>Reads an instruction from its eight bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than eight bytes.</exception>
    public static ClassicInstruction Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt64LittleEndian(bytes));

    /// <summary>Writes the eight bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Room for fewer than eight bytes.</exception>
    public void Write(Span<byte> bytes) => BinaryPrimitives.WriteUInt64LittleEndian(bytes, Raw);

    /// <summary>16 hexadecimal digits, the bytes in memory order.</summary>
    public override string ToString() => BinaryPrimitives.ReverseEndianness(Raw).ToString("x16");
}
