using Skep.Bpf;
using Skep.Linux.Kernel;

namespace Skep.Inventory.Objects;

/// <summary>The paths at which programs, maps and links are pinned, in every bpffs that can be reached.</summary>
public sealed class PinIndex
{
    private readonly Dictionary<(PinnedKind, uint), List<string>> _paths = [];

    private PinIndex()
    {
    }

    /// <summary>Reads the pins of this moment.</summary>
    public static PinIndex Read()
    {
        var index = new PinIndex();
        foreach (string mount in BpffsMounts.Find())
            foreach (string path in KernelDirectory.Files(mount)) index.Add(path);

        return index;
    }

    /// <summary>Where a program is pinned.</summary>
    public IReadOnlyList<string> OfProgram(uint id) => Of(PinnedKind.Program, id);

    /// <summary>Where a map is pinned.</summary>
    public IReadOnlyList<string> OfMap(uint id) => Of(PinnedKind.Map, id);

    /// <summary>Where a link is pinned.</summary>
    public IReadOnlyList<string> OfLink(uint id) => Of(PinnedKind.Link, id);

    private IReadOnlyList<string> Of(PinnedKind kind, uint id) => _paths.TryGetValue((kind, id), out List<string>? paths) ? paths : [];

    private void Add(string path)
    {
        if (PinnedObject.TryIdentify(path) is not { } pinned) return;
        if (!_paths.TryGetValue((pinned.Kind, pinned.Id), out List<string>? paths)) _paths[(pinned.Kind, pinned.Id)] = paths = [];
        paths.Add(path);
    }
}
