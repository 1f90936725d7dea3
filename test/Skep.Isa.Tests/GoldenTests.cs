namespace Skep.Isa.Tests;

public sealed class GoldenTests
{
    private static readonly Disassembler _kernel = new();
    private static readonly Disassembler _llvm = new(new DisassemblerOptions { Syntax = Syntax.Llvm });

    public static TheoryData<string> Lines => [.. Goldens()];

    [Theory]
    [MemberData(nameof(Lines))]
    public void An_instruction_has_its_kind_and_text(string line)
    {
        var item = Parse(line, out var columns);

        Assert.Equal(columns[1], item.Kind.ToString());
        Assert.Equal(columns[2], item.Fault.ToString());
        Assert.Equal(columns[3], _kernel.Text(item));
        Assert.Equal(columns[4].Replace("\\t", "\t"), _llvm.Text(item));
    }

    [Fact]
    public void Every_kind_and_every_fault_has_a_line()
    {
        var items = Goldens().Select(line => Parse(line, out _)).ToList();

        Assert.Equal(Enum.GetValues<OperationKind>(), items.Select(item => item.Kind).Distinct().Order());
        Assert.Equal(Enum.GetValues<DecodeFault>(), items.Select(item => item.Fault).Distinct().Order());
    }

    [Fact]
    public void A_fault_is_explained_on_request_only()
    {
        var explaining = new Disassembler(new DisassemblerOptions { ExplainFaults = true });
        var item = Decoder.Decode(new Instruction(0x07, 1, 2, 0, 5));

        Assert.Equal("(07) r1 += 5", _kernel.Text(item));
        Assert.Equal("(07) r1 += 5 ; reserved field is not zero", explaining.Text(item));
    }

    private static IEnumerable<string> Goldens() =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Golden", "instructions.txt")).Where(line => !line.StartsWith('#'));

    private static DecodedInstruction Parse(string line, out string[] columns)
    {
        // The text of a bitwise or has the separator in it.
        columns = line.Replace("|=", "\u0001").Split('|').Select(column => column.Replace("\u0001", "|=")).ToArray();
        return Decoder.Decode(Decoder.Slots(Convert.FromHexString(columns[0])), 0);
    }
}
