using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>Calls of processes that take turns on one processor, where the kernel may preempt one tracing program for another.</summary>
[Trait("level", "machine")]
public sealed class CrowdTests
{
    private const int Processes = 8, Maps = 250;

    private static readonly string[] Made =
        [.. (from process in Enumerable.Range(0, Processes)
             from map in Enumerable.Range(0, Maps)
             select $"crowd_{process}_{map}").Order(StringComparer.Ordinal)];

    [Fact]
    public void Each_call_is_reported_once_as_what_it_made() => AssertReported(SkepBinary.Watch("", Built.Calls, "crowd"));

    [Fact]
    public void Each_backend_that_is_not_preempted_reports_each_call()
    {
        foreach (string backend in Backends.Complete) AssertReported(Backends.Watch(backend, Built.Calls, "crowd"));
    }

    private static void AssertReported(Watched watched) => Assert.Equal(
        Made,
        watched.Succeeded().Of("map_create").Select(e => $"{e.Text("map.name")}{(e.Has("map.id") ? "" : " without an id")}")
            .Order(StringComparer.Ordinal));
}
