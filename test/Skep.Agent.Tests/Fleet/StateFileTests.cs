using Skep.Agent.Fleet.Model;
using Skep.Agent.Fleet.Reconcile;

namespace Skep.Agent.Tests.Fleet;

/// <summary>What an agent remembers, on the disk.</summary>
public sealed class StateFileTests : IDisposable
{
    private static readonly FleetState s_state = new("boot", [new("web", 3, "", [new("edge", 1, "aa")])], [], []) { Source = "etcd" };

    private readonly Scratch _scratch = new();
    private readonly List<string> _messages = [];

    private string Name => _scratch.File("state.json");

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void It_is_read_as_it_was_written_and_written_only_when_it_changes()
    {
        StateFile file = New();
        Assert.Empty(file.Read("boot").Groups);
        file.Write(s_state);
        FleetState read = New().Read("other");
        Assert.Equal(("boot", "etcd", 3L), (read.Boot, read.Source, Assert.Single(read.Groups).Generation));
        File.Delete(Name);
        file.Write(s_state with { Boot = "boot" });
        Assert.False(File.Exists(Name));
        file.Write(s_state with { Boot = "next" });
        Assert.Equal("next", New().Read("other").Boot);
        Assert.Empty(_messages);
    }

    [Fact]
    public void One_that_was_read_is_not_written_again()
    {
        New().Write(s_state);
        StateFile file = New();
        FleetState read = file.Read("boot");
        File.Delete(Name);
        file.Write(read);
        Assert.False(File.Exists(Name));
    }

    [Fact]
    public void One_that_could_not_be_written_is_written_the_next_time()
    {
        StateFile file = New();
        Directory.CreateDirectory(Name);
        Assert.ThrowsAny<SystemException>(() => file.Write(s_state));
        Directory.Delete(Name);
        file.Write(s_state);
        Assert.True(File.Exists(Name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0\0\0\0")]
    [InlineData("{\"boot\":\"b\",\"groups\":[")]
    [InlineData("{}")]
    [InlineData("""{"boot":"b","groups":[null],"policies":[],"ended_waves":[]}""")]
    [InlineData("""{"boot":"b","groups":[],"policies":[{"name":"edge","sha256":"aa"}],"ended_waves":[]}""")]
    public void A_damaged_one_is_reported_and_nothing_is_remembered(string text)
    {
        File.WriteAllText(Name, text);
        StateFile file = New();
        FleetState read = file.Read("boot");
        Assert.Equal(("boot", 0, 0), (read.Boot, read.Groups.Count, read.Policies.Count));
        string message = Assert.Single(_messages);
        Assert.StartsWith($"fleet: reading {Name}: ", message, StringComparison.Ordinal);
        Assert.Contains("it goes on as if it remembered nothing", message, StringComparison.Ordinal);
        file.Write(read);
        Assert.Equal("boot", New().Read("other").Boot);
        Assert.Single(_messages);
    }

    private StateFile New() => new(Name, _messages.Add);
}
