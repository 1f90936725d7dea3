using System.Text.Json.Nodes;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Agent;

/// <summary>What the agent exports by OTLP, and that captured = exported + pending + dropped whatever the receiver does.</summary>
public sealed class OtlpExportTests
{
    private const string Logs = "otlp_logs";

    // Of so many events the queue never drops one.
    private const int MostQueued = 4000;

    [Theory]
    [InlineData("http")]
    [InlineData("grpc")]
    public void Each_event_and_all_metrics_come(string protocol)
    {
        using var receiver = new OtlpReceiver(protocol);
        using RunningAgent agent = new RunningAgent(Config(receiver, protocol, "interval = \"1s\"")).Start();
        string name = Load(agent);
        Tool.Until(() => Of(receiver, name) is not null, "the load is exported");
        JsonNode record = Of(receiver, name)!;
        JsonNode stored = agent.Await(e => (string?)e["prog"]?["name"] == name, "history", "events", "--cmd", "prog_load");
        Dictionary<string, string> attributes = OtlpReceiver.Attributes(record);
        Assert.Equal((string?)stored["comm"], attributes["skep.comm"]);
        Assert.Equal($"{stored["prog"]!["id"]}", attributes["skep.prog.id"]);
        Assert.Equal($"{stored["pid"]}", attributes["skep.pid"]);
        Assert.Equal("skep.prog_load", (string?)record["eventName"]);
        Assert.Contains($"prog_load xdp {name}", (string?)record["body"]!["stringValue"], StringComparison.Ordinal);
        Assert.Equal(Nanoseconds((string)stored["time"]!), long.Parse((string)record["timeUnixNano"]!, null));
        JsonNode resource = receiver.Requests("logs")[0]["request"]!["resourceLogs"]![0]!["resource"]!;
        Assert.Equal("skep", OtlpReceiver.Attributes(resource)["service.name"]);

        JsonNode[] metrics = [];
        string[] names = [];
        Tool.Until(() => receiver.Requests("metrics").Length > 1, "metrics are exported");
        // A family is there while it has a value: filters of other tests come and go between the export and the page.
        Tool.Until(
            () =>
            {
                metrics = NewestMetrics(receiver);
                names = [.. metrics.Select(one => (string)one["name"]!).Distinct()];
                string page = agent.GetAs("/metrics").Body;
                return names.All(one => page.Contains($"# TYPE {one} ", StringComparison.Ordinal));
            },
            "each metric that is exported is on the page");
        Assert.Contains("skep_program_run_seconds_total", names);
        Assert.Contains("skep_export_records_total", names);
        JsonNode sum = metrics.First(one => (string?)one["name"] == "skep_events_stored_total")["sum"]!;
        Assert.True((bool)sum["isMonotonic"]!);
        Assert.Equal(2, (int)sum["aggregationTemporality"]!);
        Assert.True(long.Parse((string)sum["dataPoints"]![0]!["asInt"]!, null) > 0);
        agent.End();
    }

    [Fact]
    public void Fields_have_the_names_of_ecs_when_they_are_asked_for()
    {
        using var receiver = new OtlpReceiver("http");
        using RunningAgent agent = new RunningAgent(Config(receiver, "http", "fields = \"ecs\"\nmetrics = false")).Start();
        string name = Load(agent);
        Tool.Until(() => Of(receiver, name) is not null, "the load is exported");
        Dictionary<string, string> attributes = OtlpReceiver.Attributes(Of(receiver, name)!);
        Assert.Equal("prog_load", attributes["event.action"]);
        Assert.Equal("success", attributes["event.outcome"]);
        Assert.Equal("bpftool", attributes["process.name"]);
        Assert.Equal("0", attributes["user.id"]);
        Assert.Equal(name, attributes["skep.prog.name"]);
        Assert.DoesNotContain("skep.comm", attributes.Keys);
        Assert.Null(agent.Lines("agent", "status").Single()["export"]!["otlp_metrics"]);
    }

    [Theory]
    [InlineData("http", "status 503")]
    [InlineData("http", "status 429 2")]
    [InlineData("http", "reset")]
    [InlineData("http", "hang")]
    [InlineData("grpc", "status 14")]
    [InlineData("grpc", "status 8 2")]
    [InlineData("grpc", "hang")]
    public void A_receiver_that_fails_loses_nothing(string protocol, string failure)
    {
        using var receiver = new OtlpReceiver(protocol);
        receiver.Answer(failure);
        using RunningAgent agent = new RunningAgent(Config(receiver, protocol, "metrics = false\ntimeout = \"2s\"")).Start();
        string name = Load(agent);
        JsonNode failed = Await(agent, one => (long)one["errors"]! > 0 && (long)one["spooled"]! > 0);
        Assert.Equal(0, (long)failed["exported"]!);
        Assert.Equal(Taken(failed), (long)failed["pending"]!);
        agent.Await(e => (string?)e["prog"]?["name"] == name, "history", "events", "--cmd", "prog_load");
        receiver.Answer("ok");
        JsonNode done = Await(agent, one => (long)one["pending"]! == 0 && (long)one["exported"]! > 0);
        Assert.Equal(Taken(done), (long)done["exported"]!);
        Assert.NotNull(Of(receiver, name));
        Assert.Contains("otlp_logs: the receiver takes records again", agent.End(), StringComparison.Ordinal);
        // What it captured after it was asked went out at its end.
        AssertComplete(receiver);
    }

    [Fact]
    public void Retry_After_is_waited_for()
    {
        using var receiver = new OtlpReceiver("http");
        receiver.Answer("status 503 6");
        using RunningAgent agent = new RunningAgent(Config(receiver, "http", "metrics = false")).Start();
        Load(agent);
        Tool.Until(() => receiver.Requests("logs").Length > 1, "the second attempt", 60);
        long[] times = [.. receiver.Requests("logs").Take(2).Select(one => (long)one["at"]!)];
        Assert.InRange(times[1] - times[0], 6000, 30_000);
    }

    [Theory]
    [InlineData("http", "status 400", "refused", "HTTP status 400: not now")]
    [InlineData("grpc", "status 3", "refused", "grpc-status 3 INVALID_ARGUMENT: not now")]
    [InlineData("http", "partial 1", "rejected", "some are too old")]
    [InlineData("grpc", "partial 1", "rejected", "some are too old")]
    public void What_a_receiver_will_not_take_is_dropped_and_counted(string protocol, string answer, string cause, string why)
    {
        using var receiver = new OtlpReceiver(protocol);
        receiver.Answer(answer);
        using RunningAgent agent = new RunningAgent(Config(receiver, protocol, "metrics = false")).Start();
        Load(agent);
        JsonNode now = Await(agent, one => (long)one["dropped"]![cause]! > 0 && (long)one["pending"]! == 0);
        Assert.Equal(why, (string?)now["last_error"]);
        Assert.Equal(0, (long)now["pending"]!);
        long dropped = (long)now["dropped"]![cause]!, sent = (long)now["captured"]! - (Dropped(now) - dropped);
        if (cause == "rejected")
            Assert.Equal(sent - (long)now["errors"]!, (long)now["exported"]!);
        else
            Assert.Equal(sent, dropped);
        Assert.Contains("which are dropped", agent.End(), StringComparison.Ordinal);
        AssertComplete(receiver, answer);
    }

    [Fact]
    public void What_waits_outlives_a_kill()
    {
        using var receiver = new OtlpReceiver("http");
        receiver.Answer("status 503");
        using var agent = new RunningAgent(Config(receiver, "http", "metrics = false"));
        agent.Start();
        string name = Load(agent);
        Await(agent, one => (long)one["spooled"]! > 0 && HasSpooled(agent, name));
        agent.End("KILL");
        string spool = Path.Combine(agent.StateDirectory, "spool", "otlp-logs");
        string[] files = Directory.GetFiles(spool);
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
        receiver.Answer("ok");
        agent.Start();
        JsonNode done = Await(agent, one => (long)one["pending"]! == 0);
        Assert.True((long)done["recovered"]! > 0, done.ToJsonString());
        Assert.Equal(Taken(done), (long)done["exported"]!);
        Assert.NotNull(Of(receiver, name));
        Assert.Empty(Directory.GetFiles(spool));
    }

    [Fact]
    public void A_hang_up_changes_where_it_goes()
    {
        using OtlpReceiver first = new("http"), second = new("grpc");
        using RunningAgent agent = new RunningAgent(Config(first, "http", "metrics = false")).Start();
        string before = Load(agent);
        Tool.Until(() => Of(first, before) is not null, "the load is exported");
        string text = File.ReadAllText(agent.ConfigPath);
        File.WriteAllText(agent.ConfigPath, text.Replace(first.Endpoint, second.Endpoint, StringComparison.Ordinal)
            .Replace("http/protobuf", "grpc", StringComparison.Ordinal));
        Tool.Run("kill", "-HUP", $"{agent.Process.Id}");
        Thread.Sleep(1000);
        string after = Load(agent);
        Tool.Until(() => Of(second, after) is not null, "the load is exported elsewhere");
        JsonNode now = Await(agent, one => (long)one["pending"]! >= 0);
        Assert.Equal((long)now["captured"]!, (long)now["exported"]! + (long)now["pending"]! + Dropped(now));
    }

    [Fact]
    public void Headers_are_sent_and_are_in_no_file_that_others_may_read()
    {
        using var receiver = new OtlpReceiver("http");
        using var agent = new RunningAgent(Config(receiver, "http", "headers = { \"api-key\" = \"s3cret\" }"));
        File.SetUnixFileMode(agent.ConfigPath, (UnixFileMode)0x1a4);
        Outcome refused = agent.Skep("agent", "--check-config");
        Assert.Equal(2, refused.Code);
        Assert.Contains("other users may read the file (chmod 600 ", refused.Error, StringComparison.Ordinal);
        File.SetUnixFileMode(agent.ConfigPath, (UnixFileMode)0x180);
        agent.Start();
        Load(agent);
        Tool.Until(() => receiver.Requests("logs").Length > 0, "events are exported");
        Assert.Equal("s3cret", (string?)receiver.Requests("logs")[0]["headers"]!["api-key"]);
        Assert.DoesNotContain("s3cret", agent.Skep("agent", "status").Output + agent.End(), StringComparison.Ordinal);
    }

    internal static string Config(OtlpReceiver receiver, string protocol, string more) => $"""
        [export.otlp]
        endpoint = "{receiver.Endpoint}"
        protocol = "{(protocol == "http" ? "http/protobuf" : protocol)}"
        {more}
        """;

    // A program of a name that no other test has.
    internal static string Load(RunningAgent agent)
    {
        string name = $"x{Guid.NewGuid().ToString("n")[..12]}";
        using var program = new AttachedProgram(name, isAttached: false);
        agent.Await(e => (string?)e["prog"]?["name"] == name, "history", "events", "--cmd", "prog_load");
        return name;
    }

    private static JsonNode? Of(OtlpReceiver receiver, string name) => receiver.Logs().FirstOrDefault(record =>
        (string?)record["eventName"] == "skep.prog_load" && OtlpReceiver.Attributes(record).GetValueOrDefault("skep.prog.name") == name);

    private static JsonNode[] NewestMetrics(OtlpReceiver receiver) =>
        [.. receiver.Requests("metrics")[^1]["request"]!["resourceMetrics"]!.AsArray()
            .SelectMany(one => one!["scopeMetrics"]!.AsArray()).SelectMany(one => one!["metrics"]!.AsArray()).Select(one => one!)];

    private static bool HasSpooled(RunningAgent agent, string name) =>
        Directory.GetFiles(Path.Combine(agent.StateDirectory, "spool", "otlp-logs")).Any(file =>
            System.Text.Encoding.UTF8.GetString(File.ReadAllBytes(file)).Contains($"\"name\":\"{name}\"", StringComparison.Ordinal));

    // Events are numbered from 1. Others may make more of them than can wait: those are dropped and counted.
    private static void AssertComplete(OtlpReceiver receiver, string answer = "ok")
    {
        long[] numbers = [.. Sequences(receiver, answer).Distinct()];
        if (numbers.Max() <= MostQueued) Assert.Equal(numbers.Max(), numbers.Length);
    }

    private static long[] Sequences(OtlpReceiver receiver, string answer = "ok") =>
        [.. receiver.Logs(answer).Select(record => long.Parse(OtlpReceiver.Attributes(record)["skep.seq"], null))];

    internal static JsonNode Await(RunningAgent agent, Func<JsonNode, bool> found, int seconds = 60)
    {
        JsonNode? now = null;
        Tool.Until(
            () =>
            {
                now = agent.Lines("agent", "status").Single()["export"]?[Logs];
                if (now is null) return false;
                Assert.Equal((long)now["captured"]!, (long)now["exported"]! + (long)now["pending"]! + Dropped(now));
                return found(now);
            },
            "the state of the exporter", seconds);
        return now!;
    }

    // Others may make more at once than the queue takes: those are dropped there, and counted.
    private static long Taken(JsonNode now)
    {
        long captured = (long)now["captured"]!;
        return captured > MostQueued ? captured - (long)now["dropped"]!["queue"]! : captured;
    }

    internal static long Dropped(JsonNode counters) => counters["dropped"]!.AsObject().Sum(one => (long)one.Value!);

    private static long Nanoseconds(string time) =>
        (DateTimeOffset.Parse(time[..19] + "Z", null).ToUnixTimeSeconds() * 1_000_000_000) + long.Parse(time[20..29], null);
}
