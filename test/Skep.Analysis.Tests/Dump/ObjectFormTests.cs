using System.Text.RegularExpressions;
using Skep.Analysis.Decompile;
using Skep.Analysis.Diff;
using Skep.Analysis.Explain;
using Skep.Analysis.Tests.Support;
using Skep.Bpf;
using Skep.Bpf.Elf;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Analysis.Tests.Dump;

/// <summary>Object files of other forms than today's compilers write for this machine.</summary>
public sealed partial class ObjectFormTests
{
    private static readonly string _source = Path.Combine(AppContext.BaseDirectory, "Programs/endian.bpf.c");

    [Fact]
    public void Functions_whose_symbols_have_no_type_are_those_that_have_one()
    {
        IReadOnlyList<ProgramCode> typed = BpfPrograms.OfBytes(Assembled(text => text));
        IReadOnlyList<ProgramCode> untyped = BpfPrograms.OfBytes(Assembled(text =>
            Regex.Replace(text, @"^\s*\.(type|size)\s.*$", "", RegexOptions.Multiline)));
        Assert.Equal(["filter"], typed.Select(code => code.Name));
        Assert.Equal(typed.Select(Described), untyped.Select(Described));
        Assert.Equal(BpfProgramType.Xdp, untyped[0].Type);
        Assert.True(ProgramDiff.Of(typed[0], untyped[0]).IsIdentical);
    }

    [Fact]
    public void Labels_of_blocks_are_no_functions()
    {
        // As LLVM before 7 wrote them: labels of blocks are in the table of symbols, without a type.
        byte[] elf = Assembled(text =>
            Regex.Replace(Regex.Replace(text, @"^\s*\.(type|size)\s.*$", "", RegexOptions.Multiline), @"\.L(BB\d|func_end|tmp)", "L$1"));
        Assert.True(ElfFile.TryParse(elf, out ElfFile? file, out string reason), reason);
        Assert.Contains(file.Symbols, symbol => symbol.Name.StartsWith("LBB", StringComparison.Ordinal));
        Assert.Equal(["filter", "over"], BpfElfProgram.List(file).Select(program => program.Name).Order());
    }

    [Fact]
    public void Code_without_symbols_is_named_after_its_section()
    {
        string[] assembly = ["\t.section xdp,\"ax\",@progbits", "\tr0 = 2", "\texit", "\t.section tc,\"ax\",@progbits", "\tr0 = 0",
            "\texit"];
        IReadOnlyList<ProgramCode> programs = BpfPrograms.OfBytes(Assemble(string.Join('\n', assembly) + "\n", "bpfel"));
        Assert.Equal([("xdp", BpfProgramType.Xdp), ("tc", BpfProgramType.SchedCls)],
            programs.Select(code => (code.Name!, code.Type!.Value)));
        Assert.All(programs, code => Assert.Equal(2, code.Instructions.Length));
    }

    [Fact]
    public void A_program_for_tail_calls_is_of_its_callers_type()
    {
        BpfElfFunction[] functions = [new("main", "classifier", Return(1), []), new("next", "2/10", Return(2), []),
            new("other", "something", Return(3), [])];
        Assert.Equal([BpfProgramType.SchedCls, BpfProgramType.SchedCls, null],
            BpfPrograms.OfBytes(BpfElfWriter.Write(functions, "GPL")).Select(code => code.Type));
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v3")]
    public void Big_endian_objects_read_as_llvm_objdump_writes_them(string cpu)
    {
        string file = Path.GetTempFileName();
        try
        {
            Tool.Run("clang", ["-O2", "-g", "-target", "bpfeb", $"-mcpu={cpu}", .. BpfSource.Include, "-c", _source, "-o", file]);
            CompareWithObjdump(file, narrow: cpu == "v3", least: 25);
            ProgramCode code = Assert.Single(CodeFileReader.Read(file));
            Assert.True(code.IsBigEndian);
            Assert.Equal(("filter", BpfProgramType.Xdp, "GPL"), (code.Name, code.Type, code.License));
            Assert.Equal(["counts", ".rodata"], code.Maps.Select(map => map.Name).OrderDescending());
            Assert.Equal((4u, 8u),
                (code.Maps.Single(map => map.Name == "counts").KeySize!.Value,
                code.Maps.Single(map => map.Name == "counts").ValueSize!.Value));
            Assert.Equal(["filter", "over"], code.Functions.Select(function => function.Name));
            Assert.Contains(code.Lines, line => line.Text.Contains("bpf_htons(0x0800)", StringComparison.Ordinal));
            Assert.Contains("big-endian", Assert.Throws<NotSupportedException>(() => Decompilation.Of(code)).Message,
                StringComparison.Ordinal);
            Assert.Contains("big-endian", Assert.Throws<NotSupportedException>(() => Explainer.Explain(code)).Message,
                StringComparison.Ordinal);
            Assert.Contains("big-endian", Assert.Throws<NotSupportedException>(() => ProgramDiff.Of(code, code)).Message,
                StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Rare_big_endian_instructions_read_as_llvm_objdump_writes_them()
    {
        // lddw, be16, le64, lock +=, the two packet loads, jumps, s>>=, negation, calls.
        Instruction[] code =
        [
            new(0x18, 1, 0, 0, unchecked((int)0x9abcdef0)), new(0, 0, 0, 0, 0x12345678), new(0xdc, 2, 0, 0, 16), new(0xd4, 3, 0, 0, 64),
                new(0xc3, 1, 2, 4, 0),
            new(0x28, 0, 0, 0, 12), new(0x50, 0, 7, 0, 0), new(0x65, 7, 0, -3, -1), new(0xc4, 3, 0, 0, 5), new(0x87, 9, 0, 0, 0),
                new(0x85, 0, 0, 0, 12), new(0x2d, 8, 9, 1, 0), new(0x95, 0, 0, 0, 0),
            new(0x95, 0, 0, 0, 0),
        ];
        string[] assembly = ["\t.section xdp,\"ax\",@progbits", "\t.globl f", "f:",
            .. code.Select(word => $"\t.byte {string.Join(", ", BigEndian(word))}")];
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, Assemble(string.Join('\n', assembly) + "\n", "bpfeb"));
            CompareWithObjdump(file, narrow: true, least: 13);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static void CompareWithObjdump(string file, bool narrow, int least)
    {
        Assert.True(ElfFile.TryParse(File.ReadAllBytes(file), out ElfFile? elf, out string reason), reason);
        Assert.True(elf.IsBigEndian);
        var disassembler = new Disassembler(new DisassemblerOptions
        {
            Syntax = Syntax.Llvm, DecimalNumbers = true,
            NarrowRegisters = narrow
        });
        string listing = Tool.Run("llvm-objdump", "-d", "--mattr=" + (narrow ? "+alu32" : "-alu32"), file);
        string[] expected = [.. Line().Matches(listing).Select(line => Target().Replace(line.Groups["text"].Value.Trim(), ""))];
        var read = new List<string>();
        foreach (BpfElfProgram program in BpfElfProgram.List(elf))
            foreach (DecodedInstruction item in Decoder.Decode(program.Instructions.Span)) read.Add(disassembler.Text(item));
        Assert.True(expected.Length >= least, listing);
        Assert.Equal(expected, read);
    }

    private static (string?, string?, int, string) Described(ProgramCode code) =>
        (code.Name, code.SectionName, code.Bytes.Length,
            string.Join(' ', code.Functions.Select(function => $"{function.Name}@{function.Slot}")));

    private static IEnumerable<byte> BigEndian(Instruction word) =>
        [word.Code, (byte)((word.Dst << 4) | word.Src), (byte)(word.Off >> 8), (byte)word.Off, (byte)(word.Imm >> 24),
            (byte)(word.Imm >> 16), (byte)(word.Imm >> 8), (byte)word.Imm];

    private static byte[] Return(int value) => [.. BitConverter.GetBytes(0xb7ul | ((ulong)value << 32)), .. BitConverter.GetBytes(0x95ul)];

    private static byte[] Assembled(Func<string, string> change)
    {
        string assembly = Path.GetTempFileName();
        try
        {
            Tool.Run("clang", ["-O2", "-target", "bpf", "-fno-addrsig", .. BpfSource.Include, "-S", _source, "-o", assembly]);
            return Assemble(change(File.ReadAllText(assembly)), "bpfel");
        }
        finally
        {
            File.Delete(assembly);
        }
    }

    private static byte[] Assemble(string assembly, string target)
    {
        string input = Path.GetTempFileName(), output = Path.GetTempFileName();
        try
        {
            File.WriteAllText(input, assembly);
            Tool.Run("llvm-mc", "-triple", target, "-filetype=obj", input, "-o", output);
            return File.ReadAllBytes(output);
        }
        finally
        {
            File.Delete(input);
            File.Delete(output);
        }
    }

    [GeneratedRegex(@"^\s+\d+:\s+(?<bytes>[0-9a-f]{2}( [0-9a-f]{2}){7,15})\t(?<text>.*)$", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex(@" <[^<>]*>$")]
    private static partial Regex Target();
}
