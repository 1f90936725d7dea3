using System.Text.Json;
using System.Text.Json.Nodes;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>Lists of the objects of a busy machine, against what bpftool shows at the same moment.</summary>
[Trait("level", "machine"), Collection(nameof(ObjectScene))]
public sealed class ObjectListTests(ObjectScene scene)
{
    private const int Least = 15;

    [Theory]
    [InlineData("prog")]
    [InlineData("link")]
    [InlineData("btf")]
    public void Lists_are_as_bpftools(string kind)
    {
        Dictionary<long, JsonObject> before = BpftoolList.ById(Tool.BpftoolJson(kind, "list"));
        Dictionary<long, JsonObject> ours = BpftoolList.ById(SkepBinary.Json(kind, "list"));
        Dictionary<long, JsonObject> after = BpftoolList.ById(Tool.BpftoolJson(kind, "list"));
        Assert.True(before.Count >= Least, $"bpftool shows only {before.Count}");
        Complaints.None(before.Where(one => after.TryGetValue(one.Key, out JsonObject? later) && IsSame(one.Value, later))
            .SelectMany(one => Differing($"{kind} {one.Key}", one.Value, ours.GetValueOrDefault(one.Key))));
    }

    // One by one: the list of bpftool 7.1 gives a map without BTF the btf_id of the map before it.
    [Fact, TimeLimit(1200)]
    public void Maps_are_as_bpftools()
    {
        Dictionary<long, JsonObject> ours = BpftoolList.ById(SkepBinary.Json("map", "list"));
        long[] ids = [.. BpftoolList.ById(Tool.BpftoolJson("map", "list")).Keys];
        Assert.True(ids.Length >= Least, $"bpftool shows only {ids.Length}");
        Complaints.None(ids.SelectMany(id =>
            Differing($"map {id}", Tool.BpftoolJson("map", "show", "id", $"{id}").AsObject(), ours.GetValueOrDefault(id))));
    }

    [Fact]
    public void Each_program_of_the_scene_is_referenced_by_its_process()
    {
        JsonNode[] programs = [.. Programs().Where(
            program => ((string?)program["name"])?.StartsWith("on_", StringComparison.Ordinal) == true)
            .Where(program => !Processes(program).Any(process => (string?)process["comm"] == "calls"))];
        Assert.True(programs.Length >= Least, $"only {programs.Length} programs");
        Complaints.None(
            from program in programs
            let pids = Processes(program).Select(process => (int)process["pid"]!).ToArray()
            where !pids.SequenceEqual([scene.Links.Id]) || (string?)program["exe"] != Built.Links
            select $"{program["id"]} {program["name"]}: {string.Join(',', pids)} {program["exe"]}");
    }

    [Fact]
    public void Each_program_of_the_scene_has_its_one_place()
    {
        JsonNode[] programs = [.. Programs().Where(program => Processes(program).Any(process => (string?)process["comm"] == "links"))];
        long replaced = (long)Assert.Single(programs, program => (string?)program["name"] == "has_replaced")["id"]!;
        Dictionary<string, string> wanted = new()
        {
            ["on_tracepoint"] = "tracepoint sched_process_exec", ["on_raw_tp"] = "sched_switch", ["on_tp_btf"] = "sched_process_fork",
            ["on_fentry"] = "vfs_unlink", ["on_fexit"] = "vfs_unlink", ["on_lsm"] = "bpf_lsm_file_open",
            ["on_lsm_sleep"] = "bpf_lsm_bprm_committed_creds", ["on_lsm_cgroup"] = "cgroup /scene",
            ["on_fmod_ret"] = "security_file_permission",
            ["on_module"] = "veth_newlink of module veth", ["on_program"] = $"has_replaced of program {replaced}",
            ["on_freplace"] = $"replaced of program {replaced}", ["on_syscall"] = "__x64_sys_unlink", ["on_kprobe"] = "kprobe vfs_unlink",
            ["on_kretprobe"] = "kretprobe vfs_unlink", ["on_kprobe_multi"] = "vfs_unlink", ["on_iter"] = "task",
            ["on_cgroup_skb"] = "cgroup /scene", ["on_connect4"] = "cgroup /",
        };
        Assert.NotEmpty(scene.Attached);
        Complaints.None(scene.Attached.SelectMany(name =>
        {
            JsonNode[] places =
            [
                .. programs.Where(
                    program => (string?)program["name"] == name).SelectMany(program => program["attach"]!.AsArray()).Select(p => p!)
            ];
            if (places.Length != 1) return [$"{name} is at {places.Length} places"];
            string? target = (string?)places[0]["target"];
            return !wanted.TryGetValue(name, out string? place)
                || target == place
                ? (string[])[]
                : [$"{name} is on {target} and should be on {place}"];
        }));
    }

    [Fact]
    public void Perf_events_are_as_bpftools()
    {
        JsonArray ours = SkepBinary.Json("perf").AsArray(), theirs = Tool.BpftoolJson("perf").AsArray();
        Assert.NotEmpty(theirs);
        Complaints.None(
            from row in theirs
            where !ours.Any(one => row!.AsObject().All(pair => JsonNode.DeepEquals(pair.Value, one![pair.Key])))
            select $"skep has nothing of {row!.ToJsonString()}");
    }

    [Fact]
    public void Cgroups_are_as_bpftools()
    {
        JsonNode ours = SkepBinary.Json("cgroup", "tree"), theirs = JsonNode.Parse(Tool.Run("bpftool", "-j", "cgroup", "tree"))!;
        Assert.True(JsonNode.DeepEquals(ours, theirs), $"skep: {ours.ToJsonString()}\nbpftool: {theirs.ToJsonString()}");
    }

    [Theory]
    [InlineData("net")]
    [InlineData("prog classic")]
    [InlineData("doctor")]
    public void Other_views_print_JSON(string words) => Assert.NotNull(SkepBinary.Json(words.Split(' ')));

    [Fact]
    public void Nothing_is_hidden() => Assert.Empty(SkepBinary.Json("doctor", "--hidden")["hidden"]!.AsArray());

    [Fact]
    public void Top_counts_what_runs()
    {
        string[] samples = Tool.Run(SkepBinary.Path, "top", "-j", "-n", "2").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, samples.Length);
        Assert.Contains(
            Json.Parse(samples[1]).At("programs")!.Value.EnumerateArray(),
            program => program.Text("name") == "on_raw_tp" && program.Number("period_run_cnt") > 0);
    }

    [Fact]
    public void A_tap_has_the_records_of_the_ring_buffer()
    {
        long id = (long)Assert.Single(
            Tool.BpftoolJson("map", "list").AsArray(),
            map => (string?)map!["type"] == "ringbuf" && (string?)map["name"] == "ringbuf")!["id"]!;
        using System.Diagnostics.Process tap = SkepBinary.Start("map", "tap", "id", $"{id}", "-j", "-n", "3");
        for (int i = 0; i < 30 && !tap.HasExited; i++)
        {
            Tool.Run("true");
            Thread.Sleep(500);
        }

        Outcome outcome = Tool.Finish(tap);
        Assert.True(outcome.Code == 0, outcome.Error);
        JsonElement[] records = [.. outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Json.Parse)];
        Assert.Equal(3, records.Length);
        Assert.All(records, record => Assert.Equal(128, record.Number("bytes")));
        Assert.All(records, record => Assert.NotNull(record.Text("fields.comm")));
    }

    // bpftool writes ENOTSUPP, which no libc knows, as a number, and an empty list for maps without keys.
    [Fact, TimeLimit(1200)]
    public void Maps_are_dumped_as_bpftool_does()
    {
        int compared = 0;
        string[] differing = [.. BpftoolList.ById(Tool.BpftoolJson("map", "list")).Keys.Where(id =>
        {
            string[] dump = ["-j", "map", "dump", "id", $"{id}"];
            string before = Tool.Try("bpftool", dump).Output, ours = SkepBinary.Run("map", "dump", "id", $"{id}", "-j").Output;
            if (before.Trim() is "" or "[]" || before != Tool.Try("bpftool", dump).Output) return false;
            compared++;
            string theirs = before.Replace("Unknown error 524", "Operation is not supported", StringComparison.Ordinal);
            return ours.Trim() != theirs.Trim() && (ours.Length == 0 || !JsonElement.DeepEquals(Json.Parse(ours), Json.Parse(theirs)));
        }).Select(id => $"map {id}")];
        Assert.True(compared >= 5, $"only {compared} compared");
        Complaints.None(differing);
    }

    private static IEnumerable<JsonNode> Programs() => SkepBinary.Json("prog", "list").AsArray().Select(program => program!);

    private static IEnumerable<JsonNode> Processes(JsonNode program) => program["pids"]?.AsArray().Select(process => process!) ?? [];

    private static bool IsSame(JsonNode? one, JsonNode? other) => JsonNode.DeepEquals(BpftoolList.Ordered(one), BpftoolList.Ordered(other));

    // bpftool gives the numbers of types that it does not know; skep then must have a name.
    private static IEnumerable<string> Differing(string what, JsonObject theirs, JsonObject? ours) => ours is null
        ? [$"{what} is not listed"]
        : from pair in theirs
          where pair.Key != "pinned" && !IsSame(ours[pair.Key], pair.Value)
              && !(pair.Value?.GetValueKind() == JsonValueKind.Number && ours[pair.Key]?.GetValueKind() == JsonValueKind.String)
          select $"{what}: {pair.Key} is {pair.Value?.ToJsonString()} to bpftool, {ours[pair.Key]?.ToJsonString()} to skep";
}
