using Skep.EndToEnd.Map;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Top;

/// <summary><c>skep ui</c> on a pseudoterminal: what it shows is what the commands print.</summary>
[Collection(AloneOnTheMachine.Name)]
[Trait("level", "kernel")]
public sealed class UiTests(TypedMaps maps) : IClassFixture<TypedMaps>
{
    [Fact]
    public void What_is_opened_is_what_the_commands_print()
    {
        string program = Id("prog", maps.Program("populate"));
        using var screen = new Screen(50, 160, $"{SkepBinary.Path} ui");
        screen.Wait("EVENTS/S");
        screen.Press($"/{program}\r");
        screen.Wait(lines => lines.Any(line => line.TrimStart().StartsWith($"{program} ", StringComparison.Ordinal)));
        screen.Press("\r");
        screen.Wait($"program {program}");
        foreach ((string key, string[] words) in (ReadOnlySpan<(string, string[])>)
        [
            ("e", ["prog", "explain", "id", program]), ("x", ["prog", "dump", "xlated", "id", program]),
            ("i", ["prog", "show", "id", program]),
        ])
        {
            screen.Press(key);
            string last = Last(Tool.Run(SkepBinary.Path, words), 47);
            string[] lines = screen.Wait(shown => shown[0].Contains(string.Join(' ', words), StringComparison.Ordinal)
                && shown.Any(line => line.Trim() == last));
            Assert.StartsWith($"skep {string.Join(' ', words)}", lines[0], StringComparison.Ordinal);
        }

        screen.Press("\e");
        screen.Wait("EVENTS/S");
        screen.Press("q");
        Assert.Equal(0, screen.End());
    }

    [Fact]
    public void Each_pane_shows_its_objects()
    {
        using var network = new TestNetwork();
        using var run = new OwnRun();
        using var scratch = new Scratch();
        string rules = scratch.Write("panes.skep", "table panes {\n udp dport 7 drop\n}\n");
        run.Run("filter", "apply", rules, "--netns", network.Name, "--dev", "v0");
        try
        {
            using var screen = new Screen(40, 140, string.Join(' ', run.Inside(SkepBinary.Path, "ui", "maps")));
            screen.Wait("of kernel memory");
            screen.Press("3");
            screen.Wait(lines => lines.Any(line => line.Contains("xdp", StringComparison.Ordinal)
                && line.Contains("panes", StringComparison.Ordinal)));
            screen.Press("4");
            screen.Wait("watching (backend");
            Tool.Until(
                () =>
                {
                    Tool.Run(CProgram.Path("storm.c", "-lpthread"), "1", "1");
                    return screen.Frame.Any(line => line.Contains("prog_load", StringComparison.Ordinal)
                        && line.Contains("socket_filter", StringComparison.Ordinal));
                },
                "a load is shown");
            screen.Press("5");
            screen.Wait("udp dport 7 drop");
            screen.Press("6");
            screen.Wait(lines => lines[1].Length > 0 && !lines[1].StartsWith("reading", StringComparison.Ordinal));
            screen.Press("q");
            Assert.Equal(0, screen.End());
        }
        finally
        {
            run.Skep("filter", "remove", "panes");
        }
    }

    [Fact]
    public void Without_a_terminal_it_says_what_prints_instead()
    {
        Outcome outcome = SkepBinary.Run("ui");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("no terminal", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(2, SkepBinary.Run("ui", "nothing").Code);
    }

    private static string Id(string kind, string pin) =>
        Json.Parse(Tool.Run("bpftool", "-j", kind, "show", "pinned", pin)).Number("id")!.Value.ToString();

    // The last line that a page of so many lines has.
    private static string Last(string printed, int rows) => printed.TrimEnd('\n').Split('\n').Take(rows).Last().Trim();
}
