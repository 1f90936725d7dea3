namespace Skep.Isa;

/// <summary>A register. An encoding has four bits: 12 to 15 name nothing.</summary>
public enum Register : byte
{
    /// <summary>Result of calls, return value of the program.</summary>
    R0,

    /// <summary>First argument of calls; the context at entry.</summary>
    R1,

    /// <summary>Second argument of calls.</summary>
    R2,

    /// <summary>Third argument of calls.</summary>
    R3,

    /// <summary>Fourth argument of calls.</summary>
    R4,

    /// <summary>Fifth argument of calls.</summary>
    R5,

    /// <summary>Kept over calls.</summary>
    R6,

    /// <summary>Kept over calls.</summary>
    R7,

    /// <summary>Kept over calls.</summary>
    R8,

    /// <summary>Kept over calls.</summary>
    R9,

    /// <summary>Frame pointer, read-only.</summary>
    R10,

    /// <summary>Kernel-internal scratch (<c>BPF_REG_AX</c>); appears in translated programs only.</summary>
    Ax,
}

/// <summary>The immediate of an atomic instruction.</summary>
public enum AtomicOp
{
    /// <summary>Add, nothing returned.</summary>
    Add = 0x00,

    /// <summary>Or, nothing returned.</summary>
    Or = 0x40,

    /// <summary>And, nothing returned.</summary>
    And = 0x50,

    /// <summary>Exclusive or, nothing returned.</summary>
    Xor = 0xa0,

    /// <summary>Add; the old value goes to the source register.</summary>
    FetchAdd = 0x01,

    /// <summary>Or; the old value goes to the source register.</summary>
    FetchOr = 0x41,

    /// <summary>And; the old value goes to the source register.</summary>
    FetchAnd = 0x51,

    /// <summary>Exclusive or; the old value goes to the source register.</summary>
    FetchXor = 0xa1,

    /// <summary>Exchange.</summary>
    Exchange = 0xe1,

    /// <summary>Compare with R0 and exchange; the old value goes to R0.</summary>
    CompareExchange = 0xf1,

    /// <summary>Load, acquire order.</summary>
    LoadAcquire = 0x100,

    /// <summary>Store, release order.</summary>
    StoreRelease = 0x110,
}

/// <summary>What the source field of a wide immediate says that the immediate is (<c>BPF_PSEUDO_*</c>).</summary>
public static class WideSource
{
    /// <summary>A number.</summary>
    public const byte Number = 0;

    /// <summary>A map's file descriptor (its id in translated programs).</summary>
    public const byte MapFd = 1;

    /// <summary>A map's file descriptor, and an offset into its first value in the second slot.</summary>
    public const byte MapValue = 2;

    /// <summary>The BTF id of a kernel variable.</summary>
    public const byte BtfId = 3;

    /// <summary>A function of the program, relative to the next slot.</summary>
    public const byte Function = 4;

    /// <summary>An index into the load call's <c>fd_array</c>.</summary>
    public const byte MapIndex = 5;

    /// <summary>An index into the load call's <c>fd_array</c>, and an offset into the map's first value.</summary>
    public const byte MapIndexValue = 6;
}

/// <summary>What the source field of a call says that the immediate is.</summary>
public static class CallSource
{
    /// <summary>A helper's id.</summary>
    public const byte Helper = 0;

    /// <summary>A function of the program, relative to the next slot (<c>BPF_PSEUDO_CALL</c>).</summary>
    public const byte Local = 1;

    /// <summary>The BTF id of a kernel function (<c>BPF_PSEUDO_KFUNC_CALL</c>).</summary>
    public const byte Kfunc = 2;
}

/// <summary>Offsets that make a 64-bit register move something else.</summary>
internal static class MoveOffset
{
    public const short AddressSpaceCast = 1;

    /// <summary><c>BPF_ADDR_PERCPU</c> of include/linux/filter.h, written by the verifier only.</summary>
    public const short PerCpu = -1;
}
