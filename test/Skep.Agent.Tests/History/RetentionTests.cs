using Skep.Agent.History;
using Skep.Agent.Tests.Support;
using Skep.Watch.Events;

namespace Skep.Agent.Tests.History;

public sealed class RetentionTests : IDisposable
{
    private const long Second = 1_000_000_000, Day = 86400 * Second;

    private readonly Store _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void Code_that_was_removed_is_kept_again()
    {
        using var queue = new EventQueue(1 << 20, () => Events.Start);
        using HistoryWriter writer = _store.Open(codeGone: queue.Forget);
        Load(1, Events.Start);
        Assert.Equal(3, Files().Length);
        Load(2, Events.Start + Second);
        Retain(writer, Keeping(long.MaxValue), Events.Start + 3 * Day);
        Assert.Equal(3, Files().Length);
        Load(1, Events.Start + 3 * Day);
        Assert.Equal(6, Files().Length);

        // Both have one kernel id: the first is gone when the second comes.
        void Load(byte result, long timeNs)
        {
            queue.Write(Events.Load(5, $"p{result}", result, timeNs));
            writer.Store(queue.Take(), timeNs, (stored, dropped) => new(1, stored, 0, 0, 0, dropped));
        }
    }

    [Fact]
    public void Code_that_could_not_be_kept_is_kept_with_the_next_event()
    {
        using var queue = new EventQueue(1 << 20, () => Events.Start);
        using HistoryWriter writer = _store.Open(codeGone: queue.Forget);

        // A directory is in the place of a file.
        string inTheWay = Path.Combine(_store.Config.ProgramsDirectory, Events.Load(5, "p", 1).Program!.Code!.Sha256 + ".bin");
        Directory.CreateDirectory(inTheWay);
        Load();
        Assert.Contains(_store.Reported, text => text.StartsWith("keeping a program: ", StringComparison.Ordinal));
        Directory.Delete(inTheWay);
        Load();
        Assert.Equal(3, Files().Length);

        void Load()
        {
            queue.Write(Events.Load(5, "p", 1));
            writer.Store(queue.Take(), Events.Start, (stored, dropped) => new(1, stored, 0, 0, 0, dropped));
        }
    }

    [Fact]
    public void Code_that_no_event_is_stored_of_is_removed_before_any_event()
    {
        using HistoryWriter writer = _store.Open();
        Store.Write(writer, Events.Load(5, "p", 1), Events.Of("map_create"));
        for (int i = 0; i < 4; i++)
        {
            string name = Path.Combine(_store.Config.ProgramsDirectory, new string("abcd"[i], 64));
            File.WriteAllBytes(name + ".bin", new byte[4 << 20]);
        }

        Retain(writer, Keeping(8 << 20), Events.Start + Second);
        Assert.Equal(2, _store.ReadEvents().Count);
        Assert.Equal(3, Files().Length);
    }

    [Fact]
    public void Classic_filters_leave_no_code()
    {
        using var queue = new EventQueue(1 << 20);
        queue.Write(Events.Of("setsockopt") with
        {
            Attach = new AttachDetails { How = default, Classic = Events.Load(5, "p", 1).Program!.Code },
        });
        Assert.Null(Assert.Single(queue.Take()).Carrier);
    }

    private static void Retain(HistoryWriter writer, Retention retention, long now)
    {
        while (writer.Retain(retention, now))
        {
        }
    }

    private Retention Keeping(long bytes) => new(TimeSpan.FromDays(1), bytes, _store.Config.ProgramsDirectory);

    private string[] Files() => Directory.GetFiles(_store.Config.ProgramsDirectory);
}
