using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Isa;
using Skep.Linux.Errors;

namespace Skep.Filter.Runtime.Programs;

/// <summary>
/// What XDP programs must agree on to be called from one program array (kernel/bpf/core.c, __bpf_prog_map_compatible), as far as the loader
/// of a program can choose it. The kernel reports neither of a loaded program.
/// </summary>
/// <param name="HasFrags">Whether it takes packets of several buffers (<c>xdp.frags</c>), which Linux 5.18 and later hand to it.</param>
/// <param name="HasAttachType">
/// Whether it was loaded with the expected attach type BPF_XDP; some loaders give none. Linux 6.18 compares it.
/// </param>
internal readonly record struct TailCallKind(bool HasFrags, bool HasAttachType)
{
    internal const string Differences =
        "they differ in xdp.frags or in the expected attach type, or one is bound to a device or extended by freplace";

    /// <summary>All kinds, the most common first.</summary>
    internal static readonly TailCallKind[] All = [new(false, true), new(true, true), new(false, false), new(true, false)];

    /// <summary>How a program of this kind is loaded.</summary>
    internal ProgramLoadOptions Options(string name, IReadOnlyList<BpfMap> maps) => new()
    {
        Name = name,
        Maps = maps,
        ExpectedAttachType = HasAttachType ? BpfAttachType.Xdp : default,
        Flags = HasFrags ? ProgramLoadFlags.XdpHasFrags : ProgramLoadFlags.None,
    };

    /// <summary>Loads a program as the first kind that may use its program array: that of the programs in there.</summary>
    /// <exception cref="KernelException">The kernel refused all.</exception>
    internal static BpfProgram LoadFirst(ReadOnlySpan<ulong> code, string name, IReadOnlyList<BpfMap> maps)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                return BpfProgram.Load(BpfProgramType.Xdp, code, All[i].Options(name, maps));
            }
            catch (KernelException e) when (e.Error.Name == "EINVAL" && i + 1 < All.Length)
            {
                // The array is of another kind.
            }
        }
    }

    /// <summary>Whether programs can be called from one array together with one of this kind.</summary>
    /// <exception cref="KernelException">The kernel refused something else.</exception>
    internal bool Admits(IEnumerable<BpfProgram> programs)
    {
        using var array = BpfMap.Create(new(BpfMapType.ProgArray, sizeof(int), sizeof(int), 1) { Name = "skep_probe" });
        using var own = Load();
        var first = BitConverter.GetBytes(0);

        // The first program that is put into an array gives it its kind for good.
        array.Update(first, own);
        try
        {
            foreach (var program in programs) array.Update(first, program);
            return true;
        }
        catch (KernelException e) when (IsRefusal(e))
        {
            return false;
        }
    }

    /// <summary>Whether the kernel refused to put a program into an array for what the program is.</summary>
    internal static bool IsRefusal(KernelException error) => error.Error.Name is "EINVAL" or "EBUSY";

    /// <summary>Whether this kernel has <c>xdp.frags</c>: loads a program with it.</summary>
    internal static bool ProbeFrags()
    {
        try
        {
            new TailCallKind(HasFrags: true, HasAttachType: true).Load().Dispose();
            return true;
        }
        catch (KernelException e) when (e.Error.Name == "EINVAL")
        {
            return false;
        }
    }

    private BpfProgram Load() => BpfProgram.Load(
        BpfProgramType.Xdp, MemoryMarshal.Cast<Instruction, ulong>(new Assembler().Mov(Register.R0, 2).Exit().Build()),
        Options("skep_probe", []));
}
