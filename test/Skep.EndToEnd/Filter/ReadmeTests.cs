using System.Text.RegularExpressions;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Filter;

/// <summary>README's filter section, run as it is written.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed partial class ReadmeTests : IDisposable
{
    private readonly string _repository = Repository.Root;

    public void Dispose()
    {
        SkepBinary.Run("filter", "remove", "edge");
        Tool.Try(Path.Combine(_repository, "demo/veth.sh"), "down");
    }

    [Fact]
    public void The_filter_section_prints_what_it_shows()
    {
        Requires.Root();
        Requires.Installed("ethtool");
        Tool.Run("make", "-s", "-C", _repository, "out/demo/traffic");
        foreach ((string command, string shown) in Commands())
        {
            string script = $"skep() {{ '{SkepBinary.Path}' \"$@\"; }}; cd '{_repository}'; {command}";
            Outcome outcome = Tool.Try("bash", "-c", script);
            Assert.True(outcome.Code == 0, $"{command}: exit {outcome.Code}\n{outcome.Error}");
            bool isLive = command.Contains("--interval", StringComparison.Ordinal);
            Assert.Equal(isLive ? Shape(shown) : shown, isLive ? Shape(outcome.Output) : outcome.Output);
        }
    }

    private IEnumerable<(string Command, string Shown)> Commands()
    {
        string readme = File.ReadAllText(Path.Combine(_repository, "README.md"));
        string section = readme[readme.IndexOf("\n## Filter\n", StringComparison.Ordinal)..];
        string block = section.Split("```\n")[1];
        string[] parts = CommandStart().Split("\n" + block);
        Assert.Equal(12, parts.Length - 1);
        return parts.Skip(1).Select(part => part.Split('\n', 2)).Select(lines => (lines[0], lines.Length == 1 ? "" : Ended(lines[1])));
    }

    // The split takes the end of what a command printed.
    private static string Ended(string shown) => shown.Length == 0 || shown.EndsWith('\n') ? shown : shown + "\n";

    private static string Shape(string text) => Spaces().Replace(Numbers().Replace(text, "N"), " ").Trim();

    [GeneratedRegex(@"\n\$ ")]
    private static partial Regex CommandStart();

    [GeneratedRegex(@"(?<![A-Za-z])[0-9][0-9:.]*[kM]?")]
    private static partial Regex Numbers();

    [GeneratedRegex(@" +")]
    private static partial Regex Spaces();
}
