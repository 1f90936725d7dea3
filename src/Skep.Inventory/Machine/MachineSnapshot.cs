using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Linux.Kernel;
using Skep.Linux.Time;

namespace Skep.Inventory.Machine;

/// <summary>
/// What names the objects of this machine: the kernel's symbols and types, network namespaces, devices, clocks. Each of them is read once,
/// when it is first asked for: whoever makes a snapshot decides how long it is good.
/// </summary>
public sealed class MachineSnapshot
{
    /// <summary>Of this moment and the next ones.</summary>
    public MachineSnapshot() : this(new KernelTypes())
    {
    }

    private MachineSnapshot(KernelTypes types)
    {
        Kernel = new TargetKernel
        {
            Symbols = new KernelSymbols(),
            Types = types,
            Tracepoints = TracepointFormat.Read,
            Architecture = RuntimeInformation.ProcessArchitecture,
        };
        Types = types;
        LinkNamespaces = new LinkNamespaces(types);
        LinkDevices = new LinkDevices(LinkNamespaces);
    }

    /// <summary>The kernel, as the programs that are loaded into it need it.</summary>
    public TargetKernel Kernel { get; }

    /// <summary>The kernel's types.</summary>
    public KernelTypes Types { get; }

    /// <summary>From the kernel's times of loads to the wall clock.</summary>
    public BootClock Clock { get; } = new();

    /// <summary>The network namespaces of links.</summary>
    internal LinkNamespaces LinkNamespaces { get; }

    /// <summary>The network devices of links.</summary>
    internal LinkDevices LinkDevices { get; }

    /// <summary>The devices that count events.</summary>
    internal PerfDevices PerfDevices { get; } = new();

    /// <summary>A snapshot of now. The types are those of this one: they change with the next boot.</summary>
    public MachineSnapshot Renew() => new(Types);
}
