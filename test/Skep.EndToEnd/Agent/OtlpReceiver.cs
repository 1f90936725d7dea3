using System.Diagnostics;
using System.Text.Json.Nodes;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Agent;

/// <summary>A receiver of OTLP that nobody here wrote: gRPC's own server, and messages generated from the official files.</summary>
internal sealed class OtlpReceiver : IDisposable
{
    private static readonly Lazy<Outcome> Modules = new(() => Tool.Try(Repository.File("test/otlp/fetch.sh")));

    private readonly Process _process;
    private readonly List<JsonNode> _said = [];
    private readonly Task _reading;
    private volatile bool _isEnding;

    /// <param name="protocol">http or grpc.</param>
    /// <param name="identity">The files of its certificate and its key; null for no TLS.</param>
    public OtlpReceiver(string protocol, (string Certificate, string Key)? identity = null)
    {
        Requires.Installed("node");
        Assert.SkipWhen(Modules.Value.Code != 0, $"the machine cannot: npm does not fetch the receiver: {Modules.Value.Error}");
        _process = Tool.Start(
            "node",
            [Repository.File("test/otlp/collector.js"), protocol, .. identity is { } files ? (string[])[files.Certificate, files.Key] : []],
            ("NODE_PATH", Modules.Value.Output.Trim()));
        Endpoint = $"{(identity is null ? "http" : "https")}://127.0.0.1:{Tool.FirstLine(_process)}";
        _reading = Task.Run(() =>
        {
            // The last line of one that was ended may be cut off.
            while (_process.StandardOutput.ReadLine() is { } line && !_isEnding)
                lock (_said) _said.Add(JsonNode.Parse(line)!);
        });
    }

    public string Endpoint { get; }

    /// <summary>The requests that came, in their order.</summary>
    public JsonNode[] Requests(string signal)
    {
        lock (_said)
        {
            Assert.DoesNotContain(_said, one => one["fault"] is not null);
            return [.. _said.Where(one => (string?)one["signal"] == signal)];
        }
    }

    /// <summary>How many records came in requests that were answered so.</summary>
    public long Records(string signal, string answer) =>
        Requests(signal).Where(one => (string?)one["answer"] == answer).Sum(one => (long)one["count"]!);

    /// <summary>The log records of requests that were answered so.</summary>
    public JsonNode[] Logs(string answer = "ok") =>
    [
        .. Requests("logs").Where(one => (string?)one["answer"] == answer)
            .SelectMany(one => one["request"]!["resourceLogs"]!.AsArray()).SelectMany(one => one!["scopeLogs"]!.AsArray())
            .SelectMany(one => one!["logRecords"]!.AsArray()).Select(one => one!),
    ];

    /// <summary>Has it answer otherwise from now on.</summary>
    public void Answer(string how)
    {
        _process.StandardInput.WriteLine(how);
        _process.StandardInput.Flush();
        Tool.Until(
            () =>
            {
                lock (_said) return _said.Any(one => (string?)one["now"] == how);
            },
            "the receiver answers " + how);
    }

    /// <summary>The attributes of a record, as text.</summary>
    public static Dictionary<string, string> Attributes(JsonNode record) => record["attributes"]!.AsArray().ToDictionary(
        one => (string)one!["key"]!, one => one!["value"]!.AsObject().Single().Value!.ToString(), StringComparer.Ordinal);

    public void Dispose()
    {
        _isEnding = true;
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _reading.Wait();
        _process.Dispose();
    }
}
