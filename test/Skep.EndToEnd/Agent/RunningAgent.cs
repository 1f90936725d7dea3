using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Agent;

/// <summary>An agent with a state directory of its own.</summary>
internal sealed class RunningAgent : IDisposable
{
    private readonly Scratch _scratch = new();
    private Process? _process;
    private Task<string>? _error;

    /// <param name="config">Lines of its configuration, besides its directories and its port.</param>
    /// <param name="address">Where it listens.</param>
    public RunningAgent(string config = "", string address = "127.0.0.1")
    {
        Requires.Root();
        File.SetUnixFileMode(_scratch.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Port = FreePort();
        ConfigPath = _scratch.Write("skep.toml", $"""
            state_dir = "{_scratch.File("state")}"
            runtime_dir = "{_scratch.File("run")}"
            listen = "{address}:{Port}"
            {config}

            [alerts]
            dir = "{AlertsDirectory}"
            """);
        Directory.CreateDirectory(AlertsDirectory);
    }

    public string ConfigPath { get; }

    public int Port { get; }

    public string StateDirectory => _scratch.File("state");

    public string AlertsDirectory => _scratch.File("alerts.d");

    /// <summary>A file of the test's own beside them.</summary>
    public string FileOf(string name) => _scratch.File(name);

    public string RuntimeDirectory => _scratch.File("run");

    public Process Process => _process!;

    public RunningAgent Start(params (string Name, string Value)[] environment) => Start([SkepBinary.Path], environment);

    /// <summary>Starts it by words that become it, as those of nsenter(1) with its path.</summary>
    public RunningAgent Start(string[] words, params (string Name, string Value)[] environment)
    {
        _process = Tool.Start(words[0], [.. words[1..], "agent", "--config", ConfigPath], environment);
        _error = _process.StandardError.ReadToEndAsync();
        Tool.Until(() => _process.HasExited || Skep("agent", "status").Code == 0, "the agent runs");
        if (_process.HasExited) Assert.Fail(_error.Result);
        return this;
    }

    /// <summary>Ends it by a signal; what it printed.</summary>
    public string End(string signal = "TERM")
    {
        Tool.Run("kill", $"-{signal}", $"{_process!.Id}");
        string error = _error!.Result;
        _process.WaitForExit();
        return error;
    }

    public Outcome Skep(params string[] arguments) => SkepBinary.Run([.. arguments, "--config", ConfigPath]);

    /// <summary>What a command prints with -j: an object a line.</summary>
    public JsonNode[] Lines(params string[] arguments)
    {
        Outcome outcome = Skep([.. arguments, "-j"]);
        Assert.True(outcome.Code == 0, outcome.Error);
        return [.. outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
    }

    /// <summary>Waits until the history has what is asked for.</summary>
    public JsonNode Await(Func<JsonNode, bool> found, params string[] arguments)
    {
        JsonNode? result = null;
        Tool.Until(() => (result = Lines(arguments).FirstOrDefault(found)) is not null, string.Join(' ', arguments));
        return result!;
    }

    /// <summary>Asks it by HTTP.</summary>
    /// <param name="path">What for.</param>
    /// <param name="headers">Headers of the request.</param>
    public (int Status, string Type, string Body) Get(string path, params (string Name, string Value)[] headers) =>
        Send(HttpMethod.Get, path, headers);

    /// <summary>The same with the token.</summary>
    public (int Status, string Type, string Body) GetAs(string path, params (string Name, string Value)[] headers) =>
        Get(path, [("Authorization", $"Bearer {Token}"), .. headers]);

    /// <summary>The same by the socket of root, without the token.</summary>
    public (int Status, string Type, string Body) GetBySocket(string path)
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(RuntimeDirectory, "agent.sock")), cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        return Send(handler, HttpMethod.Get, "http://localhost" + path, []);
    }

    public (int Status, string Type, string Body) Send(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var handler = new SocketsHttpHandler();
        return Send(handler, method, $"http://127.0.0.1:{Port}{path}", headers);
    }

    public string Token => File.ReadAllText(Path.Combine(RuntimeDirectory, "token")).Trim();

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process?.Dispose();
        _scratch.Dispose();
    }

    private static (int Status, string Type, string Body) Send(
        SocketsHttpHandler handler, HttpMethod method, string address, (string Name, string Value)[] headers)
    {
        using var client = new HttpClient(handler, disposeHandler: false) { Timeout = TimeSpan.FromSeconds(30) };
        using var request = new HttpRequestMessage(method, address);
        foreach ((string name, string value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using HttpResponseMessage response = client.Send(request);
        using var body = new StreamReader(response.Content.ReadAsStream());
        return ((int)response.StatusCode, response.Content.Headers.ContentType?.ToString() ?? "", body.ReadToEnd());
    }

    /// <summary>A port of loopback that nothing listens on.</summary>
    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        return ((System.Net.IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
