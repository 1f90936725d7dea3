using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Skep.Cli.Common;

namespace Skep.Cli.Tests.Common;

/// <summary>
/// A command that reads a file reads regular files of a bounded length, and pipes; no device, FIFO, directory or socket, and never a file
/// without end.
/// </summary>
public sealed class InputFileTests : IDisposable
{
    private const long MostResident = 400 << 20;

    // A capture whose records are as long as the file.
    private static readonly byte[] SparseCapture =
    [
        0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f, 1, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x30, 0, 0, 0, 0x30,
    ];

    private static readonly SelfSigned Signer = SelfSigned.Make();

    private const string Policy = "[policy]\nname = \"p\"\n";

    private const string Rules = "table t {\n set s { type ipv4_addr; file \"INPUT\" }\n ip saddr @s drop\n}\n";

    // Where a command takes a file to read; INPUT is the file. Null: a test in Skep.EndToEnd tries it, for it needs an applied
    // table, a map or a device.
    private static readonly Dictionary<string, string[]?> Inputs = new()
    {
        ["filter check FILE"] = ["filter", "check", "INPUT"],
        ["filter test FILE"] = ["filter", "test", "INPUT", "--packet", "udp 10.0.0.1:5 > 10.0.0.2:53"],
        ["filter test --pcap"] = ["filter", "test", "RULES", "--pcap", "INPUT"],
        ["filter test --expect"] = ["filter", "test", "RULES", "--expect", "INPUT"],
        ["filter apply FILE"] = ["filter", "apply", "INPUT"],
        ["filter diff FILE"] = ["filter", "diff", "INPUT"],
        ["filter import FILE"] = ["filter", "import", "nft", "INPUT"],
        ["filter set add --file"] = null,
        ["filter set del --file"] = null,
        ["filter set load FILE"] = null,
        ["filter set load --file"] = null,
        ["prog dump PROG"] = ["prog", "dump", "INPUT"],
        ["prog explain PROG"] = ["prog", "explain", "INPUT"],
        ["prog decompile PROG"] = ["prog", "decompile", "INPUT"],
        ["prog cfg PROG"] = ["prog", "cfg", "INPUT"],
        ["prog diff A B"] = ["prog", "diff", "INPUT", "INPUT"],
        ["prog verify PROG"] = ["prog", "verify", "INPUT"],
        ["prog verify --log"] = ["prog", "verify", "--log", "INPUT"],
        ["prog replay PROG"] = ["prog", "replay", "INPUT", "--packet", "udp 10.0.0.1:5 > 10.0.0.2:53"],
        ["prog replay --pcap"] = ["prog", "replay", "EVENTS", "--pcap", "INPUT"],
        ["prog replay --ctx"] = ["prog", "replay", "EVENTS", "--ctx", "INPUT"],
        ["debug PROG"] = ["debug", "INPUT", "--packet", "udp 10.0.0.1:5 > 10.0.0.2:53", "-c", "quit"],
        ["debug --pcap"] = ["debug", "EVENTS", "--pcap", "INPUT", "-c", "quit"],
        ["debug --ctx"] = ["debug", "EVENTS", "--ctx", "INPUT", "-c", "quit"],
        ["debug --event"] = ["debug", "--event", "INPUT", "--check"],
        ["debug --from"] = null,
        ["compat FILE"] = ["compat", "INPUT", "--kernel", "EVENTS"],
        ["compat --kernel"] = ["compat", "EVENTS", "--kernel", "INPUT"],
        ["filter debug FILE"] = ["filter", "debug", "INPUT", "--packet", "udp 10.0.0.1:5 > 10.0.0.2:53", "-c", "quit"],
        ["filter debug --pcap"] = ["filter", "debug", "RULES", "--pcap", "INPUT", "-c", "quit"],
        ["prog dump --from"] = null,
        ["prog verify --from"] = null,
        ["map tap --btf"] = null,
        ["agent --config"] = ["agent", "--check-config", "--config", "INPUT"],
        ["agent status --config"] = ["agent", "status", "--config", "INPUT"],
        ["history events --config"] = ["history", "events", "--config", "INPUT"],
        ["history programs --config"] = ["history", "programs", "--config", "INPUT"],
        ["history program --config"] = ["history", "program", "x", "--config", "INPUT"],
        ["history maps --config"] = ["history", "maps", "--config", "INPUT"],
        ["history attachments --config"] = ["history", "attachments", "--config", "INPUT"],
        ["history filter --config"] = ["history", "filter", "--config", "INPUT"],
        ["history alerts --config"] = ["history", "alerts", "--config", "INPUT"],
        ["history guard --config"] = ["history", "guard", "--config", "INPUT"],
        ["agent baseline show --config"] = ["agent", "baseline", "show", "--config", "INPUT"],
        ["agent baseline set --config"] = ["agent", "baseline", "set", "--config", "INPUT"],
        ["agent baseline add --config"] = ["agent", "baseline", "add", "x", "--config", "INPUT"],
        ["agent baseline remove --config"] = ["agent", "baseline", "remove", "x", "--config", "INPUT"],
        ["agent baseline clear --config"] = ["agent", "baseline", "clear", "--config", "INPUT"],
        ["agent test-alert --config"] = ["agent", "test-alert", "--config", "INPUT"],
        ["history runs --config"] = ["history", "runs", "--config", "INPUT"],
        ["gen --pcap"] = null,
        ["fleet push FILE|DIR"] = ["fleet", "push", "INPUT", "--group", "web", "--name", "p"],
        ["fleet push --config"] = ["fleet", "push", "RULES", "--group", "web", "--config", "INPUT"],
        ["fleet push --key"] = null,
        ["fleet push --cert"] = null,
        ["fleet status --config"] = ["fleet", "status", "--config", "INPUT"],
        ["fleet agents --config"] = ["fleet", "agents", "--config", "INPUT"],
        ["fleet history --config"] = ["fleet", "history", "--config", "INPUT"],
        ["fleet diff --config"] = ["fleet", "diff", "x", "--config", "INPUT"],
        ["fleet rollback --config"] = ["fleet", "rollback", "x", "--group", "web", "--config", "INPUT"],
        ["fleet rollback --key"] = null,
        ["fleet rollback --cert"] = null,
        ["fleet prune --config"] = ["fleet", "prune", "--config", "INPUT"],
        ["fleet remove --config"] = ["fleet", "remove", "x", "--group", "web", "--config", "INPUT"],
        ["fleet remove --key"] = null,
        ["fleet remove --cert"] = null,
        ["fleet watch --config"] = ["fleet", "watch", "--config", "INPUT"],
        ["guard check FILE"] = ["guard", "check", "INPUT"],
        ["guard apply FILE"] = ["guard", "apply", "INPUT"],
        ["guard watch FILE"] = ["guard", "watch", "INPUT"],
        ["guard test FILE"] = ["guard", "test", "INPUT", "--events", "EVENTS"],
        ["guard test --events"] = ["guard", "test", "POLICY", "--events", "INPUT"],
        ["guard learn --events"] = ["guard", "learn", "--events", "INPUT"],
        ["sign FILE"] = ["sign", "INPUT", "--key", "KEY", "--cert", "CERT"],
        ["sign --key"] = ["sign", "EVENTS", "--key", "INPUT", "--cert", "CERT"],
        ["sign --cert"] = ["sign", "EVENTS", "--key", "KEY", "--cert", "INPUT"],
        ["verify FILE"] = ["verify", "INPUT", "--cert", "CERT"],
        ["verify --cert"] = ["verify", "EVENTS", "--cert", "INPUT"],
        ["verify --signature"] = ["verify", "EVENTS", "--cert", "CERT", "--signature", "INPUT"],
    };

    private static readonly string[] Outputs =
        ["filter test --write", "filter log --write", "prog dump --elf", "watch --save", "watch --output", "guard log --save",
            "guard learn --output", "sign --output", "trace prog --write", "trace prog --save"];

    // Paths that are no files to read: a namespace, a directory of cgroups, a pin, the directory of a history.
    private static readonly string[] Others =
        ["filter apply --netns", "filter apply --last-good", "history events --state-dir", "history programs --state-dir",
            "history program --state-dir", "history maps --state-dir", "history attachments --state-dir", "history filter --state-dir",
            "history runs --state-dir", "history alerts --state-dir", "history guard --state-dir",
            "agent baseline show --state-dir", "agent baseline set --state-dir", "agent baseline add --state-dir",
            "agent baseline remove --state-dir", "agent baseline clear --state-dir"];

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("skep-input-");

    private static string Skep => string.Join(' ', Invocation.Skep);

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Every_word_of_a_command_that_names_a_file_is_known_here()
    {
        List<string> found = [];
        foreach ((Command command, string[] words) in CommandLines.All(CommandTree.Create()))
        {
            IEnumerable<string> names = command.Arguments.Where(a => IsFile(a.Name) || IsFile(a.Description)).Select(a => a.Name)
                .Concat(command.Options.Where(o => IsFile(o.HelpName)).Select(o => o.Name));
            found.AddRange(names.Select(name => $"{string.Join(' ', words)} {name}"));
        }

        Assert.Equal(Inputs.Keys.Concat(Outputs).Concat(Others).Order(StringComparer.Ordinal), found.Distinct()
            .Order(StringComparer.Ordinal));
    }

    private static readonly Dictionary<string, string[]> Lines = new(Inputs.Where(input => input.Value is not null)!)
    {
        ["a set's file"] = ["filter", "check", "FEED"],
        ["filter import iptables-save FILE"] = ["filter", "import", "iptables-save", "INPUT"],
    };

    public static TheoryData<string, string?, string> Refused
    {
        get
        {
            (string Kind, string? Reason, Func<string[], bool> Reads)[] kinds =
            [
                ("zero", "it is a device", _ => true),
                ("fifo", "it is a FIFO", _ => true),

                // That each command reads by InputFile is held by ArchitectureTests. A directory is its policies.
                ("directory", "it is a directory", line => IsOneOfAKind(line) && (line[0] != "guard" || line.Contains("POLICY"))),
                ("socket", "it is a socket", IsOneOfAKind),
                ("missing", "there is no such file", IsOneOfAKind),
                ("sparse", null, _ => true),

                // What a file begins with matters to what it may be.
                ("sparse-elf", null, line => line[0] == "prog"),
                ("sparse-rules", null, line => line[0] == "filter" && !line.Contains("--pcap")),
                ("sparse-pcap", null, line => line.Contains("--pcap")),
            ];
            return [.. kinds.SelectMany(
                kind => Lines.Where(line => kind.Reads(line.Value)), (kind, line) => (kind.Kind, kind.Reason, line.Key))];
        }
    }

    private static bool IsOneOfAKind(string[] line) => line[1] is "check" or "dump" or "test";

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task What_is_no_file_to_read_is_refused_by_each_command(string kind, string? reason, string input)
    {
        string path = Path.Combine(_directory.FullName, kind);
        using Socket? socket = Make(kind, path);
        string rules = Path.Combine(_directory.FullName, "rules.skep");
        File.WriteAllText(rules, "table t {\ndevices = { lo }\n}\n");
        string policy = Path.Combine(_directory.FullName, "policy.toml"), events = Path.Combine(_directory.FullName, "events.json");
        File.WriteAllText(policy, Policy);
        File.WriteAllText(events, "");
        (string key, string cert) = WriteSigner();
        string feed = Path.Combine(_directory.FullName, "feed.skep");
        File.WriteAllText(feed, Rules.Replace("INPUT", path, StringComparison.Ordinal));
        (int code, string error) = await Run([.. Lines[input].Select(word => word switch
        {
            "INPUT" => path, "RULES" => rules, "POLICY" => policy, "EVENTS" => events, "FEED" => feed, "KEY" => key,
            "CERT" => cert, _ => word,
        })]);
        Assert.True(code is 1 or 2, $"exit {code}\n{error}");
        Assert.Contains(reason ?? "", error, StringComparison.Ordinal);
        Assert.NotEmpty(error);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-")]
    [InlineData("/dev/stdin")]
    [InlineData("/proc/self/fd/0")]
    public void A_pipe_on_standard_input_is_read(string name)
    {
        (int code, _, string error) = Invocation.RunWith("table t {\n}\n", "filter", "check", name);
        Assert.True(code == 0, error);
    }

    [Fact]
    public void A_pipe_that_a_shell_makes_of_a_command_is_read()
    {
        var start = new ProcessStartInfo("bash",
            ["-c", $"{Skep} filter check <(sleep 0.2; echo 'table t {{'; sleep 0.2; echo '}}')"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Assert.Equal("table t: 0 rules, 0 sets, no error\n", process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd());
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public void Standard_input_without_end_is_refused_at_the_limit()
    {
        var start = new ProcessStartInfo("bash",
            ["-c", $"{Skep} filter check - </dev/zero"])
        { RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Assert.Contains("reading standard input: it is longer than 128 MiB", process.StandardError.ReadToEnd(), StringComparison.Ordinal);
        process.WaitForExit();
        Assert.Equal(1, process.ExitCode);
    }

    [Theory]
    [InlineData("filter", "check", "INPUT")]
    [InlineData("filter", "check", "FEED")]
    [InlineData("filter", "test", "INPUT", "--packet", "udp 10.0.0.1:5 > 10.0.0.2:53")]
    [InlineData("filter", "apply", "INPUT")]
    [InlineData("filter", "import", "nft", "INPUT")]
    [InlineData("filter", "import", "iptables-save", "INPUT")]
    [InlineData("filter", "import", "ip6tables-save", "INPUT")]
    [InlineData("filter", "test", "RULES", "--pcap", "INPUT")]
    [InlineData("filter", "test", "RULES", "--expect", "INPUT")]
    [InlineData("prog", "dump", "INPUT")]
    [InlineData("prog", "explain", "INPUT")]
    [InlineData("prog", "decompile", "INPUT")]
    [InlineData("prog", "cfg", "INPUT")]
    [InlineData("prog", "diff", "INPUT", "INPUT")]
    [InlineData("guard", "check", "INPUT")]
    [InlineData("guard", "check", "INPUT", "-j")]
    [InlineData("guard", "test", "POLICY", "--events", "INPUT")]
    [InlineData("guard", "learn", "--events", "INPUT")]
    [InlineData("sign", "POLICY", "--key", "INPUT", "--cert", "CERT")]
    [InlineData("sign", "POLICY", "--key", "KEY", "--cert", "INPUT")]
    [InlineData("verify", "POLICY", "--cert", "INPUT")]
    public void Nothing_of_a_file_of_another_kind_is_printed(params string[] line)
    {
        // 16 bytes a line: as many as two instructions.
        (string Name, string Text)[] secrets =
        [
            ("shadow", "root:$y$canary:1\nbin:*:19canary:\n"),
            ("key", "-----BEGIN canar\ncanarycanarycan\n"),
            ("json", "{\"canary\":\"canary\",\n \"canary\": 1}"),
            ("list", "canary\n$canary '%'\n"),
        ];
        Assert.All(line[0] == "prog" ? secrets[..1] : secrets, secret =>
        {
            (string name, string text) = secret;
            string path = Path.Combine(_directory.FullName, name);
            File.WriteAllText(path, text + new string('\n', (8 - (text.Length % 8)) % 8));
            string rules = Path.Combine(_directory.FullName, "rules.skep"), feed = Path.Combine(_directory.FullName, "feed.skep");
            File.WriteAllText(rules, "table t {\n}\n");
            string policy = Path.Combine(_directory.FullName, "policy.toml");
            File.WriteAllText(policy, Policy);
            (string key, string cert) = WriteSigner();
            File.WriteAllText(feed, Rules.Replace("INPUT", path, StringComparison.Ordinal));
            (int code, string output, string error) = Invocation.Run([.. line.Select(word => word switch
            {
                "INPUT" => path, "FEED" => feed, "RULES" => rules, "POLICY" => policy, "KEY" => key, "CERT" => cert,
                _ => word,
            })]);
            Assert.True(code is 1 or 2, $"exit {code}: {error}");
            Assert.Contains(name, output + error, StringComparison.Ordinal);
            Assert.DoesNotContain("anar", output + error, StringComparison.Ordinal);
        });
    }

    private (string Key, string Certificate) WriteSigner()
    {
        (string key, string cert) = (Path.Combine(_directory.FullName, "signer.key"), Path.Combine(_directory.FullName, "signer.pem"));
        File.WriteAllText(key, Signer.Key);
        File.WriteAllText(cert, Signer.Certificate);
        return (key, cert);
    }

    private static bool IsFile(string? text) => text is not null && (text.Contains("FILE", StringComparison.Ordinal)
        || text.Contains("PATH", StringComparison.Ordinal) && !text.Contains("pinned PATH", StringComparison.Ordinal) || text is "DIR");

    private static Socket? Make(string kind, string path)
    {
        switch (kind)
        {
            case "zero":
                File.CreateSymbolicLink(path, "/dev/zero");
                return null;
            case "fifo":
                using (Process made = Process.Start("mkfifo", [path])) made.WaitForExit();
                return null;
            case "directory":
                Directory.CreateDirectory(path);
                return null;
            case "socket":
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                socket.Bind(new UnixDomainSocketEndPoint(path));
                return socket;
            case "missing":
                return null;
            default:
                using (FileStream file = File.Create(path))
                {
                    file.Write(kind switch
                    {
                        "sparse-elf" => [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1],
                        "sparse-rules" => "table t {\n"u8,
                        "sparse-pcap" => SparseCapture,
                        _ => [],
                    });
                    file.SetLength(1 << 30);
                }

                return null;
        }
    }

    private static async Task<(int Code, string Error)> Run(string[] words)
    {
        var start = new ProcessStartInfo(Invocation.Skep[0], [.. Invocation.Skep[1..], .. words])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        long resident = 0;
        for (int i = 0; i < 3000 && !process.WaitForExit(10); i++) resident = Math.Max(resident, Resident(process.Id));
        if (!process.HasExited) process.Kill();
        Assert.True(process.WaitForExit(1000), $"{string.Join(' ', words)} does not end");
        Assert.True(resident < MostResident, $"{string.Join(' ', words)} takes {resident >> 20} MiB");
        await output;
        return (process.ExitCode, await error);
    }

    private static long Resident(int pid)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{pid}/status")
                .FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.AsSpan(6, line.Length - 8),
                NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) << 10;
        }
        catch (IOException)
        {
            // It has ended.
            return 0;
        }
    }
}
