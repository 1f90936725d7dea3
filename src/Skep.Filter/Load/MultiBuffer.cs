using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Filter.Model;
using Skep.Isa;

namespace Skep.Filter.Load;

/// <summary>Whether a program takes packets of several buffers (<c>xdp.frags</c>), which Linux 5.18 and later hand to it.</summary>
internal static class MultiBuffer
{
    private static readonly Lazy<bool> s_isSupported = new(Probe);

    internal static bool IsSupported => s_isSupported.Value;

    /// <summary>
    /// Whether the program of a table should. In generic mode the kernel copies a packet for such a program and forgets how long its link header is
    /// (net/core/skbuff.c, skb_pp_cow_data), which is how the stack of another CPU finds the packet's network header
    /// (kernel/bpf/cpumap.c, cpu_map_generic_redirect): it would drop all of them.
    /// </summary>
    /// <param name="table">The table.</param>
    /// <param name="devices">Its devices.</param>
    /// <param name="before">What is applied of it; null for nothing.</param>
    /// <exception cref="InvalidDataException">The rules need a program that the running one cannot become.</exception>
    internal static bool IsWanted(Table table, IReadOnlyList<ClaimedDevice> devices, AppliedState? before)
    {
        if (!IsSupported) return false;
        var loses = table.Mode != AttachMode.Native && table.Rules.Any(r => r.Verdict.Kind == VerdictKind.RedirectCpu) && devices.Any(d => d is { Stays: true, Mode: not "native" });
        if (before is null) return !loses;
        if (loses && before.HasFrags)
            throw new InvalidDataException($"applying table {table.Name}: 'redirect cpu' outside of native mode wants a program without xdp.frags, and the one that runs cannot become that (skep filter remove {table.Name} first, or mode native)");
        return before.HasFrags;
    }

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
