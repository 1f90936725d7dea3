using System.Diagnostics;
using System.Text.Json;
using Skep.Bpf;
using Skep.EndToEnd.Support;
using Skep.Linux.Kernel;

namespace Skep.EndToEnd.Map;

/// <summary><c>skep map watch</c>: each change is told once, with its old and new value.</summary>
[Trait("level", "kernel")]
public sealed class MapWatchTests(TypedMaps maps) : IClassFixture<TypedMaps>
{
    [Fact]
    public void Entries_that_come_change_and_go_are_told_with_their_types()
    {
        using BpfMap map = BpfMap.OpenPinned(maps.Map("lru"));
        byte[] key = BitConverter.GetBytes(4242UL);
        JsonElement[] changes = Follow("lru", 3,
            () => map.Update(key, BitConverter.GetBytes(1UL)),
            () => map.Update(key, BitConverter.GetBytes(2UL)),
            () => map.Delete(key));
        Assert.Equal(["added", "changed", "deleted"], changes.Select(change => change.Text("change")));
        Assert.All(changes, change => Assert.Equal(4242, change.Number("formatted.key")));
        Assert.Equal([null, 1, 2], changes.Select(change => change.Number("formatted.old_value")));
        Assert.Equal([1, 2, null], changes.Select(change => change.Number("formatted.value")));
        Assert.Equal("0x92", changes[0].GetProperty("key")[0].GetString());
    }

    [Fact]
    public void Of_a_map_by_CPU_all_values_are_told()
    {
        using BpfMap map = BpfMap.OpenPinned(maps.Map("counts"));
        var values = new byte[map.Info.UserValueSize];
        values[8 * (PossibleCpus.Count - 1)] = 9;
        JsonElement change = Assert.Single(Follow("counts", 1, () => map.Update(new byte[4], values)));
        JsonElement[] told = [.. change.GetProperty("formatted").GetProperty("values").EnumerateArray()];
        Assert.Equal(PossibleCpus.Count, told.Length);
        Assert.Equal(9, told[^1].Number("value"));
        Assert.Equal(0, change.GetProperty("formatted").GetProperty("old_values")[PossibleCpus.Count - 1].Number("value"));
    }

    [Fact]
    public void Text_names_the_key_and_both_values()
    {
        using BpfMap map = BpfMap.OpenPinned(maps.Map("points"));
        (string output, string error) = Run("points", ["-n", "1"], () => map.Update(BitConverter.GetBytes(2), [7, 0, 0, 0, 8, 0, 0, 0]));
        Assert.Contains("""changed  2: {"x":2,"y":-2} -> {"x":7,"y":8}""", output, StringComparison.Ordinal);
        Assert.Contains("1 changes", error, StringComparison.Ordinal);
        Assert.Contains("what came and went between two readings is not among them", error, StringComparison.Ordinal);
    }

    private JsonElement[] Follow(string map, int count, params Action[] steps)
    {
        (string output, _) = Run(map, ["-j", "-n", $"{count}"], steps);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Json.Parse)];
    }

    // A step is taken when the one before has been told.
    private (string Output, string Error) Run(string map, string[] options, params Action[] steps)
    {
        using Process watch = SkepBinary.Start(
            ["map", "watch", "pinned", maps.Map(map), "--interval", "50ms", "--duration", "60s", .. options]);
        string error = watch.StandardError.ReadLine()!, output = "";
        foreach (Action step in steps)
        {
            step();
            output += watch.StandardOutput.ReadLine() + "\n";
        }

        output += watch.StandardOutput.ReadToEnd();
        error += watch.StandardError.ReadToEnd();
        watch.WaitForExit();
        Assert.Equal(0, watch.ExitCode);
        return (output, error);
    }
}
