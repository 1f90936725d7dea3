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
        var bytes = line.Split('|')[0];
        var item = Parse(line);

        Golden.AssertLine(File, line, $"{bytes}|{item.Kind}|{item.Fault}|{_kernel.Text(item)}|{_llvm.Text(item).Replace("\t", "\\t")}");
    }

    [Fact]
    public void Every_kind_and_every_fault_has_a_line()
    {
        var items = Goldens().Select(line => Parse(line)).ToList();

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

    private static string File => Golden.Beside("Golden/instructions.txt");

    private static IEnumerable<string> Goldens() => System.IO.File.ReadLines(File).Where(line => !line.StartsWith('#'));

    private static DecodedInstruction Parse(string line) => Decoder.Decode(Decoder.Slots(Convert.FromHexString(line.Split('|')[0])), 0);
}
