using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Prog;

/// <summary><c>skep prog dump xlated</c>: byte for byte what bpftool prints.</summary>
[Collection(nameof(DumpScene))]
public sealed partial class XlatedTests(DumpScene scene)
{
    [Fact]
    public void Text_is_bpftools()
    {
        Requires.Root();
        Assert.InRange(scene.Programs.Length, 10, int.MaxValue);
        Assert.All(scene.Ids, id => AssertSame("prog", "dump", "xlated", "id", id, "opcodes"));
        AssertSame("prog", "dump", "xlated", "id", scene.Own);
        AssertSame("prog", "dump", "xlated", "id", scene.Own, "linum");
        AssertSame("prog", "dump", "x", "id", scene.Own, "op");
        AssertSame("prog", "dump", "xlated", "pinned", $"{scene.Pins}/dumped_xdp");
    }

    [Fact]
    public void Json_is_bpftools()
    {
        Requires.Root();
        Assert.All(scene.Ids, id => AssertSameJson("prog", "dump", "xlated", "id", id, "opcodes"));
        AssertSameJson("prog", "dump", "xlated", "id", scene.Own, "linum");
    }

    [Fact]
    public void Several_programs_of_a_name_are_dumped_with_their_heads()
    {
        Requires.Root();
        string again = scene.Pins + "-again";
        Tool.Run("bpftool", "prog", "loadall", CProgram.Object("dump.bpf.c"), again);
        try
        {
            AssertSame("prog", "dump", "xlated", "name", "dumped_xdp");
            AssertSameJson("prog", "dump", "xlated", "name", "dumped_xdp", "opcodes");
            Outcome outcome = SkepBinary.Run("prog", "dump", "xlated", "name", "dumped_xdp", "visual");
            Assert.Equal((2, ""), (outcome.Code, outcome.Output));
        }
        finally
        {
            Tool.Run("rm", "-r", again);
        }
    }

    [Fact]
    public void Bytes_are_bpftools()
    {
        Requires.Root();
        using var scratch = new Scratch();
        Tool.Run("bpftool", "prog", "dump", "xlated", "id", scene.Own, "file", scratch.File("theirs"));
        Assert.Equal("", Tool.Run(SkepBinary.Path, "prog", "dump", "xlated", "id", scene.Own, "file", scratch.File("ours")));
        Assert.Equal(File.ReadAllBytes(scratch.File("theirs")), File.ReadAllBytes(scratch.File("ours")));
    }

    [Fact]
    public void An_elf_object_is_what_llvm_objdump_reads()
    {
        Requires.Root();
        Requires.Installed("llvm-objdump");
        using var scratch = new Scratch();
        Assert.All(scene.Ids, id =>
        {
            string file = scratch.File(id + ".o");
            Tool.Run(SkepBinary.Path, "prog", "dump", "id", id, "--elf", file);
            string text = Tool.Run("llvm-objdump", "-dr", file);
            Assert.DoesNotContain("<unknown>", text, StringComparison.Ordinal);
            int theirs = text.Split('\n').Count(line => ListedInstruction().IsMatch(line));
            int ours = Json.Parse(SkepBinary.Run("prog", "dump", "id", id, "-j").Output).GetArrayLength();
            Assert.Equal(ours, theirs);
        });

        string own = Tool.Run("llvm-objdump", "-dr", scratch.File(scene.Own + ".o"));
        Assert.All(
            ["dumped_program_with_a_long_name", "checked", "add", "each"],
            function => Assert.Contains($"<{function}>:", own, StringComparison.Ordinal));
        Assert.Contains("R_BPF_64_64\tcounts", own, StringComparison.Ordinal);
    }

    [Fact]
    public void The_original_is_found_by_its_tag()
    {
        Requires.Root();
        using var scratch = new Scratch();
        string store = scratch.File("store"), pins = scene.Pins + "-watched";
        Tool.Run(
            SkepBinary.Path,
            "watch",
            "--save",
            store,
            "-o",
            scratch.File("events"),
            "--",
            "bpftool",
            "prog",
            "loadall",
            CProgram.Object("dump.bpf.c"),
            pins);
        try
        {
            string original = Tool.Run(
                SkepBinary.Path, "prog", "dump", "original", "pinned", $"{pins}/dumped_program_with_a_long_name", "--from", store);
            Assert.Contains("call bpf_map_lookup_elem#1\n", original, StringComparison.Ordinal);
            Assert.Contains("map[fd:", original, StringComparison.Ordinal);
            string tag = Json.Parse(
                Tool.Run("bpftool", "-j", "prog", "show", "pinned", $"{pins}/dumped_program_with_a_long_name")).Text("tag")!;
            Assert.Equal(original, Tool.Run(SkepBinary.Path, "prog", "dump", "original", "tag", tag, "--from", store));
            Outcome missing = SkepBinary.Run("prog", "dump", "original", "tag", "0123456789abcdef", "--from", store);
            Assert.Equal((1, ""), (missing.Code, missing.Output));
            Assert.Equal(2, SkepBinary.Run("prog", "dump", "original", "pinned", $"{pins}/dumped_xdp").Code);
        }
        finally
        {
            Tool.Run("rm", "-r", pins);
        }
    }

    private static void AssertSame(params string[] words) =>
        Assert.Equal(Tool.Run("bpftool", words), Older(Tool.Run(SkepBinary.Path, words)));

    // bpftool 7.1 does not know Linux 6.10's move of a per-CPU address.
    private static string Older(string text) => PerCpuMove().Replace(text, "${dst} = ${src}");

    private static void AssertSameJson(params string[] words)
    {
        // bpftool 7.1 writes a backslash as \n; an end of line is in none of these strings.
        JsonNode? theirs = JsonNode.Parse(
            Tool.Run("bpftool", ["-j", .. words]).Replace("\\n", @"\\", StringComparison.Ordinal)), ours = JsonNode.Parse(
                Older(Tool.Run(SkepBinary.Path, ["-j", .. words])));
        Assert.True(JsonNode.DeepEquals(theirs, ours), $"{string.Join(' ', words)}:\n{theirs}\n{ours}");
    }

    [GeneratedRegex(@"^ +\d+:\t(?!.*R_BPF)")]
    private static partial Regex ListedInstruction();

    [GeneratedRegex(@"(?<dst>r\d+) = (?:&|\\u0026)\(void __percpu \*\)\((?<src>r\d+)\)")]
    private static partial Regex PerCpuMove();
}
