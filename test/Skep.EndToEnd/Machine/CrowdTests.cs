using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>Calls of processes that take turns on one processor, where the kernel may preempt one tracing program for another.</summary>
[Trait("level", "machine")]
public sealed class CrowdTests
{
    private const int Processes = 8, Maps = 250;

    [Fact]
    public void Each_call_is_reported_once_as_what_it_made()
    {
        string[] reported = [.. from e in SkepBinary.Watch("", Built.Calls, "crowd").Succeeded().Of("map_create")
                                select $"{e.Text("map.name")}{(e.Has("map.id") ? "" : " without an id")}"];
        Assert.Equal(
            (from process in Enumerable.Range(0, Processes)
             from map in Enumerable.Range(0, Maps)
             select $"crowd_{process}_{map}").Order(StringComparer.Ordinal), reported.Order(StringComparer.Ordinal));
    }
}
