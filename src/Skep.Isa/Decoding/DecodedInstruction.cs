namespace Skep.Isa;

/// <summary>
/// An instruction and what it means: one slot, or two for a 64-bit immediate. A faulty one keeps its slots verbatim, and its
/// <see cref="Kind"/> says what it would be were the fault not there.
/// </summary>
/// <param name="Index">Number of the first slot in the program, from 0.</param>
/// <param name="First">The first slot.</param>
/// <param name="Second">The second slot; zero when there is one only.</param>
/// <param name="Slots">1 or 2.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Fault">Why it is invalid, or <see cref="DecodeFault.None"/>.</param>
public readonly record struct DecodedInstruction(
    int Index, Instruction First, Instruction Second, byte Slots, OperationKind Kind, DecodeFault Fault)
{
    /// <summary>Whether the slots are an instruction.</summary>
    public bool IsValid => Fault == DecodeFault.None;

    /// <summary>Destination register.</summary>
    public Register Dst => (Register)First.Dst;

    /// <summary>Source register; meaningless where the operation has none.</summary>
    public Register Src => (Register)First.Src;

    /// <summary>Offset in bytes of a memory operand.</summary>
    public short Offset => First.Off;

    /// <summary>The immediate of the first slot.</summary>
    public int Imm => First.Imm;

    /// <summary>The 64-bit immediate of both slots, low half first.</summary>
    public ulong Imm64 => (uint)First.Imm | (ulong)(uint)Second.Imm << 32;

    /// <summary>
    /// The second immediate: the offset in bytes of <see cref="OperationKind.LoadMapValue"/>, a BTF object's descriptor of
    /// <see cref="OperationKind.LoadBtfId"/>.
    /// </summary>
    public int SecondImm => Second.Imm;

    /// <summary>Whether an arithmetic or comparison works on the low 32 bits.</summary>
    public bool Is32Bit => First.Class is InstructionClass.Alu or InstructionClass.Jmp32;

    /// <summary>Whether the second operand of an arithmetic or comparison is <see cref="Src"/>, not <see cref="Imm"/>.</summary>
    public bool UsesSourceRegister => First.Source == OperandSource.Register;

    /// <summary>The operation of an arithmetic instruction.</summary>
    public AluOp AluOp => (AluOp)First.Op;

    /// <summary>The comparison of a conditional jump.</summary>
    public Condition Condition => (Condition)First.Op;

    /// <summary>The operation of an atomic instruction.</summary>
    public AtomicOp AtomicOp => (AtomicOp)First.Imm;

    /// <summary>Width of a memory operand.</summary>
    public MemorySize MemorySize => First.MemorySize;

    /// <summary>Width in bytes of a memory operand: 1, 2, 4 or 8.</summary>
    public int Bytes => MemorySize switch { MemorySize.Word => 4, MemorySize.Half => 2, MemorySize.Byte => 1, _ => 8 };

    /// <summary>Width in bits of a sign-extending move, or of a byte order conversion.</summary>
    public int ConversionBits => Kind == OperationKind.MoveSignExtend ? First.Off : First.Imm;

    /// <summary>The distance of a jump in slots, counted from the slot after it.</summary>
    public int JumpDistance => Kind == OperationKind.JumpLong ? First.Imm : First.Off;

    /// <summary>
    /// The slot that a jump goes to, a local call calls, or a function load names; -1 for other operations. Not checked
    /// against the program's length.
    /// </summary>
    /// <param name="form">Where a local call keeps its distance.</param>
    public long Target(ProgramForm form = ProgramForm.Loaded) => Kind switch
    {
        OperationKind.Jump or OperationKind.JumpConditional or OperationKind.MayGoto => (long)Index + 1 + First.Off,
        OperationKind.JumpLong or OperationKind.LoadFunction => (long)Index + 1 + First.Imm,
        OperationKind.CallLocal => (long)Index + 1 + (form == ProgramForm.Loaded ? First.Imm : First.Off),
        _ => -1,
    };

    /// <summary>Whether only the kernel makes such an instruction: it is not accepted from user space.</summary>
    public bool IsKernelInternal =>
        Kind is OperationKind.PerCpuAddress or OperationKind.TailCall or >= OperationKind.ProbeLoad
        || (UsesDst && Dst == Register.Ax) || (UsesSrc && Src == Register.Ax);

    private bool UsesDst =>
        Kind is not (OperationKind.Invalid or OperationKind.CallHelper or OperationKind.CallLocal or OperationKind.CallKfunc);

    private bool UsesSrc => First.Class switch
    {
        InstructionClass.Ldx or InstructionClass.Stx => true,
        InstructionClass.Ld or InstructionClass.St => Kind == OperationKind.LoadPacketIndirect,
        _ => UsesSourceRegister,
    };
}
