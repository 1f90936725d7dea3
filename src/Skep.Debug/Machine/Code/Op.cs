namespace Skep.Debug.Machine.Code;

/// <summary>A decoded instruction, of as many bytes as fit into half a cache line.</summary>
internal struct Op
{
    /// <summary>The register that holds the immediate of the instruction that runs.</summary>
    public const int ImmediateRegister = 12;

    public OpCode Code;

    public byte Dst;

    public byte Src;

    /// <summary>Bytes of a memory operand.</summary>
    public byte Size;

    /// <summary>By bit: the registers that it reads.</summary>
    public ushort Needs;

    /// <summary>By bit: the registers that it writes.</summary>
    public ushort Sets;

    /// <summary>The place that it jumps to, the number of what it calls, or of the reason that it stops for.</summary>
    public int Target;

    /// <summary>The offset of a memory operand.</summary>
    public int Offset;

    public ulong Immediate;
}
