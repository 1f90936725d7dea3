using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Linux.Kernel;

namespace Skep.Inventory.Code;

/// <summary>The kernel that a program is for: the one that runs here, or another one. What is not known of it is null.</summary>
public sealed class TargetKernel
{
    private const int LandingPadBytes = 4;

    /// <summary>Its symbols, which translated code and machine code call by address.</summary>
    public KernelSymbols? Symbols { get; init; }

    /// <summary>Its types.</summary>
    public KernelTypes? Types { get; init; }

    /// <summary>Gives the records of its tracepoints, by <c>category/name</c> or by the name.</summary>
    public Func<string, TracepointFormat?>? Tracepoints { get; init; }

    /// <summary>The architecture of its machine code.</summary>
    public Architecture? Architecture { get; init; }

    /// <summary>Its BTF.</summary>
    public Btf? Btf => Types?.Btf;

    /// <summary>The symbol at exactly this address; null for none.</summary>
    public string? Symbol(ulong address) => Symbols?.Name(address);

    /// <summary>
    /// The symbol of the function that a trampoline is attached to at this address: its first instruction, or the one behind its landing
    /// pad (endbr64, bti); null for none.
    /// </summary>
    public string? TracedFunction(ulong address) => Symbol(address) ?? Symbol(address - LandingPadBytes);
}
