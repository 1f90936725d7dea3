using System.Diagnostics;
using System.Text.Json;
using Skep.EndToEnd.Support;
using Skep.EndToEnd.Watch;

namespace Skep.EndToEnd.Prog;

/// <summary><c>skep prog decompile</c> and <c>skep prog diff</c> of loaded programs and of files.</summary>
public sealed class DecompileTests
{
    [Fact]
    public void A_loaded_program_is_decompiled_and_identical_to_itself()
    {
        Requires.Root();
        using Process holder = Tool.Start(CProgram.Path("loads.c"), ["poster"], ("HOLD", "1"));
        JsonElement loaded = Json.Parse(Tool.FirstLine(holder));
        try
        {
            string id = $"{loaded.Number("id")}";
            Outcome text = SkepBinary.Run("prog", "decompile", "id", id);
            text.Succeeds();
            Assert.Contains("return", text.Output);
            JsonElement json = Json.Parse(SkepBinary.Run("prog", "decompile", id, "-j").Output.TrimEnd());
            Assert.Equal("translated", json.Text("form"));
            Assert.EndsWith(json.GetProperty("functions")[0].Text("text")!, text.Output);
            Outcome same = SkepBinary.Run("prog", "diff", "id", id, id, "--exit-code");
            same.Succeeds();
            Assert.StartsWith("identical: ", same.Output);
        }
        finally
        {
            holder.StandardInput.Close();
            holder.WaitForExit();
        }
    }

    [Fact]
    public void Files_are_compared_and_the_exit_code_tells_on_request()
    {
        using var scratch = new Scratch();
        string first = scratch.File("first"), second = scratch.File("second");
        File.WriteAllBytes(first, LoadTests.Many(3, last: 0x95));
        File.WriteAllBytes(second, LoadTests.Many(4, last: 0x95));
        Outcome diff = SkepBinary.Run("prog", "diff", first, second);
        diff.Succeeds();
        Assert.Contains("3 instructions → 4: 0 removed, 1 added", diff.Output);
        Assert.Equal(1, SkepBinary.Run("prog", "diff", first, second, "--exit-code").Code);
        SkepBinary.Run("prog", "diff", first, first, "--exit-code").Succeeds();
        Assert.Equal(2, SkepBinary.Run("prog", "diff", first).Code);
    }

    [Fact]
    public void Big_endian_objects_are_disassembled_and_what_reads_their_memory_is_refused()
    {
        using var scratch = new Scratch();
        string source = scratch.File("f.c"), big = scratch.File("big.o"), little = scratch.File("little.o"), bytes = scratch.File("bytes");
        File.WriteAllText(
            source, "__attribute__((section(\"xdp\"), used)) int f(unsigned char *c) { return c[3] * 0x01020304 + (c[5] > 7); }\n");
        Tool.Run("clang", "-O2", "-target", "bpfeb", "-c", source, "-o", big);
        Tool.Run("clang", "-O2", "-target", "bpfel", "-c", source, "-o", little);
        Outcome dump = SkepBinary.Run("prog", "dump", big);
        Assert.Equal((0, SkepBinary.Run("prog", "dump", little).Output), (dump.Code, dump.Output));
        SkepBinary.Run("prog", "cfg", big).Succeeds();
        string[][] refused =
        [
            ["decompile", big], ["explain", big], ["diff", big, big], ["dump", big, "opcodes"], ["dump", big, "file", bytes],
            ["dump", big, "--elf", bytes]
        ];
        Assert.All(refused, words =>
        {
            Outcome refusal = SkepBinary.Run(["prog", .. words]);
            Assert.Equal(3, refusal.Code);
            Assert.Equal("", refusal.Output);
            Assert.Contains("big-endian", refusal.Error);
        });

        Assert.False(File.Exists(bytes));
    }
}
