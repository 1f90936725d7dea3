using System.Text.RegularExpressions;
using CsCheck;
using Skep.Bpf.Elf;

namespace Skep.Bpf.Tests;

public sealed partial class ElfTests
{
    [Fact]
    public void Programs_of_clangs_object_are_those_that_libbpf_and_objdump_see()
    {
        byte[] file = BpfSource.Object("Programs/ring.bpf.c");
        Assert.True(ElfFile.TryParse(file, out ElfFile? elf, out string reason), reason);
        Assert.True(elf.IsBpf);
        IReadOnlyList<BpfElfProgram> programs = BpfElfProgram.List(elf);
        using BpfObject obj = BpfObject.Open(file, "ring");
        Assert.All(obj.Programs, expected =>
        {
            BpfElfProgram program = programs.Single(p => p.Name == expected.Name);
            Assert.Equal(expected.SectionName, program.SectionName);
            Assert.Equal(expected.GetInstructions().SelectMany(BitConverter.GetBytes), program.Instructions.ToArray());
            Assert.False(program.IsSubprogram);
        });

        string relocations = Objdump(file, "-r");
        int expectedCount = programs.Sum(p => p.Relocations.Count);
        Assert.NotEqual(0, expectedCount);
        Assert.Equal(expectedCount, TextRelocation().Count(relocations));
        Assert.All(
            programs.Single(p => p.Name == "emit").Relocations,
            r => Assert.Contains(r.Symbol!.Name, relocations, StringComparison.Ordinal));
        Assert.Equal("Dual BSD/GPL\0"u8, elf.Section("license")!.Content.Span);
    }

    [Fact]
    public void What_is_written_objdump_reads()
    {
        ulong[] first = [.. Code.LoadMap(1, 0), .. Code.Return(42)];
        first[0] = 0x18 | 1ul << 8;
        byte[] file = BpfElfWriter.Write(
        [
            new BpfElfFunction("one", "xdp", Bytes(first), [new BpfElfReference(0, "my_map", false)]),
            new BpfElfFunction("two", "xdp", Bytes(Code.Return(7)), []),
            new BpfElfFunction(
                "three",
                "tracepoint/x",
                Bytes([0x0000_0001ul << 32 | 0x1085 & 0xfff | 0x1000, .. Code.Return(9)]),
                [new BpfElfReference(0, "callee", true)]),
        ], "GPL");
        string text = Objdump(file, "-d", "-r");
        Assert.Contains("file format elf64-bpf", text, StringComparison.Ordinal);
        Assert.Contains("Disassembly of section xdp:", text, StringComparison.Ordinal);
        Assert.Contains("<one>:", text, StringComparison.Ordinal);
        Assert.Contains("0000000000000020 <two>:", text, StringComparison.Ordinal);
        Assert.Contains("Disassembly of section tracepoint/x:", text, StringComparison.Ordinal);
        Assert.Contains("R_BPF_64_64\tmy_map", text, StringComparison.Ordinal);
        Assert.Contains("R_BPF_64_32\tcallee", text, StringComparison.Ordinal);
        Assert.Contains("r0 = 42", text, StringComparison.Ordinal);
        Assert.Contains("r0 = 7", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_written_libbpf_opens()
    {
        byte[] file = BpfElfWriter.Write([new BpfElfFunction("passes", "xdp", Bytes(Code.Return(2)), [])], "GPL");
        using BpfObject obj = BpfObject.Open(file, "written");
        Assert.Equal(Code.Return(2), obj.Program("passes").GetInstructions());
        Assert.Equal(BpfProgramType.Xdp, obj.Program("passes").Type);
    }

    [Fact]
    public void What_is_written_is_read_back() =>
        Gen.Select(Gen.Int[1, 50], Gen.ULong.Array[1, 40], Gen.Int[0, 2]).List[0, 6].Sample(shapes =>
        {
            BpfElfFunction[] functions =
            [
                .. shapes.Select(
                    (s, i) =>
                        new BpfElfFunction($"f{i}", $"section{s.Item3}", Bytes(s.Item2), [new BpfElfReference(0, $"s{s.Item1}", false)])),
            ];
            Assert.True(ElfFile.TryParse(BpfElfWriter.Write(functions, "MIT"), out ElfFile? elf, out string reason), reason);
            BpfElfProgram[] read = [.. BpfElfProgram.List(elf).OrderBy(p => int.Parse(p.Name[1..]))];
            Assert.Equal(functions.Length, read.Length);
            for (int i = 0; i < read.Length; i++)
            {
                Assert.Equal(functions[i].SectionName, read[i].SectionName);
                Assert.Equal(functions[i].Instructions.ToArray(), read[i].Instructions.ToArray());
                ElfRelocation relocation = Assert.Single(read[i].Relocations);
                Assert.Equal((0ul, functions[i].References[0].Symbol), (relocation.Offset, relocation.Symbol!.Name));
            }
        });

    [Fact]
    public void Broken_files_give_a_reason_or_are_read_but_never_beyond()
    {
        byte[] good = BpfSource.Object("Programs/ring.bpf.c");
        Gen.Select(Gen.Int[0, good.Length], Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte).Array[0, 30]).Sample((length, changes) =>
        {
            byte[] bad = [.. good];
            foreach ((int at, byte value) in changes) bad[at] = value;
            foreach ((int at, byte value) in changes) bad[at % ElfFormat.HeaderSize] = at % 2 == 0 ? bad[at % ElfFormat.HeaderSize] : value;
            if (ElfFile.TryParse(bad.AsMemory(0, length), out ElfFile? elf, out string reason)) Assert.NotNull(BpfElfProgram.List(elf));
            else Assert.NotEqual("", reason);
        });
    }

    private static byte[] Bytes(ulong[] code) => [.. code.SelectMany(BitConverter.GetBytes)];

    private static string Objdump(byte[] file, params string[] options)
    {
        string path = Path.Combine(Path.GetTempPath(), $"skep-elf-{Guid.NewGuid():N}.o");
        try
        {
            File.WriteAllBytes(path, file);
            return Tool.Run(Tool.Objdump, [.. options, path]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [GeneratedRegex(@"R_BPF_64_(64|32) ")]
    private static partial Regex TextRelocation();
}
