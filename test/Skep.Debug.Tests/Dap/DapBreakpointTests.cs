using System.Text;
using System.Text.Json.Nodes;

namespace Skep.Debug.Tests.Dap;

/// <summary>Breakpoints, sources, instructions and memory.</summary>
public sealed class DapBreakpointTests
{
    [Fact]
    public void Breakpoints_move_to_the_next_line_with_code()
    {
        using DapClient client = DapClient.Launched(DapProgram.Target);
        client.Stop();
        JsonArray set = Set(client, """[{"line":1},{"line":13},{"line":22},{"line":8,"condition":"r2 =="}]""");
        Assert.Equal((true, 4), ((bool)set[0]!["verified"]!, (int)set[0]!["line"]!));
        Assert.Equal((true, 20), ((bool)set[1]!["verified"]!, (int)set[1]!["line"]!));
        Assert.Equal((false, "no code is at line 22 or behind it"), ((bool)set[2]!["verified"]!, (string)set[2]!["message"]!));
        Assert.False((bool)set[3]!["verified"]!);
        Assert.Contains("r2 ==", (string)set[3]!["message"]!, StringComparison.Ordinal);
        client.Ask("continue");
        JsonNode stopped = client.Event("stopped")!;
        Assert.Equal(("breakpoint", (int)set[1]!["id"]!), ((string)stopped["reason"]!, (int)stopped["hitBreakpointIds"]![0]!));
        Assert.Equal(20, client.Line());
    }

    [Fact]
    public void Breakpoints_are_replaced_by_those_that_are_set_next()
    {
        using DapClient client = DapClient.Launched(DapProgram.Target);
        client.Stop();
        Set(client, """[{"line":6},{"line":7}]""");
        Set(client, """[{"line":9}]""");
        client.Ask("setFunctionBreakpoints", """{"breakpoints":[{"name":"twice"},{"name":"thrice"}]}""");
        client.Ask("continue");
        Assert.Equal(("breakpoint", 9), client.Stop());
        client.Ask("continue");
        Assert.Equal(("function breakpoint", 20), client.Stop());
        client.Ask("setFunctionBreakpoints", """{"breakpoints":[]}""");
        client.Ask("reverseContinue");
        Assert.Equal(("breakpoint", 9), client.Stop());
    }

    [Fact]
    public void A_condition_decides()
    {
        using DapClient client = DapClient.Launched(DapProgram.Target);
        client.Stop();
        Set(client, """[{"line":7,"condition":"r5 != 258"},{"line":8,"condition":"*(u8 *)r2 == 0x42"}]""");
        client.Ask("continue");
        Assert.Equal(("breakpoint", 8), client.Stop());
    }

    [Theory]
    [InlineData("3", 3, 0), InlineData("== 3", 3, 0), InlineData(">= 3", 3, 4), InlineData("> 3", 4, 5), InlineData("<2", 1, 0)]
    [InlineData("% 2", 2, 4), InlineData("%4", 4, 0)]
    public void Hits_are_counted_from_the_beginning_of_the_run(string hits, int first, int second)
    {
        using DapClient client = DapClient.Launched(DapProgram.Loop);
        client.Stop();
        JsonNode set = Set(client, $$"""[{"line":2,"hitCondition":"{{hits}}"}]""")[0]!;
        Assert.True((bool)set["verified"]!);
        client.Ask("continue");
        Assert.Equal(("breakpoint", first), (client.Stop().Reason, Round(client)));

        // As often as it is gone back and on again.
        client.Ask("continue");
        if (second > 0) Assert.Equal(("breakpoint", second), (client.Stop().Reason, Round(client)));
        else client.Event("exited");
        if (second == 0) return;
        client.Ask("reverseContinue");
        Assert.Equal(("breakpoint", first), (client.Stop().Reason, Round(client)));
        client.Ask("stepBack");
        client.Stop();
        client.Ask("continue");
        Assert.Equal(("breakpoint", first), (client.Stop().Reason, Round(client)));
    }

    [Theory]
    [InlineData("x"), InlineData("0"), InlineData("-1"), InlineData("=> 2"), InlineData("% 0"), InlineData("99999999999999999999")]
    public void A_count_that_is_none_makes_no_breakpoint(string hits)
    {
        using DapClient client = DapClient.Launched(DapProgram.Loop);
        client.Stop();
        JsonNode set = Set(client, $$"""[{"line":2,"hitCondition":"{{hits}}"}]""")[0]!;
        Assert.False((bool)set["verified"]!);
        Assert.Contains($"'{hits}' is no count of hits", (string)set["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_point_prints_once_and_does_not_stop()
    {
        using DapClient client = DapClient.Launched(DapProgram.Loop, ",\"stopOnExit\":true");
        client.Stop();
        JsonNode set = Set(client, """
            [{"line":2,"logMessage":"round {r6} of {2 + 3}, {*(u8 *)r9}","hitCondition":"> 2"},{"line":2,"condition":"r6 == 4"}]
            """)[0]!;
        Assert.True((bool)set["verified"]!);
        client.Ask("continue");
        Assert.Equal(["round 3 of 5"], Logged(1));
        Assert.Equal(("breakpoint", 4), (client.Stop().Reason, Round(client)));

        // That of the fourth time comes when it goes on.
        client.Ask("stepBack");
        client.Stop();
        client.Ask("continue");
        client.Stop();
        client.Ask("continue");
        Assert.Equal(["round 4 of 5", "round 5 of 5"], Logged(2));
        Assert.Equal("exit", client.Event("stopped")!["reason"]!.ToString());

        string[] Logged(int count) =>
            [.. Enumerable.Range(0, count).Select(_ => (string)client.Event("output")!["output"]!).Select(text => text.Split(", <")[0])];
    }

    [Theory]
    [InlineData("{r6", "a brace is not closed in '{r6'")]
    [InlineData("{nothing}", "nothing")]
    public void A_message_that_cannot_be_read_makes_no_log_point(string message, string mistake)
    {
        using DapClient client = DapClient.Launched(DapProgram.Loop);
        client.Stop();
        JsonNode set = Set(client, $$"""[{"line":2,"logMessage":"{{message}}"}]""")[0]!;
        Assert.False((bool)set["verified"]!);
        Assert.Contains(mistake, (string)set["message"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("counts", "map counts", 8), InlineData("bytes", "packet", 7)]
    public void Data_that_is_written_stops(string name, string id, int line)
    {
        using DapClient client = DapClient.Launched(DapProgram.Target);
        client.Stop();
        JsonNode info = client.Ask("dataBreakpointInfo", $$"""{"variablesReference":1,"name":"{{name}}"}""")!;
        Assert.Equal((id, "write"), ((string)info["dataId"]!, (string)info["accessTypes"]![0]!));
        JsonNode set = client.Ask(
            "setDataBreakpoints", $$"""{"breakpoints":[{"dataId":"{{id}}","accessType":"write"}]}""")!["breakpoints"]!;
        Assert.True((bool)set[0]!["verified"]!);
        client.Ask("continue");
        Assert.Equal(("data breakpoint", line), client.Stop());
    }

    [Fact]
    public void Data_that_is_not_watched_makes_no_breakpoint()
    {
        using DapClient client = DapClient.Launched(DapProgram.Target);
        client.Stop();
        JsonNode info = client.Ask("dataBreakpointInfo", """{"name":"r1"}""")!;
        Assert.Null(info["dataId"]);
        Assert.Equal("writes to r1 are not watched: maps and the packet are", (string)info["description"]!);
        JsonNode set = client.Ask(
            "setDataBreakpoints",
            """{"breakpoints":[{"dataId":"r1"},{"dataId":"packet","accessType":"read"},{"dataId":"map other"}]}""")!["breakpoints"]!;
        Assert.All(set.AsArray(), one => Assert.False((bool)one!["verified"]!));
        Assert.Equal("only writes are watched", (string)set[1]!["message"]!);
    }

    private static int Round(DapClient client) => int.Parse(
        (string)client.Scope("Registers")["r6"]!["value"]!, System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public void A_breakpoint_at_the_first_instruction_stops_there()
    {
        using DapClient client = DapClient.Launched(DapProgram.Target, ",\"stopOnEntry\":false", DapSessionTests.Lines(4));
        Assert.Equal(("breakpoint", 4), client.Stop());
        Assert.Equal("0", (string)client.Scope("Registers")["$step"]["value"]!);
    }

    [Fact]
    public void A_file_of_another_program_has_no_code()
    {
        using DapClient client = DapClient.Launched(DapProgram.Target);
        client.Stop();
        JsonNode set = client.Ask("setBreakpoints", """{"source":{"path":"other.c"},"breakpoints":[{"line":8}]}""")!["breakpoints"]!;
        Assert.Equal((false, "the program has no code of this file"), ((bool)set[0]!["verified"]!, (string)set[0]!["message"]!));
    }

    [Fact]
    public void An_instruction_may_be_a_breakpoint()
    {
        using DapClient client = DapClient.Launched(DapProgram.Target);
        client.Stop();
        const string wanted = """[{"instructionReference":"0x100000000","offset":24},{"instructionReference":"0x100000001"}]""";
        JsonNode set = client.Ask("setInstructionBreakpoints", $$"""{"breakpoints":{{wanted}}}""")!["breakpoints"]!;
        Assert.Equal((true, 5), ((bool)set[0]!["verified"]!, (int)set[0]!["line"]!));
        Assert.Equal("no instruction is at 0x100000001", (string)set[1]!["message"]!);
        client.Ask("continue");
        Assert.Equal(("instruction breakpoint", 5), client.Stop());
        Assert.Equal("0x100000018", (string)client.Ask("stackTrace")!["stackFrames"]![0]!["instructionPointerReference"]!);
    }

    [Fact]
    public void A_source_that_is_not_on_disk_is_that_of_the_lines()
    {
        using DapClient client = DapClient.Launched(DapProgram.Target);
        client.Stop();
        JsonNode source = Assert.Single(client.Ask("loadedSources")!["sources"]!.AsArray())!;
        Assert.Equal(DapProgram.Source, (string)source["path"]!);
        int reference = (int)source["sourceReference"]!;
        string[] lines = ((string)client.Ask("source", $$"""{"sourceReference":{{reference}}}""")!["content"]!).Split('\n');
        Assert.Equal(("", "if (data + 14 > end)"), (lines[0], lines[4]));
        Assert.Equal((22, "return n + n;", ""), (lines.Length, lines[20], lines[21]));
        Assert.Contains("no such source", client.Refused("source", """{"sourceReference":7}"""), StringComparison.Ordinal);
    }

    [Fact]
    public void A_source_on_disk_is_named_by_its_path()
    {
        using var scratch = new Scratch();
        string path = scratch.Write("own.c", "one\n");
        using DapClient client = DapClient.Launched(launch =>
        {
            var target = DapProgram.Target(launch);
            return target with { Code = target.Code with { Lines = [.. target.Code.Lines.Select(line => line with { File = path })] } };
        });
        client.Stop();
        JsonNode source = client.Ask("stackTrace")!["stackFrames"]![0]!["source"]!;
        Assert.Equal((path, null), ((string)source["path"]!, source["sourceReference"]));
    }

    [Fact]
    public void Instructions_are_given_as_many_as_are_asked_for()
    {
        using DapClient client = DapClient.Launched(DapProgram.Target);
        client.Stop();
        JsonArray all = client.Ask("disassemble",
            """{"memoryReference":"0x100000000","instructionOffset":-2,"instructionCount":60}""")!["instructions"]!.AsArray();
        Assert.Equal(60, all.Count);
        Assert.Equal(("0xfffffff0", "invalid"), ((string)all[0]!["address"]!, (string)all[0]!["presentationHint"]!));
        Assert.Equal(("0x100000000", "   0: (bf) r6 = r1", "count", 4),
            ((string)all[2]!["address"]!, (string)all[2]!["instruction"]!, (string)all[2]!["symbol"]!, (int)all[2]!["line"]!));
        Assert.Equal("bf 16 00 00 00 00 00 00", (string)all[2]!["instructionBytes"]!);
        JsonNode wide = all.Single(one => ((string)one!["instruction"]!).Contains("map[counts]", StringComparison.Ordinal))!;
        Assert.Equal(16, ((string)wide["instructionBytes"]!).Split(' ').Length);
        Assert.Equal("invalid", (string)all[59]!["presentationHint"]!);

        // Addresses grow, as clients sort by them.
        ulong[] addresses = [.. all.Select(one => Convert.ToUInt64((string)one!["address"]!, 16))];
        Assert.Equal(addresses.Distinct().Order(), addresses);
        Assert.Contains("no instruction", client.Refused("disassemble", """{"memoryReference":"0x10","instructionCount":1}"""),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_is_read_as_far_as_it_is_there()
    {
        using DapClient client = DapClient.Launched(DapProgram.Target, configuration: DapSessionTests.Lines(8));
        client.Stop();
        client.Ask("continue");
        client.Stop();
        string packet = (string)client.Scope("Registers")["r2"]["memoryReference"]!;
        JsonNode read = client.Ask("readMemory", $$"""{"memoryReference":"{{packet}}","offset":1,"count":100}""")!;
        byte[] bytes = Convert.FromBase64String((string)read["data"]!);
        Assert.Equal(new byte[] { 0x54, 0, 0, 0, 2 }, bytes[..5]);
        Assert.Equal(100, bytes.Length + (int)read["unreadableBytes"]!);
        Assert.Equal((int)Convert.ToUInt32((string)client.Scope("Packet")["length"]["value"]!, 10), bytes.Length + 1);
        JsonNode nothing = client.Ask("readMemory", """{"memoryReference":"0","count":8}""")!;
        Assert.Equal((8, null), ((int)nothing["unreadableBytes"]!, nothing["data"]));
        JsonNode code = client.Ask("readMemory", """{"memoryReference":"0x100000000","count":2}""")!;
        Assert.Equal([0xbf, 0x16], Convert.FromBase64String((string)code["data"]!));
    }

    [Fact]
    public void Types_of_maps_and_variables_are_those_of_BTF()
    {
        Requires.Installed("clang");
        byte[] file = BpfSource.Object("Dap/Programs/typed.bpf.c");
        Assert.True(Skep.Inventory.Code.CodeFileReader.TryReadObject(file, out var programs, out string? fault), fault);
        using DapClient client = DapClient.Launched(
            launch => DapProgram.Target(launch) with { Code = programs.Single(), Options = new Skep.Debug.Machine.State.MachineOptions() },
            ",\"stopOnEntry\":false,\"stopOnExit\":true");
        client.Stop();
        Dictionary<string, JsonNode> maps = client.Scope("Maps");
        Dictionary<string, JsonNode> flows = client.Open(maps["flows"]);
        (string key, JsonNode value) = Assert.Single(flows);
        Assert.Equal("""[{"address":16777226,"port":53}]""", key);
        Assert.Equal("counts", (string)value["type"]!);
        Dictionary<string, JsonNode> counts = client.Open(value);
        Assert.Equal(("1", "[1,2]"), ((string)counts["packets"]["value"]!, (string)counts["pair"]["value"]!));
        Assert.Equal("2", (string)client.Open(counts["pair"])["[1]"]["value"]!);
        Dictionary<string, JsonNode> variables = client.Open(maps[".bss"]);
        Assert.Equal("7", (string)variables["last"]["value"]!);
        string bytes = (string)client.Ask("readMemory",
            $$"""{"memoryReference":"{{(string)value["memoryReference"]!}}","count":8}""")!["data"]!;
        Assert.Equal(1UL, BitConverter.ToUInt64(Convert.FromBase64String(bytes)));
    }

    private static JsonArray Set(DapClient client, string breakpoints) => client.Ask("setBreakpoints",
        $$"""{"source":{"path":"{{DapProgram.Source}}"},"breakpoints":{{breakpoints}}}""")!["breakpoints"]!.AsArray();
}
