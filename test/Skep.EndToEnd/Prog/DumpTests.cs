using System.Diagnostics;
using System.Text.Json;
using Skep.EndToEnd.Support;
using Skep.EndToEnd.Watch;

namespace Skep.EndToEnd.Prog;

/// <summary><c>skep prog dump</c>, against bpftool's.</summary>
public sealed class DumpTests
{
    [Fact]
    public void A_loaded_program_is_dumped_as_bpftool_does()
    {
        Requires.Root();
        using Process holder = Tool.Start(CProgram.Path("loads.c"), ["poster"], ("HOLD", "1"));
        JsonElement loaded = Json.Parse(Tool.FirstLine(holder));
        try
        {
            string id = $"{loaded.Number("id")}";
            AssertSameAsBpftool(id);
            string text = SkepBinary.Run("prog", "dump", "id", id).Output;
            Assert.Equal(text, SkepBinary.Run("prog", "dump", id).Output);
            Assert.Equal(text, SkepBinary.Run("prog", "dump", "xlated", "id", id).Output);
        }
        finally
        {
            holder.StandardInput.Close();
            holder.WaitForExit();
        }
    }

    [Fact]
    public void A_real_tools_programs_are_dumped_as_bpftool_does()
    {
        Requires.Root();
        Requires.Installed("opensnoop");
        using Process tool = Tool.Start("stdbuf", ["-oL", "opensnoop", "-p", "1"]);
        try
        {
            // Its heading is printed when all is loaded.
            Tool.FirstLine(tool);
            string[] ids = [.. Directory.GetFiles($"/proc/{tool.Id}/fdinfo").SelectMany(File.ReadLines)
                .Where(
                    line =>
                        line.StartsWith("prog_id:", StringComparison.Ordinal)).Select(line => line["prog_id:".Length..].Trim()).Distinct()];
            Assert.NotEmpty(ids);
            Assert.All(ids, AssertSameAsBpftool);
        }
        finally
        {
            tool.Kill();
            tool.WaitForExit();
        }
    }

    [Fact]
    public void Files_are_dumped_raw_and_elf()
    {
        using var scratch = new Scratch();
        string raw = scratch.File("raw");
        File.WriteAllBytes(raw, LoadTests.Many(3, last: 0x95));
        Outcome outcome = SkepBinary.Run("prog", "dump", raw);
        outcome.Succeeds();
        Assert.Equal(
            ["   0: (b7) r0 = 0", "   1: (b7) r0 = 1", "   2: (95) exit"],
            outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Outcome elf = SkepBinary.Run("prog", "dump", CProgram.Object("net.bpf.c"));
        elf.Succeeds();
        Assert.Contains("pass", elf.Output, StringComparison.Ordinal);
        Assert.Contains("unspec", elf.Output, StringComparison.Ordinal);
        Assert.Equal(2, Json.Parse(SkepBinary.Run("prog", "dump", CProgram.Object("net.bpf.c"), "-j").Output).GetArrayLength());
    }

    // DIR has a file of three bytes.
    [Theory]
    [InlineData("id", "4294967290")]
    [InlineData("DIR/odd")]
    [InlineData("DIR/missing")]
    [InlineData("/bin/true")]
    [InlineData("pinned", "DIR/missing")]
    public void What_cannot_be_dumped_is_said(params string[] line)
    {
        Requires.Root();
        using var scratch = new Scratch();
        File.WriteAllBytes(scratch.File("odd"), [1, 2, 3]);
        string[] words = [.. line.Select(word => word.Replace("DIR", scratch.Path, StringComparison.Ordinal))];
        Outcome outcome = SkepBinary.Run(["prog", "dump", .. words]);
        Assert.Equal(1, outcome.Code);
        Assert.Equal("", outcome.Output);
        Assert.StartsWith("skep: error: ", outcome.Error, StringComparison.Ordinal);
        Assert.Contains(words[^1], outcome.Error, StringComparison.Ordinal);
    }

    private static void AssertSameAsBpftool(string id)
    {
        Assert.Equal(Bpftool("prog", "dump", "xlated", "id", id), Skep("id", id));
        Assert.Equal(Bpftool("prog", "dump", "xlated", "id", id, "opcodes"), Skep("id", id, "opcodes"));
        string[] theirs = Instructions(Tool.Run("bpftool", "-j", "prog", "dump", "xlated", "id", id, "opcodes"));
        string[] ours = Instructions(SkepBinary.Run("prog", "dump", "id", id, "opcodes", "-j").Output);
        Assert.Equal(theirs, ours);
    }

    private static string[] Skep(params string[] words)
    {
        Outcome outcome = SkepBinary.Run(["prog", "dump", .. words]);
        Assert.True(outcome.Code == 0, outcome.Error);
        return Lines(outcome.Output);
    }

    private static string[] Bpftool(params string[] words) => Lines(Tool.Run("bpftool", words));

    // Without what BTF adds: source lines, and the prototypes of functions.
    private static string[] Lines(string text) =>
        [.. text.Split('\n').Select(l => l.TrimEnd()).Where(l => l.Length > 0 && l[0] == ' ')];

    private static string[] Instructions(string json) =>
        [.. Json.Parse(json).EnumerateArray().Where(i => i.Has("disasm")).Select(
            i => $"{i.Text("disasm")} {i.GetProperty("opcodes").GetRawText()}")];
}
