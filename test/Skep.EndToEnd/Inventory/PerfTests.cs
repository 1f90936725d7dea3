using System.Text.Json.Nodes;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Inventory;

/// <summary>Programs of perf events and raw tracepoints, against <c>bpftool perf</c>.</summary>
[Collection(nameof(Scene))]
public sealed class PerfTests(Scene scene)
{
    [Fact]
    public void All_that_bpftool_perf_shows_is_there()
    {
        JsonArray before = Tool.BpftoolJson("perf", "list").AsArray(), ours = SkepBinary.Json("perf", "list").AsArray(), after = Tool
            .BpftoolJson("perf", "list").AsArray();
        JsonObject[] stays =
            [.. before.Select(item => item!.AsObject()).Where(told => after.Any(later => JsonNode.DeepEquals(told, later)))];
        Assert.All(stays, told =>
        {
            JsonObject same = Assert.Single(ours.Select(item => item!.AsObject()), item => Is(item, told, "pid") && Is(item, told, "fd"));
            Assert.True(
                told.All(each => JsonNode.DeepEquals(each.Value, same[each.Key])),
                $"bpftool says {told.ToJsonString()}, skep {same.ToJsonString()}");
        });
        Assert.True(stays.Length >= 3, $"only {stays.Length} compared");
        Assert.Contains(ours, item => (int)item!["pid"]! == scene.Opensnoop.Id);
    }

    [Fact]
    public void The_lines_are_bpftools()
    {
        HashSet<string> stays = [.. Tool.Run("bpftool", "perf").Split('\n')];
        HashSet<string> ours = [.. Tool.Run(SkepBinary.Path, "perf").Split('\n')];
        stays.IntersectWith(Tool.Run("bpftool", "perf").Split('\n'));
        Assert.Subset(ours, stays);
        Assert.Contains(stays, line => line.StartsWith($"pid {scene.Bpftrace.Id}  ", StringComparison.Ordinal));
    }

    private static bool Is(JsonObject one, JsonObject other, string key) => JsonNode.DeepEquals(one[key], other[key]);
}
