using System.Text.Json;
using System.Text.RegularExpressions;
using static Skep.Cli.Tests.Invocation;

namespace Skep.Cli.Tests.Guard;

/// <summary>What <c>skep guard check</c>, <c>test</c> and <c>learn</c> print.</summary>
[Collection("working directory")]
public sealed class GuardCommandTests : IDisposable
{
    private const string Bad = "[policy]\nname = \"web\"\n\n[[rule]]\naction = \"deny\"\nhelper = \"bpf_send_singal\"\n";

    private const string Event = "{\"time\":\"2026-11-29T02:58:20.948139920Z\",\"seq\":9,\"syscall\":\"bpf\",\"cmd\":\"link_create\","
        + "\"pid\":11800,\"comm\":\"opensnoop\",\"exe\":\"/usr/sbin/opensnoop\",\"cgroup\":\"/\",\"prog\":{\"type\":\"tracepoint\"}}\n";

    private static readonly string Page = Repository.Read("docs/guard.md");
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("skep-guard-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Check_prints_what_the_documentation_says()
    {
        string web = File("web.toml", Regex.Match(Page, "^```toml\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline).Groups[1]
            .Value);
        (int code, string output, string error) = Run("guard", "check", web);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains($"\n{Path.GetFileName(web)}: {output[(web.Length + 2)..]}", Page, StringComparison.Ordinal);
        string bad = File("bad.toml", Bad);
        (code, output, error) = Run("guard", "check", bad);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(error[(bad.Length - "bad.toml".Length)..], Page, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_prints_json_of_all_files()
    {
        File("b.toml", Bad);
        string first = File("a.toml", "[policy]\nname = \"a\"\ndefault = \"deny\"\n");
        File("c.toml", "[policy]\nname = \"a\"\n");
        File(".d.toml", "x");
        (int code, string output, string error) = Run("guard", "check", _directory.FullName, "-j");
        Assert.Equal((2, ""), (code, error));
        JsonElement[] files = [.. JsonDocument.Parse(output).RootElement.EnumerateArray()];
        Assert.Equal(["a.toml", "b.toml", "c.toml"], files.Select(file => Path.GetFileName(file.GetProperty("file").GetString())!));
        Assert.Equal(("a", "deny", "open", 0), (files[0].GetProperty("policy").GetString(), files[0].GetProperty("default").GetString(),
            files[0].GetProperty("fail").GetString(), files[0].GetProperty("rules").GetInt32()));
        Assert.Empty(files[0].GetProperty("diagnostics").EnumerateArray());
        JsonElement wrong = Assert.Single(files[1].GetProperty("diagnostics").EnumerateArray());
        Assert.Equal((6, 10, "error", "did you mean bpf_send_signal?"), (wrong.GetProperty("line").GetInt32(),
            wrong.GetProperty("column").GetInt32(), wrong.GetProperty("severity").GetString(),
                wrong.GetProperty("suggestion").GetString()));
        Assert.Equal($"a policy a is in {first} already",
            Assert.Single(files[2].GetProperty("diagnostics").EnumerateArray()).GetProperty("message").GetString());
    }

    [Fact]
    public void A_directory_without_policies_is_an_error()
    {
        (int code, string output, string error) = Run("guard", "check", _directory.FullName);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains("there are no policies (files *.toml)", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Test_prints_what_is_not_allowed_and_counts()
    {
        string policy = File("p.toml", "[policy]\nname = \"web\"\n[[rule]]\naction = \"alert\"\non = \"link\"\nmessage = \"who\"\n");
        (int code, string output, string error) = RunWith(Event, "guard", "test", policy, "--events", "-");
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(
            "2026-11-29T02:58:20.948139920Z alert link_create tracepoint opensnoop[11800] /usr/sbin/opensnoop: policy web, "
            + "rule 1 (line 3): who\n1 event: 0 allowed, 1 reported, 0 denied, 0 undecided, 0 not covered\n", output);
        (_, string json, _) = RunWith(Event, "guard", "test", policy, "--events", "-", "-j");
        Assert.Equal(
            "{\"time\":\"2026-11-29T02:58:20.948139920Z\",\"seq\":9,\"cmd\":\"link_create\",\"pid\":11800,\"comm\":\"opensnoop\","
            + "\"exe\":\"/usr/sbin/opensnoop\",\"decision\":\"alert\",\"policy\":\"web\",\"rule\":1,\"line\":3,\"message\":\"who\"}\n",
                json);
        (_, string pretty, _) = RunWith(Event + Event, "guard", "test", policy, "--events", "-", "-p");
        Assert.Equal(2, JsonDocument.Parse(pretty).RootElement.GetArrayLength());
    }

    [Theory]
    [InlineData("-j", 1)]
    [InlineData("-p", 1)]
    public void What_is_before_a_line_that_is_no_event_stands(string form, int events)
    {
        string policy = File("p.toml", "[policy]\nname = \"web\"\n");
        (int code, string output, string error) = RunWith(Event + "x\n", "guard", "test", policy, "--events", "-", form);
        Assert.Equal(2, code);
        Assert.Contains("reading standard input: line 2 is no event", error, StringComparison.Ordinal);
        JsonElement root = JsonDocument.Parse(output).RootElement;
        Assert.Equal(events, form == "-p" ? root.GetArrayLength() : 1);
    }

    [Fact]
    public void Learn_writes_a_policy_to_a_file_or_to_standard_output()
    {
        string events = File("events.json", Event), policy = Path.Combine(_directory.FullName, "learned.toml");
        Assert.Equal((0, "", ""), Run("guard", "learn", "--events", events, "-o", policy));
        (int code, string output, _) = Run("guard", "learn", "--events", events);
        Assert.Equal((0, System.IO.File.ReadAllText(policy)), (code, output));
        Assert.Equal(0, Run("guard", "check", policy).Code);
        Assert.Equal(2, Run("guard", "learn", "--events", events, "-j").Code);
        Assert.Equal(2, Run("guard", "learn").Code);
        Assert.Equal(2, Run("guard", "learn", "--events", events, "--duration", "1s").Code);
        Assert.Equal(2, Run("guard", "test", policy).Code);
    }

    private string File(string name, string text)
    {
        string path = Path.Combine(_directory.FullName, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
