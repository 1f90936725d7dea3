using System.Diagnostics;
using System.Text.RegularExpressions;
using Skep.Isa.Tests.Oracles;

namespace Skep.Isa.Tests;

/// <summary>Programs of Debian's libbpf-tools, as the running kernel has translated them, against bpftool. Needs root.</summary>
[Trait("level", "kernel")]
public sealed partial class RealProgramKernelTests
{
    [Theory]
    [InlineData("execsnoop")]
    [InlineData("opensnoop")]
    [InlineData("exitsnoop")]
    [InlineData("sigsnoop")]
    [InlineData("mountsnoop")]
    [InlineData("tcpstates")]
    public void A_tools_programs_read_as_bpftool_prints_them(string tool)
    {
        Requires.Root();
        using var process = Tool.Start(tool);
        try
        {
            var programs = WaitForPrograms(process);
            var symbols = new KernelSymbols();
            Assert.True(programs.Sum(id => Compare(id, symbols)) > 30);
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    [Fact]
    public void A_compiled_program_with_functions_callback_and_global_data_reads_as_bpftool_prints_it()
    {
        Requires.Root();
        Requires.Kernel(5, 17);
        using var scratch = new Scratch();
        var pin = $"/sys/fs/bpf/skep-isa-{Guid.NewGuid():n}";
        Tool.Run(
            "clang", "-target", "bpf", "-g", "-O2", "-mcpu=v3", "-I/usr/include/x86_64-linux-gnu",
            "-c", CProgram.Source("callback.bpf.c"), "-o", scratch.File("o"));
        Tool.Run("bpftool", "prog", "load", scratch.File("o"), pin);
        try
        {
            var id = JsonId().Match(Tool.Run("bpftool", "-j", "prog", "show", "pinned", pin)).Groups["id"].Value;

            Assert.True(Compare(id, new KernelSymbols()) > 80);

            Tool.Run("bpftool", "prog", "dump", "xlated", "id", id, "file", scratch.File("xlated"));
            var graph = ControlFlowGraph.Build(Decoder.Slots(File.ReadAllBytes(scratch.File("xlated"))), ProgramForm.Translated);
            var signatures = Signature().Count(Tool.Run("bpftool", "prog", "dump", "xlated", "id", id));
            Assert.Equal(signatures, graph.Functions.Length);
            Assert.Contains(graph.Calls.ToArray(), call => call.IsAddress);
        }
        finally
        {
            File.Delete(pin);
        }
    }

    private static int Compare(string id, KernelSymbols symbols)
    {
        using var scratch = new Scratch();
        Tool.Run("bpftool", "prog", "dump", "xlated", "id", id, "file", scratch.File("xlated"));
        var program = Decoder.Slots(File.ReadAllBytes(scratch.File("xlated")));
        var expected = Line().Matches(Tool.Run("bpftool", "prog", "dump", "xlated", "id", id));
        var disassembler = new Disassembler(new DisassemblerOptions { Form = ProgramForm.Translated, Symbols = symbols });
        var compared = 0;
        foreach (var item in Decoder.Decode(program))
        {
            var line = expected[compared++];
            Assert.Equal(item.Index, int.Parse(line.Groups["slot"].Value));
            Assert.True(item.IsValid, $"slot {item.Index}: {item.First}: {item.Fault}");
            if (!IsYoungerThanBpftool(item.Kind))
                Assert.Equal(line.Groups["text"].Value, disassembler.Text(item));
        }

        Assert.Equal(expected.Count, compared);
        Assert.Empty(ControlFlowGraph.Build(program, ProgramForm.Translated).Faults.ToArray());
        return compared;
    }

    /// <summary>bpftool 7.1 of Debian 12 prints these as something else; the verifier puts some of them into programs of any age.</summary>
    private static bool IsYoungerThanBpftool(OperationKind kind) => kind is OperationKind.MoveSignExtend or OperationKind.ByteSwap
        or OperationKind.SignedDivide or OperationKind.SignedModulo or OperationKind.LoadSignExtend or OperationKind.AddressSpaceCast
        or OperationKind.PerCpuAddress or OperationKind.LoadAcquire or OperationKind.StoreRelease or OperationKind.JumpLong
        or OperationKind.MayGoto or OperationKind.SpeculationBarrier;

    /// <summary>Ids of the programs that a process has open, once it has attached them.</summary>
    private static string[] WaitForPrograms(Process process)
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var info = Directory.GetFiles($"/proc/{process.Id}/fdinfo").Select(ReadOrNothing).ToArray();
            var programs = info.SelectMany(
                text => ProgramId().Matches(text)).Select(match => match.Groups["id"].Value).Distinct().ToArray();
            if (programs.Length > 0 && info.Any(text => text.Contains("link_type")))
                return programs;
            Assert.False(process.HasExited, "the tool has ended");
            Thread.Sleep(50);
        }

        Assert.Fail("the tool has loaded no program");
        return [];
    }

    private static string ReadOrNothing(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return "";
        }
    }

    // A local function's name comes from kallsyms; SymbolTests holds that form.
    [GeneratedRegex(@"^ *(?<slot>\d+): (?<text>[(B].*?)(#bpf_prog_\w+)?$", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex(@"^\w[^;\n]*\(.*\):$", RegexOptions.Multiline)]
    private static partial Regex Signature();

    [GeneratedRegex(@"""id"":(?<id>\d+)")]
    private static partial Regex JsonId();

    [GeneratedRegex(@"^prog_id:\t(?<id>\d+)", RegexOptions.Multiline)]
    private static partial Regex ProgramId();
}
