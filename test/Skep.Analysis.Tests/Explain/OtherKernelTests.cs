using System.Runtime.InteropServices;
using Skep.Analysis.Explain;
using Skep.Inventory.Code;
using Skep.Isa;
using Skep.Linux.Kernel;

namespace Skep.Analysis.Tests.Explain;

/// <summary>Code that another kernel translated: its calls are named by that kernel's symbols, or by none.</summary>
public sealed class OtherKernelTests
{
    private static readonly string[] Symbols = ["ffffffff81000000 T __bpf_call_base", "ffffffff81001000 T bpf_ktime_get_ns"];

    [Fact]
    public void Calls_are_named_by_the_symbols_of_the_kernel()
    {
        Explanation about = Explain(new TargetKernel { Symbols = new KernelSymbols(Symbols) });
        Assert.Equal("bpf_ktime_get_ns", Assert.Single(about.Calls).Name);
    }

    [Fact]
    public void Without_symbols_no_call_has_a_name() =>
        Assert.Equal("an address that is not known", Assert.Single(Explain(new TargetKernel()).Calls).Name);

    private static Explanation Explain(TargetKernel kernel)
    {
        Instruction[] code = [new(0x85, 0, 0, 0, 0x1000), new(0x95, 0, 0, 0, 0)];
        return Explainer.Explain(CodeFileReader.Raw(MemoryMarshal.AsBytes(code.AsSpan()).ToArray()) with
        {
            Form = ProgramForm.Translated,
            Kernel = kernel,
        });
    }
}
