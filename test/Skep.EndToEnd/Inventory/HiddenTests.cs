using System.Diagnostics;
using System.Text.Json.Nodes;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Inventory;

/// <summary><c>skep doctor --hidden</c> on a machine where nothing hides.</summary>
[Collection(nameof(Scene))]
public sealed class HiddenTests(Scene scene)
{
    [Fact]
    public void Nothing_is_hidden_while_programs_come_and_go()
    {
        using Process churn = Tool.Start(
            "sh",
            "-c",
            $"while :; do bpftool prog load {scene.ObjectFile} {scene.Pins}/hidden-churn type xdp; rm -f {scene.Pins}/hidden-churn; done");
        try
        {
            for (int i = 0; i < 3; i++)
            {
                (int code, string output, string error) = SkepBinary.Run("doctor", "--hidden", "-j");
                Assert.True(code == 0, $"{error}\n{output}");
                JsonNode report = JsonNode.Parse(output)!;
                Assert.Empty(report["hidden"]!.AsArray());
                Assert.Empty(report["errors"]!.AsArray());
            }
        }
        finally
        {
            churn.Kill(entireProcessTree: true);
            churn.WaitForExit();
        }
    }

    [Fact]
    public void Every_source_sees_the_scene()
    {
        JsonObject[] sources = [.. SkepBinary.Json("doctor", "--hidden")["sources"]!.AsArray().Select(source => source!.AsObject())];
        Assert.All(
            ["id walk", "iterator", "links", "fdinfo", "descriptors", "perf events", "network", "cgroups"],
            source => Assert.Contains(
                sources, s => (string?)s["kind"] == "program" && (string?)s["source"] == source && (int)s["count"]! > 0));
        Assert.All(
            ["program", "map", "link"], kind => Assert.Equal(2, sources.Count(s => (string?)s["kind"] == kind && (bool)s["complete"]!)));
        Assert.Contains(sources, s => (string?)s["kind"] == "symbol" && (string?)s["source"] == "kallsyms" && (int)s["count"]! >= 8);
    }
}
