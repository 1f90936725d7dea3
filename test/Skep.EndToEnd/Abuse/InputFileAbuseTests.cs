using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Abuse;

/// <summary>
/// A file that an ordinary user hands to root's Skep has it print nothing of root's files, wait for nothing and read nothing without end.
/// </summary>
public sealed class InputFileAbuseTests : IDisposable
{
    private const string Secret = "root:$y$j9T$canary:19700:0:99999:7:::\ncanary\n10.0.0.300 canary\n";

    private readonly TestNetwork _network = new();
    private readonly Scratch _scratch = new();
    private readonly OwnRun _run = new();
    private readonly string _secret;

    public InputFileAbuseTests()
    {
        _secret = _scratch.File("secret");
        File.WriteAllText(_secret, Secret);
        File.SetUnixFileMode(_secret, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public void Dispose()
    {
        _run.Skep("filter", "remove", "input");
        _run.Dispose();
        _network.Dispose();
        _scratch.Dispose();
    }

    [Theory]
    [InlineData("table t {\n set s { type ipv4_addr; file \"SECRET\" }\n ip saddr @s drop\n}\n")]
    [InlineData("table t {\n set s { type ipv4_addr . inet_service; flags timeout; file \"SECRET\" }\n ip saddr . tcp dport @s drop\n}\n")]
    [InlineData("table t {\n set s { type inet_service; file \"../../../../..SECRET\" }\n tcp dport @s drop\n}\n")]
    [InlineData("{\"table\":\"t\",\"sets\":[{\"name\":\"s\",\"type\":[\"ipv4_addr\"],\"file\":\"SECRET\"}],\"rules\":[]}")]
    public void A_users_rule_file_prints_nothing_of_a_file_that_it_names(string rules)
    {
        string file = UsersFile(rules.Replace("SECRET", _secret, StringComparison.Ordinal));
        string[][] commands =
        [
            ["filter", "check", file],
            ["filter", "check", "--dump", file],
            ["filter", "apply", file, "--netns", _network.Name, "--dev", "v0"],
            ["filter", "test", file, "--packet", "udp 10.0.0.1:5 > 10.0.0.2:53"],
        ];
        Assert.All(commands, command => Silent(_run.Skep(command), 2));
    }

    [Fact]
    public void A_users_link_to_a_file_of_root_prints_nothing_of_it()
    {
        string link = UsersFile(null, $"ln -s {_secret} PATH");
        string[][] commands =
        [
            ["filter", "check", link], ["filter", "import", "nft", link], ["filter", "import", "iptables-save", link],
            ["prog", "dump", link], ["prog", "explain", link], ["prog", "decompile", link], ["prog", "cfg", link],
            ["prog", "diff", link, link], ["prog", "verify", link], ["prog", "verify", "--log", link],
        ];
        Assert.All(commands, command => Silent(_run.Skep(command), null));
    }

    [Fact]
    public void Commands_of_an_applied_table_print_nothing_and_wait_for_nothing()
    {
        string rules = _scratch.File("input.skep");
        File.WriteAllText(rules, "table input {\n set bad { type ipv4_addr; elements = { 10.9.9.9 } }\n ip saddr @bad drop\n}\n");
        _run.Run("filter", "apply", rules, "--netns", _network.Name, "--dev", "v0");
        string fifo = UsersFile(null, "mkfifo PATH"), zero = UsersFile(null, "ln -s /dev/zero PATH"),
            sparse = UsersFile(null, "truncate -s 1G PATH"), directory = UsersFile(null, "mkdir PATH");
        IEnumerable<string[]> commands = ((string[])[_secret, fifo, zero, sparse, directory]).SelectMany(path => (string[][])
        [
            ["filter", "set", "add", "input", "bad", "--file", path],
            ["filter", "set", "del", "input", "bad", "--file", path],
            ["filter", "set", "load", "input", "bad", path],
            ["filter", "set", "load", "input", "bad", "--file", path],
            ["filter", "apply", rules, "--netns", path, "--dev", "v0"],
        ]);
        Assert.All(commands, command => Silent(_run.Skep(command), null));
        Assert.Equal("10.9.9.9\n", _run.Run("filter", "set", "list", "input", "bad"));
    }

    [Fact]
    public void A_directory_of_programs_that_others_may_write_stops_no_search_in_it()
    {
        string rules = _scratch.File("input.skep");
        File.WriteAllText(rules, "table input {\n udp dport 7 drop\n}\n");
        _run.Run("filter", "apply", rules, "--netns", _network.Name, "--dev", "v0");
        string id = Tool.BpftoolJson("prog", "show").AsArray().First(p => (string?)p!["name"] == "input")!["id"]!.ToString();
        string directory = UsersFile(
            null,
            "mkdir PATH; mkfifo PATH/a.bin; ln -s /dev/zero PATH/b.bin; mkdir PATH/c.bin; truncate -s 1G PATH/d.bin; mkfifo PATH/e.json; "
            + "head -c 16 /dev/zero >PATH/e.bin");
        Outcome outcome = _run.Skep("prog", "dump", "original", "id", id, "--from", directory);
        Silent(outcome, 1);
        Assert.Contains(directory, outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mkfifo PATH", "it is a FIFO")]
    [InlineData("ln -s /dev/zero PATH", "it is a device")]
    [InlineData("mkdir PATH", "it is a directory")]
    [InlineData("truncate -s 1G PATH", "it is longer than 512 MiB")]
    [InlineData("echo canary >PATH", "")]
    public void Types_of_records_are_read_from_no_such_file(string make, string reason)
    {
        string pin = $"/sys/fs/bpf/skep-input-{Environment.ProcessId}";
        Tool.Run("bpftool", "map", "create", pin, "type", "ringbuf", "key", "0", "value", "0", "entries", "4096", "name", "input");
        try
        {
            Outcome outcome = _run.Skep("map", "tap", "pinned", pin, "--type", "x", "--btf", UsersFile(null, make), "--duration", "1s");
            Silent(outcome, null);
            Assert.Contains(reason, outcome.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(pin);
        }
    }

    private static void Silent(Outcome outcome, int? code)
    {
        Assert.True(code is null ? outcome.Code is 1 or 2 : outcome.Code == code, $"exit {outcome.Code}: {outcome.Error}");
        Assert.NotEmpty(outcome.Error);
        Assert.DoesNotContain("canary", outcome.Output + outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("19700", outcome.Output + outcome.Error, StringComparison.Ordinal);
    }

    /// <summary>A file that an ordinary user makes.</summary>
    private string UsersFile(string? content, string make = "cat >PATH")
    {
        string directory = _scratch.File("users");
        if (!Directory.Exists(directory)) Tool.Run("install", "-d", "-o", "65534", "-g", "65534", directory);
        string path = Path.Combine(directory, $"f{Directory.GetFileSystemEntries(directory).Length}");
        string script = make.Replace("PATH", path, StringComparison.Ordinal);
        if (content is not null) script = $"printf %s '{content.Replace("'", "'\\''", StringComparison.Ordinal)}' >{path}";
        Outcome outcome = _run.ShellAsNobody(script);
        Assert.True(outcome.Code == 0, outcome.Error);
        return path;
    }
}
