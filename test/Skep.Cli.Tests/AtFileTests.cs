using System.CommandLine;

namespace Skep.Cli.Tests;

/// <summary>An argument that begins with @ is an argument like any other: no file is read for it.</summary>
public sealed class AtFileTests : IDisposable
{
    private const string Canary = "canary-word";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("skep-at-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData("existing")]
    [InlineData("directory")]
    [InlineData("missing")]
    public void An_argument_of_each_command_in_each_place_is_taken_as_it_is_written(string kind)
    {
        string path = Path.Combine(_directory.FullName, kind);
        if (kind == "existing") File.WriteAllText(path, $"--json\n{Canary}\n-o\n{path}-made\n");
        if (kind == "directory") Directory.CreateDirectory(path);
        string at = "@" + path;
        string[][] lines = [.. CommandLines.All(CommandTree.Create()).SelectMany(found => Lines(found.Command, found.Words, at))];
        Assert.All(lines, line => Assert.Equal(line, CommandTree.Parse(line).Tokens.Select(token => token.Value)));
        Assert.True(lines.Length > 200, $"only {lines.Length} command lines");
    }

    private static IEnumerable<string[]> Lines(Command command, string[] words, string at) =>
        Enumerable.Range(0, words.Length + 1).Select(place => (string[])[.. words[..place], at, .. words[place..]])
            .Concat(command.Options.Select(option => (string[])[.. words, option.Name, at]))
            .Append([.. words, "x", at, "y"]);

    [Fact]
    public void The_program_prints_no_file_that_an_argument_names_so()
    {
        string path = Path.Combine(_directory.FullName, "secret");
        File.WriteAllText(path, Canary + "\n");
        (int code, string output, string error) = Invocation.Run("prog", "dump", "@" + path);
        Assert.Equal((1, ""), (code, output));
        Assert.Contains($"reading @{path}: there is no such file", error, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, error, StringComparison.Ordinal);
    }
}
