using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Prog;

/// <summary><c>skep prog dump jited</c>, against GNU objdump: bpftool as Debian builds it cannot.</summary>
[Collection(nameof(DumpScene))]
public sealed partial class JitedTests(DumpScene scene)
{
    [Fact]
    public void Machine_code_reads_as_objdump_reads_it()
    {
        RequiresX64();
        Requires.Installed("objdump");
        using var scratch = new Scratch();
        int compared = 0;
        Assert.All(scene.Ids, id =>
        {
            JsonElement[] functions =
            [
                .. Json.Parse(Tool.Run(SkepBinary.Path, "prog", "dump", "jited", "id", id, "opcodes", "-j")).EnumerateArray()
            ];
            string[] texts = [.. Tool.Run(SkepBinary.Path, "prog", "dump", "jited", "id", id).TrimEnd('\n').Split("\n\n")];
            Assert.Equal(functions.Length, texts.Length);
            for (int i = 0; i < functions.Length; i++)
            {
                JsonElement[] insns = [.. functions[i].GetProperty("insns").EnumerateArray()];
                byte[] code =
                [
                    .. insns.SelectMany(insn => insn.GetProperty("opcodes").EnumerateArray()).Select(b => Convert.ToByte(b.GetString(), 16))
                ];
                string[] ours =
                [
                    .. texts[i].Split('\n').Where(line => Instruction().IsMatch(line)).Select(
                        line => Symbol().Replace(line, "").Replace(":\t", " ", StringComparison.Ordinal).TrimStart())
                ];
                string[][] readings =
                [
                    .. Addresses(functions[i].Text("name")!).Select(address => Objdump(code, address, scratch.File("code")))
                ];
                string[] theirs = readings.FirstOrDefault(ours.SequenceEqual) ?? readings[0];
                Assert.Equal(theirs, ours);
                Assert.Equal(
                    theirs.Select(line => Whole(line)),
                    insns.Select(insn => Whole($"{insn.Text("pc")![2..]} {insn.Text("operation")} {Operands(insn)}")));
                compared += theirs.Length;
            }
        });

        Assert.InRange(compared, 1000, int.MaxValue);
    }

    [Fact]
    public void Functions_calls_and_source_lines_are_named()
    {
        RequiresX64();
        string tag = Json.Parse(Tool.Run("bpftool", "-j", "prog", "show", "id", scene.Own)).Text("tag")!;
        string text = Tool.Run(SkepBinary.Path, "prog", "dump", "jited", "id", scene.Own, "linum");
        Assert.StartsWith("int dumped_program_with_a_long_name(struct __sk_buff * skb):\nbpf_prog_", text, StringComparison.Ordinal);
        Assert.Contains($"bpf_prog_{tag}_dumped_program_with_a_long_name:\n", text, StringComparison.Ordinal);
        Assert.Contains("int checked(int number):\n", text, StringComparison.Ordinal);
        Assert.Matches(@"call   0x[0-9a-f]{16} <bpf_prog_[0-9a-f]{16}_checked>", text);
        Assert.Matches(
            @"\n; return text\[i & 7\]; /\* ""a < b"" & c\|d \{e\} \*/ \[file:\S+dump\.bpf\.c line_num:\d+ line_col:\d+\]\n", text);
        JsonElement first = Json.Parse(Tool.Run(SkepBinary.Path, "-j", "prog", "dump", "jited", "id", scene.Own, "linum"))[0];
        Assert.Equal("int dumped_program_with_a_long_name(struct __sk_buff * skb)", first.Text("proto"));
        Assert.Contains(
            first.GetProperty("insns").EnumerateArray(),
            insn => insn.Text("src")?.StartsWith("bpf_loop", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void The_bytes_are_those_of_the_functions()
    {
        RequiresX64();
        using var scratch = new Scratch();
        Tool.Run(SkepBinary.Path, "prog", "dump", "jited", "id", scene.Own, "file", scratch.File("code"));
        Assert.Equal(
            scene.Programs.First(p => $"{p.Number("id")}" == scene.Own).Number("bytes_jited"), new FileInfo(scratch.File("code")).Length);
    }

    [Fact]
    public void What_the_kernel_hides_is_said()
    {
        RequiresX64();
        Requires.Installed("setpriv");
        Assert.SkipUnless(
            File.ReadAllText("/proc/sys/kernel/kptr_restrict").Trim() != "0"
                || File.ReadAllText("/proc/sys/kernel/perf_event_paranoid").Trim() is "2" or "3" or "4",
            "the machine cannot: it shows kernel addresses to all, and hides no code");
        Outcome outcome = Tool.Try(
            "setpriv", "--bounding-set=-syslog", "--inh-caps=-syslog", SkepBinary.Path, "prog", "dump", "jited", "id", scene.Own);
        Assert.Equal((3, ""), (outcome.Code, outcome.Output));
        Assert.Contains($"program {scene.Own}", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("CAP_SYSLOG", outcome.Error, StringComparison.Ordinal);
        Outcome file = SkepBinary.Run("prog", "dump", "jited", CProgram.Object("dump.bpf.c"));
        Assert.Equal((3, ""), (file.Code, file.Output));
        Assert.Contains("not loaded", file.Error, StringComparison.Ordinal);
    }

    private static void RequiresX64()
    {
        Requires.Root();
        Assert.SkipUnless(
            System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64,
            "the machine cannot: it is not x86-64");
    }

    private static string Operands(JsonElement insn) =>
        string.Join(
            ',', insn.GetProperty("operands").EnumerateArray().Where(o => o.ValueKind == JsonValueKind.String).Select(o => o.GetString()));

    private static string Whole(string line) => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    // Equal programs have equal symbols.
    private static IEnumerable<ulong> Addresses(string name) =>
        File.ReadLines("/proc/kallsyms").Where(line => line.Split([' ', '\t'])[2] == name)
        .Select(line => ulong.Parse(line.Split(' ')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture));

    private static string[] Objdump(byte[] code, ulong address, string file)
    {
        File.WriteAllBytes(file, code);
        string text = Tool.Run(
            "objdump", "-D", "-b", "binary", "-m", "i386:x86-64", "--no-show-raw-insn", $"--adjust-vma=0x{address:x}", file);
        return [.. text.Split('\n').Select(line => line.Split(":\t")).Where(parts => parts.Length == 2)
            .Select(
                parts =>
                    $"{ulong.Parse(parts[0].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) - address:x} "
                    + $"{ShiftByOne().Replace(parts[1].TrimEnd(), "$0$$0x1,")}")];
    }

    // objdump before 2.41 leaves out the count of a shift by one.
    [GeneratedRegex(@"^(shl|shr|sar|rol|ror)[bwlq]? +(?=[^,]+$)")]
    private static partial Regex ShiftByOne();

    [GeneratedRegex(@"^ *[0-9a-f]+:\t")]
    private static partial Regex Instruction();

    [GeneratedRegex(" <[^>]+>$")]
    private static partial Regex Symbol();
}
