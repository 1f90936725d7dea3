namespace Skep.Isa;

/// <summary>Signs that the notations share. Null where the kernel's tables have a hole.</summary>
internal static class Notation
{
    public static string? Arithmetic(byte op) => (AluOp)op switch
    {
        AluOp.Add => "+=",
        AluOp.Sub => "-=",
        AluOp.Mul => "*=",
        AluOp.Div => "/=",
        AluOp.Or => "|=",
        AluOp.And => "&=",
        AluOp.Lsh => "<<=",
        AluOp.Rsh => ">>=",
        AluOp.Neg => "neg",
        AluOp.Mod => "%=",
        AluOp.Xor => "^=",
        AluOp.Mov => "=",
        AluOp.Arsh => "s>>=",
        AluOp.End => "endian",
        _ => null,
    };

    public static string? Jump(byte op) => (JumpOp)op switch
    {
        JumpOp.Ja => "jmp",
        JumpOp.Jeq => "==",
        JumpOp.Jgt => ">",
        JumpOp.Jlt => "<",
        JumpOp.Jge => ">=",
        JumpOp.Jle => "<=",
        JumpOp.Jset => "&",
        JumpOp.Jne => "!=",
        JumpOp.Jsgt => "s>",
        JumpOp.Jslt => "s<",
        JumpOp.Jsge => "s>=",
        JumpOp.Jsle => "s<=",
        JumpOp.Call => "call",
        JumpOp.Exit => "exit",
        _ => null,
    };

    public static string Unsigned(MemorySize size) => size switch
    {
        MemorySize.Word => "u32",
        MemorySize.Half => "u16",
        MemorySize.Byte => "u8",
        _ => "u64",
    };

    public static string? Signed(MemorySize size) => size switch
    {
        MemorySize.Word => "s32",
        MemorySize.Half => "s16",
        MemorySize.Byte => "s8",
        _ => null,
    };

    public static string Signed(int bits) => bits switch { 8 => "s8", 16 => "s16", _ => "s32" };

    public static string AtomicName(AtomicOp op) => (AtomicOp)((int)op & ~1) switch
    {
        AtomicOp.Add => "add",
        AtomicOp.And => "and",
        AtomicOp.Or => "or",
        _ => "xor",
    };
}
