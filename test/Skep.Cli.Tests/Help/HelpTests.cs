using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Skep.Cli.Help;
using static Skep.Cli.Tests.Invocation;

namespace Skep.Cli.Tests.Help;

/// <summary>What each command's help holds, and what there is of every command.</summary>
[Collection("working directory")]
public sealed partial class HelpTests
{
    // Commands that change something and print no data.
    private static readonly string[] Silent =
    [
        "agent", "agent baseline set", "agent baseline add", "agent baseline remove", "agent baseline clear", "filter apply",
        "filter confirm", "filter remove", "filter rule del", "filter set add", "filter set del", "help", "sign", "ui", "completion",
    ];

    private static IEnumerable<(Command Command, string[] Words)> Commands() =>
        CommandLines.All(CommandTree.Create()).Where(found => found.Words.Length > 0);

    public static TheoryData<string> Paths() => [.. Commands().Select(found => string.Join(' ', found.Words))];

    public static TheoryData<string> Acting() => [.. Commands()
        .Where(found => found.Command is { Subcommands.Count: 0 } or { Action: not null })
        .Select(found => string.Join(' ', found.Words))];

    private static SkepCommand Of(string path) =>
        Assert.IsType<SkepCommand>(Commands().First(found => string.Join(' ', found.Words) == path).Command);

    [Theory]
    [MemberData(nameof(Paths))]
    public void Each_command_has_two_or_three_examples_that_parse(string path)
    {
        CommandHelp help = Of(path).Help;
        Assert.InRange(help.Examples.Length, 2, 3);
        Assert.Distinct(help.Examples.Select(example => example.Line));
        Assert.All(help.Examples, example =>
        {
            string[] words = Words(example.Line);
            Assert.Equal("skep", words[0]);
            CommandLine line = CommandLine.Read(words[1..]);
            ParseResult parsed = CommandTree.Parse(line.Words, line.Watched);
            Assert.Empty(CommandLineErrors.Of(parsed));
            Assert.DoesNotContain('.', example.Purpose[^1..]);
        });

        Assert.Contains(help.Examples, example => example.Line.StartsWith($"skep {path}", StringComparison.Ordinal)
            || example.Line.StartsWith($"skep {path.Replace(" lookup", " peek", StringComparison.Ordinal)}", StringComparison.Ordinal)
            || example.Line.StartsWith($"skep {path.Replace(" list", " show", StringComparison.Ordinal)}", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Each_command_names_a_page_that_is_there_and_that_names_the_command(string path)
    {
        string page = Of(path).Help.Page;
        string text = File.ReadAllText(Repository.File(page));
        Assert.Contains($"skep {path}", MultipleSpaces().Replace(text, " "), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Help_prints_examples_exit_codes_and_the_page(string path)
    {
        using var output = new StringWriter();
        string[] words = [.. path.Split(' '), "--help"];
        Assert.Equal(0, CommandTree.Parse(words).Invoke(new InvocationConfiguration { Output = output }));
        string text = output.ToString();
        CommandHelp help = Of(path).Help;
        Assert.All(help.Examples, example => Assert.Contains($"  {example.Line}", text, StringComparison.Ordinal));
        Assert.Matches(@"\nExit codes:\n  0   \S.*\n  1   \S.*\n  2   \S.*\n  3   not permitted, or not supported here\n", text);
        Assert.EndsWith($"\nDocumentation: {help.Page}\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Acting))]
    public void Each_command_that_prints_data_takes_json_and_pretty(string path) =>
        Assert.All((string[])["-j", "--json", "-p", "--pretty", "-j -p"], options =>
        {
            bool isUnknown = CommandLineErrors.Of(CommandTree.Parse($"{path} {options}".Split(' ')))
                .Any(error => error.StartsWith("there is no option", StringComparison.Ordinal));
            Assert.Equal(Silent.Contains(path), isUnknown);
        });

    [Fact]
    public void Json_and_pretty_are_declared_once()
    {
        string sources = Repository.File("src/Skep.Cli");
        string[] declaring = [.. Directory.GetFiles(sources, "*.cs", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != "CommandLine.cs" && Declaration().IsMatch(File.ReadAllText(file)))
            .Select(Path.GetFileName).OfType<string>()];
        Assert.Equal(["FormOptions.cs"], declaring);
    }

    [Theory]
    [InlineData("")]
    [InlineData("help")]
    [InlineData("--help")]
    public void The_overview_names_every_command(string line)
    {
        (int code, string output, string error) = Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((0, ""), (code, error));
        Assert.All(Commands().Where(found => found.Words is not ["help"] && found.Command.Subcommands.Count == 0), found =>
        {
            string[] words = found.Words;
            string listed = words is ["net" or "cgroup" or "perf" or "guard", ..] ? words[0] : words is ["filter", "set" or "rule", ..]
                ? $"filter {words[1]}"
                : string.Join(' ', words);
            Assert.Matches($@"\n  {Regex.Escape(listed)} {{3,}}\S", output);
        });

        Assert.All(output.Split('\n'), text => Assert.InRange(text.Length, 0, 140));
    }

    [Theory]
    [InlineData("help prog list", "prog list --help")]
    [InlineData("help filter set", "filter set --help")]
    [InlineData("prog help", "prog --help")]
    [InlineData("filter set help", "filter set --help")]
    public void Help_of_a_command_is_asked_for_in_several_ways(string line, string same)
    {
        (int code, string output, _) = Run(line.Split(' '));
        Assert.Equal(0, code);
        Assert.Equal(Run(same.Split(' ')).Output, output);
    }

    [Theory]
    [InlineData("help prog lst", "skep prog has no command 'lst' (did you mean list? it has ")]
    [InlineData("help wtach", "skep has no command 'wtach' (did you mean watch? it has ")]
    [InlineData("help prog list x", "skep prog list has no command 'x' (it has none)")]
    [InlineData("wtach", "skep has no command 'wtach' (did you mean watch? it has ")]
    [InlineData("watch --cmd porg_load", "(did you mean prog_load?)")]
    [InlineData("prog dump xlatd id 5", "'xlatd id 5' names no program (did you mean xlated? ")]
    [InlineData("prog dump id 5 opcdes", "'opcdes' is not understood (did you mean opcodes?)")]
    public void What_was_meant_is_suggested(string line, string suggestion)
    {
        (int code, string output, string error) = Run(line.Split(' '));
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(suggestion, error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_version_names_commit_runtime_and_libbpf()
    {
        (int code, string output, string error) = Run("--version");
        Assert.Equal((0, ""), (code, error));
        string[] lines = output.Split('\n');
        Assert.Equal(5, lines.Length);
        Assert.Matches(@"^skep \d+\.\d+\.\d+$", lines[0]);
        Assert.Matches(@"^commit ([0-9a-f]{7,40}(\.dirty)?|unknown \(not built in a git repository\))$", lines[1]);
        Assert.Equal($"runtime {RuntimeInformation.FrameworkDescription}", lines[2]);
        Assert.Matches(@"^libbpf v\d+\.\d+$", lines[3]);
    }

    [Theory]
    [InlineData("filter", "check", "RULES")]
    [InlineData("filter", "check", "RULES", "--plan", "--dump")]
    [InlineData("filter", "test", "RULES", "--packet", "udp 10.0.0.1:5 > 10.0.0.2:53")]
    public void Pretty_json_is_the_same_over_several_lines(params string[] line)
    {
        using var scratch = new Scratch();
        string rules = scratch.Write("rules",
            "table t {\n    set s { type ipv4_addr; elements = { 10.0.0.1, 10.0.0.9 } }\n    ip saddr @s drop comment \"a < b\"\n}\n");
        string[] words = [.. line.Select(word => word == "RULES" ? rules : word)];
        (int code, string json, _) = Run([.. words, "-j"]);
        (int other, string pretty, _) = Run([.. words, "-p"]);
        Assert.Equal((0, 0), (code, other));
        Assert.Equal(1, json.Count(c => c == '\n'));
        Assert.True(pretty.Count(c => c == '\n') > 3);
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(json).RootElement, JsonDocument.Parse(pretty).RootElement));
    }

    // As a shell: words, quoted ones whole, without a redirection.
    private static string[] Words(string line) =>
        [.. ShellWord().Matches(line).Select(match => match.Value).TakeWhile(word => word != ">").Select(word => word.Trim('\''))];

    [GeneratedRegex("'[^']*'|\\S+")]
    private static partial Regex ShellWord();

    [GeneratedRegex("\\s+")]
    private static partial Regex MultipleSpaces();

    [GeneratedRegex("\"--(json|pretty)\"|\"-[jp]\"")]
    private static partial Regex Declaration();
}
