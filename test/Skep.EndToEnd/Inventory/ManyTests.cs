using System.Diagnostics;
using System.Text.Json.Nodes;
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
            int compared = 0;
            foreach (JsonObject told in Tool.BpftoolJson("prog", "list").AsArray().Select(item => item!.AsObject()))
            {
                if (!ours.TryGetValue((long)told["id"]!, out JsonObject? same)) continue;
                foreach ((string key, JsonNode? value) in told)
                    Assert.True(JsonNode.DeepEquals(value, same[key]), $"{told["id"]}, {key}: {value} and {same[key]}");
                Assert.Single(same["map_ids"]!.AsArray());
                Assert.Equal("xdp_exception", (string?)Assert.Single(same["attach"]!.AsArray())!["target"]);
                compared++;
            }

            Assert.Equal(Count, compared);
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
