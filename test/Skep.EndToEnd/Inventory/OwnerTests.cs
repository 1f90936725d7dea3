using System.Diagnostics;
using System.Text.Json.Nodes;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Inventory;

/// <summary>What bpftool does not tell: whom a program serves.</summary>
[Collection(nameof(Scene))]
public sealed class OwnerTests(Scene scene)
{
    [Fact]
    public void A_program_names_its_process_and_where_it_is_attached()
    {
        JsonObject program = OfProcess(scene.Opensnoop).First(p => (string?)p["type"] == "tracepoint");
        Assert.Equal("opensnoop", (string?)program["pids"]![0]!["comm"]);
        Assert.Equal(scene.Opensnoop.MainModule!.FileName, (string?)program["exe"]);
        Assert.Contains(
            program["attach"]!.AsArray(), place => ((string)place!["target"]!).StartsWith("tracepoint sys_", StringComparison.Ordinal));
    }

    [Fact]
    public void A_perf_event_without_a_link_is_an_attachment()
    {
        JsonObject program = OfProcess(scene.Bpftrace).First(p => (string?)p["type"] == "tracepoint");
        JsonNode place = Assert.Single(program["attach"]!.AsArray())!;
        Assert.Equal("perf_event", (string?)place["how"]);
        Assert.Equal("tracepoint sys_enter_nanosleep", (string?)place["target"]);
    }

    [Fact]
    public void Programs_without_a_process_say_what_keeps_them()
    {
        Assert.Equal("pin", (string?)Pinned("only_pinned")["kept_by"]);
        Assert.Equal("pin and attachment", (string?)Pinned("in_tc")["kept_by"]);
        Assert.False(OfProcess(scene.Opensnoop)[0].ContainsKey("kept_by"));
    }

    [Fact]
    public void One_program_names_its_places_in_all_network_namespaces()
    {
        string[] places =
        [
            .. Pinned("a_name_that_is_longer_than_the_kernels")["attach"]!.AsArray().Select(place => (string)place!["target"]!)
        ];
        Assert.Equal(3, places.Length);
        Assert.All(
            scene.Namespaces,
            netns => Assert.Contains(
                places, place => place.Contains(netns, StringComparison.Ordinal) && place.EndsWith("generic", StringComparison.Ordinal)));
        Assert.Contains(scene.Cgroup.Split('/')[^1], (string)Pinned("on_connect")["attach"]![0]!["target"]!);
    }

    [Fact]
    public void A_pin_in_another_mount_namespace_is_found()
    {
        JsonObject program = SkepBinary.Json("prog", "list").AsArray().Select(p => p!.AsObject())
            .Single(p => p["pinned"]!.AsArray().Any(pin => (string?)pin == scene.HiddenPin));
        Assert.Equal((long)program["id"]!, (long)SkepBinary.Json("prog", "show", "pinned", scene.HiddenPin)["id"]!);
    }

    [Fact]
    public void All_ways_to_name_a_program_give_the_same()
    {
        JsonObject program = Pinned("only_pinned");
        string[][] ways = [["id", $"{program["id"]}"], [$"{program["id"]}"], ["name", "only_pinned"]];
        Assert.All(ways, words => Assert.Equal((long)program["id"]!, (long)SkepBinary.Json(["prog", "show", .. words])["id"]!));
        JsonNode tagged = SkepBinary.Json("prog", "show", "tag", (string)program["tag"]!);
        Assert.Contains(
            tagged is JsonArray many ? many.Select(p => (long)p!["id"]!) : [(long)tagged["id"]!], id => id == (long)program["id"]!);
    }

    [Theory]
    [InlineData(1, "prog", "show", "id", "4294967295")]
    [InlineData(1, "map", "show", "name", "no_map_has_this")]
    [InlineData(1, "link", "show", "pinned", "/sys/fs/bpf/no/such/pin")]
    [InlineData(2, "prog", "show", "id", "five")]
    [InlineData(2, "link", "show", "tag", "0123456789abcdef")]
    [InlineData(2, "net", "list", "eth0", "eth1")]
    [InlineData(2, "cgroup", "show", "/sys", "inherited")]
    public void What_cannot_be_shown_is_said(int code, params string[] arguments)
    {
        (int exit, string output, string error) = SkepBinary.Run(arguments);
        Assert.Equal(code, exit);
        Assert.Empty(output);
        Assert.StartsWith("skep: error: ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("prog list")]
    [InlineData("net")]
    [InlineData("cgroup")]
    public void Without_permission_nothing_is_listed_and_it_is_said(string command)
    {
        (int code, string output, string error) = Tool.Try(
            "setpriv", "--reuid", "65534", "--clear-groups", "sh", "-c", $"exec {SkepBinary.Path} {command}");
        Assert.Equal(3, code);
        Assert.Empty(output);
        Assert.Equal(2, error.Split("(run").Length);
    }

    [Fact]
    public void Objects_that_vanish_meanwhile_are_left_out()
    {
        using Process churn = Tool.Start(
            "sh", "-c", $"while :; do bpftool prog load {SceneObject()} {scene.Pins}/churn type xdp; rm -f {scene.Pins}/churn; done");
        try
        {
            for (int i = 0; i < 10; i++)
            {
                foreach (string kind in (string[])["prog", "map", "btf"])
                    Assert.All(
                        SkepBinary.Json(kind, "list").AsArray(),
                        item => Assert.False(item!.AsObject().ContainsKey("error"), item.ToJsonString()));
            }
        }
        finally
        {
            churn.Kill(entireProcessTree: true);
            churn.WaitForExit();
        }
    }

    // comm is the last field of the iterator's record.
    [Fact]
    public void Holders_are_told_once_by_the_name_that_proc_has()
    {
        int seen = 0;
        foreach (JsonNode? item in SkepBinary.Json("map", "list").AsArray().Where(map => map!["pids"] is not null))
        {
            long[] pids = [.. item!["pids"]!.AsArray().Select(holder => (long)holder!["pid"]!)];
            Assert.Equal(pids.Distinct().Order(), pids);
            JsonNode? known = item["pids"]!.AsArray().FirstOrDefault(holder => (int)holder!["pid"]! == scene.Opensnoop.Id);
            if (known is null) continue;
            Assert.Equal(File.ReadAllText($"/proc/{scene.Opensnoop.Id}/comm").TrimEnd('\n'), (string?)known["comm"]);
            seen++;
        }

        Assert.True(seen > 0, "opensnoop holds no map");
    }

    private string SceneObject() => scene.ObjectFile;

    private JsonObject Pinned(string name) => SkepBinary.Json("prog", "show", "pinned", $"{scene.Pins}/{name}").AsObject();

    private static List<JsonObject> OfProcess(Process process) =>
    [
        .. SkepBinary.Json("prog", "list").AsArray().Select(p => p!.AsObject())
            .Where(p => p["pids"] is JsonArray pids && pids.Any(holder => (int)holder!["pid"]! == process.Id)),
    ];
}
