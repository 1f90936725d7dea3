using Skep.Filter.Format;
using Skep.Filter.Json;
using Skep.Filter.Model;

namespace Skep.Filter.Tests.Format;

public sealed class TrackTests
{
    [Fact]
    public void What_a_table_tracks_is_in_its_text_and_its_json()
    {
        var table = Rules.Table("track sizes, sources\ndrop");
        Assert.Equal(Sketches.Sources | Sketches.Sizes, table.Track);
        Assert.Contains("    track sources, sizes\n", TableFormatter.Format(table), StringComparison.Ordinal);
        Assert.Equal(TableFormatter.Format(table), TableFormatter.Format(Rules.Read(TableFormatter.Format(table)).Table!));
        Assert.Equal(table.Track, TableJson.Read("t", TableJson.Write(table), _ => new Skep.Filter.Check.FeedText("")).Table!.Track);
    }

    [Theory]
    [InlineData("track protocols\ndrop", "not protocols")]
    [InlineData("track source\ndrop", "did you mean sources")]
    [InlineData("track ports, ports\ndrop", "twice")]
    [InlineData("track ports\ntrack sizes\ndrop", "twice")]
    [InlineData("track\ndrop", "sources, ports or sizes")]
    public void A_word_that_cannot_be_tracked_is_refused(string text, string message) =>
        Assert.Contains(message, string.Join('\n', Rules.Messages(text)), StringComparison.Ordinal);

    [Fact]
    public void A_set_of_neighbours_stays_without_ranges_in_its_text()
    {
        var table = Rules.Table("set s { type ipv4_addr; elements = { 10.0.0.1, 10.0.0.2 } }\nip saddr @s drop");
        Assert.False(table.Sets[0].IsInterval);
        Assert.Equal(TableFormatter.Format(table), TableFormatter.Format(Rules.Read(TableFormatter.Format(table)).Table!));
    }
}
