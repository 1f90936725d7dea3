using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>What bpftool shows at one moment.</summary>
internal sealed record BpftoolView(JsonElement[] Programs, JsonElement[] Maps, JsonElement[] Links, JsonElement[] Perf)
{
    // Programs of skep's own are named skep_*.
    private IEnumerable<JsonElement> OwnPrograms =>
        Programs.Where(program => program.Text("name")?.StartsWith("skep_", StringComparison.Ordinal) == true);

    public static BpftoolView Take() => new(Rows("prog", "show"), Rows("map", "show"), Rows("link", "show"), Rows("perf", "show"));

    public static JsonElement[] Rows(params string[] words) => [.. Json.Parse(Tool.Run("bpftool", ["-j", .. words])).EnumerateArray()];

    /// <summary>The same without what skep itself has loaded, and without the programs that were there before.</summary>
    public BpftoolView Without(BpftoolView before)
    {
        HashSet<long?> own = [.. OwnPrograms.Select(Id)];
        HashSet<long?> ownMaps = [.. OwnPrograms.SelectMany(MapIds)];
        HashSet<long?> known = [.. before.Programs.Select(Id)];
        return new BpftoolView(
            [.. Programs.Where(program => !own.Contains(Id(program)) && !known.Contains(Id(program)))],
            [.. Maps.Where(map => !ownMaps.Contains(Id(map)))],
            [.. Links.Where(link => !own.Contains(link.Number("prog_id")))],
            [.. Perf.Where(row => !own.Contains(row.Number("prog_id")))]);
    }

    public static long? Id(JsonElement row) => row.Number("id");

    public static IEnumerable<long?> MapIds(JsonElement program) =>
        program.At("map_ids") is { } ids ? ids.EnumerateArray().Select(id => (long?)id.GetInt64()) : [];
}
