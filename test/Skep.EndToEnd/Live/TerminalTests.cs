using System.Text.RegularExpressions;
using Skep.EndToEnd.Support;
using Skep.EndToEnd.Top;

namespace Skep.EndToEnd.Live;

/// <summary>
/// Commands that go on until they are stopped, on a terminal, as a job of a shell: whatever signal comes, the terminal is left as it was
/// found.
/// </summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed partial class TerminalTests(LiveScene scene) : IClassFixture<LiveScene>
{
    // The command, and what is seen on the terminal when it runs.
    public static TheoryData<string, string, string, int> Signals
    {
        get
        {
            var data = new TheoryData<string, string, string, int>();
            foreach ((string command, string ready) in ((string, string)[])
                [
                    ("top --interval 100ms", "\e[J"), ("watch", "Ctrl-C ends it"), (
                        "filter stats TABLE --interval 100ms", "packet/s"), ("filter log TABLE", "Ctrl-C ends it"),
                    ("map watch pinned MAP --interval 100ms", "Ctrl-C ends it"), ("map tap pinned RING", "Ctrl-C ends it"),
                ])
            {
                foreach (
                    (string signal, int code) in ((string, int)[])[("INT", 0), ("TERM", 0), ("HUP", 0), ("QUIT", 131), ("TSTP", 148),
                        ("STOP", 147)])
                    data.Add(command, ready, signal, code);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Signals))]
    public void A_signal_leaves_the_terminal_as_it_was(string command, string ready, string signal, int code)
    {
        scene.Begin();
        using var scratch = new Scratch();
        File.WriteAllText(scratch.File("job"), $$"""
            set -m
            ulimit -c 0
            before=$(stty -g)
            echo $before
            '{{SkepBinary.Path}}' {{string.Join(' ', scene.Arguments(command))}}
            echo "code $?"
            if [ $(jobs -s | wc -l) = 1 ]; then
                {{(signal == "STOP" && FillsScreen(command) ? "stty $before" : "stty -g")}}
                echo resumed
                fg >/dev/null
                echo "code $?"
            fi
            stty -g
            """);
        using var screen = new Screen(24, 90, $"bash {scratch.File("job")}");
        Tool.Until(() => screen.All.Contains(ready, StringComparison.Ordinal), ready);
        string skep = File.ReadAllText($"/proc/{screen.Pid}/task/{screen.Pid}/children").Trim();
        Tool.Run("kill", $"-{signal}", skep);
        if (code is 147 or 148)
        {
            Tool.Until(() => screen.All.Contains("resumed", StringComparison.Ordinal), "a shell that goes on");
            if (FillsScreen(command))
                Tool.Until(
                    () => After(screen.All, "resumed").Contains("\e[?1049h", StringComparison.Ordinal), "a screen that is drawn again");
            if (signal == "TSTP") AssertModesReset(screen.All[..screen.All.IndexOf("code 148", StringComparison.Ordinal)]);
            Tool.Run("kill", "-TERM", skep);
        }

        Assert.Equal(0, screen.End());
        string all = screen.All;
        Assert.Contains($"code {code}", all, StringComparison.Ordinal);
        if (code is 147 or 148) Assert.Contains("code 0\r\n", After(all, "resumed"), StringComparison.Ordinal);
        AssertModesReset(all);
        Assert.Single(Settings().Matches(all).Select(match => match.Value).Distinct());
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("prog list")]
    [InlineData("filter show TABLE")]
    [InlineData("filter stats TABLE")]
    [InlineData("doctor")]
    public void Help_and_lists_send_a_terminal_no_modes(string command)
    {
        using var screen = new Screen(24, 90, $"{SkepBinary.Path} {string.Join(' ', scene.Arguments(command))}");
        screen.End();
        Assert.DoesNotMatch(@"\e(\[\?|[=>])", screen.All);
    }

    // The keypad mode, the alternate screen, the cursor, the wrap at the end of a line.
    private static void AssertModesReset(string sent)
    {
        foreach (
            (string set, string reset) in ((string, string)[])[("\e[?1h", "\e[?1l"), ("\e=", "\e>"), ("\e[?1049h", "\e[?1049l"),
                ("\e[?25l", "\e[?25h"), ("\e[?7l", "\e[?7h")])
            Assert.True(
                sent.LastIndexOf(set, StringComparison.Ordinal) <= sent.LastIndexOf(reset, StringComparison.Ordinal),
                $"{set[1..]} is not reset: ...{sent[^Math.Min(300, sent.Length)..]}");
        foreach (Match mode in Modes().Matches(sent)) Assert.Contains(mode.Value[2..^1], (string[])["?1", "?1049", "?25", "?7"]);
    }

    private static bool FillsScreen(string command) =>
        command.StartsWith("top", StringComparison.Ordinal) || command.StartsWith("filter stats", StringComparison.Ordinal);

    private static string After(string text, string mark) => text[text.LastIndexOf(mark, StringComparison.Ordinal)..];

    [GeneratedRegex(@"(?<=\n)[0-9a-f]+(:[0-9a-f]+){10,}(?=\r)")]
    private static partial Regex Settings();

    [GeneratedRegex(@"\e\[\?\d+[hl]")]
    private static partial Regex Modes();
}
