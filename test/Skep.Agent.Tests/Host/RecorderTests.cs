using Skep.Agent.History;
using Skep.Agent.Host;
using Skep.Agent.Tests.Support;

namespace Skep.Agent.Tests.Host;

public sealed class RecorderTests : IDisposable
{
    // More than are stored at once.
    private const int Events = 1000;

    private readonly Store _store = new();
    private readonly EventQueue _queue = new(32 << 20);

    [Fact]
    public void What_is_to_be_stored_comes_after_the_events_before_it()
    {
        var stored = new List<long>();
        using Recorder recorder = Create();
        for (int i = 0; i < Events; i++)
        {
            _queue.Write(Support.Events.Of("map_create"));
            if (i % 100 == 99) Assert.True(recorder.Add(writer => stored.Add(writer.Stored)));
        }

        recorder.Start();
        recorder.Stop();
        Assert.Equal(Events, recorder.Counters().Stored);
        Assert.Equal(10, stored.Count);
        Assert.All(stored.Index(), one => Assert.InRange(one.Item, (one.Index + 1) * 100, Events));
        Assert.Empty(_store.Reported);
    }

    [Fact]
    public void An_event_has_entered_when_its_follower_has_it()
    {
        var entered = new List<long>();
        _queue.Follower = (_, _) => entered.Add(_queue.Entered);
        for (int i = 0; i < 3; i++) _queue.Write(Support.Events.Of("map_create"));
        Assert.Equal([1, 2, 3], entered);
        Assert.Equal(2, _queue.Take(2).Count);
        Assert.Equal((3, 2), (_queue.Entered, _queue.Left));
    }

    [Fact]
    public void Too_much_that_waits_is_refused()
    {
        using Recorder recorder = Create();
        int taken = 0;
        while (recorder.Add(_ => { })) taken++;
        Assert.InRange(taken, 1, 1000);
        recorder.Start();
        recorder.Stop();
        Assert.True(recorder.Add(_ => { }));
    }

    public void Dispose()
    {
        _queue.Dispose();
        _store.Dispose();
    }

    private Recorder Create() => new(_store.Open(), _queue, _store.Config, () => 0, (_, _) => { }, () => { });
}
