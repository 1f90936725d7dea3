using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>
/// Scenes that each backend watches, one after the other in one watch: on an emulated processor a backend takes longer to load than a scene
/// to play.
/// </summary>
public sealed class BackendScenes
{
    /// <summary>How many programs the scene of the storm loads.</summary>
    internal const int Storm = 1_000;

    internal static readonly string[]
        Calls =
        [
            Built.Calls, "fail", "classic", "elements", .. MachineFacts.HasKprobes ? (string[])["perf"] : [],
            .. MachineFacts.HasInt80 ? (string[])["int80"] : [],
        ],
        Links = [Built.Links, Built.LinksObject],
        Beyond = [Built.Beyond, "light", "netlink", "uring"],
        Race = [Built.Beyond, "race"],
        Loads = [Built.Beyond, $"storm={Storm}"],
        Devices = [Built.Devices];

    private static readonly string[][] All = [Calls, .. Built.HasLinks ? [Links] : (string[][])[], Beyond, Race, Loads, Devices];

    private readonly Dictionary<string, Watched> _watched = [];

    /// <summary>The backends that saw every call of the scenes.</summary>
    internal IEnumerable<string> Whole => Backends.Usable.Where(backend => Backends.SawAll(Played(backend)));

    /// <summary>What a backend reports of one scene; the output is that of all.</summary>
    internal Watched Of(string backend, string[] scene)
    {
        Watched all = Played(backend);
        HashSet<long> processes = [.. all.Events.Where(e => IsOf(e, scene)).Select(e => e.Number("pid")!.Value)];
        Assert.NotEmpty(processes);
        return all with { Events = [.. all.Events.Where(e => e.Number("pid") is { } pid && processes.Contains(pid))] };
    }

    private Watched Played(string backend)
    {
        if (!_watched.TryGetValue(backend, out Watched? all))
        {
            string script = string.Join('\n', All.Select(one => string.Join(' ', one)));
            _watched[backend] = all = Backends.UntilWhole(() => Backends.Watch(backend, "sh", "-ec", script));
        }

        return all;
    }

    private static bool IsOf(JsonElement e, string[] scene) =>
        e.At("argv") is { } words && words.EnumerateArray().Select(word => word.GetString()).SequenceEqual(scene);
}

/// <summary>All tests see the same scenes.</summary>
[CollectionDefinition(nameof(BackendScenes))]
public sealed class BackendSceneCollection : ICollectionFixture<BackendScenes>;
