namespace Skep.Isa;

/// <summary>What an instruction does, finer than its class and coarser than its operands.</summary>
public enum OperationKind : byte
{
    /// <summary>The opcode means nothing.</summary>
    Invalid,

    /// <summary>Two-operand arithmetic: <see cref="DecodedInstruction.AluOp"/> says which.</summary>
    Arithmetic,

    /// <summary><c>s/=</c> (cpu v4)</summary>
    SignedDivide,

    /// <summary><c>s%=</c> (cpu v4)</summary>
    SignedModulo,

    /// <summary><c>dst = -dst</c></summary>
    Negate,

    /// <summary><c>dst = src</c> or an immediate</summary>
    Move,

    /// <summary><c>dst = (s8|s16|s32)src</c> (cpu v4)</summary>
    MoveSignExtend,

    /// <summary><c>dst = leN dst</c></summary>
    ToLittleEndian,

    /// <summary><c>dst = beN dst</c></summary>
    ToBigEndian,

    /// <summary><c>dst = bswapN dst</c> (cpu v4)</summary>
    ByteSwap,

    /// <summary>Cast between the address spaces of an arena and the kernel.</summary>
    AddressSpaceCast,

    /// <summary>Kernel-internal: address of this CPU's copy of a per-CPU variable.</summary>
    PerCpuAddress,

    /// <summary>64-bit number, two slots.</summary>
    LoadNumber,

    /// <summary>Map by file descriptor (id in translated programs), two slots.</summary>
    LoadMap,

    /// <summary>Address in a map's first value, two slots.</summary>
    LoadMapValue,

    /// <summary>Address of a kernel variable by BTF id, two slots.</summary>
    LoadBtfId,

    /// <summary>Address of a function of the program, two slots.</summary>
    LoadFunction,

    /// <summary>Map by index into <c>fd_array</c>, two slots.</summary>
    LoadMapIndex,

    /// <summary>Address in the first value of a map by index into <c>fd_array</c>, two slots.</summary>
    LoadMapIndexValue,

    /// <summary>Legacy packet load at a fixed offset.</summary>
    LoadPacketAbsolute,

    /// <summary>Legacy packet load at a register plus an offset.</summary>
    LoadPacketIndirect,

    /// <summary>Load from memory.</summary>
    Load,

    /// <summary>Load with sign extension (cpu v4).</summary>
    LoadSignExtend,

    /// <summary>Store a register.</summary>
    Store,

    /// <summary>Store an immediate.</summary>
    StoreImmediate,

    /// <summary>Atomic read-modify-write: <see cref="DecodedInstruction.AtomicOp"/> says which.</summary>
    Atomic,

    /// <summary>Load, acquire order.</summary>
    LoadAcquire,

    /// <summary>Store, release order.</summary>
    StoreRelease,

    /// <summary>Jump, 16-bit distance.</summary>
    Jump,

    /// <summary>Jump, 32-bit distance (<c>gotol</c>, cpu v4).</summary>
    JumpLong,

    /// <summary>Jump to the address in a register (<c>gotox</c>).</summary>
    JumpIndirect,

    /// <summary>Jump on a comparison.</summary>
    JumpConditional,

    /// <summary><c>may_goto</c>: falls through while the program's iteration budget lasts, else jumps.</summary>
    MayGoto,

    /// <summary>Call of a helper by id (by address in translated programs).</summary>
    CallHelper,

    /// <summary>Call of a function of the program.</summary>
    CallLocal,

    /// <summary>Call of a kernel function by BTF id (by address in translated programs).</summary>
    CallKfunc,

    /// <summary>Call of the address in a register.</summary>
    CallIndirect,

    /// <summary>Kernel-internal: tail call.</summary>
    TailCall,

    /// <summary>Return.</summary>
    Exit,

    /// <summary>Kernel-internal: a load that may fault.</summary>
    ProbeLoad,

    /// <summary>Kernel-internal: a sign-extending load that may fault.</summary>
    ProbeLoadSignExtend,

    /// <summary>Kernel-internal: load from an arena.</summary>
    ArenaLoad,

    /// <summary>Kernel-internal: sign-extending load from an arena.</summary>
    ArenaLoadSignExtend,

    /// <summary>Kernel-internal: store of a register to an arena.</summary>
    ArenaStore,

    /// <summary>Kernel-internal: store of an immediate to an arena.</summary>
    ArenaStoreImmediate,

    /// <summary>Kernel-internal: atomic operation on an arena.</summary>
    ArenaAtomic,

    /// <summary>Kernel-internal: speculation barrier (<c>nospec</c>).</summary>
    SpeculationBarrier,
}

/// <summary>Why a slot is not a valid instruction.</summary>
public enum DecodeFault : byte
{
    /// <summary>It is one.</summary>
    None,

    /// <summary>No instruction has this opcode.</summary>
    UnknownOpcode,

    /// <summary>A field that the instruction does not use is not zero.</summary>
    ReservedField,

    /// <summary>A register field names no register.</summary>
    InvalidRegister,

    /// <summary>A two-slot instruction at the end of the program.</summary>
    MissingSecondSlot,

    /// <summary>The second slot of a two-slot instruction has more than an immediate in it.</summary>
    MalformedSecondSlot,

    /// <summary>The source field of a wide immediate or call has no meaning.</summary>
    UnknownPseudoSource,

    /// <summary>The immediate of an atomic instruction names no operation, or none of this size.</summary>
    UnknownAtomic,

    /// <summary>A byte order conversion of a width other than 16, 32 and 64.</summary>
    InvalidSwapWidth,

    /// <summary>The offset selects no variant of the operation.</summary>
    UnknownVariant,
}
