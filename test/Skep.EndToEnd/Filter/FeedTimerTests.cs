using System.Diagnostics;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Filter;

/// <summary>What skep-feed@.service runs: a feed that is fetched where it has changed, and loaded.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class FeedTimerTests : IDisposable
{
    private readonly FilteredVeth _veth = new();
    private readonly Scratch _scratch = new();
    private readonly Process _server;
    private readonly string _directory, _log;

    public FeedTimerTests()
    {
        Requires.Installed("curl");
        Apply("");
        _directory = Directory.CreateDirectory(_scratch.File("feeds.d")).FullName;
        _log = _scratch.Write("log", "");
        Publish("192.0.2.1\n192.0.2.5\n2001:db8::1\n");
        string script = _scratch.Write(
            "server.py",
            """
            import hashlib, http.server, sys
            class Feed(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    body = open(sys.argv[1], "rb").read()
                    tag = '"%s"' % hashlib.md5(body).hexdigest()
                    status = 304 if self.headers.get("If-None-Match") == tag else 500 if body == b"broken" else 200
                    open(sys.argv[2], "a").write("%d\n" % status)
                    self.send_response(status)
                    self.send_header("ETag", tag)
                    if status == 200: self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    if status == 200: self.wfile.write(body)
                def log_message(self, *words):
                    pass
            server = http.server.HTTPServer(("127.0.0.1", 0), Feed)
            print(server.server_address[1], flush=True)
            server.serve_forever()
            """);
        _server = Tool.Start("python3", script, _scratch.File("body"), _log);
        string port = _server.StandardOutput.ReadLine()!;
        File.WriteAllText(
            Path.Combine(_directory, "ours.conf"), $"URL=http://127.0.0.1:{port}/list\nTABLE={_veth.Table}\nSETS=four,six\nTIMEOUT=1d\n");
    }

    public void Dispose()
    {
        _server.Kill();
        _server.Dispose();
        _veth.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public void What_has_changed_is_loaded_and_nothing_else()
    {
        Assert.Equal("four +2 -0 =0\nsix +1 -0 =0\n", Run(0).Output);
        Assert.Equal(["192.0.2.1", "192.0.2.5"], _veth.Elements("four"));
        Assert.Equal("", Run(0).Output);
        Publish("192.0.2.5\n192.0.2.9\n2001:db8::1\n");
        Assert.Equal("four +1 -1 =1\nsix +0 -0 =1\n", Run(0).Output);
        Assert.Equal(["200", "304", "200"], File.ReadAllLines(_log));
        // A table that is applied again has lost the elements.
        Apply("udp dport 9 drop\n");
        Assert.Empty(_veth.Elements("four"));
        Assert.Equal("four +2 -0 =0\nsix +1 -0 =0\n", Run(0).Output);
        Assert.Equal("304", File.ReadAllLines(_log)[^1]);
    }

    [Fact]
    public void A_table_of_another_boot_whose_program_has_the_same_id_is_loaded()
    {
        Run(0);
        string mark = Path.Combine(_scratch.File("state"), "ours", "loaded");
        string boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
        File.WriteAllText(mark, File.ReadAllText(mark).Replace(boot, Guid.Empty.ToString(), StringComparison.Ordinal));
        Assert.Equal("four +0 -0 =2\nsix +0 -0 =1\n", Run(0).Output);
        Assert.Equal("", Run(0).Output);
        Assert.Equal(["200", "304", "304"], File.ReadAllLines(_log));
    }

    [Fact]
    public void A_table_that_is_applied_again_has_the_list_before_where_none_can_be_fetched()
    {
        Run(0);
        Publish("broken");
        Apply("udp dport 9 drop\n");
        Assert.Contains("the sets have the list before", Run(1).Error, StringComparison.Ordinal);
        Assert.Equal(["192.0.2.1", "192.0.2.5"], _veth.Elements("four"));
        Assert.Contains("the sets stay as they are", Run(1).Error, StringComparison.Ordinal);
        Publish("192.0.2.1\n2001:db8::1\n");
        Assert.Equal("four +0 -1 =1\nsix +0 -0 =1\n", Run(0).Output);
    }

    [Fact]
    public void A_configuration_that_changed_is_followed_though_the_list_did_not_change()
    {
        Run(0);
        string file = Path.Combine(_directory, "ours.conf");
        File.WriteAllText(file, File.ReadAllText(file).Replace("TIMEOUT=1d", "TIMEOUT=2d", StringComparison.Ordinal));
        Assert.Equal("four +0 -0 =2\nsix +0 -0 =1\n", Run(0).Output);
        Assert.Equal("", Run(0).Output);
    }

    [Theory]
    [InlineData("", 1, "is empty")]
    [InlineData("192.0.2.1\nnonsense\n2001:db8::1\n", 2, "not an element")]
    [InlineData("198.51.100.1\n", 1, "less than half")]
    [InlineData("broken", 1, "was not fetched")]
    public void What_cannot_be_loaded_changes_nothing_and_is_fetched_again(string body, int code, string why)
    {
        Run(0);
        Publish(body);
        Assert.Contains(why, Run(code).Error, StringComparison.Ordinal);
        Assert.Contains(why, Run(code).Error, StringComparison.Ordinal);
        Assert.Equal(["192.0.2.1", "192.0.2.5"], _veth.Elements("four"));
        Publish("192.0.2.1\n192.0.2.5\n2001:db8::1\n2001:db8::9\n");
        Assert.Equal("four +0 -0 =2\nsix +1 -0 =1\n", Run(0).Output);
    }

    [Fact]
    public void A_configuration_that_lacks_something_is_an_error()
    {
        File.WriteAllText(Path.Combine(_directory, "ours.conf"), "URL=http://127.0.0.1/\nTABLE=x\n");
        Assert.Contains("lacks URL, TABLE or SETS", Run(2).Error, StringComparison.Ordinal);
        File.Delete(Path.Combine(_directory, "ours.conf"));
        Assert.Contains("cannot be read", Run(2).Error, StringComparison.Ordinal);
    }

    private void Apply(string more) => _veth.Apply(
        "set four { type ipv4_addr; flags interval, timeout }\nset six { type ipv6_addr; flags interval, timeout }\n"
        + "ip saddr @four drop\nip6 saddr @six drop\n" + more);

    private void Publish(string body) => File.WriteAllText(_scratch.File("body"), body);

    private Outcome Run(int code)
    {
        Outcome outcome = Tool.Try(
            Repository.File("packaging/feeds/skep-feed"), ["ours"],
            ("SKEP", SkepBinary.Path), ("SKEP_FEEDS", _directory), ("STATE_DIRECTORY", _scratch.File("state")));
        Assert.True(outcome.Code == code, $"exit {outcome.Code}\n{outcome.Output}{outcome.Error}");
        return outcome;
    }
}
