using System.Text.RegularExpressions;

namespace Skep.Isa.Tests;

public sealed partial class LlvmObjdumpTests
{
    [Theory]
    [InlineData("v1", false)]
    [InlineData("v1", true)]
    [InlineData("v2", true)]
    [InlineData("v3", false)]
    [InlineData("v3", true)]
    public void Compiled_C_reads_as_llvm_objdump_writes_it(string cpu, bool hex)
    {
        using var scratch = new Scratch();
        var file = scratch.File("shapes.o");
        Tool.Run("clang", "-target", "bpf", "-mcpu=" + cpu, "-O2", "-c", CProgram.Source("shapes.bpf.c"), "-o", file);

        Assert.True(Compare(file, narrow: cpu == "v3", hex) > 100);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rare_instructions_read_as_llvm_objdump_writes_them(bool hex)
    {
        using var scratch = new Scratch();
        var file = scratch.File("rare.o");
        Tool.Run("llvm-mc", "-triple", "bpfel", "-filetype=obj", CProgram.Source("rare.s"), "-o", file);

        Assert.True(Compare(file, narrow: true, hex) > 50);
    }

    private static int Compare(string file, bool narrow, bool hex)
    {
        var disassembler = new Disassembler(
            new DisassemblerOptions { Syntax = Syntax.Llvm, DecimalNumbers = !hex, NarrowRegisters = narrow });
        var text = Tool.Run(
            "llvm-objdump", ["-d", "--mattr=" + (narrow ? "+alu32" : "-alu32"), .. hex ? new[] { "--print-imm-hex" } : [], file]);
        var lines = Line().Matches(text);
        Assert.All(lines, line =>
        {
            var bytes = Convert.FromHexString(line.Groups["bytes"].Value.Replace(" ", ""));
            // objdump adds the name of a jump's target in angle brackets; goldens cover that.
            var expected = Target().Replace(line.Groups["text"].Value.Trim(), "");
            Assert.Equal(expected, disassembler.Text(Decoder.Decode(Decoder.Slots(bytes), 0)));
        });
        return lines.Count;
    }

    [GeneratedRegex(@"^\s+\d+:\s+(?<bytes>[0-9a-f]{2}( [0-9a-f]{2}){7,15})\t(?<text>.*)$", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex(@" <[^<>]*>$")]
    private static partial Regex Target();
}
