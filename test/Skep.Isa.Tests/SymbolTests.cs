namespace Skep.Isa.Tests;

public sealed class SymbolTests
{
    private sealed class Names : ISymbolResolver
    {
        public string Text { get; init; } = "name";

        public string? KernelFunction(in DecodedInstruction call) => $"{Text}_{call.Imm}";

        public string? Function(long slot) => $"{Text}_at_{slot}";

        public string? Variable(in DecodedInstruction load) => Text;

        public string? Label(long slot) => $"L{slot}";

        public uint? MapId(int fd) => fd == 5 ? 1234u : null;
    }

    private sealed class MapNames : ISymbolResolver
    {
        public string? Map(in DecodedInstruction load) => "events";
    }

    [Theory]
    [InlineData("8510000004000000", "(85) call pc+4#name_at_5")]
    [InlineData("8520000010270000", "(85) call name_10000#10000")]
    [InlineData("8500000010270000", "(85) call name_10000#10000")]
    [InlineData("8500000001000000", "(85) call bpf_map_lookup_elem#1")]
    [InlineData("0500050000000000", "(05) goto L6")]
    [InlineData("1501ffff00000000", "(15) if r1 == 0x0 goto L0")]
    [InlineData("0600000010000000", "(06) gotol L17")]
    [InlineData("e500020000000000", "(e5) may_goto L3")]
    [InlineData("18110000050000000000000000000000", "(18) r1 = map[id:1234]")]
    [InlineData("18210000050000000000000003000000", "(18) r1 = map[id:1234][0]+3")]
    [InlineData("18110000060000000000000000000000", "(18) r1 = map[fd:6]")]
    [InlineData("18310000060000000000000000000000", "(18) r1 = name")]
    public void Names_stand_in_loaded_programs(string bytes, string text) =>
        Assert.Equal(text, new Disassembler(new DisassemblerOptions { Symbols = new Names() }).Text(Item(bytes)));

    [Theory]
    [InlineData("8510260000000000", "(85) call pc+38#name_at_39")]
    [InlineData("18110000050000000000000000000000", "(18) r1 = map[id:5]")]
    [InlineData("18210000050000000000000003000000", "(18) r1 = map[id:5][0]+3")]
    public void Names_stand_in_translated_programs(string bytes, string text) =>
        Assert.Equal(
            text, new Disassembler(new DisassemblerOptions { Form = ProgramForm.Translated, Symbols = new Names() }).Text(Item(bytes)));

    [Theory]
    [InlineData("18110000050000000000000000000000", "(18) r1 = events")]
    [InlineData("18210000050000000000000003000000", "(18) r1 = events[0]+3")]
    [InlineData("18610000050000000000000003000000", "(18) r1 = events+3")]
    public void A_map_may_have_a_name_in_place_of_its_number(string bytes, string text) =>
        Assert.Equal(text, new Disassembler(new DisassemblerOptions { Symbols = new MapNames() }).Text(Item(bytes)));

    [Fact]
    public void Llvm_text_has_a_jumps_label_after_the_distance() =>
        Assert.Equal(
            "goto +0x5 <L6>",
            new Disassembler(new DisassemblerOptions { Syntax = Syntax.Llvm, Symbols = new Names() }).Text(Item("0500050000000000")));

    [Fact]
    public void Control_characters_of_names_do_not_reach_a_terminal()
    {
        var disassembler = new Disassembler(new DisassemblerOptions { Symbols = new Names { Text = "a\u001b[2J\u202eb" } });

        Assert.Equal("(18) r1 = a\\u001b[2J\\u202eb", disassembler.Text(Item("18310000060000000000000000000000")));
    }

    [Fact]
    public void Helper_names_and_ids_are_each_others_inverse()
    {
        Assert.All(Enumerable.Range(0, HelperNames.Count), id =>
        {
            Assert.True(HelperNames.TryGetId(HelperNames.Of(id)!, out var found));
            Assert.Equal(id, found);
        });
        Assert.Null(HelperNames.Of(-1));
        Assert.Null(HelperNames.Of(HelperNames.Count));
        Assert.False(HelperNames.TryGetId("bpf_no_such_helper", out _));
    }

    private static DecodedInstruction Item(string bytes) => Decoder.Decode(Decoder.Slots(Convert.FromHexString(bytes)), 0);
}
