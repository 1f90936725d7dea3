using Skep.Agent.History;
using Skep.Agent.Query;
using Skep.Agent.Tests.Support;
using Skep.Bpf;
using Skep.Inventory.Objects;
using Skep.Watch.Events;

namespace Skep.Agent.Tests.History;

public sealed class HistoryWriterTests : IDisposable
{
    private const long Second = 1_000_000_000, Day = 86_400 * Second;

    private readonly Store _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void An_event_is_read_as_the_watch_prints_it()
    {
        BpfEvent e = Events.Load(5, "my_prog", 2);
        using (HistoryWriter writer = _store.Open()) Store.Write(writer, e);
        using var printed = new MemoryStream();
        using var json = new JsonEventWriter(printed, withInsns: false);
        json.Write(e);
        json.Flush();
        HistoryEvent stored = Assert.Single(_store.ReadEvents());
        Assert.Equal(printed.ToArray().AsSpan().TrimEnd((byte)'\n').ToArray(), stored.Json.ToArray());
        Assert.Equal(e.TimeNs, stored.TimeNs);
    }

    [Fact]
    public void What_was_captured_is_stored_or_dropped()
    {
        using HistoryWriter writer = _store.Open();
        RunCounters counters = Store.Write(writer, [.. Enumerable.Range(0, 1000).Select(i => Events.Of("map_create", Events.Start + i))]);
        Assert.Equal(new RunCounters(1000, 1000, 0, 0, 0, 0), counters);
        using HistoryReader reader = _store.Read();
        Assert.Equal(counters, Assert.Single(reader.Runs(new HistoryFilter())).Counters);
    }

    [Fact]
    public void A_database_that_takes_no_more_drops_what_comes_and_says_so_and_goes_on_when_there_is_room()
    {
        using HistoryWriter writer = _store.Open();
        Store.Write(writer, Events.Of("map_create"));
        // SQLite's own limit: it answers as on a full disk.
        HistoryDatabase.Number(writer.Connection, "PRAGMA max_page_count = 1");
        BpfEvent[] many = [.. Enumerable.Range(0, 2000).Select(i => Events.Of("map_create", Events.Start + i, comm: $"c{i}"))];
        RunCounters counters = Store.Write(writer, many);
        Assert.Equal(2000, counters.DroppedStore);
        Assert.Contains(_store.Reported, text => text.Contains("the disk is full", StringComparison.Ordinal));
        HistoryDatabase.Number(writer.Connection, "PRAGMA max_page_count = 1000000");
        counters = Store.Write(writer, many[0]);
        Assert.Equal((2L, 2000L), (counters.Stored, counters.DroppedStore));
        Assert.Contains(_store.Reported, text => text.Contains("takes changes again", StringComparison.Ordinal));
        Assert.Equal(2, _store.ReadEvents().Count);
    }

    [Fact]
    public void Code_is_kept_once_and_its_loads_are_counted()
    {
        using (HistoryWriter writer = _store.Open())
        {
            Store.Write(writer, Events.Load(5, "my_prog", 2), Events.Load(6, "my_prog", 2, Events.Start + Second));
            Store.Write(writer, Events.Load(7, "my_prog", 2, Events.Start + 2 * Second), Events.Load(0, "my_prog", 2, error: "EINVAL"));
        }

        using HistoryReader reader = _store.Read();
        HistoryProgram program = Assert.Single(reader.Programs(new HistoryFilter()));
        Assert.Equal((3L, 1L, 2L), (program.Loads, program.Failures, program.Instructions));
        Assert.Equal([5, 6, 7], program.Instances.Select(i => i.KernelId));
        Assert.All(program.Instances, i => Assert.Equal(("/usr/bin/loader", true), (i.Loader, i.IsWatched)));
        Assert.Equal(Path.Combine(_store.Config.ProgramsDirectory, program.Sha256 + ".o"), reader.CodePath(program));
        Assert.Equal(3, Directory.GetFiles(_store.Config.ProgramsDirectory).Length);
        Assert.All(Directory.GetFiles(_store.Config.StateDirectory, "*", SearchOption.AllDirectories), file =>
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public void Code_that_is_loaded_under_another_name_is_found_by_both()
    {
        using (HistoryWriter writer = _store.Open())
            Store.Write(writer, Events.Load(5, "first", 1), Events.Load(6, "second", 1, Events.Start + Second));
        using HistoryReader reader = _store.Read();
        HistoryProgram program = Assert.Single(reader.Find("second"));
        Assert.Equal("first", program.Name);
        Assert.Equal(["first", "second"], program.Instances.Select(i => i.Name));
    }

    [Fact]
    public void An_id_that_is_given_again_is_another_instance()
    {
        using (HistoryWriter writer = _store.Open())
            Store.Write(writer, Events.Load(5, "first", 1), Events.Load(5, "second", 2, Events.Start + Second));
        using HistoryReader reader = _store.Read();
        Assert.Equal(Events.Start + Second, Assert.Single(reader.Find("first")).Instances[0].Gone);
        Assert.Null(Assert.Single(reader.Find("second")).Instances[0].Gone);
    }

    [Fact]
    public void A_clock_that_was_set_makes_no_program_another()
    {
        using HistoryWriter writer = _store.Open();
        Store.Write(writer, Events.Load(5, "watched", 1));
        Assert.Empty(writer.Store(Objects(Events.Start + Second, (5, "watched", 1))));
        MachineObjects later = Objects(Events.Start + 3600 * Second, (5, "watched", 1));
        Assert.Empty(writer.Store(later with
        {
            Programs = [.. later.Programs.Select(one => one with { LoadedAt = one.LoadedAt + 3600 })],
        }));
        using HistoryReader reader = _store.Read();
        HistoryInstance instance = Assert.Single(Assert.Single(reader.Find("watched")).Instances);
        Assert.Equal(("loader", null), (instance.Comm, instance.Gone));
    }

    [Fact]
    public void What_is_found_later_is_known_without_a_load_and_gone_when_it_is_not_found()
    {
        using (HistoryWriter writer = _store.Open())
        {
            Store.Write(writer, Events.Load(5, "watched", 1));
            Assert.Single(writer.Store(Objects(Events.Start + Second, (5, "watched", 1), (9, "before", 4))));
            Assert.Empty(writer.Store(Objects(Events.Start + 2 * Second, (5, "watched", 1), (9, "before", 4))));
            Assert.Empty(writer.Store(Objects(Events.Start + 3 * Second, (5, "watched", 1))));
        }

        using HistoryReader reader = _store.Read();
        HistoryProgram before = Assert.Single(reader.Find("before"));
        Assert.Null(before.Sha256);
        HistoryInstance instance = Assert.Single(before.Instances);
        Assert.Equal((false, Events.Start + 3 * Second, Events.Start + 2 * Second), (instance.IsWatched, instance.Gone, instance.LastSeen));
        Assert.Null(Assert.Single(reader.Find("watched")).Instances[0].Gone);
    }

    [Fact]
    public void A_load_whose_event_comes_after_it_was_found_is_one_instance()
    {
        using (HistoryWriter writer = _store.Open())
        {
            Assert.Single(writer.Store(Objects(Events.Start + Second / 2, (5, "my_prog", 1))));
            Store.Write(writer, Events.Load(5, "my_prog", 1));
            Assert.Empty(writer.Store(Objects(Events.Start + Second, (5, "my_prog", 1))));
        }

        using HistoryReader reader = _store.Read();
        HistoryProgram program = Assert.Single(reader.Programs(new HistoryFilter()));
        HistoryInstance instance = Assert.Single(program.Instances);
        Assert.NotNull(program.Sha256);
        Assert.Equal((true, "loader", (long?)null), (instance.IsWatched, instance.Comm, instance.Gone));
    }

    [Fact]
    public void A_program_keeps_its_instance_over_agents_of_one_boot_and_loses_it_with_the_boot()
    {
        using (HistoryWriter writer = _store.Open()) Store.Write(writer, Events.Load(5, "my_prog", 1));
        using (HistoryWriter writer = _store.Open(startedNs: Events.Start + Second))
            Assert.Empty(writer.Store(Objects(Events.Start + 2 * Second, (5, "my_prog", 1))));
        using (HistoryReader reader = _store.Read()) Assert.Null(Assert.Single(Assert.Single(reader.Find("my_prog")).Instances).Gone);
        using (_store.Open("two", Events.Start + Day))
        {
            using HistoryReader reader = _store.Read();
            Assert.Equal(Events.Start + 2 * Second, Assert.Single(Assert.Single(reader.Find("my_prog")).Instances).Gone);
        }
    }

    [Fact]
    public void The_time_without_an_agent_is_stated()
    {
        using (HistoryWriter writer = _store.Open()) Store.Write(writer, Events.Of("map_create"));
        using (HistoryWriter writer = _store.Open(startedNs: Events.Start + 10 * Second))
        {
            Assert.Equal((Events.Start, Events.Start + 10 * Second, true), writer.Gap);
            Store.Write(writer, Events.Of("map_create", Events.Start + 11 * Second));
            writer.End(Events.Start + 12 * Second, new(1, 1, 0, 0, 0, 0));
        }

        using (HistoryWriter writer = _store.Open(startedNs: Events.Start + 20 * Second)) Assert.False(writer.Gap!.Value.WasKilled);
        List<HistoryEvent> events = _store.ReadEvents();
        Assert.Equal([false, true, false, true], events.Select(e => e.Gap is not null));
        Assert.Equal(new HistoryGap(Events.Start, Events.Start + 10 * Second, true), events[1].Gap);
        Assert.Equal(new HistoryGap(Events.Start + 12 * Second, Events.Start + 20 * Second, false), events[3].Gap);
    }

    [Fact]
    public void What_is_too_old_is_taken_away_with_its_code()
    {
        using HistoryWriter writer = _store.Open();
        Store.Write(
            writer, Events.Load(5, "old", 1), Events.Load(5, "newer", 2, Events.Start + 2 * Day), Events.Of("map_create", Events.Start
                + 2 * Day));
        writer.Retain(new Retention(TimeSpan.FromDays(1), long.MaxValue, _store.Config.ProgramsDirectory), Events.Start + (5 * Day / 2));
        Assert.Equal(2, _store.ReadEvents().Count);
        // The instance went when its id was given again, less than a day ago.
        using (HistoryReader reader = _store.Read()) Assert.Equal(2, reader.Programs(new HistoryFilter()).Count());
        writer.Retain(new Retention(TimeSpan.FromDays(1), long.MaxValue, _store.Config.ProgramsDirectory), Events.Start + 4 * Day);
        using (HistoryReader reader = _store.Read())
            Assert.Equal("newer", Assert.Single(reader.Programs(new HistoryFilter())).Name);
        Assert.Equal(3, Directory.GetFiles(_store.Config.ProgramsDirectory).Length);
    }

    [Fact]
    public void The_oldest_of_what_is_too_much_is_taken_away()
    {
        const long most = 4 << 20;
        using HistoryWriter writer = _store.Open();
        for (int turn = 0; turn < 10; turn++)
        {
            int first = turn * 5000;
            Store.Write(writer, [.. Enumerable.Range(first, 5000).Select(i => Events.Of("map_create", Events.Start + i,
                comm: $"c{i % 100}"))]);
        }

        var retention = new Retention(TimeSpan.FromDays(30), most, _store.Config.ProgramsDirectory);
        int turns = 1;
        while (writer.Retain(retention, Events.Start + Second)) turns++;
        Assert.InRange(turns, 2, 10);
        List<HistoryEvent> left = _store.ReadEvents();
        Assert.InRange(left.Count, 1, 49_999);
        Assert.Equal(Events.Start + 49_999, left[^1].TimeNs);
        Assert.True(new FileInfo(_store.Config.DatabasePath).Length <= most + (1 << 20),
            $"{new FileInfo(_store.Config.DatabasePath).Length}");
    }

    [Theory]
    [InlineData("no database at all, but a text that is longer than the header of one, which has a hundred bytes and a magic",
        "no database")]
    [InlineData("", null)]
    public void A_file_that_is_no_history_is_refused(string text, string? refusal)
    {
        Directory.CreateDirectory(_store.Config.StateDirectory);
        File.WriteAllText(_store.Config.DatabasePath, text);
        if (refusal is null) _store.Open().Dispose();
        else Assert.Contains(refusal, Assert.Throws<InvalidDataException>(() => _store.Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_history_of_a_later_version_is_refused()
    {
        using (HistoryWriter writer = _store.Open()) HistoryDatabase.Run(writer.Connection, "PRAGMA user_version = 99");
        Assert.Contains("a later version of skep", Assert.Throws<InvalidDataException>(() => _store.Open()).Message,
            StringComparison.Ordinal);
        Assert.Contains("a later version of skep", Assert.Throws<InvalidDataException>(_store.Read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_load_that_was_not_over_when_a_look_began_is_not_gone()
    {
        const long Took = 3 * Second;
        using (HistoryWriter writer = _store.Open())
        {
            // It took three seconds, and the agent looked meanwhile.
            using var queue = new EventQueue(1 << 20, () => Events.Start + Took);
            queue.Write(Events.Load(5, "my_prog", 1));
            queue.Write(Events.Of("map_create") with
            {
                Map = new MapDetails { Id = 8, Type = "hash", Name = "my_map", KeySize = 4, ValueSize = 8, MaxEntries = 1 },
            });
            writer.Store(queue.Take(), Events.Start + Took, (stored, dropped) => new(2, stored, 0, 0, 0, dropped));
            writer.Store(Objects(Events.Start + Second));
            writer.Store(Objects(Events.Start + Took + Second, (5, "my_prog", 1)));
        }

        using HistoryReader reader = _store.Read();
        Assert.Null(Assert.Single(Assert.Single(reader.Find("my_prog")).Instances).Gone);
        Assert.Equal(Events.Start + Took + Second, Assert.Single(reader.Maps(new HistoryFilter())).Gone);
    }

    private static MachineObjects Objects(long now, params (uint Id, string Name, int Result)[] programs) => new(
        now,
        [.. programs.Select(p => new ProgramEntry(
            Info(p.Id, p.Name, p.Result),
            p.Name, [], Events.Start / Second))],
        [], [], _ => null);

    private static BpfProgramInfo Info(uint id, string name, int result) => new()
    {
        Id = id,
        Type = BpfProgramType.Xdp,
        Name = name,
        Tag = $"{result:x16}",
        JitedLength = 0,
        XlatedLength = 16,
        LoadTime = 0,
        CreatedByUid = 0,
        MapCount = 0,
        GplCompatible = true,
        IfIndex = 0,
        NetnsDev = 0,
        NetnsInode = 0,
        BtfId = 0,
        FunctionCount = 1,
        VerifiedInstructions = 2,
        AttachBtfObjectId = 0,
        AttachBtfId = 0,
        RunTimeNs = 0,
        RunCount = 0,
        RecursionMisses = 0,
        KernelInfoLength = 232,
    };
}
