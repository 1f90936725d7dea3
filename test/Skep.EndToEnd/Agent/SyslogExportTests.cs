using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Agent;

/// <summary>What rsyslogd, and the tools of the journal, read from what the agent sends.</summary>
public sealed class SyslogExportTests : IDisposable
{
    private const string JournalRemote = "/lib/systemd/systemd-journal-remote";

    private readonly Scratch _scratch = new();

    private Process? _receiver;

    public void Dispose()
    {
        if (_receiver is not null) Tool.End(_receiver);
        _receiver?.Dispose();
        _scratch.Dispose();
    }

    [Theory]
    [InlineData("udp")]
    [InlineData("tcp")]
    [InlineData("unix")]
    public void Rsyslogd_reads_each_event(string kind)
    {
        int port = RunningAgent.FreePort();
        Rsyslogd(kind, port);
        using RunningAgent agent = new RunningAgent(Config(Endpoint(kind, port), "facility = \"local3\"")).Start();
        string name = Load(agent);
        JsonNode? read = null;
        Tool.Until(() => (read = Read().FirstOrDefault(one => Has(one, name, "prog_load"))) is not null, "rsyslogd has written the load");
        JsonNode stored = agent.Await(e => (string?)e["prog"]?["name"] == name, "history", "events", "--cmd", "prog_load");
        Assert.Equal("skep", (string?)read!["app"]);
        Assert.Equal($"{agent.Process.Id}", (string?)read["process"]);
        Assert.Equal("local3", (string?)read["facility"]);
        Assert.Equal("info", (string?)read["severity"]);
        Assert.Equal(((string)stored["time"]!)[..26], ((string)read["time"]!)[..26]);
        Assert.Equal((string?)stored["host"], (string?)read["host"]);
        Assert.StartsWith("[skep@32473 ", (string?)read["data"], StringComparison.Ordinal);
        Assert.Contains($"prog.id=\"{stored["prog"]!["id"]}\"", (string?)read["data"], StringComparison.Ordinal);
        Assert.StartsWith($"bpftool[{stored["pid"]}] prog_load xdp {name} ", ((string)read["message"]!).Trim(), StringComparison.Ordinal);
        JsonNode now = Await(agent, one => (long)one["exported"]! > 0);
        Assert.Equal((long)now["captured"]!, (long)now["exported"]! + (long)now["pending"]!);
    }

    [Fact]
    public void One_that_is_not_there_yet_gets_them_later()
    {
        int port = RunningAgent.FreePort();
        using RunningAgent agent = new RunningAgent(Config($"tcp://127.0.0.1:{port}", "")).Start();
        string name = Load(agent);
        Await(agent, one => (long)one["errors"]! > 0 && (long)one["spooled"]! > 0);
        Rsyslogd("tcp", port);
        Tool.Until(() => Read().Any(one => Has(one, name, "prog_load")), "rsyslogd has written the load", 90);
        JsonNode now = Await(agent, one => (long)one["pending"]! == 0);
        Assert.Equal((long)now["captured"]!, (long)now["exported"]!);
    }

    [Fact]
    public void The_journal_reads_each_event()
    {
        Assert.SkipWhen(!File.Exists(JournalRemote), "the machine cannot: it has no systemd-journal-remote");
        Requires.Installed("journalctl");
        string path = _scratch.File("journal.sock");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        using RunningAgent agent = new RunningAgent(Config($"journald:{path}", "")).Start();
        string name = Load(agent);
        byte[] buffer = new byte[1 << 18];
        socket.ReceiveTimeout = 30_000;
        byte[] entry;
        do
            entry = buffer[..socket.Receive(buffer)];
        while (!Encoding.UTF8.GetString(entry).Contains($"\nSKEP_PROG_NAME={name}\n", StringComparison.Ordinal)
            || !Encoding.UTF8.GetString(entry).Contains("\nSKEP_CMD=prog_load\n", StringComparison.Ordinal));

        // The format of its socket is that of its exports, in which an entry has a time and ends in an empty line.
        string export = _scratch.File("export");
        File.WriteAllBytes(export, [.. "__REALTIME_TIMESTAMP=1800000000000000\n"u8, .. entry, (byte)'\n']);
        string journal = _scratch.File("remote-skep.journal");
        Tool.Run(JournalRemote, "--output", journal, export);
        JsonNode read = JsonNode.Parse(Tool.Run("journalctl", "--file", journal, "-o", "json").Trim())!;
        JsonNode stored = agent.Await(e => (string?)e["prog"]?["name"] == name, "history", "events", "--cmd", "prog_load");
        Assert.Equal("prog_load", (string?)read["SKEP_CMD"]);
        Assert.Equal($"{stored["prog"]!["id"]}", (string?)read["SKEP_PROG_ID"]);
        Assert.Equal("skep", (string?)read["SYSLOG_IDENTIFIER"]);
        Assert.Equal("6", (string?)read["PRIORITY"]);
        Assert.Equal("bpftool", (string?)read["SKEP_COMM"]);
        Assert.Contains($"prog_load xdp {name}", (string?)read["MESSAGE"], StringComparison.Ordinal);
    }

    private static string Config(string endpoint, string more) => $"""
        [export.syslog]
        endpoint = "{endpoint}"
        {more}
        """;

    private string Endpoint(string kind, int port) => kind == "unix" ? _scratch.File("log") : $"{kind}://127.0.0.1:{port}";

    private void Rsyslogd(string kind, int port)
    {
        Requires.Root();
        Requires.Installed("rsyslogd");
        string input = kind switch
        {
            "unix" => $"module(load=\"imuxsock\" SysSock.Use=\"off\")\n"
                + $"input(type=\"imuxsock\" Socket=\"{_scratch.File("log")}\" UseSpecialParser=\"off\" UseSysTimeStamp=\"off\" "
                + "IgnoreTimestamp=\"off\")",
            "tcp" => $"module(load=\"imtcp\")\ninput(type=\"imtcp\" port=\"{port}\" address=\"127.0.0.1\")",
            _ => $"module(load=\"imudp\")\ninput(type=\"imudp\" port=\"{port}\" address=\"127.0.0.1\")",
        };
        string[] properties =
        [
            "outname=\"time\" name=\"timereported\" dateFormat=\"rfc3339\" date.inUTC=\"on\"", "outname=\"host\" name=\"hostname\"",
            "outname=\"app\" name=\"app-name\"", "outname=\"process\" name=\"procid\"", "outname=\"id\" name=\"msgid\"",
            "outname=\"data\" name=\"structured-data\"", "outname=\"message\" name=\"msg\"",
            "outname=\"facility\" name=\"syslogfacility-text\"", "outname=\"severity\" name=\"syslogseverity-text\"",
        ];
        string config = _scratch.Write("rsyslog.conf", $$"""
            global(workDirectory="{{_scratch.Path}}" maxMessageSize="64k")
            {{input}}
            template(name="json" type="list" option.jsonf="on") {
            {{string.Join('\n', properties.Select(one => $"property({one} format=\"jsonf\")"))}}
            }
            action(type="omfile" file="{{_scratch.File("out")}}" template="json")
            """);
        Process process = _receiver = Tool.Start("rsyslogd", "-n", "-i", _scratch.File("pid"), "-f", config);
        Tool.Until(() => process.HasExited || File.Exists(_scratch.File("pid")), "rsyslogd runs");
        Assert.False(process.HasExited, process.HasExited ? process.StandardError.ReadToEnd() : "");
        if (kind == "unix") Tool.Until(() => File.Exists(_scratch.File("log")), "rsyslogd listens");
    }

    private JsonNode[] Read() => File.Exists(_scratch.File("out"))
        ? [.. File.ReadAllText(_scratch.File("out")).Split('\n').SkipLast(1).Select(line => JsonNode.Parse(line)!)] : [];

    private static bool Has(JsonNode message, string name, string command) =>
        (string?)message["id"] == command && ((string)message["data"]!).Contains($"prog.name=\"{name}\"", StringComparison.Ordinal);

    // A program of a name that no other test has.
    private static string Load(RunningAgent agent)
    {
        string name = $"y{Guid.NewGuid().ToString("n")[..12]}";
        using var program = new AttachedProgram(name, isAttached: false);
        agent.Await(e => (string?)e["prog"]?["name"] == name, "history", "events", "--cmd", "prog_load");
        return name;
    }

    private static JsonNode Await(RunningAgent agent, Func<JsonNode, bool> found)
    {
        JsonNode? now = null;
        Tool.Until(
            () => (now = agent.Lines("agent", "status").Single()["export"]?["syslog"]) is not null && found(now), "the exporter", 60);
        return now!;
    }
}
