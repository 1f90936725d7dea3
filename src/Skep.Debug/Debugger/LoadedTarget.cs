using Skep.Bpf;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Live;
using Skep.Inventory.Code;

namespace Skep.Debug.Debugger;

/// <summary>Captured code of a program that is loaded: with its maps.</summary>
public static class LoadedTarget
{
    /// <summary>Gives the code the maps of the program.</summary>
    /// <param name="original">The code as it was loaded.</param>
    /// <param name="loaded">The program as the kernel has it.</param>
    /// <exception cref="InvalidDataException">The program has others.</exception>
    public static ProgramCode WithMaps(ProgramCode original, ProgramCode loaded)
    {
        ArgumentNullException.ThrowIfNull(original);
        ArgumentNullException.ThrowIfNull(loaded);
        return original.Maps.Count == loaded.Maps.Count
            ? original with { Maps = loaded.Maps }
            : throw new InvalidDataException(
                $"debug {original.Name}: its code refers to {original.Maps.Count} maps, and the loaded program has {loaded.Maps.Count}");
    }

    /// <summary>Copies what the maps hold into a machine.</summary>
    /// <param name="code">The code with the maps.</param>
    /// <param name="machine">The machine that is to run it.</param>
    /// <exception cref="BpfException">The kernel does not let one be read.</exception>
    public static void Fill(ProgramCode code, BpfMachine machine)
    {
        ArgumentNullException.ThrowIfNull(code);
        ArgumentNullException.ThrowIfNull(machine);
        var live = new LiveMaps(machine);
        foreach (CodeMap map in code.Maps)
        {
            if (map.Id is not { } id || machine.Map(map.Label) is not { } copy || BpfMap.TryOpenById(id, out _) is not { } kernel) continue;
            using (kernel) live.Copy(kernel, copy);
        }
    }
}
