using System.Buffers.Binary;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Watch;

/// <summary>Operations on map elements: counted, or each told with its key and value.</summary>
public sealed class ElementTests
{
    private const int N = 1000;

    [Fact]
    public void Counts_are_exact_by_map_and_command()
    {
        Watched watched = SkepBinary.Watch("", CProgram.Path("elements.c"), $"{N}").Succeeded();
        long map = watched.Answers[0].Number("map")!.Value, other = watched.Answers[0].Number("other")!.Value;
        Assert.Equal((N, 0), Sum(watched, map, "map_update_elem"));
        Assert.Equal((N, N / 2), Sum(watched, map, "map_lookup_elem"));
        Assert.Equal((N, 0), Sum(watched, map, "map_get_next_key"));
        Assert.Equal((N / 2, 0), Sum(watched, map, "map_delete_elem"));
        Assert.Equal((1, 0), Sum(watched, map, "map_update_batch"));
        Assert.Equal((1, 0), Sum(watched, other, "map_update_elem"));
        Assert.All(watched.Events.Where(e => e.Number("map.id") == map && e.Has("count")), e =>
            Assert.Equal("counted", e.Text("map.name")));
        Assert.Contains($"{(3 * N) + (N / 2) + 2} element operations counted", watched.Outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_is_told_with_key_and_value()
    {
        const int n = 50;
        Watched watched = SkepBinary.Watch("--elements", CProgram.Path("elements.c"), $"{n}").Succeeded();
        long map = watched.Answers[0].Number("map")!.Value;
        JsonElement[] updates = [.. watched.Of("map_update_elem").Where(e => e.Number("map.id") == map)];
        Assert.Equal(n, updates.Length);
        for (int i = 0; i < n; i++) AssertElement(updates[i], 0x01000000 + i, 0x1122334455667700 + i);
        JsonElement[] lookups = [.. watched.Of("map_lookup_elem")];
        Assert.Equal(n, lookups.Length);
        for (int i = 0; i < n; i++)
        {
            if ((i & 1) != 0) AssertElement(lookups[i], 0x01000000 + i, 0x1122334455667700 + i);
            else Assert.Equal("ENOENT", lookups[i].Text("error"));
        }

        Assert.Equal(Enumerable.Range(0, n / 2).Select(i => Key(0x01000000 + i)), watched.Of("map_delete_elem").Select(e => e.Text("key")));
        Assert.Equal(n, watched.Of("map_get_next_key").Count());
        JsonElement batch = watched.Only("map_update_batch");
        Assert.Equal(string.Concat(Enumerable.Range(0, n).Select(i => Key(0x03000000 + i))), batch.Text("key"));
        Assert.Equal(string.Concat(Enumerable.Range(0, n).Select(i => Value(i))), batch.Text("value"));
        Assert.Equal(n, batch.Number("attr.count"));
    }

    private static (long Calls, long Errors) Sum(Watched watched, long map, string command)
    {
        JsonElement[] counts = [.. watched.Of(command).Where(e => e.Number("map.id") == map)];
        return (counts.Sum(e => e.Number("count")!.Value), counts.Sum(e => e.Number("errors")!.Value));
    }

    private static void AssertElement(JsonElement e, int key, long value)
    {
        Assert.Equal(Key(key), e.Text("key"));
        Assert.Equal(Value(value), e.Text("value"));
    }

    private static string Key(int key)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, key);
        return Convert.ToHexStringLower(bytes);
    }

    private static string Value(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Convert.ToHexStringLower(bytes);
    }
}
