namespace Skep.Isa.Tests;

public sealed class TokenTests
{
    private sealed class Collector : ITokenOutput
    {
        public List<(TokenKind Kind, string Text)> Tokens { get; } = [];

        public void Write(TokenKind kind, ReadOnlySpan<char> text) => Tokens.Add((kind, text.ToString()));
    }

    [Fact]
    public void A_load_has_its_parts_by_kind()
    {
        var collector = new Collector();
        new Disassembler().Write(Decoder.Decode(new Instruction(0x61, 2, 1, 8, 0)), collector);

        Assert.Equal(
            [
                (TokenKind.Opcode, "(61)"), (TokenKind.Space, " "), (TokenKind.Register, "r2"), (TokenKind.Space, " "),
                (TokenKind.Operator, "="),
                (TokenKind.Space, " "), (TokenKind.Operator, "*"), (TokenKind.Punctuation, "("), (TokenKind.Size, "u32"),
                (TokenKind.Punctuation, " *)"),
                (TokenKind.Punctuation, "("), (TokenKind.Register, "r1"), (TokenKind.Space, " "), (TokenKind.Number, "+8"),
                (TokenKind.Punctuation, ")"),
            ],
            collector.Tokens);
    }

    [Theory]
    [InlineData(0x85, 0, TokenKind.Helper, "bpf_get_current_pid_tgid")]
    [InlineData(0x85, 1, TokenKind.Function, "pc+14")]
    [InlineData(0x85, 2, TokenKind.KernelSymbol, "kernel-function")]
    [InlineData(0x05, 0, TokenKind.Label, "pc+3")]
    [InlineData(0x21, 0, TokenKind.Invalid, "BUG_ldx_21")]
    public void What_is_referred_to_has_a_kind_of_its_own(byte code, int src, TokenKind kind, string text)
    {
        var collector = new Collector();
        new Disassembler().Write(Decoder.Decode(new Instruction(code, 0, src, 3, 14)), collector);

        Assert.Contains((kind, text), collector.Tokens);
    }

    [Theory]
    [InlineData(Syntax.Kernel)]
    [InlineData(Syntax.Llvm)]
    public void Plain_text_allocates_nothing(Syntax syntax)
    {
        var program = SamplePrograms.Broad.Concat(SamplePrograms.Recent).ToArray();
        var disassembler = new Disassembler(new DisassemblerOptions { Syntax = syntax });
        var output = new TextOutput();
        disassembler.WriteListing(program, output);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++)
        {
            output.Clear();
            disassembler.WriteListing(program, output);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void A_listing_counts_slots()
    {
        var output = new TextOutput();
        new Disassembler().WriteListing(new Assembler().LoadImm64(Register.R1, 5ul).Mov(Register.R0, 0).Exit().Build(), output);

        Assert.Equal("   0: (18) r1 = 0x5\n   2: (b7) r0 = 0\n   3: (95) exit\n", output.ToString());
    }

    [Fact]
    public void A_listing_of_no_program_is_empty()
    {
        var output = new TextOutput();
        new Disassembler().WriteListing([], output);

        Assert.Equal("", output.ToString());
    }

    [Fact]
    public void Colour_is_around_tokens_and_text_stays_the_same()
    {
        var text = new TextOutput();
        new Disassembler().Write(Decoder.Decode(new Instruction(0xbf, 1, 2, 0, 0)), new AnsiOutput(text));

        Assert.Equal("\u001b[90m(bf)\u001b[0m \u001b[36mr1\u001b[0m = \u001b[36mr2\u001b[0m", text.ToString());
    }

    [Fact]
    public void Html_has_a_class_for_each_kind_and_no_markup_from_tokens()
    {
        var text = new TextOutput();
        new Disassembler().Write(Decoder.Decode(new Instruction(0x67, 1, 0, 0, 3)), new HtmlOutput(text));

        Assert.Equal(
            "<span class=\"opcode\">(67)</span> <span class=\"register\">r1</span> &lt;&lt;= <span class=\"number\">3</span>",
            text.ToString());
    }
}
