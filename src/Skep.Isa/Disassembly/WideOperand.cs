namespace Skep.Isa;

/// <summary>The operand of a two-slot load in bpftool's words: <c>map[id:5]</c>, <c>subprog[+3]</c>, <c>0x1122334455667788</c>.</summary>
internal static class WideOperand
{
    public static void Write(in DecodedInstruction item, DisassemblerOptions options, TokenWriter writer)
    {
        switch (item.First.Src)
        {
            case WideSource.MapFd or WideSource.MapValue or WideSource.MapIndex or WideSource.MapIndexValue:
                WriteMap(item, options, writer);
                break;
            case WideSource.Function:
                writer.Keyword("subprog");
                writer.Punctuation("[");
                writer.Signed(item.Imm, TokenKind.Function);
                writer.Punctuation("]");
                break;
            case WideSource.BtfId when options.Symbols?.Variable(item) is { } variable:
                writer.Name(variable, TokenKind.KernelSymbol);
                break;
            default:
                writer.Hex(item.Imm64);
                break;
        }
    }

    private static void WriteMap(in DecodedInstruction item, DisassemblerOptions options, TokenWriter writer)
    {
        var indexed = item.First.Src is WideSource.MapIndex or WideSource.MapIndexValue;
        var value = item.First.Src is WideSource.MapValue or WideSource.MapIndexValue;
        if (options.Symbols?.Map(item) is { } name)
            writer.Name(name, TokenKind.Map);
        else
            WriteMapNumber(item, indexed, options, writer);
        if (!value)
            return;
        if (!indexed)
            writer.Punctuation("[0]");
        writer.OperatorAlone("+");
        writer.Decimal((uint)item.SecondImm);
    }

    private static void WriteMapNumber(in DecodedInstruction item, bool indexed, DisassemblerOptions options, TokenWriter writer)
    {
        var id = options.Form == ProgramForm.Translated ? (uint)item.Imm : indexed ? null : options.Symbols?.MapId(item.Imm);
        writer.Keyword("map");
        writer.Punctuation("[");
        writer.Keyword(indexed ? "idx" : id is null ? "fd" : "id");
        writer.Punctuation(":");
        writer.Decimal(id ?? (indexed ? (long)(uint)item.Imm : item.Imm), TokenKind.Map);
        writer.Punctuation("]");
    }
}
