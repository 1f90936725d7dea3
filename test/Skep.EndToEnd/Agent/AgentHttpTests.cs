using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Agent;

/// <summary>What the agent answers by HTTP, and to whom.</summary>
public sealed class AgentHttpTests : IDisposable
{
    private readonly RunningAgent _agent = new RunningAgent().Start();

    public void Dispose() => _agent.Dispose();

    [Fact]
    public void Only_who_knows_the_token_is_answered()
    {
        foreach (string path in (string[])["/metrics", "/api/v1/status", "/api/v1/events/stream", "/", "/nothing"])
        {
            Assert.Equal(401, _agent.Get(path).Status);
            Assert.Equal(401, _agent.Get(path, ("Authorization", "Bearer 0")).Status);
            Assert.Equal(401, _agent.Get(path, ("Cookie", $"skep_token_{_agent.Port}=0")).Status);
        }

        Assert.Equal(200, _agent.GetAs("/api/v1/status").Status);
        Assert.Equal(200, _agent.Get("/api/v1/status", ("Cookie", $"skep_token_{_agent.Port}={_agent.Token}")).Status);
        Assert.Equal(401, _agent.Get("/api/v1/status", ("Cookie", $"skep_token_{_agent.Port + 1}={_agent.Token}")).Status);
        Assert.Equal(200, _agent.GetBySocket("/api/v1/status").Status);
        Assert.Equal(421, _agent.GetAs("/api/v1/status", ("Host", "attacker.example")).Status);
        Assert.Equal(403, _agent.GetAs("/api/v1/status", ("Origin", "http://attacker.example")).Status);
        Assert.Equal(200, _agent.GetAs("/api/v1/status", ("Origin", $"http://127.0.0.1:{_agent.Port}")).Status);
        Assert.Equal(405, _agent.Send(HttpMethod.Post, "/api/v1/status", ("Authorization", $"Bearer {_agent.Token}")).Status);
        Assert.Equal(404, _agent.GetAs("/api/v1/nothing").Status);
        Assert.DoesNotContain(_agent.Token, _agent.End(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_it_answers_is_what_the_commands_print()
    {
        using var program = new AttachedProgram("skep_agent_f");
        _agent.Await(a => (string?)a["name"] == "skep_agent_f", "history", "attachments");
        // Other tests load programs meanwhile, and ask of this one, which is an event as well: until nobody does.
        foreach (string part in (string[])["programs", "attachments", "events"])
        {
            Tool.Until(
                () =>
                {
                    string[] lines =
                        [.. _agent.Lines("history", part, "--program", "skep_agent_f").Select(line => Names(line.ToJsonString()))];
                    return lines.Length > 0 && lines.SequenceEqual(
                        Array(_agent.GetAs($"/api/v1/{part}?program=skep_agent_f")).Select(one => Names(one!.ToJsonString())));
                },
                $"the same {part}", 60);
        }

        foreach (string part in (string[])["maps", "runs"])
            Assert.Equal(_agent.Lines("history", part).Length > 0, Array(_agent.GetAs($"/api/v1/{part}")).Count > 0);
        string hash = (string)Array(_agent.GetAs("/api/v1/programs?program=skep_agent_f")).Single()!["sha256"]!;
        Assert.Equal("skep_agent_f", (string?)Array(_agent.GetAs($"/api/v1/programs/{hash}")).Single()!["name"]);
        Assert.Equal("application/json; charset=utf-8", _agent.GetAs("/api/v1/events").Type);
    }

    [Fact]
    public void What_is_learned_of_the_history_is_what_guard_learn_writes()
    {
        using var program = new AttachedProgram("skep_agent_l");
        _agent.Await(a => (string?)a["name"] == "skep_agent_l", "history", "attachments");
        string events = _agent.FileOf("events");
        string now = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
        File.WriteAllText(events, _agent.Skep("history", "events", "--until", now, "-n", "10000", "-j").Output);
        Outcome written = SkepBinary.Run("guard", "learn", "--events", events);
        written.Succeeds();
        (int status, _, string body) = _agent.GetAs($"/api/v1/guard/learned?until={now}&last=10000");
        Assert.Equal(200, status);
        Assert.Equal(written.Output, (string?)JsonNode.Parse(body)!["policy"]);
        Assert.Contains("skep_agent_l", written.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/v1/events?lst=1", "did you mean last?")]
    [InlineData("/api/v1/events?last=0", "last is a number from 1")]
    [InlineData("/api/v1/events?last=1000000", "last is a number from 1 to 10000")]
    [InlineData("/api/v1/events?since=yesterday", "since takes a time")]
    [InlineData("/api/v1/events?uid=root", "uid is a user id")]
    public void A_wrong_parameter_is_refused(string path, string why)
    {
        (int status, _, string body) = _agent.GetAs(path);
        Assert.Equal(400, status);
        Assert.Contains(why, (string?)JsonNode.Parse(body)!["error"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_are_sent_as_they_happen()
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{_agent.Port}/api/v1/events/stream");
        request.Headers.Add("Authorization", $"Bearer {_agent.Token}");
        CancellationToken cancel = TestContext.Current.CancellationToken;
        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancel));
        Assert.StartsWith(":", await reader.ReadLineAsync(cancel), StringComparison.Ordinal);
        using var program = new AttachedProgram("skep_agent_g", isAttached: false);
        string? found = null;
        while (found is null && await reader.ReadLineAsync(cancel) is { } line)
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal)) continue;
            JsonNode e = JsonNode.Parse(line["data: ".Length..])!;
            if ((string?)e["cmd"] == "prog_load" && (string?)e["prog"]?["name"] == "skep_agent_g") found = line;
        }

        Assert.NotNull(found);
    }

    [Fact]
    public void Promtool_finds_no_fault_in_the_metrics()
    {
        Requires.Installed("promtool");
        using var program = new AttachedProgram("skep_agent_h");
        Tool.Until(() => _agent.GetAs("/metrics").Body.Contains("skep_agent_h", StringComparison.Ordinal), "the program is measured");
        (int status, string type, string body) = _agent.GetAs("/metrics");
        Assert.Equal((200, "text/plain; version=0.0.4; charset=utf-8"), (status, type));
        using var process = Tool.Start("sh", "-c", "cat | promtool check metrics");
        process.StandardInput.Write(body);
        process.StandardInput.Close();
        Outcome outcome = Tool.Finish(process);
        Assert.True(outcome.Code == 0, outcome.Error + outcome.Output);
        Assert.StartsWith(
            "application/openmetrics-text; version=1.0.0", _agent.GetAs("/metrics", ("Accept", "application/openmetrics-text")).Type,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/openmetrics-text")]
    public void Prometheus_scrapes_them(string format)
    {
        Requires.Installed("prometheus");
        using var scratch = new Scratch();
        using var loaded = new AttachedProgram("skep_agent_i");
        Tool.Until(() => _agent.GetAs("/metrics").Body.Contains("skep_agent_i", StringComparison.Ordinal), "the program is measured");
        int port = FreePort();
        string token = scratch.Write("token", _agent.Token);
        string config = scratch.Write("prometheus.yml", $"""
            global: {"{"} scrape_interval: 1s {"}"}
            scrape_configs:
            - job_name: skep
              authorization: {"{"} credentials_file: {token} {"}"}
              static_configs: [{"{"} targets: ["127.0.0.1:{_agent.Port}"] {"}"}]
            """);
        Assert.NotEmpty(_agent.GetAs("/metrics", ("Accept", format)).Body);
        using var prometheus = Tool.Start(
            "prometheus", $"--config.file={config}", $"--storage.tsdb.path={scratch.File("data")}",
                $"--web.listen-address=127.0.0.1:{port}");
        try
        {
            using var client = new HttpClient();
            string Query(string query) => client.GetStringAsync(
                $"http://127.0.0.1:{port}/api/v1/query?query={Uri.EscapeDataString(query)}").GetAwaiter().GetResult();
            string last = "";
            Tool.Until(
                () =>
                {
                    try
                    {
                        last = Query("skep_program_info{name=\"skep_agent_i\"}");
                        return last.Contains("\"type\":\"xdp\"", StringComparison.Ordinal);
                    }
                    catch (HttpRequestException)
                    {
                        return false;
                    }
                },
                "Prometheus has the program", 60);
            Assert.Contains("\"1\"", Query("up{job=\"skep\"}"), StringComparison.Ordinal);
        }
        finally
        {
            prometheus.Kill();
            prometheus.WaitForExit();
        }
    }

    [Fact]
    public void What_is_no_request_ends_nothing()
    {
        var random = new Random(1);
        foreach (string text in (string[])
            ["", "\0\0\0\0\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /" + new string('a', 100_000) + " HTTP/1.1\r\n\r\n",
                "GET /metrics HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n"])
            Raw(Encoding.ASCII.GetBytes(text));
        for (int i = 0; i < 200; i++)
        {
            byte[] bytes = new byte[random.Next(1, 300)];
            random.NextBytes(bytes);
            Raw(bytes);
        }

        Assert.Equal(200, _agent.GetAs("/api/v1/status").Status);
    }

    private static JsonArray Array((int Status, string Type, string Body) answer)
    {
        Assert.True(answer.Status == 200, answer.Body);
        return JsonNode.Parse(answer.Body)!.AsArray();
    }

    // Of an object, its names without what changes while the agent runs.
    private static string Names(string json) =>
        string.Join(',', JsonNode.Parse(json)!.AsObject().Where(one => one.Value is JsonValue && one.Key is not ("last_seen" or "alive"))
            .Select(one => $"{one.Key}={one.Value}"));

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        return ((System.Net.IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private void Raw(byte[] bytes)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 300 };
        socket.Connect("127.0.0.1", _agent.Port);
        try
        {
            socket.Send(bytes);
            socket.Shutdown(SocketShutdown.Send);
            socket.Receive(new byte[4096]);
        }
        catch (SocketException)
        {
            // It has ended the connection, or says nothing.
        }
    }
}
