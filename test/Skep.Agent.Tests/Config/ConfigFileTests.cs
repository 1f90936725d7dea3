using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Skep.Agent.Config;
using Skep.Testing;

namespace Skep.Agent.Tests.Config;

public sealed partial class ConfigFileTests
{
    [Fact]
    public void An_empty_file_is_the_configuration_by_default() => Assert.Equal(new AgentConfig(), Read("").Config);

    [Fact]
    public void Each_key_is_read()
    {
        AgentConfig config = Read("""
            state_dir = "/var/tmp/state/"
            runtime_dir = "/run/other"
            listen = "[::1]:8000"
            retention_days = 7
            retention_bytes = "2G"

            [watch]
            backend = "raw_tp"
            buffer = "64M"
            explain = true

            [usage]
            interval = "5m"
            duty = 0.25

            [alerts]
            dir = "/srv/alerts"
            """).Config!;
        Assert.Equal(
            new AgentConfig
            {
                StateDirectory = "/var/tmp/state",
                RuntimeDirectory = "/run/other",
                Listen = "[::1]:8000",
                Retention = TimeSpan.FromDays(7),
                RetentionBytes = 2L << 30,
                Backend = "raw_tp",
                BufferBytes = 64 << 20,
                Explain = true,
                UsageInterval = TimeSpan.FromMinutes(5),
                UsageDuty = 0.25,
                AlertsDirectory = "/srv/alerts",
            },
            config);
    }

    [Fact]
    public void Each_key_of_export_is_read()
    {
        AgentConfig config = Read("""
            [export.otlp]
            endpoint = "https://collector.example/base"
            protocol = "grpc"
            fields = "ecs"
            logs = false
            metrics = true
            interval = "10s"
            timeout = "3s"
            headers = { "api-key" = "one", Authorization = "Bearer two" }
            spool_bytes = "1M"

            [export.syslog]
            endpoint = "tls://logs.example"
            facility = "local3"
            spool_bytes = 2097152
            """).Config!;
        Assert.Equal([("api-key", "one"), ("Authorization", "Bearer two")], config.Otlp.Headers);
        Assert.Equal(
            new OtlpConfig
            {
                Endpoint = new Uri("https://collector.example/base"),
                IsGrpc = true,
                IsEcs = true,
                Logs = false,
                Interval = TimeSpan.FromSeconds(10),
                Timeout = TimeSpan.FromSeconds(3),
                Headers = config.Otlp.Headers,
                SpoolBytes = 1 << 20,
            },
            config.Otlp);
        Assert.Equal(
            new SyslogConfig { Endpoint = new(SyslogKind.Tls, "logs.example", 6514), Facility = 19, SpoolBytes = 2 << 20 }, config.Syslog);
    }

    [Theory]
    [InlineData("journald", SyslogKind.Journal, "/run/systemd/journal/socket", 0)]
    [InlineData("/dev/log", SyslogKind.Unix, "/dev/log", 0)]
    [InlineData("udp://[::1]:1514", SyslogKind.Udp, "::1", 1514)]
    [InlineData("tcp://10.0.0.1", SyslogKind.Tcp, "10.0.0.1", 514)]
    public void A_receiver_of_syslog_is_named(string text, SyslogKind kind, string name, int port) =>
        Assert.Equal(new SyslogEndpoint(kind, name, port), SyslogEndpoint.TryParse(text));

    [Theory]
    [InlineData("endpoint = \"collector:4317\"", "export.otlp.endpoint takes an address, such as \"http://127.0.0.1:4318\"")]
    [InlineData("endpoint = \"https://user:secret@collector\"", "export.otlp.endpoint takes an address")]
    [InlineData("protocol = \"http/json\"", "export.otlp.protocol takes \"http/protobuf\" or \"grpc\"")]
    [InlineData("fields = \"ECS\"", "export.otlp.fields takes \"skep\" or \"ecs\"")]
    [InlineData("interval = \"0s\"", "export.otlp.interval takes a time from 1s to 24h")]
    [InlineData("timeout = 5", "export.otlp.timeout takes a time from 1s to 5m")]
    [InlineData("headers = [\"a\"]", "export.otlp.headers takes headers and their values")]
    [InlineData("headers = { \"a b\" = \"c\" }", "export.otlp.headers takes headers and their values")]
    [InlineData("headers = { a = \"b\\nc\" }", "export.otlp.headers takes headers and their values")]
    [InlineData("spool_bytes = 1", "export.otlp.spool_bytes takes bytes, from 1M")]
    [InlineData("endpont = \"\"", "there is no key endpont in [export.otlp]")]
    public void An_error_of_otlp_says_where_and_what(string line, string message)
    {
        ConfigFile file = Read("[export.otlp]\n" + line);
        Assert.Null(file.Config);
        Assert.Equal(2, file.Source.PositionOf(file.Diagnostics[0].Span.Start).Line);
        Assert.StartsWith(message, file.Diagnostics[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("endpoint = \"http://logs\"", "export.syslog.endpoint takes \"journald\"")]
    [InlineData("endpoint = \"udp://:514\"", "export.syslog.endpoint takes")]
    [InlineData("endpoint = \"tcp://logs:0\"", "export.syslog.endpoint takes")]
    [InlineData("endpoint = \"tcp://logs:99999\"", "export.syslog.endpoint takes")]
    [InlineData("facility = \"local9\"", "export.syslog.facility takes one of kern, user")]
    public void An_error_of_syslog_says_where_and_what(string line, string message)
    {
        ConfigFile file = Read("[export.syslog]\n" + line);
        Assert.Null(file.Config);
        Assert.StartsWith(message, file.Diagnostics[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("state_dri = \"/x\"", 1, "there is no key state_dri before the first table", "did you mean state_dir?")]
    [InlineData("retention_days = 0", 1, "retention_days takes days from 1 to 36500", null)]
    [InlineData("retention_days = \"3\"", 1, "retention_days takes days", null)]
    [InlineData("retention_bytes = 5", 1, "retention_bytes takes bytes, from 16M", null)]
    [InlineData("state_dir = \"relative\"", 1, "state_dir takes an absolute path", null)]
    [InlineData("listen = \"0.0.0.0:80\"", 1, "an address other than loopback is served by TLS only", "give web.certificate and web.key")]
    [InlineData("listen = \"127.0.0.1\"", 1, "listen takes an address and a port", null)]
    [InlineData("[web]\nkey = \"/k\"", 2, "web.key without web.certificate", "give web.certificate as well")]
    [InlineData("[web]\ncertificate = \"c.pem\"", 2, "web.certificate takes an absolute path, or \"\" for none", null)]
    [InlineData("[watch]\nbuffer = \"3M\"", 2, "watch.buffer takes bytes, a power of two", null)]
    [InlineData("[watch]\nbackend = \"kprobes\"", 2, "watch.backend takes one of \"fentry\"", null)]
    [InlineData("[usage]\nduty = 1.5", 2, "usage.duty takes a number from 0 to 1", null)]
    [InlineData("[usage]\ninterval = \"4294967295h\"", 2, "usage.interval takes a time from 1s to 24h", null)]
    [InlineData("retention_bytes = \"16777217T\"", 1, "retention_bytes takes bytes, from 16M", null)]
    [InlineData("[usage]\ninterval = \"2d\"", 2, "usage.interval takes a time from 1s to 24h", null)]
    [InlineData("[wtch]\nstate_dir = 1", 1, "there is no table wtch", "did you mean watch?")]
    [InlineData("[[watch]]", 1, "there is no table watch", null)]
    [InlineData("state_dir = \"/a\"\nstate_dir = \"/b\"", 2, "state_dir is given twice", null)]
    [InlineData("state_dir = ", 1, "TOML: ", null)]
    public void An_error_says_where_and_what(string text, int line, string message, string? suggestion)
    {
        ConfigFile file = Read(text);
        Assert.Null(file.Config);
        Assert.Equal(line, file.Source.PositionOf(file.Diagnostics[0].Span.Start).Line);
        Assert.Contains(message, file.Diagnostics[0].Message, StringComparison.Ordinal);
        if (suggestion is not null) Assert.Equal(suggestion, file.Diagnostics[0].Suggestion);
    }

    [Fact]
    public void Text_of_a_file_of_another_kind_is_not_quoted()
    {
        ConfigFile file = Read("root:$6$secret:19000:0:99999:7:::\n");
        Assert.Null(file.Config);
        Assert.False(file.Source.MayBeQuoted);
        Assert.DoesNotContain(file.Diagnostics, d => d.Message.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public void No_bytes_make_it_throw() => Gen.OneOf(
        Gen.Byte.Array[0, 60],
        Gen.String[Gen.Char["stae_dir=\"[]wchu.0123\n '{}\\é\0"], 0, 60].Select(Encoding.UTF8.GetBytes))
        .Sample(bytes => _ = ConfigFile.Read("x.toml", bytes), iter: 20_000);

    // What packages install as /etc/skep/skep.toml.
    [Fact]
    public void The_packaged_configuration_has_each_key_with_what_it_has_by_default()
    {
        string text = Repository.Read("packaging/skep.toml");
        Assert.Equal(new AgentConfig(), Read(text).Config);

        string[] lines = [.. text.Split('\n').Select(line => KeyOfComment().Replace(line, "$1"))];
        string table = "";
        var keys = new List<string>();
        foreach (string line in lines)
        {
            if (line.StartsWith('[')) table = line.Trim('[', ']') + ".";
            else if (line.Length > 0 && line[0] != '#') keys.Add(table + line[..line.IndexOf(' ', StringComparison.Ordinal)]);
        }

        Assert.Equal(ConfigKey.All.Select(key => key.FullName).Order(), keys.Order());
        AgentConfig config = Read(string.Join('\n', lines)).Config!;
        Assert.Equal("fentry", config.Backend);
        Assert.Empty(config.Otlp.Headers);
        Assert.Equal("web-1", config.Fleet.Id);
        FleetConfig fleet = new();
        Assert.Equal(fleet.Endpoints, config.Fleet.Endpoints);
        Assert.Equal(fleet.Groups, config.Fleet.Groups);
        Assert.Equal(fleet, config.Fleet with { Id = null, Endpoints = fleet.Endpoints, Groups = fleet.Groups });
        Assert.Equal(new AgentConfig(), config with { Backend = null, Otlp = config.Otlp with { Headers = [] }, Fleet = fleet });
    }

    [GeneratedRegex("^#([a-z_]+ = )")]
    private static partial Regex KeyOfComment();

    private static ConfigFile Read(string text) => ConfigFile.Read("skep.toml", Encoding.UTF8.GetBytes(text));
}
