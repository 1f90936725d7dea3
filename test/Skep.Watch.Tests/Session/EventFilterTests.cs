using Skep.Watch.Capture;
using Skep.Watch.Events;
using Skep.Watch.Session;
using Skep.Watch.Tests.Support;

namespace Skep.Watch.Tests.Session;

public sealed class EventFilterTests
{
    [Fact]
    public void Without_a_wish_everything_passes() =>
        Assert.True(Passes(new WatchOptions(), SampleEvents.Load, SampleEvents.Map, SampleEvents.Link, SampleEvents.Attach));

    [Theory]
    [InlineData("prog_load", true)]
    [InlineData("5", true)]
    [InlineData("map_create", false)]
    [InlineData("77", false)]
    public void By_command(string command, bool passes) =>
        Assert.Equal(passes, Passes(new WatchOptions { Commands = [command] }, SampleEvents.Load));

    [Fact]
    public void By_a_number_without_a_name() =>
        Assert.True(Passes(new WatchOptions { Commands = ["077"] }, SampleEvents.Load with { Command = "77" }));

    [Fact]
    public void By_any_of_several_commands() =>
        Assert.True(Passes(new WatchOptions { Commands = ["prog_load", "map_create"] }, SampleEvents.Load, SampleEvents.Map));

    [Fact]
    public void By_name_of_the_thread()
    {
        Assert.True(Passes(new WatchOptions { Comm = "loader" }, SampleEvents.Load));
        Assert.False(Passes(new WatchOptions { Comm = "load" }, SampleEvents.Load));
    }

    [Fact]
    public void By_failure()
    {
        var failed = new WatchOptions { FailedOnly = true };
        Assert.True(Passes(failed, SampleEvents.Load, SampleEvents.Map));
        Assert.False(Passes(failed, SampleEvents.Link));
        Assert.False(Passes(failed, SampleEvents.Map with { Count = (9, 0) }));
    }

    [Fact]
    public void By_type_of_whatever_has_one()
    {
        Assert.True(Passes(new WatchOptions { Types = ["xdp"] }, SampleEvents.Load, SampleEvents.Link));
        Assert.True(Passes(new WatchOptions { Types = ["ringbuf"] }, SampleEvents.Map));
        Assert.True(Passes(new WatchOptions { Types = ["x"] }, SampleEvents.Attach));
        Assert.False(Passes(new WatchOptions { Types = ["hash"] }, SampleEvents.Map));
        Assert.False(Passes(new WatchOptions { Types = ["xdp"] }, SampleEvents.Map));
    }

    [Fact]
    public void By_all_wishes_at_once()
    {
        var options = new WatchOptions { Commands = ["prog_load"], Comm = "loader", FailedOnly = true, Types = ["xdp"] };
        Assert.True(Passes(options, SampleEvents.Load));
        Assert.False(Passes(options with { Comm = "other" }, SampleEvents.Load));
        Assert.False(Passes(options, SampleEvents.Load with { Error = null }));
    }

    private static bool Passes(WatchOptions options, params BpfEvent[] events)
    {
        var filter = new EventFilter(options);
        return events.All(filter.Passes);
    }
}
