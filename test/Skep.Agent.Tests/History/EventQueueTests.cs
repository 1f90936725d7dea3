using Skep.Agent.History;
using Skep.Agent.Tests.Support;

namespace Skep.Agent.Tests.History;

public sealed class EventQueueTests
{
    [Fact]
    public void What_finds_no_room_is_counted()
    {
        using var queue = new EventQueue(4096);
        for (int i = 0; i < 100; i++) queue.Write(Events.Of("map_create"));
        int waiting = queue.Take().Count;
        Assert.InRange(waiting, 1, 99);
        Assert.Equal((100L, 100L - waiting), queue.Counts);
        queue.Write(Events.Of("map_create"));
        Assert.Single(queue.Take());
    }

    [Fact]
    public void The_code_of_a_program_goes_along_once()
    {
        using var queue = new EventQueue(1 << 20);
        for (int i = 0; i < 3; i++) queue.Write(Events.Load(5, "a", 1));
        queue.Write(Events.Load(5, "b", 2));
        Assert.Equal([true, false, false, true], queue.Take().Select(one => one.Carrier is not null));
    }

    [Fact]
    public void The_code_of_a_program_that_found_no_room_goes_along_with_the_next()
    {
        using var queue = new EventQueue(1600);
        queue.Write(Events.Load(5, "a", 1));
        queue.Write(Events.Load(5, "b", 2));
        Assert.Equal(1, queue.Counts.Dropped);
        Assert.Single(queue.Take());
        queue.Write(Events.Load(5, "b", 2));
        Assert.NotNull(Assert.Single(queue.Take()).Carrier);
    }

    [Fact]
    public void Events_are_counted_by_command()
    {
        using var queue = new EventQueue(1 << 20);
        foreach (string command in (string[])["map_create", "map_create", "77", "78"]) queue.Write(Events.Of(command));
        queue.Write(Events.Of("map_create", error: "EPERM"));
        Assert.Equal(
            [("map_create", false, 2), ("map_create", true, 1), ("other", false, 2)],
            queue.ByCommand.Order().Select(one => (one.Command, one.Failed, (int)one.Count)));
    }

    [Fact]
    public void Many_events_are_due_at_once_and_few_are_not()
    {
        using var queue = new EventQueue(32 << 20);
        for (int i = 0; i < 100; i++) queue.Write(Events.Of("map_create"));
        Assert.False(queue.IsMany.WaitOne(0));
        for (int i = 0; i < 10_000; i++) queue.Write(Events.Of("map_create"));
        Assert.True(queue.IsMany.WaitOne(0));
        // Once, until they are taken.
        queue.Write(Events.Of("map_create"));
        Assert.False(queue.IsMany.WaitOne(0));
        Assert.Equal(10_101, queue.Take().Count);
    }
}
