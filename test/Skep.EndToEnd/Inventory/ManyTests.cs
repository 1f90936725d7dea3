using System.Diagnostics;
using System.Text.Json.Nodes;
using Skep.EndToEnd.Machine;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Inventory;

/// <summary>A thousand programs, each with a map and a link.</summary>
public sealed class ManyTests
{
    private const int Count = 1000;

    [Fact]
    public void A_thousand_programs_are_listed_as_bpftool_does()
    {
        using Process process = Tool.Start(CProgram.Path("many_objects.c"), $"{Count}");
        try
        {
            Assert.Equal("ready", Tool.FirstLine(process));
            Dictionary<long, JsonObject> ours = Held(SkepBinary.Json("prog", "list"), process.Id);
            Assert.Equal(Count, ours.Count);
            JsonObject[] theirs =
            [
                .. Tool.BpftoolJson("prog", "list").AsArray().Select(item => item!.AsObject())
                    .Where(told => ours.ContainsKey((long)told["id"]!)),
            ];
            Complaints.None(
                from told in theirs
                let same = ours[(long)told["id"]!]
                from each in told
                where !JsonNode.DeepEquals(each.Value, same[each.Key])
                select $"{told["id"]}, {each.Key}: {each.Value} and {same[each.Key]}");
            Assert.All(ours.Values, program => Assert.Single(program["map_ids"]!.AsArray()));
            Assert.All(
                ours.Values,
                program => Assert.Equal("xdp_exception", (string?)Assert.Single(program["attach"]!.AsArray())!["target"]));
            Assert.Equal(Count, theirs.Length);
            Assert.Equal(Count, Held(SkepBinary.Json("map", "list"), process.Id).Count);
            Assert.Equal(Count, Held(SkepBinary.Json("link", "list"), process.Id).Count);
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    private static Dictionary<long, JsonObject> Held(JsonNode list, int pid) => list.AsArray().Select(item => item!.AsObject())
        .Where(item => item["pids"]?.AsArray().Any(holder => (int)holder!["pid"]! == pid) == true).ToDictionary(item => (long)item["id"]!);
}
