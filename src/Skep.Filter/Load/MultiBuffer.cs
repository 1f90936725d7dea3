using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Isa;

namespace Skep.Filter.Load;

/// <summary>Whether the kernel hands packets of several buffers to XDP programs (Linux 5.18).</summary>
internal static class MultiBuffer
{
    private static readonly Lazy<bool> s_isSupported = new(Probe);

    internal static bool IsSupported => s_isSupported.Value;

    private static bool Probe()
    {
        var code = new Assembler().Mov(Register.R0, 2).Exit().Build();
        try
        {
            BpfProgram.Load(
                BpfProgramType.Xdp,
                MemoryMarshal.Cast<Instruction, ulong>(code),
                new() { Name = "skep_probe", ExpectedAttachType = BpfAttachType.Xdp, Flags = ProgramLoadFlags.XdpHasFrags }).Dispose();
            return true;
        }
        catch (BpfException e) when (e.Error.Name == "EINVAL")
        {
            return false;
        }
    }
}
