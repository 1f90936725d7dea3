using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Guard.Test;

/// <summary>Names the functions of the kernel that code calls.</summary>
/// <param name="kernel">The kernel that runs here.</param>
internal sealed class KernelFunctions(TargetKernel kernel)
{
    /// <summary>The names of those that code calls.</summary>
    /// <param name="code">The code.</param>
    /// <param name="functions">Names them; null when the kernel may be another.</param>
    /// <returns>Null when one of them cannot be named: it is a module's, or the kernel is not known.</returns>
    public static IReadOnlyList<string>? Of(ReadOnlySpan<Instruction> code, KernelFunctions? functions)
    {
        SortedSet<(uint Id, short Module)> called = ProgramCalls.Kfuncs(code);
        if (called.Count == 0) return [];
        return functions is null || called.Any(one => one.Module != 0) ? null : functions.NamesOf(called.Select(one => one.Id));
    }

    // The kernel refuses a load that calls what is no function.
    private List<string>? NamesOf(IEnumerable<uint> ids)
    {
        if (kernel.Btf is not { } btf) return null;
        IEnumerable<BtfType> types = ids.Where(id => id < btf.EndId).Select(id => btf[id]);
        return [.. types.Where(type => type.Kind == BtfKind.Func).Select(type => type.Name)];
    }
}
