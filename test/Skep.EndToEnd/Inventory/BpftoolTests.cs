using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Skep.EndToEnd.Machine;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Inventory;

/// <summary>What bpftool says at the same moment: what it says before and after alike must be said by skep in between.</summary>
[Collection(nameof(Scene))]
public sealed class BpftoolTests(Scene scene)
{
    [Theory]
    [InlineData("prog", 8)]
    [InlineData("link", 2)]
    [InlineData("btf", 3)]
    public void Every_key_and_value_of_a_list_is_bpftools(string kind, int least)
    {
        Dictionary<long, JsonObject> before = BpftoolList.ById(Tool.BpftoolJson(kind, "list"));
        Dictionary<long, JsonObject> ours = BpftoolList.ById(SkepBinary.Json(kind, "list"));
        Dictionary<long, JsonObject> after = BpftoolList.ById(Tool.BpftoolJson(kind, "list"));
        KeyValuePair<long, JsonObject>[] same =
        [
            .. before.Where(one => after.TryGetValue(one.Key, out JsonObject? later)
                && JsonNode.DeepEquals(BpftoolList.Ordered(one.Value), BpftoolList.Ordered(later))),
        ];
        Complaints.None(same.SelectMany(told => Differing(told.Value, ours.GetValueOrDefault(told.Key), $"{kind} {told.Key}")));
        Assert.True(same.Length >= least, $"only {same.Length} compared");
    }

    // One by one: the list of bpftool 7.1 gives a map without BTF the btf_id of the map before it.
    [Fact]
    public void Every_key_and_value_of_a_map_is_bpftools()
    {
        int compared = 0;
        var complaints = new List<string>();
        foreach ((long id, JsonObject map) in BpftoolList.ById(SkepBinary.Json("map", "list")))
        {
            (int code, string output, _) = Tool.Try("bpftool", "-j", "-f", "map", "show", "id", $"{id}");
            if (code != 0) continue;
            complaints.AddRange(Differing(JsonNode.Parse(output)!.AsObject(), map, $"map {id}"));
            compared++;
        }

        Complaints.None(complaints);
        Assert.True(compared >= 5, $"only {compared} compared");
    }

    [Theory]
    [InlineData("a_name_that_is_longer_than_the_kernels")]
    [InlineData("in_tc")]
    [InlineData("only_pinned")]
    public void The_lines_of_a_program_begin_with_bpftools(string pin)
    {
        string[] ours = Tool.Run(SkepBinary.Path, "prog", "show", "pinned", $"{scene.Pins}/{pin}").Split('\n');
        Assert.Empty(Tool.Run("bpftool", "-f", "prog", "show", "pinned", $"{scene.Pins}/{pin}").TrimEnd().Split('\n').Except(ours));
    }

    [Theory]
    [InlineData("jumps")]
    [InlineData("values")]
    [InlineData("records")]
    public void The_lines_of_a_map_are_bpftools(string pin) => Assert.Equal(
        Tool.Run("bpftool", "-f", "map", "show", "pinned", $"{scene.Pins}/maps/{pin}"),
        Tool.Run(SkepBinary.Path, "map", "show", "pinned", $"{scene.Pins}/maps/{pin}"));

    [Fact]
    public void The_network_of_each_namespace_is_bpftools()
    {
        JsonObject ours = SkepBinary.Json("net")[0]!.AsObject();
        var complaints = new List<string>();
        foreach (string netns in scene.Namespaces)
        {
            // bpftool 7.1 leaves out the braces of a flow dissector.
            string output = Tool.Run("nsenter", $"--net=/run/netns/{netns}", "bpftool", "-j", "net");
            JsonObject told = JsonNode.Parse(Regex.Replace(output, "\\[(\"id\":\\d+)\\]", "[{$1}]"))![0]!.AsObject();
            foreach (string section in (string[])["xdp", "tc", "flow_dissector"])
            {
                JsonNode?[] here = [.. ours[section]!.AsArray().Where(place => (string?)place!["netns_name"] == netns)];
                JsonArray there = told[section]!.AsArray();
                string what = $"{section} of {netns}";
                if (there.Count != here.Length) complaints.Add($"{what}: {there.Count} to bpftool, {here.Length} to skep");
                complaints.AddRange(there.Zip(here).SelectMany(pair => Differing(pair.First!.AsObject(), pair.Second!.AsObject(), what)));
            }
        }

        Complaints.None(complaints);
        Assert.Equal(3, ours["xdp"]!.AsArray().Count(place => scene.Namespaces.Contains((string?)place!["netns_name"])));
    }

    [Fact]
    public void The_tree_of_cgroups_is_bpftools()
    {
        JsonArray theirs = JsonNode.Parse(Tool.Run("bpftool", "-j", "cgroup", "tree", scene.Cgroup))!.AsArray();
        Assert.Equal(2, theirs.Count);
        Assert.True(JsonNode.DeepEquals(theirs, SkepBinary.Json("cgroup", "tree", scene.Cgroup)), theirs.ToJsonString());
        string below = Path.Combine(scene.Cgroup, "below");
        JsonNode effective = JsonNode.Parse(Tool.Run("bpftool", "-j", "cgroup", "show", below, "effective"))!;
        Assert.True(effective.AsArray().Count >= 2);
        Assert.True(JsonNode.DeepEquals(effective, SkepBinary.Json("cgroup", "show", below, "effective")));
    }

    private static IEnumerable<string> Differing(JsonObject told, JsonObject? ours, string what) =>
        told.Where(each => !Holds(each.Key, each.Value, ours?[each.Key]))
            .Select(each => $"{what}, {each.Key}: {each.Value?.ToJsonString()} to bpftool, {ours?[each.Key]?.ToJsonString()} to skep");

    // Pins of other mount namespaces are what bpftool does not see.
    private static bool Holds(string key, JsonNode? told, JsonNode? ours) =>
        key == "pinned"
            ? ours is not null && Pins(told!).IsSubsetOf(Pins(ours))
            : JsonNode.DeepEquals(BpftoolList.Ordered(told), BpftoolList.Ordered(ours));

    private static HashSet<string> Pins(JsonNode paths) => [.. paths.AsArray().Select(path => (string)path!)];
}
