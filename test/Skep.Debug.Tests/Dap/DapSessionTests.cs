using System.Globalization;
using System.Text.Json.Nodes;

namespace Skep.Debug.Tests.Dap;

/// <summary>Sessions of a client: where it stops, what it sees there.</summary>
public sealed class DapSessionTests
{
    [Fact]
    public void A_session_is_as_it_was_read_once()
    {
        using var client = new DapClient(DapProgram.Target);
        client.Ask("initialize", """{"clientID":"test","adapterID":"skep","linesStartAt1":true,"pathFormat":"path"}""");
        client.Ask("launch", $$"""{"program":"{{DapProgram.File}}","packet":"{{DapProgram.PacketText}}"}""");
        client.Event("initialized");
        client.Ask("setBreakpoints", $$"""{"source":{"path":"{{DapProgram.Source}}"},"breakpoints":[{"line":8},{"line":13}]}""");
        client.Ask("setExceptionBreakpoints", """{"filters":[]}""");
        client.Ask("configurationDone");
        client.Event("stopped");
        client.Ask("threads");
        client.Ask("continue", """{"threadId":1}""");
        client.Event("stopped");
        client.Ask("stackTrace", """{"threadId":1,"startFrame":0,"levels":20}""");
        JsonArray scopes = client.Ask("scopes", """{"frameId":1}""")!["scopes"]!.AsArray();
        foreach (JsonNode? scope in scopes) client.Open(scope!);
        client.Ask("evaluate", """{"expression":"*(u8 *)r2","context":"watch","frameId":1}""");
        client.Ask("stepBack", """{"threadId":1}""");
        client.Event("stopped");
        client.Ask("evaluate", """{"expression":"*(u8 *)r2","context":"watch","frameId":1}""");
        client.Ask("continue", """{"threadId":1}""");
        client.Event("stopped");
        client.Ask("setBreakpoints", $$"""{"source":{"path":"{{DapProgram.Source}}"},"breakpoints":[]}""");
        client.Ask("continue", """{"threadId":1}""");
        client.Event("terminated");
        Assert.Equal(0, client.Disconnect());
        Golden.AssertText(Golden.Beside("Golden/session.txt"), client.Transcript);
    }

    [Fact]
    public void A_packet_is_as_it_was_before_the_step()
    {
        using DapClient client = DapClient.Launched(DapProgram.Target, configuration: Lines(8));
        Assert.Equal(("entry", 4), client.Stop());
        client.Ask("continue");
        Assert.Equal(("breakpoint", 8), client.Stop());
        Assert.StartsWith("42 54 00 00 00 02", Bytes(client), StringComparison.Ordinal);
        client.Ask("stepBack");
        Assert.Equal(("step", 7), client.Stop());
        Assert.StartsWith("52 54 00 00 00 02", Bytes(client), StringComparison.Ordinal);
        client.Ask("reverseContinue");
        Assert.Equal(("entry", 4), client.Stop());

        static string Bytes(DapClient client) => (string)client.Scope("Packet")["bytes"]["value"]!;
    }

    [Fact]
    public void Steps_go_over_into_and_out_of_functions()
    {
        using DapClient client = DapClient.Launched(DapProgram.Target, ",\"stopOnEntry\":false", Lines(9));
        Assert.Equal(("breakpoint", 9), client.Stop());
        client.Ask("next");
        Assert.Equal(("step", 10), client.Stop());
        client.Ask("stepBack");
        Assert.Equal(("step", 9), client.Stop());
        client.Ask("stepIn");
        Assert.Equal(("step", 20), client.Stop());
        Assert.Equal(["twice 20", "count 9"], Frames(client));
        client.Ask("next");
        Assert.Equal(("step", 21), client.Stop());
        client.Ask("stepOut");
        Assert.Equal("step", client.Stop().Reason);
        Assert.Equal(["count 10"], Frames(client));
    }

    [Fact]
    public void Code_of_line_0_is_passed_over()
    {
        using DapClient client = DapClient.Launched(DapProgram.Target, ",\"stopOnEntry\":false", Lines(5));
        Assert.Equal(("breakpoint", 5), client.Stop());
        client.Ask("next");
        Assert.Equal(("step", 6), client.Stop());
        client.Ask("stepBack");
        Assert.Equal(("step", 5), client.Stop());
        client.Ask("stepIn");
        Assert.Equal(("step", 6), client.Stop());
        client.Ask("stepBack", """{"threadId":1,"granularity":"instruction"}""");
        Assert.Equal(("step", 0), client.Stop());
    }

    [Fact]
    public void A_step_may_be_one_instruction()
    {
        using DapClient client = DapClient.Launched(DapProgram.Target);
        client.Stop();
        client.Ask("next", """{"threadId":1,"granularity":"instruction"}""");
        Assert.Equal(("step", 4), client.Stop());
        Assert.Equal("1", Value(client, "$step"));
        client.Ask("stepIn", """{"threadId":1,"granularity":"instruction"}""");
        client.Stop();
        client.Ask("stepBack", """{"threadId":1,"granularity":"instruction"}""");
        client.Stop();
        Assert.Equal("1", Value(client, "$step"));
    }

    [Fact]
    public void Without_lines_a_step_is_one_instruction()
    {
        using DapClient client = DapClient.Launched(DapProgram.WithoutLines);
        Assert.Equal(("entry", 0), client.Stop());
        client.Ask("next");
        Assert.Equal(("step", 0), client.Stop());
        Assert.Equal("1", Value(client, "$step"));
    }

    [Fact]
    public void Callers_show_what_a_call_keeps()
    {
        using DapClient client = DapClient.Launched(DapProgram.Target, configuration: Lines(21));
        client.Stop();
        client.Ask("continue");
        Assert.Equal(("breakpoint", 21), client.Stop());
        Assert.Equal(["r10-8"], client.Scope("Stack").Keys);
        Assert.Equal("-- -- -- -- -- -- 15 00", (string)client.Scope("Stack")["r10-8"]["value"]!);
        Dictionary<string, JsonNode> caller = client.Scope("Registers", 2);
        Assert.Equal(["r6", "r7", "r10"], caller.Keys);
        Assert.EndsWith("context (xdp_md)", (string)caller["r6"]["value"]!, StringComparison.Ordinal);
        Assert.EndsWith("value of map counts [1]", (string)caller["r7"]["value"]!, StringComparison.Ordinal);
        Dictionary<string, JsonNode> stack = client.Scope("Stack", 2);
        Assert.Equal(["r10-8", "r10-16"], stack.Keys);
        Assert.Equal("258 (0x102)", (string)stack["r10-8"]["value"]!);
        Assert.Equal("-- -- -- -- 01 00 00 00", (string)stack["r10-16"]["value"]!);
        Assert.Contains("innermost", client.Refused("evaluate", """{"expression":"r6","frameId":2}"""), StringComparison.Ordinal);
    }

    [Fact]
    public void Maps_show_their_entries()
    {
        using DapClient client = DapClient.Launched(DapProgram.Target, configuration: Lines(9));
        client.Stop();
        client.Ask("continue");
        client.Stop();
        JsonNode map = client.Scope("Maps")["counts"];
        Assert.Equal("array, 4 of 4", (string)map["value"]!);
        Dictionary<string, JsonNode> entries = client.Open(map);
        Assert.Equal(["[0]", "[1]", "[2]", "[3]"], entries.Keys);
        Assert.Equal("01 00 00 00 00 00 00 00", (string)entries["[1]"]["value"]!);
        Assert.Equal("00 00 00 00 00 00 00 00", (string)entries["[2]"]["value"]!);
        JsonNode part = client.Ask("variables",
            $$"""{"variablesReference":{{(int)map["variablesReference"]!}},"filter":"indexed","start":1,"count":2}""")!["variables"]!;
        Assert.Equal(["[1]", "[2]"], part.AsArray().Select(one => (string)one!["name"]!));
    }

    [Fact]
    public void References_hold_until_the_next_stop()
    {
        using DapClient client = DapClient.Launched(DapProgram.Target);
        client.Stop();
        client.Scope("Registers");
        client.Ask("next");
        client.Stop();
        Assert.Contains("no variable of this stop", client.Refused("variables", """{"variablesReference":1}"""), StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_program_sends_is_shown_once()
    {
        using DapClient client = DapClient.Launched(DapProgram.Target, ",\"stopOnEntry\":false,\"stopOnExit\":true");
        JsonNode line = client.Event("output")!;
        Assert.Equal(("stdout", "trace: n 42\n"), ((string)line["category"]!, (string)line["output"]!));
        JsonNode end = client.Event("output")!;
        Assert.Equal("console", (string)end["category"]!);
        Assert.StartsWith("count returned XDP_PASS (2) after ", (string)end["output"]!, StringComparison.Ordinal);
        Assert.Equal(("exit", 11), client.Stop());
        client.Ask("stepBack");
        client.Stop();
        client.Ask("reverseContinue");
        Assert.Equal("entry", client.Stop().Reason);
        client.Ask("continue");
        Assert.Equal((string)end["output"]!, (string)client.Event("output")!["output"]!);
        client.Stop();
        client.Ask("continue");
        Assert.Equal(2, (int)client.Event("exited")!["exitCode"]!);
        client.Event("terminated");
        Assert.Contains("has ended", client.Refused("next"), StringComparison.Ordinal);
        client.Ask("stepBack");
        client.Stop();
    }

    [Fact]
    public void A_restarted_program_begins_again()
    {
        using DapClient client = DapClient.Launched(DapProgram.Target, configuration: Lines(9));
        client.Stop();
        for (int run = 0; run < 2; run++)
        {
            client.Ask("continue");
            Assert.Equal(("breakpoint", 9), client.Stop());
            Assert.Equal("1", (string)client.Ask("evaluate", """{"expression":"*(u64 *)r0","context":"repl"}""")!["result"]!);
            client.Ask("restart");
            Assert.Equal(("entry", 4), client.Stop());
        }

        client.Ask("terminate");
        client.Event("terminated");
    }

    [Fact]
    public void A_program_that_is_not_debugged_runs_to_its_end()
    {
        using DapClient client = DapClient.Launched(DapProgram.Target, ",\"noDebug\":true,\"stopOnExit\":true", Lines(8));
        Assert.Equal(2, (int)client.Event("exited")!["exitCode"]!);
        client.Event("terminated");
        Assert.DoesNotContain("\"stopped\"", client.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_stops_and_has_a_reason()
    {
        using DapClient client = DapClient.Launched(DapProgram.Fault);
        client.Stop();
        Assert.Equal("no instruction is at fault", client.Refused("exceptionInfo", """{"threadId":1}"""));
        client.Ask("continue");
        Assert.Equal(("exception", 2), client.Stop());
        JsonNode info = client.Ask("exceptionInfo", """{"threadId":1}""")!;
        Assert.Equal("NullPointer", (string)info["exceptionId"]!);
        Assert.Equal("instruction 4: r1: reads 8 bytes by a null pointer (0x0)", (string)info["description"]!);
        Assert.Equal(["read 2", "fault 1"], Frames(client));
        client.Ask("stepBack");
        Assert.Equal(("step", 2), client.Stop());
        client.Ask("stepBack");
        Assert.Equal(("entry", 1), client.Stop());
        client.Ask("continue");
        client.Stop();
        client.Ask("continue");
        Assert.Equal(1, (int)client.Event("exited")!["exitCode"]!);
    }

    [Fact]
    public void A_program_of_a_tail_call_has_its_own_instructions()
    {
        using DapClient client = DapClient.Launched(DapProgram.TailCall);
        Assert.Equal(("entry", 1), client.Stop());
        for (int i = 0; i < 3; i++)
        {
            client.Ask("stepIn", """{"threadId":1,"granularity":"instruction"}""");
            client.Stop();
        }

        JsonNode frame = client.Ask("stackTrace")!["stackFrames"]![0]!;
        Assert.Equal(("other", 0, null), ((string)frame["name"]!, (int)frame["line"]!, frame["source"]));
        string reference = (string)frame["instructionPointerReference"]!;
        JsonNode next = client.Ask("disassemble", $$"""{"memoryReference":"{{reference}}","instructionCount":1}""")!["instructions"]![0]!;
        Assert.Equal(("   0: (b7) r0 = 2", reference), ((string)next["instruction"]!, (string)next["address"]!));
        client.Ask("stepBack");
        Assert.Equal(("step", 1), client.Stop());
    }

    internal static string Lines(params int[] lines) =>
        $"setBreakpoints {{\"source\":{{\"path\":\"{DapProgram.Source}\"}},\"breakpoints\":["
        + string.Join(',', lines.Select(line => string.Create(CultureInfo.InvariantCulture, $"{{\"line\":{line}}}"))) + "]}";

    private static string[] Frames(DapClient client) => [.. client.Ask("stackTrace", """{"threadId":1}""")!["stackFrames"]!.AsArray()
        .Select(frame => $"{frame!["name"]} {frame["line"]}")];

    private static string Value(DapClient client, string register) => (string)client.Scope("Registers")[register]["value"]!;
}
