using System.Diagnostics;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Filter;

/// <summary>What packaging/ has for fail2ban, sshguard, CrowdSec and nft, run with these as Debian has them.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class FeedToolTests : IDisposable
{
    private readonly FilteredVeth _veth = new();
    private readonly Scratch _scratch = new();

    public FeedToolTests() => _veth.Apply(
        "set four { type ipv4_addr; flags interval, timeout }\nset six { type ipv6_addr; flags interval, timeout }\n"
        + "ip saddr @four drop\nip6 saddr @six drop\n");

    public void Dispose()
    {
        _veth.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public void Fail2ban_bans_and_unbans()
    {
        Requires.Installed("fail2ban-server");
        string configuration = _scratch.File("fail2ban"), log = _scratch.Write("auth.log", "");
        Tool.Run("cp", "-rL", "/etc/fail2ban", configuration);
        File.Copy(Packaged("fail2ban/skep.conf"), Path.Combine(configuration, "action.d/skep.conf"));
        File.WriteAllText(
            Path.Combine(configuration, "jail.local"),
            $"""
            [DEFAULT]
            banaction = skep
            backend = polling
            allowipv6 = auto
            [sshd]
            enabled = false
            [ours]
            enabled = true
            filter = sshd
            logpath = {log}
            maxretry = 2
            action = skep[skep="{SkepBinary.Path}", table={_veth.Table}, sets="four,six"]

            """);
        File.WriteAllText(Path.Combine(configuration, "fail2ban.local"), "[DEFAULT]\ndbfile = None\n");
        string[] common =
            ["-c", configuration, "-s", _scratch.File("sock"), "-p", _scratch.File("pid"), "--logtarget", _scratch.File("log")];
        using Process server = Tool.Start("fail2ban-server", [.. common, "-f", "start"]);
        try
        {
            Tool.Until(() => File.Exists(_scratch.File("sock")) && Client("status", "ours").Code == 0, "fail2ban runs");
            Client("set", "ours", "banip", "192.0.2.5", "2001:db8::5").Succeeds();
            Tool.Until(() => Elements("four") is ["192.0.2.5"] && Elements("six") is ["2001:db8::5"], "the addresses are banned");
            string now = DateTime.Now.ToString("MMM dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
            File.AppendAllText(
                log,
                string.Concat(Enumerable.Repeat($"{now} host sshd[7]: Failed password for root from 198.51.100.6 port 22 ssh2\n", 3)));
            Tool.Until(() => Elements("four").Contains("198.51.100.6"), "who failed to log in is banned");
            Client("set", "ours", "unbanip", "192.0.2.5").Succeeds();
            Tool.Until(() => Elements("four") is ["198.51.100.6"], "the address is not banned any more");
            // A table that is applied again has lost them: an unban is no error.
            _veth.Apply("set four { type ipv4_addr }\nset six { type ipv6_addr }\nip saddr @four drop\nip6 saddr @six drop\n");
            Client("set", "ours", "unbanip", "198.51.100.6");
            Client("set", "ours", "banip", "192.0.2.7");
            Tool.Until(() => Elements("four") is ["192.0.2.7"], "the set of the other rules has it");
            Client("stop");
            server.WaitForExit(10_000);
            Tool.Until(() => Elements("four").Length == 0, "its end empties the set");
            Assert.DoesNotContain("ERROR", File.ReadAllText(_scratch.File("log")), StringComparison.Ordinal);
        }
        finally
        {
            if (!server.HasExited) server.Kill(entireProcessTree: true);
        }

        Outcome Client(params string[] words) => Tool.Try("fail2ban-client", [.. common, .. words]);
    }

    [Fact]
    public void Sshguard_blocks_and_releases()
    {
        const string Blocker = "/usr/libexec/sshguard/sshg-blocker";
        Requires.Installed(Blocker);
        string configuration = _scratch.Write("sshguard.conf", $"SKEP_TABLE={_veth.Table}\nSKEP_SETS=four,six\n");
        string[] lines = ["Failed password for root from 192.0.2.9 port 22 ssh2", "Failed password for root from 2001:db8::9 port 22 ssh2"];
        string log = string.Concat(lines.SelectMany(line => Enumerable.Repeat($"Nov 30 05:00:00 host sshd[7]: {line}\\n", 3)));
        using Process pipeline = Tool.Start(
            "sh",
            [
                "-c",
                $"{{ printf '{log}'; sleep 60; }} | /usr/libexec/sshguard/sshg-parser | {Blocker} -a 20 -p 3 -s 600 | '"
                + Packaged("sshguard/sshg-fw-skep") + "'",
            ],
            ("SSHGUARD_CONFIG", configuration), ("SKEP", SkepBinary.Path));
        try
        {
            Tool.Until(() => Elements("four") is ["192.0.2.9"] && Elements("six").Length == 1, "both are blocked");
            Tool.Until(() => Elements("four").Length == 0 && Elements("six").Length == 0, "both are released", 60);
        }
        finally
        {
            pipeline.Kill(entireProcessTree: true);
        }

        Outcome flushed = Tool.Try(
            "sh",
            ["-c", $"printf 'block 192.0.2.1 4 32\\nblock 192.0.2.0 4 24\\nflushonexit\\n' | '{Packaged("sshguard/sshg-fw-skep")}'"],
            ("SSHGUARD_CONFIG", configuration), ("SKEP", SkepBinary.Path));
        Assert.Equal((0, ""), (flushed.Code, flushed.Error));
        Assert.Empty(Elements("four"));
    }

    [Fact]
    public void CrowdSec_adds_and_deletes_decisions()
    {
        Requires.Installed("crowdsec-custom-bouncer");
        Requires.Installed("jq");
        string server = _scratch.Write(
            "lapi.py",
            """
            import http.server, json
            def decision(value, duration, scope="Ip", type="ban"):
                return {"duration": duration, "id": 1, "origin": "cscli", "scenario": "test", "scope": scope, "type": type, "value": value}
            class Lapi(http.server.BaseHTTPRequestHandler):
                pulls = 0
                def do_GET(self):
                    answer = {"new": None, "deleted": None}
                    if "decisions/stream" in self.path:
                        Lapi.pulls += 1
                        if Lapi.pulls == 1:
                            answer["new"] = [decision("192.0.2.1", "3h59m51.5s"), decision("198.51.100.0/24", "1h0m0s", "Range"),
                                decision("2001:db8::1", "500ms"), decision("2001:db8::/48", "4h", "Range"),
                                decision("192.0.2.9", "1h", type="captcha"), decision("FR", "1h", "Country")]
                        elif Lapi.pulls > 3:
                            answer["deleted"] = [decision("192.0.2.1", "-1s")]
                    body = json.dumps(answer).encode()
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                def log_message(self, *words):
                    pass
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Lapi)
            print(server.server_address[1], flush=True)
            server.serve_forever()
            """);
        using Process lapi = Tool.Start("python3", server);
        string port = lapi.StandardOutput.ReadLine()!;
        string configuration = _scratch.Write(
            "bouncer.yaml",
            File.ReadAllText(Packaged("crowdsec/crowdsec-custom-bouncer.yaml.local"))
                .Replace("/usr/share/doc/skep/examples/crowdsec/skep-bouncer", Packaged("crowdsec/skep-bouncer"), StringComparison.Ordinal)
            + $"""
            piddir: {_scratch.File("")}
            update_frequency: 1s
            cache_retention_duration: 1s
            daemonize: false
            log_mode: stdout
            log_level: info
            api_url: http://127.0.0.1:{port}/
            api_key: key
            prometheus:
              enabled: false
            """);
        using Process bouncer = Tool.Start(
            "crowdsec-custom-bouncer", ["-c", configuration],
            ("SKEP", SkepBinary.Path), ("SKEP_TABLE", _veth.Table), ("SKEP_SETS", "four,six"));
        try
        {
            Tool.Until(() => Elements("four") is ["192.0.2.1", "198.51.100.0/24"], "the decisions come");
            Assert.Contains(" timeout 3h59m", Tool.Run(SkepBinary.Path, "filter", "set", "get", _veth.Table, "four", "192.0.2.1"),
                StringComparison.Ordinal);
            Tool.Until(() => Elements("six") is ["2001:db8::/48"], "what was to run out has run out");
            Tool.Until(() => Elements("four") is ["198.51.100.0/24"], "the decision is taken back");
        }
        finally
        {
            bouncer.Kill(entireProcessTree: true);
            lapi.Kill();
        }
    }

    [Fact]
    public void A_set_of_nft_is_mirrored()
    {
        Requires.Installed("nft");
        Requires.Installed("jq");
        Nft("add table inet t; add set inet t s { type ipv4_addr; flags interval, timeout; }; add set inet t o { type ipv4_addr; }");
        Nft("add element inet t s { 10.1.0.0/16, 10.3.0.1-10.3.0.9 timeout 1h, 10.4.4.4 }");
        using Process mirror = Tool.Start(
            "nsenter", [$"--net=/run/netns/{_veth.Namespace}", Packaged("nftables/skep-nft-mirror"), "inet", "t", "s", _veth.Table, "four"],
            ("SKEP", SkepBinary.Path));
        try
        {
            Tool.Until(() => Elements("four") is ["10.1.0.0/16", "10.3.0.1-10.3.0.9", "10.4.4.4"], "the set is copied");
            Nft("add element inet t o { 10.7.7.7 }; delete element inet t s { 10.4.4.4 }; add element inet t s { 10.9.9.9 timeout 30m, "
                + "10.8.0.0/24 }");
            Tool.Until(() => Elements("four") is ["10.1.0.0/16", "10.3.0.1-10.3.0.9", "10.8.0.0/24", "10.9.9.9"], "it is changed alike");
            Nft("flush set inet t s");
            Tool.Until(() => Elements("four").Length == 0, "it is emptied alike");
        }
        finally
        {
            Tool.Try("kill", $"{mirror.Id}");
            mirror.Kill(entireProcessTree: true);
        }

        // A set that cannot be read empties nothing.
        SkepBinary.Run("filter", "set", "add", _veth.Table, "four", "192.0.2.1");
        Outcome none = Tool.Try(
            "nsenter",
            [$"--net=/run/netns/{_veth.Namespace}", Packaged("nftables/skep-nft-mirror"), "inet", "t", "none", _veth.Table, "four"],
            ("SKEP", SkepBinary.Path));
        Assert.NotEqual(0, none.Code);
        Assert.Equal(["192.0.2.1"], Elements("four"));
    }

    private void Nft(string commands) => Tool.Run("nsenter", $"--net=/run/netns/{_veth.Namespace}", "nft", commands);

    private static string Packaged(string name) => Repository.File("packaging/" + name);

    private string[] Elements(string set) => _veth.Elements(set);
}
