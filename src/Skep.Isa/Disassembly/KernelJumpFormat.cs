namespace Skep.Isa;

/// <summary>Jumps, calls and exit in the kernel's notation.</summary>
internal static class KernelJumpFormat
{
    public static void Write(in DecodedInstruction item, DisassemblerOptions options, TokenWriter writer)
    {
        var slot = item.First;
        writer.Opcode(slot.Code);
        if (slot.Code == Opcodes.CallIndirect)
        {
            writer.Keyword("callx");
            writer.Space();
            writer.Register(slot.Dst != 0 || (uint)slot.Imm > 10 ? slot.Dst : slot.Imm);
        }
        else if ((JumpOp)slot.Op == JumpOp.Call)
        {
            WriteCall(item, options, writer);
        }
        else if (slot.Code == Opcodes.Jump)
        {
            WriteGoto("goto", item, slot.Off, options, writer);
        }
        else if (slot.Code == Opcodes.JumpIndirect)
        {
            writer.Keyword("gotox");
            writer.Space();
            writer.Register(slot.Dst);
        }
        else if (slot.Code == Opcodes.MayGoto && slot.Src == 0)
        {
            WriteGoto("may_goto", item, slot.Off, options, writer);
        }
        else if (slot.Code == Opcodes.JumpLong)
        {
            WriteGoto("gotol", item, slot.Imm, options, writer);
        }
        else if (slot.Code == Opcodes.Exit)
        {
            writer.Keyword("exit");
        }
        else
        {
            WriteConditional(item, options, writer);
        }
    }

    private static void WriteConditional(in DecodedInstruction item, DisassemblerOptions options, TokenWriter writer)
    {
        var slot = item.First;
        var narrow = slot.Class == InstructionClass.Jmp32;
        writer.Keyword("if");
        writer.Space();
        writer.Register(slot.Dst, narrow);
        writer.Operator(Notation.Jump(slot.Op) ?? "(null)");
        if (slot.Source == OperandSource.Register)
            writer.Register(slot.Src, narrow);
        else
            writer.Hex((uint)slot.Imm);
        writer.Space();
        WriteGoto("goto", item, slot.Off, options, writer);
    }

    private static void WriteGoto(string keyword, in DecodedInstruction item, int distance, DisassemblerOptions options, TokenWriter writer)
    {
        writer.Keyword(keyword);
        writer.Space();
        if (options.Symbols?.Label((long)item.Index + 1 + distance) is { } label)
            writer.Name(label, TokenKind.Label);
        else
            writer.Signed(distance, TokenKind.Label, "pc");
    }

    private static void WriteCall(in DecodedInstruction item, DisassemblerOptions options, TokenWriter writer)
    {
        var slot = item.First;
        writer.Keyword("call");
        writer.Space();
        if (slot.Src == CallSource.Local)
        {
            writer.Signed(options.Form == ProgramForm.Loaded ? slot.Imm : slot.Off, TokenKind.Function, "pc");
            if (options.Symbols?.Function(item.Target(options.Form)) is { } function)
            {
                writer.Punctuation("#");
                writer.Name(function, TokenKind.Function);
            }

            return;
        }

        if (slot.Src == CallSource.Helper && HelperNames.Of(slot.Imm) is { } helper)
            writer.Name(helper, TokenKind.Helper);
        else if (options.Symbols?.KernelFunction(item) is { } symbol)
            writer.Name(symbol, slot.Src == CallSource.Helper ? TokenKind.Helper : TokenKind.KernelSymbol);
        else
            writer.Name(slot.Src == CallSource.Kfunc ? "kernel-function" : "unknown", TokenKind.KernelSymbol);
        writer.Punctuation("#");
        writer.Decimal(slot.Imm);
    }
}
