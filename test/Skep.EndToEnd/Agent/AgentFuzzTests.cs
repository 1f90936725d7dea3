using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Agent;

/// <summary>Whatever is asked of the agent by HTTP, it answers by its documented types, soon, and goes on.</summary>
public sealed class AgentFuzzTests : IDisposable
{
    private const int Each = 150;

    private static readonly string[] Routes =
    [
        "/metrics", "/api/v1/status", "/api/v1/programs", "/api/v1/programs/{x}", "/api/v1/programs/{x}/explain",
        "/api/v1/programs/{x}/code", "/api/v1/programs/{x}/graph", "/api/v1/programs/{x}/records",
        "/api/v1/programs/{x}/usage", "/api/v1/maps", "/api/v1/attachments", "/api/v1/events", "/api/v1/runs",
        "/api/v1/filter", "/api/v1/filter/history", "/api/v1/filter/{x}/verdict", "/api/v1/filter/{x}/stats", "/api/v1/loaded",
        "/api/v1/loaded/maps", "/api/v1/loaded/maps/{x}", "/api/v1/guard/history", "/api/v1/guard/learned", "/api/v1/links",
        "/api/v1/places", "/api/v1/doctor", "/api/v1/guard", "/api/v1/alerts", "/api/v1/{x}", "/{x}",
    ];

    private static readonly string[] Words =
    [
        "", "0", "-1", "1", "4294967295", "4294967296", "18446744073709551616", "99999999999999999999999999", "id:1", "id:-1",
        "id:4294967296", "id:", "id:0x1", "ID:1", "..%2f", "..%2f..%2f..%2fetc%2fpasswd", "../../etc/passwd", "%", "%2", "%zz",
        "%00", "a%00b", "%ff%fe", "%c0%af", "%e2%80%ae", "%F0%9F%92%A9", "'; DROP TABLE programs; --", "%27%20OR%201=1", "{}",
        "[]", "null", "true", "a b", "a+b", "a&b", "a=b", "*", "?", "#", "\\", "~", "%0d%0aX-Injected:%201", "xdp",
        "udp 10.0.0.1:5 > 10.0.0.2:53", "udp%2010.0.0.1:5%20%3E%2010.0.0.2:53", "skep", new string('a', 63),
        new string('a', 64), new string('a', 65), new string('A', 64), new string('0', 64), new string('x', 3000),
        string.Concat(Enumerable.Repeat("%2e%2e%2f", 200)),
    ];

    private static readonly string[] Parameters =
    [
        "since", "until", "cmd", "type", "comm", "unit", "uid", "failed", "program", "table", "last", "packet", "iif", "rule",
        "", "x", "%00", "Last", "last[]", "since%3d",
    ];

    private readonly RunningAgent _agent = new RunningAgent().Start();

    public void Dispose() => _agent.Dispose();

    [Fact]
    public void Any_path_and_query_is_answered_soon_by_a_documented_type()
    {
        var random = new Random(14);
        foreach (string route in Routes)
        {
            bool isSlow = route.Contains("{x}/", StringComparison.Ordinal) || route.EndsWith("doctor", StringComparison.Ordinal);
            int turns = isSlow ? Each / 3 : Each;
            for (int i = 0; i < turns; i++) Ask("GET", Path(route, random), Headers(random));
        }

        string[] methods = ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "PATCH", "get", "G\u00e9T", new('A', 5000)];
        foreach (string method in methods)
            foreach (string route in Routes) Ask(method, Path(route, random), []);
        Alive();
    }

    [Fact]
    public void Any_bytes_in_the_place_of_a_request_end_nothing()
    {
        var random = new Random(41);
        byte[] request = Encoding.ASCII.GetBytes(
            $"GET /api/v1/loaded HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {_agent.Token}\r\nConnection: close\r\n\r\n");
        // One that is cut off, or that asks to be kept, is waited for in vain.
        for (int i = 0; i < 300; i++)
        {
            byte[] bytes = [.. request];
            for (int j = random.Next(1, 6); j > 0; j--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            if (random.Next(3) == 0) bytes = bytes[..random.Next(1, bytes.Length)];
            Check(Exchange(bytes, TimeSpan.FromMilliseconds(400)), Encoding.Latin1.GetString(bytes));
        }

        Alive();
    }

    [Fact]
    public void Without_the_token_no_path_says_anything()
    {
        foreach (string route in Routes.Append("/").Append("/api/v1/events/stream"))
        {
            string path = route.Replace("{x}", "id:1", StringComparison.Ordinal);
            Assert.Equal(401, _agent.Get(path).Status);
            Assert.Equal(421, _agent.GetAs(path, ("Host", "attacker.example")).Status);
            Assert.Equal(421, _agent.Get(path, ("Host", "attacker.example")).Status);
            Assert.Equal(403, _agent.GetAs(path, ("Origin", "https://attacker.example")).Status);
        }
    }

    [Fact]
    public void Who_tries_many_tokens_waits_and_who_has_it_does_not()
    {
        int[] answers = [.. Enumerable.Range(0, 30).Select(i => _agent.Get("/api/v1/status", ("Authorization", $"Bearer {i}")).Status)];
        Assert.Equal(20, answers.Count(status => status == 401));
        Assert.Equal(10, answers.Count(status => status == 429));
        Assert.Equal(200, _agent.GetAs("/api/v1/status").Status);
        Assert.Equal(200, _agent.Get("/api/v1/status", ("Cookie", $"skep_token_{_agent.Port}={_agent.Token}")).Status);
        Assert.Equal(429, _agent.Get("/api/v1/status", ("Cookie", $"skep_token_{_agent.Port}=0")).Status);
        string answer = Exchange(
            Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer 1\r\nConnection: close\r\n\r\n"),
            TimeSpan.FromSeconds(5));
        Assert.Matches(@"(?m)^Retry-After: ([1-9]|10)\r$", answer);

        // Without one, nothing is tried.
        Assert.Equal(401, _agent.Get("/api/v1/status").Status);
        Tool.Until(() => _agent.Get("/api/v1/status", ("Authorization", "Bearer 0")).Status == 401, "it looks at others again");
    }

    private static string Path(string route, Random random)
    {
        string path = route;
        while (path.Contains("{x}", StringComparison.Ordinal))
        {
            int at = path.IndexOf("{x}", StringComparison.Ordinal);
            path = path[..at] + Word(random) + path[(at + 3)..];
        }

        int parameters = random.Next(5) switch { 0 or 1 => 0, 2 => 1, 3 => random.Next(1, 4), _ => random.Next(1, 200) };
        for (int i = 0; i < parameters; i++)
            path += $"{(i == 0 ? '?' : '&')}{Parameters[random.Next(Parameters.Length)]}={(random.Next(4) == 0 ? "" : Word(random))}";
        return path;
    }

    private static string Word(Random random)
    {
        if (random.Next(3) > 0) return Words[random.Next(Words.Length)];
        byte[] bytes = new byte[random.Next(1, 40)];
        random.NextBytes(bytes);
        return random.Next(2) == 0 ? string.Concat(bytes.Select(b => $"%{b:x2}")) : Encoding.Latin1.GetString(bytes);
    }

    private string[] Headers(Random random) => random.Next(4) switch
    {
        0 => [$"Accept: {Word(random)}"],
        1 => [$"Cookie: {Word(random)}={Word(random)}; skep_token_{_agent.Port}={Word(random)}", $"Accept-Encoding: {Word(random)}"],
        2 => [.. Enumerable.Range(0, random.Next(1, 90)).Select(i => $"X-{i}: {i}")],
        _ => [],
    };

    private void Ask(string method, string path, string[] headers)
    {
        // A break of the line would begin something else.
        string head = $"{method} {path.ReplaceLineEndings("")} HTTP/1.1\r\nHost: 127.0.0.1:{_agent.Port}\r\n"
            + $"Authorization: Bearer {_agent.Token}\r\nConnection: close\r\n"
            + string.Concat(headers.Select(one => one.ReplaceLineEndings("") + "\r\n")) + "\r\n";
        long begun = Stopwatch.GetTimestamp();
        string answer = Exchange(Encoding.Latin1.GetBytes(head), TimeSpan.FromSeconds(25));
        Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(20), $"{head} took {Stopwatch.GetElapsedTime(begun)}");
        Check(answer, head);
    }

    private static void Check(string answer, string asked)
    {
        // What is no request has no answer.
        if (answer.Length == 0) return;
        Assert.True(answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal), $"{asked}\n{answer}");
        int status = int.Parse(answer.AsSpan(9, 3), provider: null);
        // 505: another version of HTTP.
        Assert.True(
            status is < 500 or 505 || (status == 503 && answer.Contains("\"error\"", StringComparison.Ordinal)), $"{asked}\n{answer}");
        Assert.DoesNotContain("   at Skep", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Injected", answer, StringComparison.Ordinal);
        int end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        string[] head = answer[..end].Split("\r\n");
        string body = answer[(end + 4)..];
        string? type = head.FirstOrDefault(line => line.StartsWith("Content-Type: ", StringComparison.Ordinal))?["Content-Type: ".Length..];

        // Kestrel refuses by itself what is no HTTP, without a body.
        if (type is null)
        {
            Assert.True(status is >= 400 and < 500 or 505, $"{asked}\n{answer}");
            return;
        }

        Assert.Contains(type.Split(';')[0], (string[])
            ["application/json", "text/plain", "application/openmetrics-text", "text/event-stream", "text/html", "text/javascript",
                "text/css", "image/svg+xml"]);
        if (!type.StartsWith("application/json", StringComparison.Ordinal) || asked.StartsWith("HEAD", StringComparison.Ordinal)) return;
        bool isChunked = head.Contains("Transfer-Encoding: chunked");
        JsonNode? json = JsonNode.Parse(isChunked ? Joined(body) : body);
        if (status != (int)HttpStatusCode.OK) Assert.NotEmpty((string)json!["error"]!);
    }

    private static string Joined(string body)
    {
        var text = new StringBuilder();
        for (int at = 0; ;)
        {
            int line = body.IndexOf("\r\n", at, StringComparison.Ordinal);
            int length = Convert.ToInt32(body[at..line], 16);
            if (length == 0) return text.ToString();
            text.Append(body, line + 2, length);
            at = line + 2 + length + 2;
        }
    }

    private string Exchange(byte[] request, TimeSpan patience)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            ReceiveTimeout = (int)patience.TotalMilliseconds,
        };
        socket.Connect(IPAddress.Loopback, _agent.Port);
        using var answer = new MemoryStream();
        try
        {
            socket.Send(request);
            byte[] buffer = new byte[1 << 16];
            while (socket.Receive(buffer) is > 0 and var count) answer.Write(buffer, 0, count);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown or SocketError.TimedOut)
        {
            // It has ended the connection, or waits for the rest of the request.
        }

        return Encoding.Latin1.GetString(answer.ToArray());
    }

    private void Alive()
    {
        Assert.False(_agent.Process.HasExited);
        Assert.Equal(200, _agent.GetAs("/api/v1/status").Status);
        using var program = new AttachedProgram("skep_fuzz_a", isAttached: false);
        _agent.Await(one => (string?)one["name"] == "skep_fuzz_a", "history", "programs");
        string said = _agent.End();
        Assert.DoesNotContain("internal error", said, StringComparison.Ordinal);
        Assert.Contains("events captured", said, StringComparison.Ordinal);
    }
}
