using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Maps;
using Skep.Packets.Headers;

namespace Skep.Filter.Runtime.Devices;

/// <summary>Plans tables for the running kernel: with what it lets programs read, in the memory that it has.</summary>
public sealed class KernelPlanner
{
    private readonly KernelTypes _kernel = new();
    private readonly Lazy<BufferFlags?> _flags;
    private readonly Lazy<ReceiverLayout?> _receiver;

    /// <summary>Nothing is asked of the kernel before a plan needs it.</summary>
    public KernelPlanner()
    {
        _flags = new(() => BufferFlagsProbe.Find(_kernel));
        _receiver = new(() => ReceiverProbe.Find(_kernel));
    }

    /// <summary>Plans a table.</summary>
    /// <param name="table">The table; its interfaces are looked up.</param>
    /// <param name="counterCapacity">How many rules there are counters for; null for the table's own.</param>
    /// <param name="sketches">What to track of all packets; null for those of the table.</param>
    /// <param name="hasFrags">Whether the program takes packets of several buffers (Linux 5.18).</param>
    /// <param name="start">What packets begin with.</param>
    /// <param name="readsKernel">Whether the program may read the kernel's own structures, which a virtual machine does not have.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="FilterCompileException">The table needs what compiled filters do not do.</exception>
    public FilterPlan Plan(
        Table table, int? counterCapacity = null, Sketches? sketches = null, bool hasFrags = true,
        PacketStart start = PacketStart.Ethernet, bool readsKernel = true)
    {
        ArgumentNullException.ThrowIfNull(table);
        var forwards = readsKernel && table.Rules.Any(r => r.Verdict.Kind == VerdictKind.RedirectFib);
        return FilterPlan.Of(
            table, counterCapacity ?? table.Rules.Count, sketches, hasFrags, start, forwards ? _receiver.Value : null, ClassifierMaps.Kind,
            flags: hasFrags && readsKernel ? _flags.Value : null);
    }
}
