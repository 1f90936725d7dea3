using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Agent;

/// <summary>Alerts of the real agent, on real programs.</summary>
public sealed class AgentAlertTests
{
    private const string Sent = """
        [[target]]
        name = "file"
        command = ["/bin/sh", "-c", "cat >> {0}"]

        """;

    [Fact]
    public void A_new_program_is_one_alert_with_what_it_does()
    {
        using var agent = new RunningAgent();
        string sent = agent.FileOf("sent");
        Write(agent, string.Format(null, Sent, sent) + """
            [[rule]]
            name = "new-program"
            action = "alert"
            on = "prog_load"
            prog_name = "skep_alert_a"
            new = true
            message = "it was not there before"
            severity = "critical"
            """);
        agent.Start();
        using var program = new AttachedProgram("skep_alert_a", result: 1, isAttached: false);
        JsonNode alert = agent.Await(one => (string?)one["rule"] == "new-program", "history", "alerts");
        Assert.Equal(("critical", "it was not there before"), ((string?)alert["severity"], (string?)alert["message"]));
        Assert.Equal("prog_load", (string?)alert["event"]!["cmd"]);
        Assert.Equal("drops-packets", (string?)alert["findings"]![0]!["name"]);
        Tool.Until(() => File.Exists(sent) && File.ReadAllText(sent).EndsWith('\n'), "the command has it");
        JsonNode given = JsonNode.Parse(File.ReadLines(sent).Single())!;
        Assert.Equal((string?)alert["time"], (string?)given["time"]);
        Assert.Equal((string?)alert["event"]!["prog"]!["sha256"], (string?)given["event"]!["prog"]!["sha256"]);
        Assert.Contains("skep_alert_a", agent.Skep("history", "alerts").Output, StringComparison.Ordinal);
        JsonNode served = JsonNode.Parse(agent.GetAs("/api/v1/alerts?rule=new-program").Body)![0]!;
        Assert.Equal((string?)alert["time"], (string?)served["time"]);
        // It is written each second.
        Tool.Until(() => (int)agent.Lines("agent", "status")[0]["alerts"]!["file"]!["sent"]! == 1, "it is counted");
        JsonNode status = agent.Lines("agent", "status")[0]["alerts"]!;
        Assert.Equal(0, (int)status["events_not_judged"]!);
        Assert.True((int)status["raised"]! >= 1);
    }

    [Fact]
    public void Programs_of_the_baseline_are_not_new_and_repeats_are_counted()
    {
        using var agent = new RunningAgent();
        Write(agent, """
            [[rule]]
            name = "new-program"
            action = "alert"
            on = "prog_load"
            prog_name = "skep_alert_b*"
            new = true
            """);
        agent.Start();
        string known = Load(agent, "skep_alert_b1"), other = Load(agent, "skep_alert_b2");
        agent.Await(one => Name(one) == "skep_alert_b2", "history", "alerts");
        agent.Skep("agent", "baseline", "set").Succeeds();
        agent.Skep("agent", "baseline", "remove", "skep_alert_b2").Succeeds();
        Assert.Contains(agent.Lines("agent", "baseline", "show"), one => (string?)one["name"] == "skep_alert_b1");
        Assert.DoesNotContain(agent.Lines("agent", "baseline", "show"), one => (string?)one["name"] == "skep_alert_b2");
        // It is read again each second.
        Thread.Sleep(1500);
        int before = Count(agent, "skep_alert_b1");
        Again(known);
        Again(other);
        Again(other);
        Tool.Until(() => Count(agent, "skep_alert_b2") == 3, "the repeats are counted");
        Assert.Equal(before, Count(agent, "skep_alert_b1"));
        Assert.Equal(1, agent.Skep("agent", "baseline", "add", "skep_no_such").Code);
        agent.Skep("agent", "baseline", "clear").Succeeds();
        Assert.Empty(agent.Lines("agent", "baseline", "show"));
    }

    [Fact]
    public void A_webhook_is_signed_and_tried_again()
    {
        using var server = new Webhook(firstStatus: 503);
        using var agent = new RunningAgent();
        string secret = agent.FileOf("secret");
        File.WriteAllText(secret, "a key\n");
        File.SetUnixFileMode(secret, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Write(agent, $"""
            [[target]]
            name = "ops"
            webhook = "{server.Address}"
            secret_file = "{secret}"

            [[rule]]
            name = "load"
            action = "alert"
            on = "prog_load"
            prog_name = "skep_alert_c"
            """);
        agent.Start();
        using var program = new AttachedProgram("skep_alert_c", isAttached: false);
        Tool.Until(() => server.Requests.Count >= 2, "it was tried again");
        (string signature, byte[] body)[] requests = [.. server.Requests];
        Assert.Equal(requests[0].body, requests[1].body);
        Assert.Equal("load", (string?)JsonNode.Parse(requests[0].body)!["rule"]);
        Assert.All(requests, one => Assert.Equal(
            "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData("a key"u8, one.body)), one.signature));
        Tool.Until(() => (int)agent.Lines("agent", "status")[0]["alerts"]!["ops"]!["sent"]! >= 1, "it is counted");
        Outcome test = agent.Skep("agent", "test-alert", "ops", "-j");
        Assert.Equal((0, true), (test.Code, (bool)JsonNode.Parse(test.Output)!["sent"]!));
        File.SetUnixFileMode(secret, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        test = agent.Skep("agent", "test-alert");
        Assert.Equal(1, test.Code);
        Assert.Contains("others may read it", test.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_program_costs_raises_one_and_rules_are_read_again()
    {
        using var agent = new RunningAgent("[usage]\ninterval = \"1s\"\nduty = 0.9");
        agent.Start();
        using var program = new AttachedProgram("skep_alert_d", isAttached: false);
        uint id = (uint)SkepBinary.Json("prog", "show", "name", "skep_alert_d")["id"]!;
        Write(agent, """
            [[rule]]
            name = "busy"
            action = "alert"
            on = "usage"
            prog_name = "skep_alert_d"
            events_per_second_above = 10
            """);
        Tool.Run("kill", "-HUP", $"{agent.Process.Id}");
        Tool.Until(() =>
        {
            SkepBinary.Run("prog", "replay", "id", $"{id}", "--packet", "udp 10.0.0.1:5 > 10.0.0.2:53", "--repeat", "200000");
            return agent.Lines("history", "alerts").Length > 0;
        }, "the use raises an alert");
        JsonNode alert = agent.Lines("history", "alerts")[0];
        Assert.Equal("busy", (string?)alert["rule"]);
        Assert.True((double)alert["events_per_second"]! > 10);
        Write(agent, "[[rule]]\naction = \"deny\"");
        Tool.Run("kill", "-HUP", $"{agent.Process.Id}");
        Thread.Sleep(500);
        string printed = agent.End();
        Assert.Contains("alerts deny nothing", printed, StringComparison.Ordinal);
        Assert.Contains("the configuration is as it was", printed, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_others_may_write_and_faults_are_refused()
    {
        using var agent = new RunningAgent();
        string file = Write(agent, "[[rule]]\nname = \"x\"\naction = \"alert\"\nto = \"nobody\"");
        Outcome check = agent.Skep("agent", "--check-config");
        Assert.Equal(2, check.Code);
        Assert.Contains("a.toml:4:6: error: there is no target nobody", check.Error, StringComparison.Ordinal);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherWrite);
        check = agent.Skep("agent", "--check-config");
        Assert.NotEqual(0, check.Code);
        Assert.Contains("others may have written it", check.Error, StringComparison.Ordinal);
    }

    private static string Write(RunningAgent agent, string text)
    {
        string path = Path.Combine(agent.AlertsDirectory, "a.toml");
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    private static string? Name(JsonNode alert) => (string?)alert["event"]?["prog"]?["name"];

    private static int Count(RunningAgent agent, string name) =>
        agent.Lines("history", "alerts").Where(one => Name(one) == name).Sum(one => (int)one["count"]!);

    // The object, to be loaded again.
    private static string Load(RunningAgent agent, string name)
    {
        string source = agent.FileOf(name + ".bpf.c"), built = agent.FileOf(name + ".o");
        File.WriteAllText(source, $"__attribute__((section(\"xdp\"))) int {name}(void *ctx)\n"
            + $"{{ asm volatile(\"r1 = {Random.Shared.Next()}\" ::: \"r1\"); return 2; }}\n"
            + "char _license[] __attribute__((section(\"license\"))) = \"GPL\";\n");
        Tool.Run(Tool.Clang, "-O2", "-g", "-target", "bpf", "-c", source, "-o", built);
        Again(built);
        return built;
    }

    private static void Again(string built)
    {
        string pin = $"/sys/fs/bpf/skep-alert-{Guid.NewGuid():n}";
        Tool.Run("bpftool", "prog", "load", built, pin);
        File.Delete(pin);
    }

    private sealed class Webhook : IDisposable
    {
        private readonly HttpListener _listener = new();
        private int _next;

        public Webhook(int firstStatus)
        {
            _next = firstStatus;
            for (int port = 20000 + Environment.ProcessId % 20000; ; port++)
            {
                _listener.Prefixes.Clear();
                _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
                try
                {
                    _listener.Start();
                    Address = $"http://127.0.0.1:{port}/alerts";
                    break;
                }
                catch (HttpListenerException)
                {
                    // In use.
                }
            }

            _ = Task.Run(Serve);
        }

        public string Address { get; }

        public ConcurrentQueue<(string Signature, byte[] Body)> Requests { get; } = new();

        public void Dispose() => _listener.Close();

        private async Task Serve()
        {
            try
            {
                while (true)
                {
                    HttpListenerContext context = await _listener.GetContextAsync();
                    using var body = new MemoryStream();
                    await context.Request.InputStream.CopyToAsync(body);
                    context.Response.StatusCode = Interlocked.Exchange(ref _next, 204);
                    Requests.Enqueue((context.Request.Headers["X-Skep-Signature-256"] ?? "", body.ToArray()));
                    context.Response.Close();
                }
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // The test has ended.
            }
        }
    }
}
