using Skep.Inventory.Machine;
using Skep.Linux.Containers;
using Skep.Linux.Errors;
using Skep.Linux.Processes;

namespace Skep.Inventory.Objects;

/// <summary>What else uses a map of a program.</summary>
/// <param name="Pins">Paths at which it is pinned.</param>
/// <param name="Programs">Other programs that use it: id and name.</param>
/// <param name="Owners">Processes that hold descriptors of it.</param>
public readonly record struct MapSharers(IReadOnlyList<string> Pins, IReadOnlyList<(uint Id, string Name)> Programs,
    IReadOnlyList<Owner> Owners)
{
    /// <summary>Nothing else is known to use it.</summary>
    public static MapSharers None { get; } = new([], [], []);
}

/// <summary>What is beside one loaded program: where it is attached and pinned, what shares its maps and what these hold.</summary>
public sealed class ProgramSurroundings
{
    private ProgramSurroundings()
    {
    }

    /// <summary>Those of code by itself.</summary>
    public static ProgramSurroundings None { get; } = new();

    /// <summary>Where it is attached.</summary>
    public IReadOnlyList<Attachment> Attachments { get; private init; } = [];

    /// <summary>Paths at which it is pinned.</summary>
    public IReadOnlyList<string> Pins { get; private init; } = [];

    /// <summary>What else uses a map of it.</summary>
    public Func<uint, MapSharers> SharersOf { get; private init; } = _ => MapSharers.None;

    /// <summary>The entries of a map of it: the first 4096, none of a map that may not be read.</summary>
    public Func<uint, IReadOnlyList<MapElement>> ElementsOf { get; private init; } = _ => [];

    /// <summary>The name of the network device of an index, where it runs; null for none.</summary>
    public Func<uint, string?> DeviceName { get; private init; } = _ => null;

    /// <summary>The path of the cgroup of an id, below the v2 hierarchy; null for none.</summary>
    public Func<ulong, string?> CgroupOf { get; private init; } = _ => null;

    /// <summary>The values that a directive of a systemd unit has in the unit's files.</summary>
    public Func<string, string, IReadOnlyList<string>> UnitValues { get; private init; } = (_, _) => [];

    /// <summary>Reads what is beside a program.</summary>
    /// <exception cref="KernelException">Programs may not be walked.</exception>
    public static ProgramSurroundings Read(uint id, MachineSnapshot machine)
    {
        ArgumentNullException.ThrowIfNull(machine);

        // Before the surroundings, whose reading loads a program of its own.
        List<ProgramEntry> others = [.. ObjectWalk.Programs(machine.Clock)
            .Where(listed => listed.Entry is not null && listed.Id != id).Select(listed => listed.Entry!)];
        Surroundings around = Surroundings.Begin(machine, attachments: true);
        var cgroups = new Lazy<CgroupPaths>(CgroupPaths.Read);
        return new ProgramSurroundings
        {
            Attachments = around.Attachments!.OfProgram(id),
            Pins = around.Pins.OfProgram(id),
            SharersOf = map => new MapSharers(
                around.Pins.OfMap(map),
                [.. others.Where(other => other.MapIds.Contains(map)).Select(other => (other.Info.Id, other.Name))],
                around.Owners.OfMap(map)),
            ElementsOf = MapElement.Read,
            DeviceName = machine.LinkDevices.OfThisNamespace,
            CgroupOf = id => cgroups.Value.Find(id),
            UnitValues = new UnitFiles(HostFiles.OfMachine()).Values,
        };
    }
}
