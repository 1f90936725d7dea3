using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Skep.EndToEnd.Filter;
using Skep.EndToEnd.Machine;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Agent;

/// <summary>What the agent says of the kernel as it is now is what the commands and bpftool print.</summary>
public sealed class AgentApiTests : IDisposable
{
    private readonly RunningAgent _agent = new RunningAgent("[usage]\ninterval = \"2s\"\nduty = 0.5").Start();

    public void Dispose() => _agent.Dispose();

    [Fact]
    public void Loaded_programs_maps_and_links_are_those_of_the_lists()
    {
        using Process process = Tool.Start(CProgram.Path("many_objects.c"), "20");
        try
        {
            Assert.Equal("ready", Tool.FirstLine(process));
            foreach ((string path, string list) in ((string, string)[])[("loaded", "prog"), ("loaded/maps", "map"), ("links", "link")])
            {
                Dictionary<long, JsonObject> ours = [];
                Tool.Until(() => (ours = Held(Array(path), process.Id)).Count == 20, path);
                Dictionary<long, JsonObject> printed = Held(SkepBinary.Json(list, "show").AsArray(), process.Id);
                Assert.Equal(printed.Keys.Order(), ours.Keys.Order());
                Complaints.None(
                    from one in printed
                    from each in one.Value
                        // Who looks at it holds it for a moment.
                    where each.Key is not ("run_cnt" or "run_time_ns" or "pids" or "exe" or "unit")
                        && !JsonNode.DeepEquals(each.Value, ours[one.Key][each.Key])
                    select $"{path} {one.Key}, {each.Key}: {each.Value} and {ours[one.Key][each.Key]}");
                JsonObject[] theirs = [.. Tool.BpftoolJson(list, "show").AsArray().Select(one => one!.AsObject())
                    .Where(one => ours.ContainsKey((long)one["id"]!))];
                Assert.Equal(20, theirs.Length);
                Assert.All(theirs, one => Assert.Equal((string?)one["type"], (string?)ours[(long)one["id"]!]["type"]));
            }

            HashSet<long> held = [.. Held(Array("loaded"), process.Id).Keys];
            JsonNode place = Assert.Single(
                Array("places"), one => one!["programs"]!.AsArray().Any(program => held.Contains((long)program!["id"]!)))!;
            Assert.Equal(20, place["programs"]!.AsArray().Count(program => held.Contains((long)program!["id"]!)));
            Assert.Equal("xdp_exception", (string?)place["place"]);
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }

        Tool.Until(() => Held(Array("loaded"), process.Id).Count == 0, "they are gone", 60);
    }

    [Fact]
    public void A_program_is_known_by_who_loaded_it_and_where_it_is()
    {
        using var program = new AttachedProgram("skep_api_a");
        JsonNode? found = null;
        Tool.Until(
            () => (found = Named("skep_api_a")) is { } one && one["sha256"] is not null && one["attach"] is not null, "it is loaded");
        JsonNode history = _agent.Await(one => (string?)one["name"] == "skep_api_a", "history", "programs");
        Assert.Equal((string?)history["sha256"], (string?)found!["sha256"]);
        Assert.Equal((string?)Assert.Single(history["instances"]!.AsArray())!["comm"], (string?)found["comm"]);
        Assert.Matches(@"^20\d\d-", (string?)found["looked_at"]);
        JsonNode place = Assert.Single(
            Array("places"), one => one!["programs"]!.AsArray().Any(p => (long)p!["id"]! == (long)found["id"]!))!;
        Assert.Equal("xdp", (string?)place["kind"]);
        Assert.EndsWith("lo", (string?)place["place"], StringComparison.Ordinal);
        Assert.Equal(Tool.Run("stat", "-Lc", "%i", "/proc/self/ns/net").Trim(), place["netns"]!.ToString());
        Tool.Until(() => Named("skep_api_a")?["cpu_percent"] is not null, "it is sampled");
    }

    [Fact]
    public void What_a_program_ran_is_told_by_the_time()
    {
        // Those of the agent itself run at each system call.
        JsonNode[] ran = [];
        Tool.Until(
            () => (ran = [.. Array("loaded").Where(one => ((string?)one!["name"])?.StartsWith("skep_", StringComparison.Ordinal) == true
                && (double?)one["events_per_second"] > 0).Select(one => one!)]).Length > 0,
            "a program has run", 60);
        JsonArray samples = [];
        string usage = $"programs/id:{ran[0]["id"]}/usage";

        // History has it a moment later.
        Tool.Until(() => _agent.GetAs($"/api/v1/{usage}").Status == 200, "it is in the history");
        Tool.Until(() => (samples = Array($"{usage}?last=1")).Count == 1, "it has run");
        JsonNode sample = samples[0]!;
        Assert.True((long)sample["run_cnt"]! > 0);
        Assert.Equal(
            Math.Round((long)sample["run_time_ns"]! * 100.0 / (long)sample["period_ns"]!, 4), (double)sample["cpu_percent"]!, 0.001);
        Assert.Empty(Array($"{usage}?until=2020-01-01"));
        Assert.Equal(404, _agent.GetAs("/api/v1/programs/id:4294967295/usage").Status);
        Assert.Equal(404, _agent.GetAs($"/api/v1/programs/{new string('0', 64)}/usage").Status);
    }

    [Fact]
    public void Entries_of_a_map_are_those_of_map_dump()
    {
        string pin = $"/sys/fs/bpf/skep-api-{Guid.NewGuid():n}";
        Tool.Run("bpftool", "map", "create", pin, "type", "hash", "key", "4", "value", "8", "entries", "2000", "name", "skep_api");
        try
        {
            for (int i = 1; i <= 5; i++)
                Tool.Run("bpftool", ["map", "update", "pinned", pin, "key", $"{i}", "0", "0", "0", "value", $"{i}", "1", "2", "3", "4", "5",
                    "6", "7"]);
            long id = (long)Tool.BpftoolJson("map", "show", "pinned", pin)["id"]!;
            JsonNode answer = Object($"loaded/maps/{id}");
            JsonArray dump = SkepBinary.Json("map", "dump", "id", $"{id}").AsArray();
            Assert.Equal(5, dump.Count);
            Assert.True(JsonNode.DeepEquals(dump, answer["entries"]), answer.ToJsonString());
            Assert.Equal(
                Tool.BpftoolJson("map", "dump", "pinned", pin).AsArray().Select(one => one!["value"]!.ToJsonString()).Order(),
                answer["entries"]!.AsArray().Select(one => one!["value"]!.ToJsonString()).Order());
            Assert.False((bool)answer["more"]!);
            Assert.Equal(id, (long)answer["map"]!["id"]!);
            JsonNode two = Object($"loaded/maps/{id}?last=2");
            Assert.Equal((2, true), (two["entries"]!.AsArray().Count, (bool)two["more"]!));
            Assert.False((bool)Object($"loaded/maps/{id}?last=5")["more"]!);
        }
        finally
        {
            File.Delete(pin);
        }

        Assert.Equal(404, _agent.GetAs("/api/v1/loaded/maps/4294967295").Status);
        string ring = $"/sys/fs/bpf/skep-api-{Guid.NewGuid():n}";
        Tool.Run("bpftool", "map", "create", ring, "type", "ringbuf", "key", "0", "value", "0", "entries", "4096", "name", "skep_api");
        try
        {
            long id = (long)Tool.BpftoolJson("map", "show", "pinned", ring)["id"]!;
            (int status, _, string body) = _agent.GetAs($"/api/v1/loaded/maps/{id}");
            Assert.Equal(422, status);
            Assert.Contains($"skep map tap id {id}", body, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(ring);
        }
    }

    [Fact]
    public void A_program_is_explained_listed_and_drawn_as_by_the_commands()
    {
        using var program = new AttachedProgram("skep_api_c");
        JsonNode? loaded = null;
        Tool.Until(
            () => (loaded = Named("skep_api_c")) is { } one && one["sha256"] is not null && one["attach"] is not null, "it is loaded");
        string hash = (string)loaded!["sha256"]!, id = loaded["id"]!.ToString();
        string file = (string)Assert.Single(_agent.Lines("history", "program", hash))["file"]!;
        foreach ((string name, string[] words) in ((string, string[])[])[(hash, [file]), ($"id:{id}", ["id", id])])
        {
            JsonNode explained = SkepBinary.Json(["prog", "explain", .. words]);
            Assert.Equal(explained.ToJsonString(), Object($"programs/{name}/explain").ToJsonString());
            Assert.Equal(explained["records"]!.ToJsonString(), Object($"programs/{name}/records")["records"]!.ToJsonString());
            JsonNode code = Object($"programs/{name}/code");
            Assert.Equal(
                SkepBinary.Json(["prog", "dump", .. words]).AsArray().Select(one => (string)one!["disasm"]!),
                code["instructions"]!.AsArray().Select(one => (string)one!["text"]!));
            Assert.Equal(
                SkepBinary.Run(["prog", "decompile", .. words]).Output,
                string.Concat(code["pseudo"]!.AsArray().Select(one => (string)one!["text"]! + "\n")));
            JsonNode flow = SkepBinary.Json(["prog", "cfg", .. words]), graph = Object($"programs/{name}/graph");
            Assert.Equal(flow["functions"]!.AsArray().Sum(f => f!["blocks"]!.AsArray().Count), graph["nodes"]!.AsArray().Count);
            Assert.Equal(flow["functions"]!.AsArray().Sum(f => f!["arrows"]!.AsArray().Count), graph["edges"]!.AsArray().Count);
        }

        // What the agent has done for it is no event.
        Assert.DoesNotContain(
            _agent.Lines("history", "events"), e => (int?)e["ppid"] == _agent.Process.Id && (string?)e["comm"] == "skep");
        Assert.Equal(404, _agent.GetAs($"/api/v1/programs/{new string('0', 64)}/explain").Status);
        Assert.Equal(404, _agent.GetAs("/api/v1/programs/id:4294967295/explain").Status);
        Assert.Equal(400, _agent.GetAs("/api/v1/programs/id:4294967296/explain").Status);
        Assert.Equal(400, _agent.GetAs("/api/v1/programs/abc/graph").Status);
    }

    [Fact]
    public void A_program_whose_analysis_has_no_end_ends_nothing_but_its_own_answer()
    {
        // A million instructions, each second one a branch: what may be in a register differs on each path.
        const int count = 1_000_000;
        byte[] code = new byte[(count + 1) * 8];
        for (int i = 0; i < count; i += 2)
        {
            Span<byte> add = code.AsSpan(i * 8, 8), jump = code.AsSpan((i + 1) * 8, 8);
            (add[0], add[1], add[4]) = (0x07, (byte)(i / 2 % 6), (byte)(i % 251 + 1));
            (jump[0], jump[1], jump[2], jump[4]) = (0x15, (byte)(i / 2 % 6), (byte)(i + 6 < count ? 4 : 0), (byte)(i % 241));
        }

        code[count * 8] = 0x95;
        string hash = new('a', 64), directory = Path.Combine(_agent.StateDirectory, "programs");
        File.WriteAllBytes(Path.Combine(directory, hash + ".o"), code);
        File.SetUnixFileMode(Path.Combine(directory, hash + ".o"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Task<(int Status, string Type, string Body)>[] asked =
        [
            .. ((string[])["explain", "code", "graph"]).Select(what => Task.Run(() => _agent.GetAs($"/api/v1/programs/{hash}/{what}"))),
        ];
        var slowest = TimeSpan.Zero;
        using var beside = new AttachedProgram("skep_api_d", isAttached: false);
        while (!Task.WhenAll(asked).IsCompleted)
        {
            long begun = Stopwatch.GetTimestamp();
            Assert.Equal(200, _agent.GetAs("/api/v1/status").Status);
            TimeSpan taken = Stopwatch.GetElapsedTime(begun);
            if (taken > slowest) slowest = taken;
            Thread.Sleep(100);
        }

        Assert.InRange(slowest, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.All(asked, task =>
        {
            (int status, string type, string body) = task.Result;
            Assert.Contains(status, (int[])[200, 413, 503]);
            Assert.StartsWith("application/json", type, StringComparison.Ordinal);
            if (status != 200) Assert.Contains("analy", (string?)JsonNode.Parse(body)!["error"], StringComparison.Ordinal);
        });
        Assert.Contains(asked, task => task.Result.Status != 200);
        _agent.Await(one => (string?)one["name"] == "skep_api_d", "history", "programs");
        Assert.True(_agent.Process is { HasExited: false });
    }

    [Fact]
    public void A_packet_is_decided_as_by_filter_test()
    {
        using var veth = new FilteredVeth();
        const string rules = "set blocked { type ipv4_addr; flags interval; elements = { 10.1.0.0/16 } }\n"
            + "ip saddr @blocked drop\ntcp dport 22 continue\ntcp dport 22 drop\n";
        veth.Apply(rules);
        string file = veth.File("rules.skep");
        foreach (string packet in (string[])
            ["tcp 10.1.2.3:5 > 10.0.0.2:22", "tcp 10.9.2.3:5 > 10.0.0.2:22", "udp 10.9.2.3:5 > 10.0.0.2:53", "icmp 10.1.0.1 > 10.0.0.2"])
        {
            JsonNode test = SkepBinary.Json("filter", "test", file, "--packet", packet);
            JsonNode verdict = Verdict(veth.Table, packet);
            Assert.Equal((string?)test["verdict"], (string?)verdict["verdict"]);
            Assert.Equal((string?)test["reason"], (string?)verdict["reason"]);
            Assert.Equal((string?)test["headers"], (string?)verdict["headers"]);
            Assert.Equal((string?)test["rule"], (string?)verdict["rule"]?["id"]);
            Assert.Equal((int?)test["line"], (int?)verdict["rule"]?["line"]);
            Assert.Equal(test["hits"]!.AsArray().Select(h => (string)h!), verdict["steps"]!.AsArray().Select(s => (string)s!["id"]!));
        }

        // What is in the set now decides, and nothing is counted.
        Assert.Equal("pass", (string?)Verdict(veth.Table, "udp 10.9.2.3:5 > 10.0.0.2:53")["verdict"]);
        SkepBinary.Run("filter", "set", "add", veth.Table, "blocked", "10.9.0.0/16").Succeeds();
        Assert.Equal("drop", (string?)Verdict(veth.Table, "udp 10.9.2.3:5 > 10.0.0.2:53")["verdict"]);
        JsonNode printed = SkepBinary.Json("filter", "stats", veth.Table, "--mode", "all");
        Assert.Equal(printed.ToJsonString(), Object($"filter/{veth.Table}/stats").ToJsonString());
        JsonNode table = Array("filter").Single(one => (string?)one!["table"] == veth.Table)!;
        Assert.All(table["rules"]!.AsArray(), rule => Assert.Equal(0, (long)rule!["packets"]!));
        Assert.Equal(400, _agent.GetAs($"/api/v1/filter/{veth.Table}/verdict").Status);
        Assert.Equal(400, _agent.GetAs($"/api/v1/filter/{veth.Table}/verdict?packet=nonsense").Status);
        Assert.Equal(404, _agent.GetAs("/api/v1/filter/nothing/stats").Status);
        Assert.Equal(404, _agent.GetAs("/api/v1/filter/nothing/verdict?packet=udp%2010.0.0.1%3A5%20%3E%2010.0.0.2%3A53").Status);
    }

    [Fact]
    public void Doctor_and_guard_are_as_their_commands_print_them()
    {
        JsonNode doctor = Object("doctor"), printed = SkepBinary.Json("doctor");
        Assert.Equal(printed.AsObject().Select(one => one.Key), doctor.AsObject().Select(one => one.Key));
        Assert.True(JsonNode.DeepEquals(printed["kernel"], doctor["kernel"]));
        Assert.Equal((int?)printed["tier"], (int?)doctor["tier"]);
        JsonNode guard = Object("guard"), show = SkepBinary.Json("guard", "show");
        Assert.All(show.AsObject(), one => Assert.NotNull(guard[one.Key]));
        Assert.Equal(show["generations"]!.AsArray().Any(one => (bool)one!["deciding"]!), (bool)guard["active"]!);
        Assert.InRange(guard["decisions"]!.AsArray().Count, 0, 200);
    }

    [Theory]
    [InlineData("loaded?x=1", "takes no parameter")]
    [InlineData("loaded/maps/1?lst=1", "did you mean last?")]
    [InlineData("loaded/maps/1?last=1001", "last is a number from 1 to 1000")]
    [InlineData("loaded/maps/x", "by its id")]
    [InlineData("programs/id:1/usage?comm=x", "there is no parameter of this name")]
    [InlineData("programs/id:1/usage?since=yesterday", "since takes a time")]
    [InlineData("programs/id:1/explain?last=1", "takes no parameter")]
    [InlineData("programs/nothing/code", "by its SHA-256")]
    [InlineData("filter/a/verdict?pakcet=x", "did you mean packet?")]
    [InlineData("guard?last=1", "takes no parameter")]
    public void A_wrong_request_is_refused_with_what_is_right(string path, string why)
    {
        (int status, _, string body) = _agent.GetAs($"/api/v1/{path}");
        Assert.Equal(400, status);
        Assert.Contains(why, (string?)JsonNode.Parse(body)!["error"], StringComparison.Ordinal);
    }

    private static Dictionary<long, JsonObject> Held(JsonArray list, int pid) => list.Select(item => item!.AsObject())
        .Where(item => item["pids"]?.AsArray().Any(holder => (int)holder!["pid"]! == pid) == true).ToDictionary(item => (long)item["id"]!);

    private JsonNode? Named(string name) => Array("loaded").FirstOrDefault(one => (string?)one!["name"] == name);

    private JsonNode Verdict(string table, string packet) =>
        Object(string.Create(CultureInfo.InvariantCulture, $"filter/{table}/verdict?packet={Uri.EscapeDataString(packet)}"));

    private JsonArray Array(string path) => Object(path).AsArray();

    private JsonNode Object(string path)
    {
        JsonNode? answer = null;
        Tool.Until(
            () =>
            {
                // Before its first look it says to come again.
                (int status, _, string body) = _agent.GetAs($"/api/v1/{path}");
                if (status == 503) return false;
                Assert.True(status == 200, $"{path}: {status} {body}");
                answer = JsonNode.Parse(body);
                return true;
            },
            path);
        return answer!;
    }
}
