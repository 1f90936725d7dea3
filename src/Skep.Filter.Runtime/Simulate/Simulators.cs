using System.Globalization;
using Skep.Bpf;
using Skep.Filter.Model;
using Skep.Filter.Simulate;
using Skep.Linux.Network;

namespace Skep.Filter.Runtime.Simulate;

/// <summary>Makes simulators for tables as they are written, with names of interfaces.</summary>
public static class Simulators
{
    /// <summary>Makes a simulator. Rules and packets may name interfaces that are not there.</summary>
    /// <param name="table">The table.</param>
    /// <param name="iif">The interface that packets come in by: its name or index.</param>
    /// <param name="inKernel">Whether the compiled program decides, in the kernel.</param>
    /// <returns>The simulator.</returns>
    /// <exception cref="InvalidDataException">The kernel cannot have packets come in by the interface.</exception>
    public static ISimulator Create(Table table, string iif, bool inKernel)
    {
        var names = new MadeUpInterfaces(XdpDevice.FindIndex);
        var index = uint.TryParse(iif, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : names.IndexOf(iif);
        if (inKernel && NetworkDevices.Find(index) is null)
            throw new InvalidDataException(
                $"running packets of {iif} in the kernel: there is no such interface (create it, or leave out --kernel)");
        var resolved = Interfaces.Resolve(table, (_, name) => names.IndexOf(name));
        return inKernel ? new KernelSimulator(resolved, index) : new ReferenceSimulator(resolved, index);
    }
}
