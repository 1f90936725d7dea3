using System.Globalization;
using System.IO.Pipes;
using System.Text;
using System.Text.Json.Nodes;
using Skep.Debug.Dap;
using Skep.Debug.Debugger;

namespace Skep.Debug.Tests.Dap;

/// <summary>A client of a server that runs on a thread, over pipes.</summary>
internal sealed class DapClient : IDisposable
{
    private readonly AnonymousPipeServerStream _toServer = new(PipeDirection.Out), _fromServer = new(PipeDirection.In);
    private readonly AnonymousPipeClientStream _input, _output;
    private readonly Thread _thread;
    private readonly Queue<JsonNode> _events = [];
    private readonly StringBuilder _transcript = new();
    private int _sequence;
    private int _result = -1;

    internal DapClient(Func<DapLaunch, DebugTarget> launch)
    {
        _input = new AnonymousPipeClientStream(PipeDirection.In, _toServer.ClientSafePipeHandle);
        _output = new AnonymousPipeClientStream(PipeDirection.Out, _fromServer.ClientSafePipeHandle);
        _thread = new Thread(() =>
        {
            _result = new DapServer(_input, _output, launch).Run();
            _output.Dispose();
        });
        _thread.Start();
    }

    /// <summary>All messages so far: a line each, with what was sent after an arrow.</summary>
    internal string Transcript => _transcript.ToString();

    /// <summary>A program that was launched and has stopped.</summary>
    internal static DapClient Launched(Func<DapLaunch, DebugTarget> launch, string options = "", string configuration = "")
    {
        var client = new DapClient(launch);
        client.Ask("initialize", """{"adapterID":"skep"}""");
        client.Ask("launch", $$"""{"program":"{{DapProgram.File}}"{{options}}}""");
        client.Event("initialized");
        foreach (string request in configuration.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            client.Ask(request.Split(' ', 2)[0], request.Split(' ', 2)[1]);
        client.Ask("configurationDone");
        return client;
    }

    /// <summary>The body of the answer to a request that is done.</summary>
    internal JsonNode? Ask(string command, string? arguments = null)
    {
        JsonNode response = Response(command, arguments);
        Assert.True((bool)response["success"]!, response.ToJsonString());
        return response["body"];
    }

    /// <summary>Why a request is refused.</summary>
    internal string Refused(string command, string? arguments = null)
    {
        JsonNode response = Response(command, arguments);
        Assert.False((bool)response["success"]!, response.ToJsonString());
        return (string)response["message"]!;
    }

    /// <summary>The body of the next event of a name; others before it are passed over.</summary>
    internal JsonNode? Event(string name)
    {
        while (true)
        {
            JsonNode next = _events.TryDequeue(out JsonNode? queued) ? queued : Read()!;
            if ((string?)next["event"] == name) return next["body"];
        }
    }

    /// <summary>The reason of the next stop, and the line of its innermost frame.</summary>
    internal (string Reason, int Line) Stop()
    {
        string reason = (string)Event("stopped")!["reason"]!;
        return (reason, Line());
    }

    internal int Line() => (int)Ask("stackTrace", """{"threadId":1}""")!["stackFrames"]![0]!["line"]!;

    /// <summary>What a scope holds: a line for each variable.</summary>
    internal Dictionary<string, JsonNode> Scope(string name, int frame = 1)
    {
        JsonNode scope = Ask("scopes", $$"""{"frameId":{{frame}}}""")!["scopes"]!.AsArray().Single(one => (string)one!["name"]! == name)!;
        return Open(scope);
    }

    /// <summary>What is in a variable.</summary>
    internal Dictionary<string, JsonNode> Open(JsonNode variable) =>
        Ask("variables", $$"""{"variablesReference":{{(int)variable["variablesReference"]!}}}""")!["variables"]!.AsArray()
            .ToDictionary(one => (string)one!["name"]!, one => one!);

    /// <summary>Ends the session; what the server returned.</summary>
    internal int Disconnect()
    {
        Ask("disconnect");
        return Wait();
    }

    internal int Wait()
    {
        _toServer.Dispose();
        while (Read() is not null) { }
        _thread.Join();
        return _result;
    }

    internal void Send(string message)
    {
        _transcript.Append("-> ").Append(message).Append('\n');
        _toServer.Write(DapFrames.Of(message));
    }

    public void Dispose()
    {
        Wait();
        _input.Dispose();
        _fromServer.Dispose();
    }

    private JsonNode Response(string command, string? arguments)
    {
        string rest = arguments is null ? "" : $",\"arguments\":{arguments}";
        Send($"{{\"seq\":{++_sequence},\"type\":\"request\",\"command\":\"{command}\"{rest}}}");
        while (true)
        {
            JsonNode next = Read() ?? throw new InvalidOperationException($"no answer to {command}");
            if ((string)next["type"]! == "event")
            {
                _events.Enqueue(next);
                continue;
            }

            Assert.Equal((_sequence, command), ((int)next["request_seq"]!, (string)next["command"]!));
            return next;
        }
    }

    private JsonNode? Read()
    {
        if (DapFrames.Read(_fromServer) is not { } message) return null;
        _transcript.Append(message).Append('\n');
        return JsonNode.Parse(message)!;
    }
}

/// <summary>The messages of a stream.</summary>
internal static class DapFrames
{
    /// <summary>A message as it is sent.</summary>
    internal static byte[] Of(string message)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(message);
        string header = string.Create(CultureInfo.InvariantCulture, $"Content-Length: {bytes.Length}\r\n\r\n");
        return [.. Encoding.ASCII.GetBytes(header), .. bytes];
    }

    /// <summary>The next message; null at the end.</summary>
    internal static string? Read(Stream stream)
    {
        var header = new StringBuilder();
        while (!header.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            int next = stream.ReadByte();
            if (next < 0) return header.Length == 0 ? null : throw new InvalidOperationException($"'{header}' is no header");
            header.Append((char)next);
        }

        const string name = "Content-Length: ";
        Assert.StartsWith(name, header.ToString(), StringComparison.Ordinal);
        var message = new byte[int.Parse(header.ToString().AsSpan(name.Length), CultureInfo.InvariantCulture)];
        stream.ReadExactly(message);
        return Encoding.UTF8.GetString(message);
    }
}
