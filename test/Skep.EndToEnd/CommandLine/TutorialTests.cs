using System.Text.RegularExpressions;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.CommandLine;

/// <summary>The tutorials, run as they are written: what each shows is printed, but for numbers.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed partial class TutorialTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public TutorialTests()
    {
        foreach (string name in (string[])["bin", "work"]) Directory.CreateDirectory(_scratch.File(name), (UnixFileMode)0x1c0);
        File.CreateSymbolicLink(_scratch.File("bin/skep"), SkepBinary.Path);
    }

    public void Dispose()
    {
        SkepBinary.Run("filter", "remove", "lab");
        Tool.Try("ip", "link", "del", "lab0");
        Tool.Try("ip", "netns", "del", "lab");
        _scratch.Dispose();
    }

    [Theory]
    [InlineData("docs/tutorial-filter.md")]
    [InlineData("docs/tutorial-watch.md")]
    public void What_a_tutorial_shows_is_what_happens(string page)
    {
        Requires.Root();
        (string Command, string[] Shown)[] steps = [.. Steps(Repository.Read(page))];
        Assert.InRange(steps.Length, 10, 60);
        foreach ((string command, string[] shown) in steps)
        {
            string script = $"export PATH='{_scratch.File("bin")}':$PATH; cd '{_scratch.File("work")}'; {{ {command}\n}} 2>&1";
            Outcome outcome = Tool.Try("bash", "-c", script);
            Assert.True(outcome.Code == 0, $"{command}: exit {outcome.Code}\n{outcome.Output}");
            string[] printed = [.. outcome.Output.Split('\n').Select(Shape)];
            int at = 0;
            // "..." stands for lines that are left out.
            foreach (string line in shown.Where(line => line.Trim() != "...").Select(Shape))
            {
                int found = Array.IndexOf(printed, line, at);
                Assert.True(found >= 0, $"{command}\nprints no line\n{line}\nbut\n{outcome.Output}");
                at = found + 1;
            }
        }
    }

    private static IEnumerable<(string Command, string[] Shown)> Steps(string page)
    {
        foreach (string block in page.Split("```").Where((part, i) => i % 2 == 1 && part.StartsWith("\n# ", StringComparison.Ordinal)))
        {
            string[] lines = block.Trim('\n').Split('\n');
            for (int i = 0; i < lines.Length;)
            {
                string command = lines[i++][2..];
                if (command.Contains("<<", StringComparison.Ordinal))
                {
                    int end = Array.IndexOf(lines, "END", i);
                    command += "\n" + string.Join('\n', lines[i..(end + 1)]);
                    i = end + 1;
                }

                int next = Array.FindIndex(lines, i, line => line.StartsWith("# ", StringComparison.Ordinal));
                if (next < 0) next = lines.Length;
                yield return (command, lines[i..next]);
                i = next;
            }
        }
    }

    private static string Shape(string line) => Spaces().Replace(Numbers().Replace(line, "N"), " ").Trim();

    [GeneratedRegex("[0-9a-f]{12,}|[0-9][0-9.:]*")]
    private static partial Regex Numbers();

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();
}
