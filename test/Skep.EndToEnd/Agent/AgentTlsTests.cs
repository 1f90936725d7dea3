using System.Diagnostics;
using System.Text.Json.Nodes;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Agent;

/// <summary>TLS of the agent: what it serves, checked by curl and openssl, and what it sends, to servers of node and openssl.</summary>
public sealed class AgentTlsTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void Another_address_is_served_by_TLS()
    {
        using RunningAgent agent = new RunningAgent(Config(_authority.Issue("page")), "0.0.0.0").Start();
        Assert.Equal("200", Curl(agent, "https", "/api/v1/status", "-H", $"Authorization: Bearer {agent.Token}"));
        Assert.Equal("200", Curl(agent, "https", "/metrics", "-H", $"Authorization: Bearer {agent.Token}", "-H", "Host: skep.example"));
        Assert.Equal("401", Curl(agent, "https", "/metrics"));
        Assert.Equal(
            "403",
            Curl(agent, "https", "/metrics", "-H", $"Authorization: Bearer {agent.Token}", "-H", "Origin: https://attacker.example"));
        Assert.Equal("000", Curl(agent, "http", "/metrics"));
        Outcome signIn = Tool.Try(
            "curl", "-s", "-i", "--cacert", _authority.Path, $"https://localhost:{agent.Port}/?token={agent.Token}");
        Assert.Contains("; secure; samesite=strict; httponly", signIn.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(agent.Token, agent.End(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_that_was_renewed_is_served_after_a_hang_up()
    {
        (string certificate, string key) = _authority.Issue("before");
        using RunningAgent agent = new RunningAgent(Config((certificate, key))).Start();
        Assert.Contains("CN = before", Served(agent), StringComparison.Ordinal);
        (string renewed, string renewedKey) = _authority.Issue("after");
        File.Copy(renewed, certificate, overwrite: true);
        // Its key is still that of the one before.
        Tool.Run("kill", "-HUP", $"{agent.Process.Id}");
        Thread.Sleep(1000);
        Assert.Contains("CN = before", Served(agent), StringComparison.Ordinal);
        File.Copy(renewedKey, key, overwrite: true);
        Tool.Run("kill", "-HUP", $"{agent.Process.Id}");
        Tool.Until(() => Served(agent).Contains("CN = after", StringComparison.Ordinal), "the certificate after");
        Assert.Contains("(the certificate before is served)", agent.End(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_others_may_read_and_one_of_another_certificate_are_refused()
    {
        (string certificate, string key) = _authority.Issue("page");
        (_, string other) = _authority.Issue("other");
        using var wrong = new RunningAgent(Config((certificate, other)));
        Outcome refused = wrong.Skep("agent");
        Assert.Equal(1, refused.Code);
        Assert.Contains($"reading {certificate} and {other}: ", refused.Error, StringComparison.Ordinal);
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        using var open = new RunningAgent(Config((certificate, key)));
        Assert.Contains("others may read it (mode 0604)", open.Skep("agent").Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("grpc")]
    public void Otlp_goes_to_a_receiver_whose_certificate_is_trusted(string protocol)
    {
        using var receiver = new OtlpReceiver(protocol, _authority.Issue("receiver"));
        using RunningAgent agent = new RunningAgent(Otlp(receiver, protocol, $"ca_file = \"{_authority.Path}\"")).Start();
        Load(agent);
        Tool.Until(() => receiver.Requests("logs").Length > 0, "events are exported", 60);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("grpc")]
    public void Otlp_goes_to_nobody_else(string protocol)
    {
        using var receiver = new OtlpReceiver(protocol, _authority.Issue("receiver"));
        using var stranger = new TestAuthority();
        foreach (string trusted in (string[])["", $"ca_file = \"{stranger.Path}\""])
        {
            using RunningAgent agent = new RunningAgent(Otlp(receiver, protocol, trusted)).Start();
            Load(agent);
            JsonNode now = Await(agent, "otlp_logs", one => (long)one["errors"]! > 0);
            Assert.Contains("certificate is invalid", (string?)now["last_error"], StringComparison.Ordinal);
            Assert.Equal(0, (long)now["exported"]!);
            Assert.Empty(receiver.Requests("logs"));
        }
    }

    [Fact]
    public void Syslog_goes_by_TLS_to_a_receiver_whose_certificate_is_trusted()
    {
        (string certificate, string key) = _authority.Issue("receiver");
        int port = RunningAgent.FreePort();
        using Process server = Tool.Start(
            "openssl", "s_server", "-quiet", "-accept", $"127.0.0.1:{port}", "-cert", certificate, "-key", key);
        var received = new System.Text.StringBuilder();
        var reading = new Thread(() =>
        {
            char[] part = new char[4096];
            for (int read; (read = server.StandardOutput.Read(part)) > 0;)
                lock (received) received.Append(part, 0, read);
        })
        { IsBackground = true };
        reading.Start();
        try
        {
            using RunningAgent agent = new RunningAgent($"""
                [export.syslog]
                endpoint = "tls://localhost:{port}"
                ca_file = "{_authority.Path}"
                """).Start();
            string name = $"prog.name=\"{Load(agent)}\"";
            Tool.Until(
                () =>
                {
                    lock (received) return received.ToString().Contains(name, StringComparison.Ordinal);
                },
                "the load is received", 60);
            agent.End();
        }
        finally
        {
            server.Kill();
            server.WaitForExit();
            reading.Join();
        }
    }

    private static string Config((string Certificate, string Key) identity) => $"""
        [web]
        certificate = "{identity.Certificate}"
        key = "{identity.Key}"
        """;

    private static string Otlp(OtlpReceiver receiver, string protocol, string more) => $"""
        [export.otlp]
        endpoint = "{receiver.Endpoint}"
        protocol = "{(protocol == "http" ? "http/protobuf" : protocol)}"
        metrics = false
        {more}
        """;

    private string Curl(RunningAgent agent, string scheme, string path, params string[] more) => Tool.Try(
        "curl",
        ["-s", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", _authority.Path, .. more, $"{scheme}://localhost:{agent.Port}{path}"])
        .Output;

    private static string Served(RunningAgent agent) => Tool.Try(
        "sh", "-c", $"openssl s_client -connect 127.0.0.1:{agent.Port} </dev/null 2>/dev/null | openssl x509 -noout -subject").Output;

    private static string Load(RunningAgent agent)
    {
        string name = $"t{Guid.NewGuid().ToString("n")[..12]}";
        using var program = new AttachedProgram(name, isAttached: false);
        agent.Await(e => (string?)e["prog"]?["name"] == name, "history", "events", "--cmd", "prog_load");
        return name;
    }

    private static JsonNode Await(RunningAgent agent, string exporter, Func<JsonNode, bool> found)
    {
        JsonNode? now = null;
        Tool.Until(
            () => (now = agent.Lines("agent", "status").Single()["export"]?[exporter]) is not null && found(now), exporter, 60);
        return now!;
    }
}
