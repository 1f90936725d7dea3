using Skep.Agent.History;
using Skep.Agent.Tests.Support;
using Skep.Watch.Events;

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
    public void Logs_of_the_verifier_leave_room_to_events()
    {
        const int Most = 1 << 20, LogChars = 100_000, Loads = 20;
        using var queue = new EventQueue(Most);
        for (byte i = 0; i < Loads; i++) queue.Write(WithLog(i));
        for (int i = 0; i < 100; i++) queue.Write(Events.Of("map_create"));
        Assert.Equal(0, queue.Counts.Dropped);
        List<QueuedEvent> waiting = queue.Take();
        Assert.Equal(Loads, waiting.Count(one => one.Carrier is not null));
        string[] logs = [.. waiting.Where(one => one.Carrier is not null).Select(one => one.Carrier!.Program!.Log!)];

        // As many as half of the bound holds are whole; of others, what is left out is counted.
        Assert.Equal(Most / 2 / (LogChars * sizeof(char)), logs.Count(log => log.Length == LogChars));
        Assert.All(waiting.Where(one => one.Carrier is not null), one => Assert.Equal(
            LogChars, one.Carrier!.Program!.Log!.Length + (int)one.Carrier.Program.LogSkipped));
        Assert.All(logs, log => Assert.EndsWith("the end", log, StringComparison.Ordinal));

        // What was taken out makes room.
        queue.Write(WithLog(Loads));
        Assert.Equal(LogChars, Assert.Single(queue.Take()).Carrier!.Program!.Log!.Length);

        static BpfEvent WithLog(byte number)
        {
            BpfEvent load = Events.Load(number, $"p{number}", number);
            return load with { Program = load.Program! with { Log = new string('x', LogChars - 7) + "the end" } };
        }
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
