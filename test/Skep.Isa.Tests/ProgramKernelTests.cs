using System.Text.RegularExpressions;
using Skep.Isa.Tests.Oracles;

namespace Skep.Isa.Tests;

/// <summary>The running kernel and bpftool as oracles. Needs root.</summary>
[Trait("level", "kernel")]
public sealed partial class ProgramKernelTests
{
    [Theory]
    [InlineData(nameof(SamplePrograms.Trivial))]
    [InlineData(nameof(SamplePrograms.Broad))]
    [InlineData(nameof(SamplePrograms.Recent))]
    public void The_tag_is_the_kernels(string sample)
    {
        var program = Sample(sample);
        using var loaded = new LoadedProgram(program);
        var hash = Requires.IsKernel(6, 18) ? TagHash.Sha256 : TagHash.Sha1;

        Assert.Equal(loaded.Tag, ProgramTag.Text(ProgramTag.Compute(program, hash)));
    }

    // Programs without cpu v4: bpftool 7.1, which Debian 12 has, does not know it.
    [Theory]
    [InlineData(nameof(SamplePrograms.Trivial))]
    [InlineData(nameof(SamplePrograms.Broad))]
    public void A_translated_program_reads_as_bpftool_prints_it(string sample)
    {
        using var loaded = new LoadedProgram(Sample(sample));
        var disassembler = new Disassembler(new DisassemblerOptions { Form = ProgramForm.Translated, Symbols = new KernelSymbols() });
        var output = new TextOutput();

        disassembler.WriteListing(loaded.Translated(), output);

        // bpftool adds the name that kallsyms has for a local function; SymbolTests holds that form.
        var expected = LocalName().Replace(Tool.Run("bpftool", "prog", "dump", "xlated", "id", loaded.Id), "");
        Assert.Equal(expected, output.ToString());
    }

    [Theory]
    [InlineData(nameof(SamplePrograms.Broad))]
    [InlineData(nameof(SamplePrograms.Recent))]
    public void A_loaded_program_reads_as_the_verifier_logs_it(string sample)
    {
        var program = Sample(sample);
        using var loaded = new LoadedProgram(program);
        var disassembler = new Disassembler();
        var walked = VerifierLine().Matches(loaded.VerifierLog).ToList();

        Assert.True(walked.Select(line => line.Groups["slot"].Value).Distinct().Count() > 25);
        Assert.All(walked, line =>
        {
            var item = Decoder.Decode(program, int.Parse(line.Groups["slot"].Value));
            // The verifier shows the address that has taken the place of a map's descriptor.
            if (item.Kind is not (OperationKind.LoadMap or OperationKind.LoadMapValue))
                Assert.Equal(line.Groups["text"].Value.TrimEnd(), disassembler.Text(item));
        });
    }

    [Fact]
    public void Helper_names_are_those_of_the_running_kernel()
    {
        var dump = Tool.Run("bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "raw");
        var helpers = HelperLine().Matches(dump)
            .Select(match => (Id: int.Parse(match.Groups["id"].Value), Name: "bpf_" + match.Groups["name"].Value))
            .Where(helper => helper.Id < HelperNames.Count)
            .ToList();

        Assert.True(helpers.Count > 200);
        Assert.All(helpers, helper => Assert.Equal(helper.Name, HelperNames.Of(helper.Id)));
    }

    private static Instruction[] Sample(string name)
    {
        switch (name)
        {
            case nameof(SamplePrograms.Trivial):
                return SamplePrograms.Trivial;
            case nameof(SamplePrograms.Broad):
                Requires.Kernel(5, 12);
                return SamplePrograms.Broad;
            default:
                Requires.Kernel(6, 15);
                return SamplePrograms.Recent;
        }
    }

    [GeneratedRegex(@"^\t'BPF_FUNC_(?<name>\w+)' val=(?<id>\d+)", RegexOptions.Multiline)]
    private static partial Regex HelperLine();

    [GeneratedRegex(@"(?<=call pc[-+]\d+)#\w+")]
    private static partial Regex LocalName();

    [GeneratedRegex(@"^(?<slot>\d+): (?<text>\([0-9a-f]{2}\)[^;\n]*)", RegexOptions.Multiline)]
    private static partial Regex VerifierLine();
}
