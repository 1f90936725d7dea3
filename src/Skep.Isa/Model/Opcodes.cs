namespace Skep.Isa;

/// <summary>Whole opcodes that have one meaning, and the parts' composition.</summary>
internal static class Opcodes
{
    public const byte LoadImmediate64 = 0x18;
    public const byte Jump = 0x05;
    public const byte JumpIndirect = 0x0d;
    public const byte JumpLong = 0x06;
    public const byte Call = 0x85;
    public const byte CallIndirect = 0x8d;
    public const byte Exit = 0x95;
    public const byte MayGoto = 0xe5;
    public const byte TailCall = 0xf5;
    public const byte SpeculationBarrier = 0xc2;

    public static byte Alu(InstructionClass @class, AluOp op, OperandSource source) => (byte)((byte)@class | (byte)op | (byte)source);

    public static byte Jmp(InstructionClass @class, Condition condition, OperandSource source) =>
        (byte)((byte)@class | (byte)condition | (byte)source);

    public static byte Memory(InstructionClass @class, byte mode, MemorySize size) => (byte)((byte)@class | mode | (byte)size);
}
