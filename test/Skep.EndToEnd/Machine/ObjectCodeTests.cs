using System.Text.RegularExpressions;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>The code of the programs of a busy machine, against bpftool, objdump and the kernel's symbols.</summary>
[Trait("level", "machine"), Collection(nameof(ObjectScene))]
public sealed partial class ObjectCodeTests(ObjectScene scene)
{
    private const string Explained = "on_fentry|on_module|on_lsm|on_fmod_ret|on_freplace|on_program|on_syscall|on_netfilter";
    private const string Detailed = "on_syscall|on_lsm|on_fmod_ret|on_freplace|ringbuf_submit";

    [Theory]
    [InlineData(Explained, "prog explain id $ -j")]
    [InlineData(Detailed, "prog explain id $")]
    [InlineData(Detailed, "prog dump jited id $")]
    [InlineData(Detailed, "prog cfg id $ --dot")]
    [InlineData(Detailed, "prog cfg id $")]
    [InlineData(Detailed, "prog dump xlated id $ opcodes -j")]
    [TimeLimit(1200)]
    public void Commands_of_programs_exit_0(string programs, string command)
    {
        long[] ids = ObjectScene.Named(programs);
        Assert.NotEmpty(ids);
        Complaints.None(ids.SelectMany(id => Failure(command.Replace("$", $"{id}", StringComparison.Ordinal))));
    }

    [Fact, TimeLimit(1200)]
    public void All_programs_are_decompiled() =>
        Complaints.None(ObjectScene.Distinct().SelectMany(id => Failure($"prog decompile id {id}")));

    // bpftool 7.1 does not know Linux 6.10's move of a per-CPU address.
    [Fact, TimeLimit(1200)]
    public void Translated_code_is_as_bpftool_dumps_it()
    {
        long[] ids = ObjectScene.Distinct();
        Assert.True(ids.Length >= 15, $"only {ids.Length} programs");
        Complaints.None(
            from id in ids
            let ours = Tool.Run(SkepBinary.Path, "prog", "dump", "xlated", "id", $"{id}", "opcodes")
            where PerCpuMove().Replace(ours, "$1 = $2") != Tool.Run("bpftool", "prog", "dump", "xlated", "id", $"{id}", "opcodes")
            select $"program {id}");
    }

    /// <summary>The mnemonics alone: addresses depend on where the code lies.</summary>
    [Fact, TimeLimit(1200)]
    public void Machine_code_reads_as_objdumps()
    {
        using var scratch = new Scratch();
        Complaints.None(ObjectScene.Named(Detailed).Where(id =>
        {
            string code = scratch.File($"{id}");
            Tool.Run(SkepBinary.Path, "prog", "dump", "jited", "id", $"{id}", "file", code);
            string[] theirs = Mnemonics(Tool.Run("objdump", "-D", "-b", "binary", "-m", "i386:x86-64", "--no-show-raw-insn", code));
            return theirs.Length == 0
                || !theirs.SequenceEqual(Mnemonics(Tool.Run(SkepBinary.Path, "prog", "dump", "jited", "id", $"{id}")));
        }).Select(id => $"program {id}"));
    }

    [Fact]
    public void Calls_in_machine_code_have_the_names_of_the_kernels_symbols()
    {
        HashSet<string> symbols =
        [
            .. File.ReadLines("/proc/kallsyms").Select(line => line.Split(' ', '\t')).Select(words => $"{words[0]} {words[2]}")
        ];
        (long Id, string Call)[] calls = [.. from id in ObjectScene.Named(Detailed)
                                             from Match call in Call().Matches(
                                                 Tool.Run(SkepBinary.Path, "prog", "dump", "jited", "id", $"{id}"))
                                             select (id, $"{call.Groups["address"]} {call.Groups["name"]}")];
        Assert.NotEmpty(calls);
        Complaints.None(calls.Where(one => !symbols.Contains(one.Call)).Select(one => $"program {one.Id}: {one.Call}"));
    }

    [Fact]
    public void The_scene_has_what_is_looked_at() => Assert.Contains("on_syscall", scene.Attached);

    private static string[] Failure(string words)
    {
        Outcome outcome = SkepBinary.Run(words.Split(' '));
        bool isGood = outcome is { Code: 0, Output.Length: > 0 } && !outcome.Error.Contains("internal error", StringComparison.Ordinal);
        return isGood ? [] : [$"{words}: exit {outcome.Code}, {outcome.Error.Trim()}"];
    }

    private static string[] Mnemonics(string listing) => [.. Instruction().Matches(listing).Select(match => match.Groups["word"].Value)];

    [GeneratedRegex(@"(r[0-9]+) = &\(void __percpu \*\)\((r[0-9]+)\)")]
    private static partial Regex PerCpuMove();

    [GeneratedRegex(@"^ *[0-9a-f]+:\t(?<word>[a-z0-9]+)", RegexOptions.Multiline)]
    private static partial Regex Instruction();

    [GeneratedRegex(@"\tcall +0x(?<address>[0-9a-f]{16}) <(?<name>[A-Za-z0-9_.]+)>$", RegexOptions.Multiline)]
    private static partial Regex Call();
}
