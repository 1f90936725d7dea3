using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Skep.Debug.Dap;

namespace Skep.Debug.Tests.Dap;

/// <summary>What a client may send that is not the protocol's: it is refused, and nothing is thrown.</summary>
public sealed class DapInputTests
{
    private const string Initialize = """{"seq":1,"type":"request","command":"initialize","arguments":{}}""";

    [Theory]
    [InlineData("Content-Length: 5\r\n\r\n{}", "ends within a message")]
    [InlineData("Content-Length: 2\r\n", "ends within a header")]
    [InlineData("Content-Length: -2\r\n\r\n{}", "Content-Length is no number")]
    [InlineData("Content-Type: json\r\n\r\n{}", "no Content-Length")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "no Content-Length")]
    public void What_is_no_message_ends_the_session(string input, string reason)
    {
        (int result, List<JsonNode> sent) = Serve(Encoding.ASCII.GetBytes(input));
        Assert.Equal(1, result);
        Assert.Contains(reason, (string)sent[0]["body"]!["output"]!, StringComparison.Ordinal);
        Assert.Equal("terminated", (string)sent[1]["event"]!);
    }

    [Fact]
    public void A_header_without_end_ends_the_session()
    {
        (int result, List<JsonNode> sent) = Serve(Encoding.ASCII.GetBytes(new string('a', 10_000)));
        Assert.Equal(1, result);
        Assert.Contains("no header ends within", (string)sent[0]["body"]!["output"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("{\"seq\":\"one\",\"type\":\"request\",\"command\":\"threads\"}")]
    [InlineData("{\"seq\":3,\"type\":\"request\",\"command\":\"\\ud800\"}")]
    [InlineData("{\"seq\":3,\"type\":\"request\"}")]
    [InlineData("{\"seq\":3,\"type\":\"question\",\"command\":\"threads\"}")]
    [InlineData("{\"type\":\"request\",\"command\":\"threads\"}")]
    public void A_message_that_is_no_request_is_refused_and_the_next_is_served(string message)
    {
        (int result, List<JsonNode> sent) = Serve([.. DapFrames.Of(message), .. DapFrames.Of(Initialize)]);
        Assert.Equal(0, result);
        Assert.Equal([false, true], sent.Select(one => (bool)one["success"]!));
    }

    [Fact]
    public void A_message_that_is_too_long_is_refused_and_the_next_is_served()
    {
        byte[] tooLong = DapFrames.Of(new string(' ', (4 << 20) + 1));
        (int result, List<JsonNode> sent) = Serve([.. tooLong, .. DapFrames.Of(Initialize)]);
        Assert.Equal(0, result);
        Assert.Contains("longer than", (string)sent[0]["message"]!, StringComparison.Ordinal);
        Assert.True((bool)sent[1]["success"]!);
    }

    [Fact]
    public void Requests_have_an_order()
    {
        using var client = new DapClient(DapProgram.Target);
        Assert.Equal("initialize comes first", client.Refused("launch", """{"program":"a.o"}"""));
        Assert.Equal("pathFormat uri is not supported (path is)", client.Refused("initialize", """{"pathFormat":"uri"}"""));
        client.Ask("initialize", "{}");
        Assert.Equal("initialize came before", client.Refused("initialize", "{}"));
        Assert.Equal("threads: no program was launched", client.Refused("threads"));
        Assert.StartsWith("attach is not supported", client.Refused("attach", "{}"), StringComparison.Ordinal);
        Assert.Equal("launch has no program (give the object file)", client.Refused("launch", "{}"));
        Assert.Equal("the arguments of launch are not of the protocol's form: $.arguments.stopOnEntry",
            client.Refused("launch", """{"program":"a.o","stopOnEntry":"yes"}"""));
        client.Ask("launch", """{"program":"a.o"}""");
        Assert.Equal("a program was launched before", client.Refused("launch", """{"program":"a.o"}"""));
        Assert.Equal("configurationDone comes first", client.Refused("continue", "{}"));
        client.Ask("configurationDone");
        Assert.Equal("configurationDone came before", client.Refused("configurationDone"));
        Assert.Equal("writeMemory is not supported", client.Refused("writeMemory", "{}"));
        Assert.Equal("9 is no frame of this stop", client.Refused("scopes", """{"frameId":9}"""));
        Assert.Equal("'x' is no address (0x... or a decimal number)", client.Refused("readMemory", """{"memoryReference":"x"}"""));
    }

    [Fact]
    public void The_reason_why_nothing_is_launched_is_the_answer()
    {
        using var client = new DapClient(launch => throw new InvalidDataException($"reading {launch.Program}: it holds no program"));
        client.Ask("initialize", "{}");
        Assert.Equal("reading a.o: it holds no program", client.Refused("launch", """{"program":"a.o"}"""));
        Assert.Equal(0, client.Disconnect());
    }

    [Fact]
    public void A_packet_that_the_program_cannot_be_given_is_the_answer()
    {
        using var client = new DapClient(launch => DapProgram.Target(launch) with { Input = new() });
        client.Ask("initialize", "{}");
        Assert.StartsWith(
            "debug count: a packet of 0 bytes with 0 of metadata is none that XDP is given",
            client.Refused("launch", """{"program":"a.o"}"""), StringComparison.Ordinal);
    }

    [Fact]
    public void A_launch_has_what_the_configuration_says()
    {
        DapLaunch? given = null;
        using var client = new DapClient(launch => DapProgram.Target((given = launch) with { Packet = null }));
        client.Ask("initialize", "{}");
        client.Ask("launch", """
            {"name":"x","type":"skep","request":"launch","program":"a.o","prog":"p","packet":"udp","pcap":"c","number":7,"ctx":"d",
            "stopOnEntry":false,"stopOnExit":true,"seed":18446744073709551615,"askKernel":true,"source":{"any":1}}
            """.ReplaceLineEndings(""));
        Assert.Equal(
            new DapLaunch("a.o")
            {
                Prog = "p", Packet = "udp", Pcap = "c", Number = 7, Ctx = "d",
                StopOnEntry = false, StopOnExit = true, Seed = ulong.MaxValue, AskKernel = true,
            }, given);
    }

    [Fact]
    public void No_bytes_make_it_fail()
    {
        string[] session =
        [
            Initialize,
            """{"seq":2,"type":"request","command":"launch","arguments":{"program":"a.o"}}""",
            """{"seq":3,"type":"request","command":"setBreakpoints","arguments":{"source":{"path":"count.bpf.c"},"breakpoints":[{}]}}""",
            """{"seq":4,"type":"request","command":"configurationDone"}""",
            """{"seq":5,"type":"request","command":"continue"}""",
            """{"seq":6,"type":"request","command":"stackTrace","arguments":{"startFrame":0,"levels":1}}""",
            """{"seq":7,"type":"request","command":"scopes","arguments":{"frameId":1}}""",
            """{"seq":8,"type":"request","command":"variables","arguments":{"variablesReference":1,"start":0,"count":9}}""",
            """{"seq":9,"type":"request","command":"evaluate","arguments":{"expression":"*(u32 *)(r2 + 4)"}}""",
            """{"seq":10,"type":"request","command":"disassemble","arguments":{"memoryReference":"0x100000000","instructionCount":9}}""",
            """{"seq":11,"type":"request","command":"readMemory","arguments":{"memoryReference":"0x100000000","offset":8,"count":9}}""",
            """{"seq":12,"type":"request","command":"stepBack"}""",
        ];
        Gen.Select(Gen.Int[0, session.Length - 1], Gen.Int[0, 150], Gen.OneOf(Gen.Char["0123456789"], Gen.Char["{}[],:\"-.eu\\x"]))
            .Array[1, 12].Sample(changes =>
            {
                string[] damaged = [.. session];
                foreach ((int message, int at, char value) in changes)
                {
                    int place = at % damaged[message].Length;
                    damaged[message] = $"{damaged[message][..place]}{value}{damaged[message][(place + 1)..]}";
                }

                (int result, List<JsonNode> sent) = Serve([.. damaged.SelectMany(DapFrames.Of)]);
                Assert.Equal(0, result);
                Assert.True(sent.Count(one => (string)one["type"]! == "response") >= session.Length - changes.Length);
            }, iter: 1500);
    }

    private static (int Result, List<JsonNode> Sent) Serve(byte[] input)
    {
        using var output = new MemoryStream();
        int result = new DapServer(new MemoryStream(input), output, launch => DapProgram.Target(launch with { Packet = null })).Run();
        output.Position = 0;
        var sent = new List<JsonNode>();
        while (DapFrames.Read(output) is { } message) sent.Add(JsonNode.Parse(message)!);
        return (result, sent);
    }
}
