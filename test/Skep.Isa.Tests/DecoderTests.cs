using static Skep.Isa.Register;

namespace Skep.Isa.Tests;

public sealed class DecoderTests
{
    [Fact]
    public void Items_are_numbered_by_slots()
    {
        var indexes = new List<int>();
        foreach (var item in Decoder.Decode(new Assembler().LoadImm64(R1, 1L).LoadMapFd(R2, 3).Exit().Build()))
            indexes.Add(item.Index);

        Assert.Equal([0, 2, 4], indexes);
    }

    [Fact]
    public void A_malformed_second_slot_is_shown_as_an_instruction_of_its_own()
    {
        Instruction[] program = [new(0x18, 1, 0, 0, 5), new(0xb7, 0, 0, 0, 1)];

        Assert.Equal(DecodeFault.MalformedSecondSlot, Decoder.Decode(program, 0).Fault);
        Assert.Equal(1, Decoder.Decode(program, 0).Slots);
        Assert.Equal(OperationKind.Move, Decoder.Decode(program, 1).Kind);
    }

    [Fact]
    public void A_place_outside_of_the_program_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Decoder.Decode(SamplePrograms.Trivial, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Decoder.Decode(SamplePrograms.Trivial, -1));
    }

    [Fact]
    public void Every_fault_has_words_of_its_own()
    {
        var words = Enum.GetValues<DecodeFault>().Select(fault => fault.Describe()).ToList();

        Assert.Equal(words.Count, words.Distinct().Count());
        Assert.DoesNotContain("unknown fault", words);
    }

    [Theory]
    [InlineData("bf21ffff00000000", true)]
    [InlineData("bf2b000000000000", true)]
    [InlineData("bfb1000000000000", true)]
    [InlineData("40b0000000000000", true)]
    [InlineData("2112000000000000", true)]
    [InlineData("c200000000000000", true)]
    [InlineData("f500000000000000", true)]
    [InlineData("bf21000000000000", false)]
    [InlineData("8500000001000000", false)]
    [InlineData("e500010000000000", false)]
    public void What_only_the_kernel_makes_is_told_apart(string bytes, bool isInternal) =>
        Assert.Equal(isInternal, Item(bytes).IsKernelInternal);

    [Theory]
    [InlineData("0500fbff00000000", -4)]
    [InlineData("0600000000100000", 4097)]
    [InlineData("1501ff7f00000000", 32768)]
    [InlineData("851000000a000000", 11)]
    [InlineData("06000000ffffff7f", 2147483648)]
    [InlineData("9500000000000000", -1)]
    public void Targets_count_from_the_next_slot(string bytes, long target) => Assert.Equal(target, Item(bytes).Target());

    [Fact]
    public void A_local_calls_target_is_where_its_form_of_program_has_it()
    {
        var call = Item("8510030007000000");

        Assert.Equal(8, call.Target(ProgramForm.Loaded));
        Assert.Equal(4, call.Target(ProgramForm.Translated));
    }

    [Theory]
    [InlineData("7112000000000000", 1)]
    [InlineData("6912000000000000", 2)]
    [InlineData("6112000000000000", 4)]
    [InlineData("7912000000000000", 8)]
    public void A_memory_operand_has_its_width(string bytes, int width) => Assert.Equal(width, Item(bytes).Bytes);

    private static DecodedInstruction Item(string bytes) => Decoder.Decode(Decoder.Slots(Convert.FromHexString(bytes)), 0);
}
