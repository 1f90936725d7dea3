using System.Text;
using Skep.Agent.History;
using Skep.Agent.Query;
using Skep.Agent.Tests.Support;

namespace Skep.Agent.Tests.Query;

public sealed class HistoryReaderTests : IDisposable
{
    private readonly Store _store = new();

    public HistoryReaderTests()
    {
        using HistoryWriter writer = _store.Open();
        Store.Write(
            writer, Events.Load(5, "alpha", 1), Events.Load(6, "beta", 2, Events.Start + 1, comm: "other"),
            Events.Of("map_create", Events.Start + 2, unit: "a.service"), Events.Of("map_create", Events.Start + 3, error: "EPERM"),
            Events.Of("obj_pin", Events.Start + 4, comm: "'; DROP TABLE events; --"));
    }

    public static TheoryData<string, HistoryFilter, int[]> Filters => new()
    {
        { "nothing", new(), [0, 1, 2, 3, 4] },
        { "since", new() { Since = Events.Start + 2 }, [2, 3, 4] },
        { "until", new() { Until = Events.Start + 2 }, [0, 1] },
        { "both", new() { Since = Events.Start + 1, Until = Events.Start + 2 }, [1] },
        { "command", new() { Commands = ["map_create", "obj_pin"] }, [2, 3, 4] },
        { "unknown command", new() { Commands = ["link_create"] }, [] },
        { "type", new() { Types = ["xdp"] }, [0, 1] },
        { "comm", new() { Comm = "other" }, [1] },
        { "hostile comm", new() { Comm = "'; DROP TABLE events; --" }, [4] },
        { "unit", new() { Unit = "a.service" }, [2] },
        { "uid", new() { Uid = 1 }, [] },
        { "failed", new() { FailedOnly = true }, [3] },
        { "program by name", new() { Program = "alpha" }, [0] },
        { "program by tag", new() { Program = "0000000000000002" }, [1] },
        { "no program", new() { Program = "' OR 1 = 1 --" }, [] },
        { "last", new() { Last = 2 }, [3, 4] },
        { "last of some", new() { Types = ["xdp"], Last = 1 }, [1] },
    };

    public void Dispose() => _store.Dispose();

    [Theory]
    [MemberData(nameof(Filters))]
    public void Events_are_selected(string what, HistoryFilter filter, int[] expected)
    {
        Assert.NotEmpty(what);
        Assert.Equal(expected, _store.ReadEvents(filter).Select(e => (int)(e.TimeNs - Events.Start)));
    }

    [Fact]
    public void A_program_is_found_by_the_beginning_of_its_hash()
    {
        using HistoryReader reader = _store.Read();
        string hash = Assert.Single(reader.Find("alpha")).Sha256!;
        Assert.Equal("alpha", Assert.Single(reader.Find(hash)).Name);
        Assert.Equal("alpha", Assert.Single(reader.Find(hash[..6])).Name);
        Assert.Empty(reader.Find(hash[..5]));
        Assert.Empty(reader.Find(hash + "0"));
    }

    [Fact]
    public void Versions_are_what_one_loader_loads_under_one_name()
    {
        using (HistoryWriter writer = _store.Open())
        {
            Store.Write(
                writer, Events.Load(7, "alpha", 9, Events.Start + 10), Events.Load(8, "alpha", 8, Events.Start + 11, comm: "stranger"));
        }

        using HistoryReader reader = _store.Read();
        HistoryProgram first = reader.Find("0000000000000001")[0];
        IReadOnlyList<ProgramVersion> versions = ProgramVersion.Of(reader, first, new Skep.Inventory.Machine.MachineSnapshot().Kernel);
        Assert.Equal(["0000000000000001", "0000000000000009"], versions.Select(version => version.Program.Tag));
        Assert.Null(versions[0].Changes);
        Assert.NotEmpty(versions[1].Changes!);
    }

    [Fact]
    public void A_line_has_what_an_event_is_about_and_no_control_character()
    {
        using var text = new StringWriter();
        const string process = "\"comm\":\"a\\u001b[2J\",\"pid\":3,\"uid\":0,\"error\":\"EPERM\"";
        const string program = "{\"id\":5,\"type\":\"xdp\",\"name\":\"n\",\"sha256\":\"0123456789abcdef\",\"x\":{\"id\":9}}";
        string json = $"{{\"time\":\"T\",\"cmd\":\"prog_load\",{process},\"prog\":{program},\"attr\":{{\"id\":1}}}}";
        HistoryText.Write(text, new HistoryEvent(0, Encoding.UTF8.GetBytes(json), null));
        Assert.Equal("T prog_load xdp n prog id 5 sha256 0123456789ab  a\\x1b[2J[3] uid 0  = EPERM", text.ToString().TrimEnd());
    }

    [Fact]
    public void No_history_is_an_error_that_says_what_to_do()
    {
        var error = Assert.Throws<FileNotFoundException>(
            () => HistoryReader.Open(_store.Config with { StateDirectory = "/nonexistent" }));
        Assert.Contains("skep agent makes it", error.Message, StringComparison.Ordinal);
    }
}
