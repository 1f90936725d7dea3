namespace Skep.Isa;

/// <summary>The low three bits of an opcode (<c>BPF_CLASS</c>).</summary>
public enum InstructionClass : byte
{
    /// <summary>Wide immediates and the legacy packet loads.</summary>
    Ld = 0,

    /// <summary>Load from memory into a register.</summary>
    Ldx = 1,

    /// <summary>Store an immediate to memory.</summary>
    St = 2,

    /// <summary>Store a register to memory; atomics.</summary>
    Stx = 3,

    /// <summary>32-bit arithmetic.</summary>
    Alu = 4,

    /// <summary>64-bit comparisons, calls, exit.</summary>
    Jmp = 5,

    /// <summary>32-bit comparisons, long jump.</summary>
    Jmp32 = 6,

    /// <summary>64-bit arithmetic.</summary>
    Alu64 = 7,
}

/// <summary>The high four bits of an arithmetic opcode (<c>BPF_OP</c>).</summary>
public enum AluOp : byte
{
    /// <summary><c>+=</c></summary>
    Add = 0x00,

    /// <summary><c>-=</c></summary>
    Sub = 0x10,

    /// <summary><c>*=</c></summary>
    Mul = 0x20,

    /// <summary><c>/=</c>, or <c>s/=</c> with offset 1.</summary>
    Div = 0x30,

    /// <summary><c>|=</c></summary>
    Or = 0x40,

    /// <summary><c>&amp;=</c></summary>
    And = 0x50,

    /// <summary><c>&lt;&lt;=</c></summary>
    Lsh = 0x60,

    /// <summary><c>&gt;&gt;=</c></summary>
    Rsh = 0x70,

    /// <summary><c>dst = -dst</c></summary>
    Neg = 0x80,

    /// <summary><c>%=</c>, or <c>s%=</c> with offset 1.</summary>
    Mod = 0x90,

    /// <summary><c>^=</c></summary>
    Xor = 0xa0,

    /// <summary><c>=</c>, with sign extension by offset 8, 16 or 32.</summary>
    Mov = 0xb0,

    /// <summary><c>s&gt;&gt;=</c></summary>
    Arsh = 0xc0,

    /// <summary>Byte order conversion.</summary>
    End = 0xd0,
}

/// <summary>The high four bits of a jump opcode (<c>BPF_OP</c>).</summary>
public enum JumpOp : byte
{
    /// <summary>Unconditional; long in class <see cref="InstructionClass.Jmp32"/>, indirect with a register source.</summary>
    Ja = 0x00,

    /// <summary><c>==</c></summary>
    Jeq = 0x10,

    /// <summary><c>&gt;</c> unsigned</summary>
    Jgt = 0x20,

    /// <summary><c>&gt;=</c> unsigned</summary>
    Jge = 0x30,

    /// <summary><c>&amp;</c></summary>
    Jset = 0x40,

    /// <summary><c>!=</c></summary>
    Jne = 0x50,

    /// <summary><c>&gt;</c> signed</summary>
    Jsgt = 0x60,

    /// <summary><c>&gt;=</c> signed</summary>
    Jsge = 0x70,

    /// <summary>Call of a helper, a function of the program, a kernel function or a register.</summary>
    Call = 0x80,

    /// <summary>Return.</summary>
    Exit = 0x90,

    /// <summary><c>&lt;</c> unsigned</summary>
    Jlt = 0xa0,

    /// <summary><c>&lt;=</c> unsigned</summary>
    Jle = 0xb0,

    /// <summary><c>&lt;</c> signed</summary>
    Jslt = 0xc0,

    /// <summary><c>&lt;=</c> signed</summary>
    Jsle = 0xd0,

    /// <summary><c>may_goto</c></summary>
    Jcond = 0xe0,

    /// <summary>The kernel's own tail call (<c>BPF_TAIL_CALL</c> of include/linux/filter.h); never accepted from user space.</summary>
    TailCall = 0xf0,
}

/// <summary>Bit 3 of an arithmetic or jump opcode (<c>BPF_SRC</c>).</summary>
public enum OperandSource : byte
{
    /// <summary>The second operand is the immediate.</summary>
    Immediate = 0x00,

    /// <summary>The second operand is the source register.</summary>
    Register = 0x08,
}

/// <summary>Bits 3 and 4 of a memory opcode (<c>BPF_SIZE</c>).</summary>
public enum MemorySize : byte
{
    /// <summary>4 bytes</summary>
    Word = 0x00,

    /// <summary>2 bytes</summary>
    Half = 0x08,

    /// <summary>1 byte</summary>
    Byte = 0x10,

    /// <summary>8 bytes</summary>
    Double = 0x18,
}

/// <summary>The high three bits of a memory opcode (<c>BPF_MODE</c>). Values repeat: a mode has its meaning in its class.</summary>
public static class MemoryMode
{
    /// <summary>64-bit immediate, class <see cref="InstructionClass.Ld"/>.</summary>
    public const byte Imm = 0x00;

    /// <summary>Legacy packet load at a fixed offset, class <see cref="InstructionClass.Ld"/>.</summary>
    public const byte Abs = 0x20;

    /// <summary>Legacy packet load at a register plus an offset, class <see cref="InstructionClass.Ld"/>.</summary>
    public const byte Ind = 0x40;

    /// <summary>Load or store.</summary>
    public const byte Mem = 0x60;

    /// <summary>Load with sign extension.</summary>
    public const byte MemSx = 0x80;

    /// <summary>Atomic operation, class <see cref="InstructionClass.Stx"/>.</summary>
    public const byte Atomic = 0xc0;

    /// <summary>Kernel-internal: a load that may fault (<c>BPF_PROBE_MEM</c>).</summary>
    public const byte ProbeMem = 0x20;

    /// <summary>Kernel-internal: a sign-extending load that may fault (<c>BPF_PROBE_MEMSX</c>).</summary>
    public const byte ProbeMemSx = 0x40;

    /// <summary>Kernel-internal: an arena access (<c>BPF_PROBE_MEM32</c>).</summary>
    public const byte ProbeMem32 = 0xa0;

    /// <summary>Kernel-internal: a sign-extending arena load (<c>BPF_PROBE_MEM32SX</c>).</summary>
    public const byte ProbeMem32Sx = 0xc0;

    /// <summary>Kernel-internal: an atomic operation on an arena (<c>BPF_PROBE_ATOMIC</c>).</summary>
    public const byte ProbeAtomic = 0xe0;

    /// <summary>Kernel-internal: a speculation barrier, class <see cref="InstructionClass.St"/> (<c>BPF_NOSPEC</c>).</summary>
    public const byte NoSpec = 0xc0;
}

/// <summary>A comparison of a conditional jump; the values are those of <see cref="JumpOp"/>.</summary>
public enum Condition : byte
{
    /// <summary><c>==</c></summary>
    Equal = JumpOp.Jeq,

    /// <summary><c>!=</c></summary>
    NotEqual = JumpOp.Jne,

    /// <summary><c>&gt;</c> unsigned</summary>
    Greater = JumpOp.Jgt,

    /// <summary><c>&gt;=</c> unsigned</summary>
    GreaterOrEqual = JumpOp.Jge,

    /// <summary><c>&lt;</c> unsigned</summary>
    Less = JumpOp.Jlt,

    /// <summary><c>&lt;=</c> unsigned</summary>
    LessOrEqual = JumpOp.Jle,

    /// <summary><c>&gt;</c> signed</summary>
    SignedGreater = JumpOp.Jsgt,

    /// <summary><c>&gt;=</c> signed</summary>
    SignedGreaterOrEqual = JumpOp.Jsge,

    /// <summary><c>&lt;</c> signed</summary>
    SignedLess = JumpOp.Jslt,

    /// <summary><c>&lt;=</c> signed</summary>
    SignedLessOrEqual = JumpOp.Jsle,

    /// <summary><c>&amp;</c>: any bit in common</summary>
    AnyBit = JumpOp.Jset,
}
