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
    public static ISimulator Create(Table table, string iif, bool inKernel) => Create(table, iif, inKernel, out _);

    /// <summary>Puts indexes in the place of names of interfaces, which need not be there.</summary>
    /// <param name="table">The table.</param>
    /// <param name="iif">The interface that packets come in by: its name or index.</param>
    /// <param name="index">The index of that.</param>
    /// <returns>A table of the same rules.</returns>
    public static Table Resolve(Table table, string iif, out uint index)
    {
        var names = new MadeUpInterfaces(XdpDevice.FindIndex);
        index = Index(names, iif);
        return Resolve(table, names);
    }

    /// <summary>Makes a simulator for packets that come in by several interfaces.</summary>
    /// <param name="table">The table.</param>
    /// <param name="iif">The interface that packets come in by where none is given: its name or index.</param>
    /// <param name="inKernel">Whether the compiled program decides, in the kernel.</param>
    /// <param name="indexOf">Gives the index for a name or an index, as rules that name the interface have it.</param>
    /// <returns>The simulator.</returns>
    /// <exception cref="InvalidDataException">The kernel cannot have packets come in by an interface.</exception>
    internal static ISimulator Create(Table table, string iif, bool inKernel, out Func<string, uint> indexOf)
    {
        var names = new MadeUpInterfaces(XdpDevice.FindIndex);
        uint IndexOf(string name)
        {
            var index = Index(names, name);
            return !inKernel || NetworkDevices.Find(index) is not null ? index : throw new InvalidDataException(
                $"running packets of {name} in the kernel: there is no such interface (create it, or leave out --kernel)");
        }

        indexOf = IndexOf;
        var index = IndexOf(iif);
        var resolved = Resolve(table, names);
        return inKernel ? new KernelSimulator(resolved, index) : new ReferenceSimulator(resolved, index);
    }

    private static uint Index(MadeUpInterfaces names, string name) =>
        uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : names.IndexOf(name);

    private static Table Resolve(Table table, MadeUpInterfaces names) => Interfaces.Resolve(table, (_, name) => names.IndexOf(name));
}
