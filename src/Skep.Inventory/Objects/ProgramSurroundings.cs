using Skep.Linux.Errors;

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

/// <summary>What is beside one loaded program: where it is attached and pinned, and what shares its maps.</summary>
public sealed class ProgramSurroundings
{
    private readonly Func<uint, MapSharers> _sharers;

    private ProgramSurroundings(IReadOnlyList<Attachment> attachments, IReadOnlyList<string> pins, Func<uint, MapSharers> sharers) =>
        (Attachments, Pins, _sharers) = (attachments, pins, sharers);

    /// <summary>Those of code by itself.</summary>
    public static ProgramSurroundings None { get; } = new([], [], _ => MapSharers.None);

    /// <summary>Where it is attached.</summary>
    public IReadOnlyList<Attachment> Attachments { get; }

    /// <summary>Paths at which it is pinned.</summary>
    public IReadOnlyList<string> Pins { get; }

    /// <summary>Reads what is beside a program.</summary>
    /// <exception cref="KernelException">Programs may not be walked.</exception>
    public static ProgramSurroundings Read(uint id)
    {
        // Before the surroundings, whose reading loads a program of its own.
        List<ProgramEntry> others =
            [.. ObjectWalk.Programs().Where(listed => listed.Entry is not null && listed.Id != id).Select(listed => listed.Entry!)];
        Surroundings around = Surroundings.Begin(attachments: true);
        return new(around.Attachments!.OfProgram(id), around.Pins.OfProgram(id), map => new MapSharers(
            around.Pins.OfMap(map),
            [.. others.Where(other => other.MapIds.Contains(map)).Select(other => (other.Info.Id, other.Name))],
            around.Owners.OfMap(map)));
    }

    /// <summary>What else uses a map of it.</summary>
    public MapSharers SharersOf(uint map) => _sharers(map);
}
