using System.Globalization;
using Skep.Bpf;
using Skep.Linux.Errors;

namespace Skep.Cli.Map;

/// <summary>bpftool's ways to name maps: <c>id N</c>, <c>name NAME</c>, <c>pinned PATH</c>, or a bare id.</summary>
internal static class MapSpecifier
{
    /// <summary>What an argument of this kind is called in help.</summary>
    public const string Description = "id N | name NAME | pinned PATH | N";

    /// <summary>Opens the maps that words name; a name may be that of several.</summary>
    /// <returns>Null, with the mistake, when the words name none.</returns>
    /// <exception cref="KernelException">There is no such map.</exception>
    public static List<BpfMap>? OpenAll(IReadOnlyList<string> words, out string? mistake)
    {
        mistake = null;
        switch (words)
        {
            case [string number] when TryId(number, out uint id):
                return [BpfMap.OpenById(id)];
            case ["id", string number] when TryId(number, out uint id):
                return [BpfMap.OpenById(id)];
            case ["pinned", string path]:
                return [BpfMap.OpenPinned(path)];
            case ["name", string name]:
                List<BpfMap> found = Named(name);
                if (found.Count > 0) return found;
                throw new InvalidDataException($"no map has the name {name}");
            default:
                mistake = $"'{string.Join(' ', words)}' names no map (give id N, name NAME, pinned PATH, or a bare id)";
                return null;
        }
    }

    /// <summary>Opens the one map that words name.</summary>
    /// <returns>Null, with the mistake, when the words name none, or more than one.</returns>
    /// <exception cref="KernelException">There is no such map.</exception>
    public static BpfMap? OpenOne(IReadOnlyList<string> words, out string? mistake)
    {
        List<BpfMap>? maps = OpenAll(words, out mistake);
        if (maps is null or [_]) return maps?[0];
        mistake = $"{maps.Count} maps have this name: ids {string.Join(", ", maps.Select(map => map.Info.Id))} (name one by its id)";
        maps.ForEach(map => map.Dispose());
        return null;
    }

    private static bool TryId(string text, out uint id) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id);

    private static List<BpfMap> Named(string name)
    {
        var found = new List<BpfMap>();
        foreach (uint id in KernelObjects.MapIds())
        {
            // It may have gone since it was listed.
            BpfMap? map = BpfMap.TryOpenById(id, out _);
            if (map is not null && map.Info.Name == name) found.Add(map);
            else map?.Dispose();
        }

        return found;
    }
}
