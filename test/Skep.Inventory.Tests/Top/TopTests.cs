using System.Text;
using Skep.Bpf;
using Skep.Inventory.Objects;
using Skep.Inventory.Top;
using Skep.Output;

namespace Skep.Inventory.Tests.Top;

/// <summary>What the keys do to the view, and what is drawn of it.</summary>
public sealed class TopTests
{
    private const int Page = 10;

    private readonly TopView _view = new();

    public TopTests() => _view.Take(Sample(
        Load(1, "alpha", runs: 10, ns: 1000), Load(2, "beta", runs: 2, ns: 90_000), Load(3, "gamma", runs: 0, ns: 0),
        Load(4, "delta\e[31m", runs: 500, ns: 5000)));

    [Theory]
    [InlineData("P", "2 4 1 3")]
    [InlineData("E", "4 1 2 3")]
    [InlineData("N", "1 2 3 4")]
    [InlineData("NI", "4 3 2 1")]
    [InlineData("M", "4 3 2 1")]
    [InlineData("Ns", "1 2 3 4")]
    [InlineData("N>>", "1 2 4 3")]
    [InlineData("N\e[C\e[C\e[D\e[17~", "1 2 4 3")]
    public void Keys_order_the_rows(string keys, string ids)
    {
        Press(keys);
        Assert.Equal(ids, string.Join(' ', _view.List.Rows.Select(load => load.Id)));
    }

    [Theory]
    [InlineData("", 2u)]
    [InlineData("\e[B", 4u)]
    [InlineData("j\e[A", 2u)]
    [InlineData("\e[F", 3u)]
    [InlineData("\eOF\e[1~", 2u)]
    [InlineData("\e[6~", 3u)]
    [InlineData("GGk", 1u)]
    public void The_cursor_moves(string keys, uint id)
    {
        Press(keys);
        Assert.Equal(id, _view.Selected!.Id);
    }

    [Fact]
    public void The_cursor_stays_with_its_program()
    {
        Press("G");
        _view.Take(Sample(Load(3, "gamma", runs: 9, ns: 9_000_000), Load(1, "alpha", runs: 1, ns: 1)));
        Assert.Equal(3u, _view.Selected!.Id);
        Assert.Equal(0, _view.List.Cursor);
    }

    [Theory]
    [InlineData("/BET\r", "2")]
    [InlineData("/xdp\r", "2 4 1 3")]
    [InlineData("/4\r", "4")]
    [InlineData("/owner1\r", "1")]
    [InlineData("/zz\r", "")]
    [InlineData("/betax\x7f\r", "2")]
    [InlineData("/bet\e", "2 4 1 3")]
    [InlineData("/q\r", "")]
    public void A_filter_chooses(string keys, string ids)
    {
        Press(keys);
        Assert.Equal(ids, string.Join(' ', _view.List.Rows.Select(load => load.Id)));
        Assert.False(_view.IsEnded);
    }

    [Theory]
    [InlineData("q")]
    [InlineData("\u0003")]
    [InlineData("/abc\u0003")]
    [InlineData("h\e[21~")]
    [InlineData("\rqq")]
    public void It_ends(string keys)
    {
        Press(keys);
        Assert.True(_view.IsEnded);
    }

    [Fact]
    public void Held_it_shows_what_was()
    {
        Press(" ");
        _view.Take(Sample());
        Assert.Equal(4, _view.List.Rows.Count);
        Press(" ");
        _view.Take(Sample());
        Assert.Empty(_view.List.Rows);
        Press("\r\e[B\e[A");
        Assert.Null(_view.Selected);
    }

    [Theory]
    [InlineData(80, 24)]
    [InlineData(200, 50)]
    [InlineData(20, 6)]
    [InlineData(1, 1)]
    public void A_frame_fits_every_page_on_the_screen(int columns, int rows)
    {
        var screen = new TopScreen(_view, TimeSpan.FromSeconds(1), unicode: true);
        foreach (string keys in (string[])["", "\r", "h"])
        {
            Press(keys);
            string[] lines = Plain(screen.Draw(columns, rows)).Split("\r\n");
            Assert.Equal(rows, lines.Length);
            Assert.All(lines, line => Assert.True(line.Length <= columns, line));
        }
    }

    [Fact]
    public void Names_are_harmless_and_the_marked_column_is_the_one_that_orders()
    {
        string frame = Encoding.UTF8.GetString(new TopScreen(_view, TimeSpan.FromSeconds(1), unicode: false).Draw(160, 24));
        Assert.DoesNotContain("\e[31m", frame, StringComparison.Ordinal);
        Assert.Contains(@"delta\x1b[31m", frame, StringComparison.Ordinal);
        Assert.Contains("CPU%*", frame, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plot_has_a_bar_for_each_value()
    {
        Assert.Equal(["t: 4.00 now, 4.00 at most", "│   ▄█", "│ ▁███"], Plot.Draw("t", [0, 0.1, 2, 3, 4], 10, 2, unicode: true));
        Assert.Equal(["t: 4.00 now, 4.00 at most", "|##"], Plot.Draw("t", [0, 0, 3, 4], 3, 1, unicode: false));
        Assert.Equal(["t: 0 now, 0 at most", "|"], Plot.Draw("t", [], 3, 1, unicode: false));
    }

    [Fact]
    public void Shares_and_rates_are_of_the_period()
    {
        ProgramLoad load = Load(1, "a", runs: 10, ns: 20_000_000);
        Assert.Equal(5, load.EventsPerSecond);
        Assert.Equal(1, load.CpuPercent);
        Assert.Equal(2_000_000ul, load.PeriodAverageNs);
        Assert.Equal(0ul, Load(1, "a", 0, 0).PeriodAverageNs);
        Assert.Equal(0, (load with { Period = TimeSpan.Zero }).CpuPercent);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1023, "1023")]
    [InlineData(4096, "4.0K")]
    [InlineData(15 << 20, "15M")]
    [InlineData(1L << 50, "1024T")]
    public void Bytes_have_units(long bytes, string text) => Assert.Equal(text, TopColumn.Bytes(bytes));

    private void Press(string keys) => _view.Press(Encoding.Latin1.GetBytes(keys), Page);

    private static string Plain(byte[] frame) =>
        System.Text.RegularExpressions.Regex.Replace(Encoding.UTF8.GetString(frame), "\e\\[[0-9;?]*[A-Za-z]", "");

    private static LoadSample Sample(params ProgramLoad[] loads) => new(DateTime.UnixEpoch, TimeSpan.FromSeconds(2), loads);

    private static ProgramLoad Load(uint id, string name, ulong runs, ulong ns) => new()
    {
        Id = id,
        Type = BpfProgramType.Xdp,
        Name = name,
        RunCount = runs,
        RunTimeNs = ns,
        Period = TimeSpan.FromSeconds(2),
        PeriodRuns = runs,
        PeriodNs = ns,
        Memlock = 4096,
        MapBytes = id * 1000,
        Owners = [new Owner(100 + id, $"owner{id}")],
        Attachments = [new Attachment(
            id, AttachmentKind.Link, new AttachmentPoint.Attach(BpfAttachType.Xdp), new AttachmentTarget.Function($"eth{id}"), 7)],
    };
}
