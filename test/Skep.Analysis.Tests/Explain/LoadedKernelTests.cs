using System.Runtime.InteropServices;
using Skep.Analysis.Explain;
using Skep.Analysis.Tests.Support;
using Skep.Bpf;
using Skep.Inventory.Code;

namespace Skep.Analysis.Tests.Explain;

/// <summary>What the kernel made of a program, its file, and its bytes alone: three views that must tell the same.</summary>
[Trait("level", "kernel")]
public sealed class LoadedKernelTests
{
    // Refused by lockdown, or by kernels without error injection.
    private static readonly string[] Refused = ["open_file", "refuse", "instead", "hide", "write_only", "too_early"];

    [Fact]
    public void The_demos_record_is_the_same_in_all_views()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        byte[] elf = BpfSource.Object("Programs/demo/ringbuf_submit.bpf.c");
        using BpfObject loaded = BpfObject.Open(elf, "demo");
        loaded.Load();
        using BpfProgram program = loaded.Programs[0].Open();
        Explanation ofFile = Explainer.Explain(Assert.Single(BpfPrograms.OfBytes(elf))), ofKernel = LoadedExplanation.Of(program);
        Explanation ofBytes =
            Explainer.Explain(CodeFileReader.Raw(MemoryMarshal.AsBytes(loaded.Programs[0].GetInstructions().AsSpan()).ToArray()));

        // struct execution of demo/ringbuf_submit.h
        (int, int, string?)[] golden = [(0, 16, "comm"), (16, 4, "pid"), (20, 108, "filename")];
        Assert.Equal(golden, Layout(ofFile));
        Assert.Equal(golden, Layout(ofKernel));
        Assert.Equal(golden.Select(field => (field.Item1, field.Item2, (string?)null)), Layout(ofBytes));
        Assert.All((Explanation[])[ofFile, ofKernel, ofBytes], about =>
        {
            OutputRecord record = Assert.Single(about.Outputs);
            Assert.Equal(128, record.Size);
            Assert.Equal("name of the thread (bpf_get_current_comm)", record.Fields[0].Stored.Single().Text);
            Assert.Equal("process id (bpf_get_current_pid_tgid)", record.Fields[1].Stored.Single().Text);
            Assert.StartsWith("user memory at context", record.Fields[2].Stored.Single().Text, StringComparison.Ordinal);
            Assert.Equal(["reads-user-memory"], about.Findings.Select(finding => finding.Name));
        });
        Assert.Equal("ringbuf", Assert.Single(ofKernel.Maps).Map.Name);
    }

    [Fact]
    public void Translated_code_tells_what_the_file_tells()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        byte[] elf = BpfSource.Object("Programs/kinds.bpf.c");
        IReadOnlyList<ProgramCode> files = BpfPrograms.OfBytes(elf);
        using BpfObject loaded = BpfObject.Open(elf, "kinds");
        foreach (BpfObjectProgram program in loaded.Programs) program.Autoload = !Refused.Contains(program.Name);
        loaded.Load();
        Assert.All(loaded.Programs.Where(p => p.Autoload), program =>
        {
            using BpfProgram open = program.Open();
            Explanation ofFile = Explainer.Explain(files.Single(f => f.Name == program.Name)), ofKernel = LoadedExplanation.Of(open);
            Explanation ofBytes =
                Explainer.Explain(CodeFileReader.Raw(MemoryMarshal.AsBytes(program.GetInstructions().AsSpan()).ToArray()));

            // The kernel does not keep what a section says of a probe's function, or of the place in a sockmap.
            string[] byPlace =
                ["reads-keystrokes", "reads-typed-lines", "hides-from-getdents",
                    .. program.Name == "message_verdict" ? ["drops-packets"] : Array.Empty<string>()];
            Assert.Equal(ofFile.Findings.Select(f => f.Name).Except(byPlace).Order(), ofKernel.Findings.Select(f => f.Name).Order());
            Assert.Equal(Calls(ofFile), Calls(ofBytes));
            Assert.Equal(Places(ofFile), Places(ofKernel));
            Assert.Equal(Places(ofFile), Places(ofBytes));
        });
    }

    private static IEnumerable<(string, string)> Calls(Explanation about) => about.Calls.Select(call => (call.Name, call.Capability));

    private static IEnumerable<(int?, string)> Places(Explanation about) =>
        about.Outputs.Select(
            record =>
                (record.Size, string.Join(' ',
                    record.Fields.Where(f => f.Stored.Any(s => s.Text != "0")).Select(f => $"{f.Offset}:{f.Size}"))));

    private static IEnumerable<(int, int, string?)> Layout(Explanation about) =>
        Assert.Single(about.Outputs).Fields.Select(field => (field.Offset, field.Size, field.Name));
}
