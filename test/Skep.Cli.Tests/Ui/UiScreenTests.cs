using System.Text;
using System.Text.RegularExpressions;
using Skep.Cli.Ui;
using Skep.Output.Screen;

namespace Skep.Cli.Tests.Ui;

/// <summary>What the keys of <c>skep ui</c> do, and what is drawn: with panes of letters.</summary>
public sealed partial class UiScreenTests : IDisposable
{
    private const int Width = 60, Height = 12;

    private readonly Letters _first = new("first", ["alpha", "beta", "gamma\e[31m"]), _second = new("second", ["delta"]);
    private readonly UiScreen _screen;

    public UiScreenTests() => _screen = new UiScreen([_first, _second], isUnicode: false, () => { });

    public void Dispose() => _screen.Dispose();

    [Theory]
    [InlineData("", "alpha", "delta")]
    [InlineData("\t", "delta", "alpha")]
    [InlineData("2", "delta", "alpha")]
    [InlineData("\t\t", "alpha", "delta")]
    [InlineData("21", "alpha", "delta")]
    [InlineData("9", "alpha", "delta")]
    [InlineData("/bet\r", "beta", "alpha")]
    [InlineData("/2", "filter: 2_", "alpha")]
    public void Keys_choose_what_is_shown(string keys, string shown, string hidden)
    {
        string frame = Press(keys);
        Assert.Contains(shown, frame, StringComparison.Ordinal);
        Assert.DoesNotContain(hidden, frame, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_is_opened_moved_in_and_closed()
    {
        Assert.Contains("line 1 of alpha", Press("\r"), StringComparison.Ordinal);
        Assert.Contains("lines 1 to 10 of 40", Draw(), StringComparison.Ordinal);
        Assert.DoesNotContain("line 1 of", Press("jj"), StringComparison.Ordinal);
        Assert.Contains("line 40 of alpha", Press("G"), StringComparison.Ordinal);
        Assert.Contains("line 1 of alpha", Press("g\e[C\e[D"), StringComparison.Ordinal);
        Assert.Contains("other of alpha", Press("o"), StringComparison.Ordinal);
        Assert.Contains("beta", Press("q"), StringComparison.Ordinal);
        Assert.Contains("line 1 of beta", Press("\e[B\r"), StringComparison.Ordinal);
        Assert.False(_screen.IsEnded);
    }

    [Theory]
    [InlineData("q", true)]
    [InlineData("\r\e[21~", true)]
    [InlineData("/q", false)]
    [InlineData("/x\u0003", true)]
    [InlineData("hq", false)]
    [InlineData("\rq", false)]
    [InlineData("\rqq", true)]
    public void It_ends_when_it_is_asked_to(string keys, bool ends)
    {
        Press(keys);
        Assert.Equal(ends, _screen.IsEnded);
    }

    [Fact]
    public void What_cannot_be_read_is_said()
    {
        _first.Fault = new IOException("no such\e[2J thing");
        _screen.Sample();
        Assert.Contains("first are not known: no such\\x1b[2J thing", Settle(), StringComparison.Ordinal);
        _first.Fault = null;
        _screen.Sample();
        Assert.Contains("3 letters", Settle(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(60, 12)]
    [InlineData(200, 50)]
    [InlineData(20, 6)]
    [InlineData(1, 1)]
    public void A_frame_fits_every_page_on_the_screen(int columns, int rows)
    {
        foreach (string keys in (string[])["", "\r", "h"])
        {
            Press(keys);
            string[] lines = Plain(_screen.Draw(columns, rows)).Split("\r\n");
            Assert.Equal(rows, lines.Length);
            Assert.All(lines, line => Assert.True(line.Length <= columns, line));
        }
    }

    [Theory]
    [InlineData("a\tb", "a       b")]
    [InlineData("\t\tx", "                x")]
    [InlineData("12345678\tx", "12345678        x")]
    public void Tabs_are_blanks(string line, string expected) => Assert.Equal(expected, CommandOutput.WithoutTabs(line));

    private string Press(string keys)
    {
        Settle();
        foreach (Match one in Keys().Matches(keys)) _screen.Press(Encoding.UTF8.GetBytes(one.Value), Height);
        return Settle();
    }

    private string Draw() => Plain(_screen.Draw(Width, Height));

    // The rows are read beside the screen.
    private string Settle()
    {
        _screen.Sample();
        Letters.WaitForAll();
        return Draw();
    }

    private static string Plain(byte[] frame) => Escapes().Replace(Encoding.UTF8.GetString(frame), "");

    [GeneratedRegex(@"\e\[[0-9;]*[A-Za-z]")]
    private static partial Regex Escapes();

    [GeneratedRegex(@"\e\[[0-9;]*[A-Za-z~]|[\s\S]")]
    private static partial Regex Keys();

    private sealed class Letters(string title, string[] rows) : ListPane<string>(title, new(Columns, 0, row => row, Has))
    {
        private static readonly ListColumn<string>[] Columns =
        [
            new("NAME", -5, Skep.Output.SafeText.Escape, string.CompareOrdinal), new("LENGTH", 6, row => $"{row.Length}",
                (a, b) => b.Length.CompareTo(a.Length)),
        ];

        public Exception? Fault { get; set; }

        public static void WaitForAll() => Thread.Sleep(50);

        protected override IReadOnlyList<string> Read() => Fault is { } fault ? throw fault : rows;

        protected override string Summarize() => $"{List.All.Count} letters";

        protected override IReadOnlyList<PaneView> ViewsOf(string row) =>
        [
            new PaneView.OfLines('l', "lines", row, (_, _) => [.. Enumerable.Range(1, 40).Select(i => $"line {i} of {row}")]),
            new PaneView.OfLines('o', "other", row, (_, _) => [$"other of {row}"]),
        ];

        private static bool Has(string row, string filter) => row.Contains(filter, StringComparison.Ordinal);
    }
}
