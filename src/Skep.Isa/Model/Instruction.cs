using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Skep.Isa;

/// <summary>
/// One 8-byte slot of a program: <c>struct bpf_insn</c> of a little-endian machine. Any 64-bit word is an instruction slot;
/// whether it means something is the decoder's matter.
/// </summary>
/// <param name="Raw">The eight bytes, read as a little-endian number: the opcode is the lowest byte.</param>
public readonly record struct Instruction(ulong Raw)
{
    /// <summary>Bytes in a slot.</summary>
    public const int Size = 8;

    /// <summary>A slot of its fields.</summary>
    /// <param name="code">The opcode.</param>
    /// <param name="dst">Destination register, 0 to 15; higher bits are cut off.</param>
    /// <param name="src">Source register, 0 to 15; higher bits are cut off.</param>
    /// <param name="off">The offset.</param>
    /// <param name="imm">The immediate.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Instruction(byte code, int dst, int src, short off, int imm)
        : this(code | (ulong)(uint)(dst & 15) << 8 | (ulong)(uint)(src & 15) << 12 | (ulong)(ushort)off << 16 | (ulong)(uint)imm << 32)
    {
    }

    /// <summary>The opcode.</summary>
    public byte Code => (byte)Raw;

    /// <summary>The destination register's field, 0 to 15.</summary>
    public byte Dst => (byte)(Raw >> 8 & 15);

    /// <summary>The source register's field, 0 to 15.</summary>
    public byte Src => (byte)(Raw >> 12 & 15);

    /// <summary>The offset.</summary>
    public short Off => (short)(Raw >> 16);

    /// <summary>The immediate.</summary>
    public int Imm => (int)(Raw >> 32);

    /// <summary>The opcode's class.</summary>
    public InstructionClass Class => (InstructionClass)(Code & 7);

    /// <summary>The operation bits of an arithmetic or jump opcode.</summary>
    public byte Op => (byte)(Code & 0xf0);

    /// <summary>The mode bits of a memory opcode, see <see cref="MemoryMode"/>.</summary>
    public byte Mode => (byte)(Code & 0xe0);

    /// <summary>The size bits of a memory opcode.</summary>
    public MemorySize MemorySize => (MemorySize)(Code & 0x18);

    /// <summary>The source bit of an arithmetic or jump opcode.</summary>
    public OperandSource Source => (OperandSource)(Code & 0x08);

    /// <summary>Whether this is the first slot of a two-slot 64-bit immediate (<c>BPF_LD | BPF_IMM | BPF_DW</c>).</summary>
    public bool IsWide => Code == Opcodes.LoadImmediate64;

    /// <summary>Reads a slot from its eight bytes in memory order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than eight bytes.</exception>
    public static Instruction Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt64LittleEndian(bytes));

    /// <summary>Writes the eight bytes in memory order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Room for fewer than eight bytes.</exception>
    public void Write(Span<byte> bytes) => BinaryPrimitives.WriteUInt64LittleEndian(bytes, Raw);

    /// <summary>16 hexadecimal digits, the bytes in memory order: opcode first.</summary>
    public override string ToString() => BinaryPrimitives.ReverseEndianness(Raw).ToString("x16");
}
