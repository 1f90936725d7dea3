namespace Skep.Isa;

public sealed partial class Assembler
{
    /// <summary>64-bit arithmetic with a register.</summary>
    public Assembler Alu(AluOp op, Register dst, Register src) =>
        Emit(new(Opcodes.Alu(InstructionClass.Alu64, op, OperandSource.Register), (int)dst, (int)src, 0, 0));

    /// <summary>64-bit arithmetic with an immediate, which is sign-extended.</summary>
    public Assembler Alu(AluOp op, Register dst, int imm) =>
        Emit(new(Opcodes.Alu(InstructionClass.Alu64, op, OperandSource.Immediate), (int)dst, 0, 0, imm));

    /// <summary>32-bit arithmetic with a register.</summary>
    public Assembler Alu32(AluOp op, Register dst, Register src) =>
        Emit(new(Opcodes.Alu(InstructionClass.Alu, op, OperandSource.Register), (int)dst, (int)src, 0, 0));

    /// <summary>32-bit arithmetic with an immediate.</summary>
    public Assembler Alu32(AluOp op, Register dst, int imm) =>
        Emit(new(Opcodes.Alu(InstructionClass.Alu, op, OperandSource.Immediate), (int)dst, 0, 0, imm));

    /// <summary><c>dst = src</c>, 64-bit.</summary>
    public Assembler Mov(Register dst, Register src) => Alu(AluOp.Mov, dst, src);

    /// <summary><c>dst = imm</c>, 64-bit.</summary>
    public Assembler Mov(Register dst, int imm) => Alu(AluOp.Mov, dst, imm);

    /// <summary><c>dst = src</c>, 32-bit.</summary>
    public Assembler Mov32(Register dst, Register src) => Alu32(AluOp.Mov, dst, src);

    /// <summary><c>dst = imm</c>, 32-bit.</summary>
    public Assembler Mov32(Register dst, int imm) => Alu32(AluOp.Mov, dst, imm);

    /// <summary><c>dst += src</c>, 64-bit.</summary>
    public Assembler Add(Register dst, Register src) => Alu(AluOp.Add, dst, src);

    /// <summary><c>dst += imm</c>, 64-bit.</summary>
    public Assembler Add(Register dst, int imm) => Alu(AluOp.Add, dst, imm);

    /// <summary><c>dst += src</c>, 32-bit.</summary>
    public Assembler Add32(Register dst, Register src) => Alu32(AluOp.Add, dst, src);

    /// <summary><c>dst += imm</c>, 32-bit.</summary>
    public Assembler Add32(Register dst, int imm) => Alu32(AluOp.Add, dst, imm);

    /// <summary><c>dst -= src</c>, 64-bit.</summary>
    public Assembler Sub(Register dst, Register src) => Alu(AluOp.Sub, dst, src);

    /// <summary><c>dst -= imm</c>, 64-bit.</summary>
    public Assembler Sub(Register dst, int imm) => Alu(AluOp.Sub, dst, imm);

    /// <summary><c>dst -= src</c>, 32-bit.</summary>
    public Assembler Sub32(Register dst, Register src) => Alu32(AluOp.Sub, dst, src);

    /// <summary><c>dst -= imm</c>, 32-bit.</summary>
    public Assembler Sub32(Register dst, int imm) => Alu32(AluOp.Sub, dst, imm);

    /// <summary><c>dst *= src</c>, 64-bit.</summary>
    public Assembler Mul(Register dst, Register src) => Alu(AluOp.Mul, dst, src);

    /// <summary><c>dst *= imm</c>, 64-bit.</summary>
    public Assembler Mul(Register dst, int imm) => Alu(AluOp.Mul, dst, imm);

    /// <summary><c>dst *= src</c>, 32-bit.</summary>
    public Assembler Mul32(Register dst, Register src) => Alu32(AluOp.Mul, dst, src);

    /// <summary><c>dst *= imm</c>, 32-bit.</summary>
    public Assembler Mul32(Register dst, int imm) => Alu32(AluOp.Mul, dst, imm);

    /// <summary><c>dst /= src</c>, 64-bit.</summary>
    public Assembler Div(Register dst, Register src) => Alu(AluOp.Div, dst, src);

    /// <summary><c>dst /= imm</c>, 64-bit.</summary>
    public Assembler Div(Register dst, int imm) => Alu(AluOp.Div, dst, imm);

    /// <summary><c>dst /= src</c>, 32-bit.</summary>
    public Assembler Div32(Register dst, Register src) => Alu32(AluOp.Div, dst, src);

    /// <summary><c>dst /= imm</c>, 32-bit.</summary>
    public Assembler Div32(Register dst, int imm) => Alu32(AluOp.Div, dst, imm);

    /// <summary><c>dst %= src</c>, 64-bit.</summary>
    public Assembler Mod(Register dst, Register src) => Alu(AluOp.Mod, dst, src);

    /// <summary><c>dst %= imm</c>, 64-bit.</summary>
    public Assembler Mod(Register dst, int imm) => Alu(AluOp.Mod, dst, imm);

    /// <summary><c>dst %= src</c>, 32-bit.</summary>
    public Assembler Mod32(Register dst, Register src) => Alu32(AluOp.Mod, dst, src);

    /// <summary><c>dst %= imm</c>, 32-bit.</summary>
    public Assembler Mod32(Register dst, int imm) => Alu32(AluOp.Mod, dst, imm);

    /// <summary><c>dst |= src</c>, 64-bit.</summary>
    public Assembler Or(Register dst, Register src) => Alu(AluOp.Or, dst, src);

    /// <summary><c>dst |= imm</c>, 64-bit.</summary>
    public Assembler Or(Register dst, int imm) => Alu(AluOp.Or, dst, imm);

    /// <summary><c>dst |= src</c>, 32-bit.</summary>
    public Assembler Or32(Register dst, Register src) => Alu32(AluOp.Or, dst, src);

    /// <summary><c>dst |= imm</c>, 32-bit.</summary>
    public Assembler Or32(Register dst, int imm) => Alu32(AluOp.Or, dst, imm);

    /// <summary><c>dst &amp;= src</c>, 64-bit.</summary>
    public Assembler And(Register dst, Register src) => Alu(AluOp.And, dst, src);

    /// <summary><c>dst &amp;= imm</c>, 64-bit.</summary>
    public Assembler And(Register dst, int imm) => Alu(AluOp.And, dst, imm);

    /// <summary><c>dst &amp;= src</c>, 32-bit.</summary>
    public Assembler And32(Register dst, Register src) => Alu32(AluOp.And, dst, src);

    /// <summary><c>dst &amp;= imm</c>, 32-bit.</summary>
    public Assembler And32(Register dst, int imm) => Alu32(AluOp.And, dst, imm);

    /// <summary><c>dst ^= src</c>, 64-bit.</summary>
    public Assembler Xor(Register dst, Register src) => Alu(AluOp.Xor, dst, src);

    /// <summary><c>dst ^= imm</c>, 64-bit.</summary>
    public Assembler Xor(Register dst, int imm) => Alu(AluOp.Xor, dst, imm);

    /// <summary><c>dst ^= src</c>, 32-bit.</summary>
    public Assembler Xor32(Register dst, Register src) => Alu32(AluOp.Xor, dst, src);

    /// <summary><c>dst ^= imm</c>, 32-bit.</summary>
    public Assembler Xor32(Register dst, int imm) => Alu32(AluOp.Xor, dst, imm);

    /// <summary><c>dst &lt;&lt;= src</c>, 64-bit.</summary>
    public Assembler Lsh(Register dst, Register src) => Alu(AluOp.Lsh, dst, src);

    /// <summary><c>dst &lt;&lt;= imm</c>, 64-bit.</summary>
    public Assembler Lsh(Register dst, int imm) => Alu(AluOp.Lsh, dst, imm);

    /// <summary><c>dst &lt;&lt;= src</c>, 32-bit.</summary>
    public Assembler Lsh32(Register dst, Register src) => Alu32(AluOp.Lsh, dst, src);

    /// <summary><c>dst &lt;&lt;= imm</c>, 32-bit.</summary>
    public Assembler Lsh32(Register dst, int imm) => Alu32(AluOp.Lsh, dst, imm);

    /// <summary><c>dst &gt;&gt;= src</c>, 64-bit.</summary>
    public Assembler Rsh(Register dst, Register src) => Alu(AluOp.Rsh, dst, src);

    /// <summary><c>dst &gt;&gt;= imm</c>, 64-bit.</summary>
    public Assembler Rsh(Register dst, int imm) => Alu(AluOp.Rsh, dst, imm);

    /// <summary><c>dst &gt;&gt;= src</c>, 32-bit.</summary>
    public Assembler Rsh32(Register dst, Register src) => Alu32(AluOp.Rsh, dst, src);

    /// <summary><c>dst &gt;&gt;= imm</c>, 32-bit.</summary>
    public Assembler Rsh32(Register dst, int imm) => Alu32(AluOp.Rsh, dst, imm);

    /// <summary><c>dst s&gt;&gt;= src</c>, 64-bit.</summary>
    public Assembler Arsh(Register dst, Register src) => Alu(AluOp.Arsh, dst, src);

    /// <summary><c>dst s&gt;&gt;= imm</c>, 64-bit.</summary>
    public Assembler Arsh(Register dst, int imm) => Alu(AluOp.Arsh, dst, imm);

    /// <summary><c>dst s&gt;&gt;= src</c>, 32-bit.</summary>
    public Assembler Arsh32(Register dst, Register src) => Alu32(AluOp.Arsh, dst, src);

    /// <summary><c>dst s&gt;&gt;= imm</c>, 32-bit.</summary>
    public Assembler Arsh32(Register dst, int imm) => Alu32(AluOp.Arsh, dst, imm);

    /// <summary><c>dst = -dst</c>, 64-bit.</summary>
    public Assembler Neg(Register dst) => Alu(AluOp.Neg, dst, 0);

    /// <summary><c>dst = -dst</c>, 32-bit.</summary>
    public Assembler Neg32(Register dst) => Alu32(AluOp.Neg, dst, 0);

    /// <summary>Signed 64-bit division (Linux 6.6).</summary>
    public Assembler SDiv(Register dst, Register src) => Signed(InstructionClass.Alu64, AluOp.Div, dst, src);

    /// <summary>Signed 64-bit division by an immediate (Linux 6.6).</summary>
    public Assembler SDiv(Register dst, int imm) => Signed(InstructionClass.Alu64, AluOp.Div, dst, imm);

    /// <summary>Signed 32-bit division (Linux 6.6).</summary>
    public Assembler SDiv32(Register dst, Register src) => Signed(InstructionClass.Alu, AluOp.Div, dst, src);

    /// <summary>Signed 32-bit division by an immediate (Linux 6.6).</summary>
    public Assembler SDiv32(Register dst, int imm) => Signed(InstructionClass.Alu, AluOp.Div, dst, imm);

    /// <summary>Signed 64-bit remainder (Linux 6.6).</summary>
    public Assembler SMod(Register dst, Register src) => Signed(InstructionClass.Alu64, AluOp.Mod, dst, src);

    /// <summary>Signed 64-bit remainder by an immediate (Linux 6.6).</summary>
    public Assembler SMod(Register dst, int imm) => Signed(InstructionClass.Alu64, AluOp.Mod, dst, imm);

    /// <summary>Signed 32-bit remainder (Linux 6.6).</summary>
    public Assembler SMod32(Register dst, Register src) => Signed(InstructionClass.Alu, AluOp.Mod, dst, src);

    /// <summary>Signed 32-bit remainder by an immediate (Linux 6.6).</summary>
    public Assembler SMod32(Register dst, int imm) => Signed(InstructionClass.Alu, AluOp.Mod, dst, imm);

    /// <summary><c>dst = (sN)src</c>, extended to 64 bits (Linux 6.6).</summary>
    /// <param name="dst">Destination.</param>
    /// <param name="src">Source.</param>
    /// <param name="bits">8, 16 or 32.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another width.</exception>
    public Assembler MovSx(Register dst, Register src, int bits) => bits is 8 or 16 or 32
        ? Emit(new(Opcodes.Alu(InstructionClass.Alu64, AluOp.Mov, OperandSource.Register), (int)dst, (int)src, (short)bits, 0))
        : throw new ArgumentOutOfRangeException(nameof(bits), bits, "a sign-extending move takes 8, 16 or 32 bits");

    /// <summary><c>dst = (sN)src</c>, extended to 32 bits (Linux 6.6).</summary>
    /// <param name="dst">Destination.</param>
    /// <param name="src">Source.</param>
    /// <param name="bits">8 or 16.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another width.</exception>
    public Assembler MovSx32(Register dst, Register src, int bits) => bits is 8 or 16
        ? Emit(new(Opcodes.Alu(InstructionClass.Alu, AluOp.Mov, OperandSource.Register), (int)dst, (int)src, (short)bits, 0))
        : throw new ArgumentOutOfRangeException(nameof(bits), bits, "a 32-bit sign-extending move takes 8 or 16 bits");

    /// <summary>Host order to little-endian or back; on a little-endian machine it cuts to the width.</summary>
    /// <param name="dst">The register.</param>
    /// <param name="bits">16, 32 or 64.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another width.</exception>
    public Assembler ToLittleEndian(Register dst, int bits) => Swap(InstructionClass.Alu, OperandSource.Immediate, dst, bits);

    /// <summary>Host order to big-endian (network order) or back.</summary>
    /// <param name="dst">The register.</param>
    /// <param name="bits">16, 32 or 64.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another width.</exception>
    public Assembler ToBigEndian(Register dst, int bits) => Swap(InstructionClass.Alu, OperandSource.Register, dst, bits);

    /// <summary>Reverses the bytes, whatever the machine's order (Linux 6.6).</summary>
    /// <param name="dst">The register.</param>
    /// <param name="bits">16, 32 or 64.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another width.</exception>
    public Assembler ByteSwap(Register dst, int bits) => Swap(InstructionClass.Alu64, OperandSource.Immediate, dst, bits);

    /// <summary>Casts a pointer between address spaces (Linux 6.9).</summary>
    /// <param name="dst">Destination.</param>
    /// <param name="src">Source.</param>
    /// <param name="to">Number of the address space cast to: 0 is the kernel's, 1 the arena's.</param>
    /// <param name="from">Number of the address space cast from.</param>
    public Assembler AddressSpaceCast(Register dst, Register src, ushort to, ushort from) =>
        Emit(new(
            Opcodes.Alu(InstructionClass.Alu64, AluOp.Mov, OperandSource.Register),
            (int)dst,
            (int)src,
            MoveOffset.AddressSpaceCast,
            to << 16 | from));

    private Assembler Signed(InstructionClass @class, AluOp op, Register dst, Register src) =>
        Emit(new(Opcodes.Alu(@class, op, OperandSource.Register), (int)dst, (int)src, 1, 0));

    private Assembler Signed(InstructionClass @class, AluOp op, Register dst, int imm) =>
        Emit(new(Opcodes.Alu(@class, op, OperandSource.Immediate), (int)dst, 0, 1, imm));

    private Assembler Swap(InstructionClass @class, OperandSource order, Register dst, int bits) => bits is 16 or 32 or 64
        ? Emit(new(Opcodes.Alu(@class, AluOp.End, order), (int)dst, 0, 0, bits))
        : throw new ArgumentOutOfRangeException(nameof(bits), bits, "a byte order conversion takes 16, 32 or 64 bits");
}
