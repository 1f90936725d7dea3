using System.Globalization;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>Loads one after the other, as fast as one thread makes them, with each backend.</summary>
[Trait("level", "machine")]
public sealed class LoadStormTests
{
    private const int Many = 10_000, RefusedEach = 10;

    [Fact, TimeLimit(600)]
    public void Each_of_ten_thousand_loads_is_proven()
    {
        foreach (string backend in Backends.Usable)
        {
            Watched storm = Backends.Watch(backend, Built.Beyond, string.Create(CultureInfo.InvariantCulture, $"storm={Many}"));
            if (Backends.SawAll(storm)) AssertProven(backend, storm, Many);
        }
    }

    internal static void AssertProven(string backend, Watched storm, int count)
    {
        JsonElement[] loads = [.. storm.Of("prog_load")];
        Assert.Equal((count, 0), (loads.Length, storm.Lost));
        Assert.Equal(count / RefusedEach, loads.Count(e => e.Text("error") == "EINVAL"));
        string[] accepted = backend == "raw_tp" ? ["proven", "consistent"] : ["proven"];
        Complaints.None(loads.Where(e => !accepted.Contains(e.Text("prog.capture"))).Select(e => $"{backend}: {e}"));
    }
}
