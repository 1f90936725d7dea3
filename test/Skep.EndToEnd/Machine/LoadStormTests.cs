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
    public void With_trampolines_each_of_ten_thousand_loads_is_proven() => AssertEachIsProven("fentry");

    [Theory, TimeLimit(600)]
    [InlineData("kprobe")]
    [InlineData("raw_tp")]
    public void Each_of_ten_thousand_loads_is_proven(string backend) => AssertEachIsProven(backend);

    private static void AssertEachIsProven(string backend)
    {
        Assert.SkipUnless(Backends.Usable.Contains(backend), $"the machine cannot: it has no backend {backend}");
        string scene = string.Create(CultureInfo.InvariantCulture, $"storm={Many}");
        Watched storm = Backends.UntilWhole(
            () => SkepBinary.Watch($"--backend {backend} --cmd prog_load", Built.Beyond, scene).Succeeded());
        Assert.True(Backends.SawAll(storm), storm.Outcome.Error);
        AssertProven(backend, storm, Many);
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
