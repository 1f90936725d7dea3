using System.Text;
using System.Text.Json;
using Skep.Filter.Runtime.Lost;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Report;
using Skep.Filter.Runtime.Tables;

namespace Skep.Filter.Runtime.Tests.Report;

public sealed class StatsTests
{
    private static readonly AppliedTable Edge = Table(500, 30_000);

    [Fact]
    public void Totals_are_lines_of_a_name_and_packets()
    {
        Assert.Equal(
            "XDP_DROP:               500\nXDP_PASS:                 0\nTCP:                    500\n",
            Totals(StatsModes.Actions | StatsModes.Protocols));
    }

    [Fact]
    public void All_shows_what_the_table_has()
    {
        string text = Totals(StatsModes.All);
        Assert.Contains("rules\n         500          30000  tcp dport 22 drop\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("top sources", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mode_that_the_table_was_applied_without_is_refused_with_what_to_do()
    {
        var error = Assert.Throws<InvalidDataException>(() => StatsSection.Of(Edge, StatsModes.Sources, 10));
        Assert.Contains("--track sources", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_sketch_missed_is_said()
    {
        var table = Edge with
        {
            Sketches = new(
            new([new("10.0.0.1", new(7, 700)), new("10.0.0.2", new(6, 600))], new(20, 2000), new(7, 700)), null, null)
        };
        var section = Assert.Single(StatsSection.Of(table, StatsModes.Sources, 1));
        Assert.Equal("10.0.0.1", Assert.Single(section.Rows).Key);
        Assert.Contains("up to 7 packets more, of 20 seen", section.Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("actions,protocols", StatsModes.Actions | StatsModes.Protocols)]
    [InlineData("rules, sizes", StatsModes.Rules | StatsModes.Sizes)]
    [InlineData("lost", StatsModes.Lost)]
    [InlineData("all", StatsModes.All)]
    public void Modes_are_read(string text, StatsModes modes)
    {
        Assert.True(StatsModeText.TryParse(text, out var read, out _));
        Assert.Equal(modes, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("action")]
    [InlineData("actions,")]
    public void An_unknown_mode_is_named(string text)
    {
        Assert.False(StatsModeText.TryParse(text, out _, out string mistake));
        Assert.Contains(
            text == "action" ? "did you mean actions?" : "one of actions, protocols, rules, sources, ports, sizes, lost, all",
            mistake,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_rate_is_what_was_counted_between_readings()
    {
        var rates = new RateHistory();
        rates.Begin(TimeSpan.Zero);
        Assert.Equal(default, rates.Of(StatsModes.Actions, new("a", "a", new(100, 1000))));
        rates.Begin(TimeSpan.FromSeconds(2));
        Assert.Equal(new Rate(50, 4000), rates.Of(StatsModes.Actions, new("a", "a", new(200, 2000))));

        // Counted from zero again: not a rate below zero.
        rates.Begin(TimeSpan.FromSeconds(1));
        Assert.Equal(default, rates.Of(StatsModes.Actions, new("a", "a", new(1, 10))));
        rates.Begin(TimeSpan.FromSeconds(1));
        Assert.Equal(new Rate(2, 160), rates.Of(StatsModes.Actions, new("a", "a", new(3, 30))));
        Assert.Equal([50.0, 0.0, 2.0], rates.Past(StatsModes.Actions, "a"));
    }

    [Fact]
    public void A_row_that_was_away_begins_anew()
    {
        var rates = new RateHistory();
        rates.Begin(TimeSpan.Zero);
        rates.Of(StatsModes.Sources, new("a", "a", new(100, 1000)));
        rates.Begin(TimeSpan.FromSeconds(1));
        rates.Begin(TimeSpan.FromSeconds(1));
        Assert.Equal(default, rates.Of(StatsModes.Sources, new("a", "a", new(900, 9000))));
    }

    [Fact]
    public void What_was_lost_has_a_rate_from_its_first_packets_on_and_no_bytes()
    {
        StatsSection lost = StatsSection.OfLost([new("xdp_redirect_err", "eth0", "eth1", "ENETDOWN", 30)], unplaced: 4);
        var rates = new RateHistory();
        rates.Begin(TimeSpan.FromSeconds(2));
        var text = new StringWriter();
        new StatsText(text, 0, draws: false).WriteRates("t", [lost], rates);
        Assert.EndsWith(
            "not sent by the kernel (4 more of any table: too many places)\n"
            + "redirect eth0 to eth1, ENETDOWN:          30                       15\n", text.ToString(), StringComparison.Ordinal);

        var error = Assert.Throws<InvalidDataException>(() => StatsSection.Of(Edge, StatsModes.Lost, 10));
        Assert.Contains("add --interval 1s", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("eth0", "cpu 3", "", "redirect eth0 to cpu 3")]
    [InlineData("", "cpu 3", "ENOBUFS", "redirect cpu 3, ENOBUFS")]
    [InlineData("eth0", "", "ENXIO", "tx eth0, ENXIO")]
    public void A_loss_is_named_by_devices_and_error(string device, string target, string error, string text) =>
        Assert.Equal(text, new LostCount("xdp_bulk_tx", device, target, error, 1).Text);

    [Fact]
    public void Rates_are_drawn_on_a_terminal_and_lines_are_cut_to_its_width()
    {
        var rates = new RateHistory();
        rates.Begin(TimeSpan.Zero);
        Rates(Table(0, 0), rates, 0, false);
        rates.Begin(TimeSpan.FromSeconds(1));
        string text = Rates(Table(1500, 90_000), rates, 90, true);
        Assert.Contains(
            "XDP_DROP:                   1500          90000      1.5k    720.0k  ████████████ █\n", text, StringComparison.Ordinal);
        Assert.All(Rates(Table(1500, 90_000), rates, 60, true).Split('\n'), line => Assert.InRange(line.Length, 0, 60));
        Assert.DoesNotContain("█", Rates(Table(1500, 90_000), rates, 0, false), StringComparison.Ordinal);
    }

    [Fact]
    public void A_narrow_terminal_shows_whole_numbers_or_none()
    {
        var wide = Second(0, false).Split(' ', '\n').ToHashSet();
        for (var width = 14; width <= 130; width++)
        {
            string text = Second(width, true);
            Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, width));
            Assert.All(text.Split(' ', '\n').Where(w => w.Length > 0 && char.IsAsciiDigit(w[0])), number => Assert.Contains(number, wide));
            if (width >= 21) Assert.Matches("XDP_DROP: +123456", text);
            if (width >= 80) Assert.Contains("████████████", text, StringComparison.Ordinal);
            if (width >= 84) Assert.Contains("████████████ █\n", text, StringComparison.Ordinal);
        }

        static string Second(int width, bool draws)
        {
            var rates = new RateHistory();
            rates.Begin(TimeSpan.Zero);
            Rates(Table(0, 0), rates, 0, false);
            rates.Begin(TimeSpan.FromSeconds(1));
            return Rates(Table(123_456, 98_765_432), rates, width, draws);
        }
    }

    [Fact]
    public void Json_has_the_names_of_the_text()
    {
        var rates = new RateHistory();
        using var first = Json(Table(0, 0), rates, TimeSpan.Zero);
        using var second = Json(Table(100, 6000), rates, TimeSpan.FromSeconds(1));
        var drop = second.RootElement.GetProperty("actions").GetProperty("XDP_DROP");
        Assert.Equal(
            (100, 6000, 100, 48_000),
            (
                drop.GetProperty("packets").GetInt32(),
                drop.GetProperty("bytes").GetInt32(),
                drop.GetProperty("pps").GetDouble(),
                drop.GetProperty("bps").GetDouble()));
        Assert.Equal("tcp dport 22 drop", second.RootElement.GetProperty("rules")[0].GetProperty("text").GetString());
    }

    private static JsonDocument Json(AppliedTable table, RateHistory rates, TimeSpan since)
    {
        var buffer = new MemoryStream();
        rates.Begin(since);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            StatsJson.Write(json, table, StatsSection.Of(table, StatsModes.All, 10), rates);
            json.WriteEndObject();
        }
        return JsonDocument.Parse(Encoding.UTF8.GetString(buffer.ToArray()));
    }

    private static string Rates(AppliedTable table, RateHistory rates, int width, bool draws)
    {
        var text = new StringWriter();
        new StatsText(text, width, draws).WriteRates("t", StatsSection.Of(table, StatsModes.All, 10), rates);
        return text.ToString();
    }

    private static string Totals(StatsModes modes)
    {
        var text = new StringWriter();
        new StatsText(text, 0, false).WriteTotals(StatsSection.Of(Edge, modes, 10));
        return text.ToString();
    }

    private static AppliedTable Table(ulong packets, ulong bytes) => new(
        "edge", "pass", [], [new("r", 1, "tcp dport 22 drop", new(packets, bytes))],
        [KeyValuePair.Create("XDP_DROP", new Counter(packets, bytes)), KeyValuePair.Create("XDP_PASS", default(Counter))],
        [KeyValuePair.Create("TCP", new Counter(packets, bytes))], []);
}
