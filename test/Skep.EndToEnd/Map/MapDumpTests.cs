using System.Text.Json;
using System.Text.RegularExpressions;
using Skep.Bpf;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Map;

/// <summary><c>skep map dump</c> against bpftool, byte by byte.</summary>
[Trait("level", "kernel")]
public sealed class MapDumpTests(TypedMaps maps) : IClassFixture<TypedMaps>
{
    private static readonly string[][] Forms = [[], ["-j"], ["-p"]];

    public static TheoryData<string> Names =>
    [
        "many", "points", "counts", "cpus", "lru", "routes", "jumps", "leaf", "tree", "untyped", "untyped_short", "untyped_cpus", "devices",
        "typed_bss", "typed_rodata",
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_dump_is_bpftools(string name) => Assert.All(Forms, form =>
    {
        string theirs = Tool.Run("bpftool", [.. form, "map", "dump", "pinned", maps.Map(name)]);
        Outcome ours = SkepBinary.Run(["map", "dump", "pinned", maps.Map(name), .. form]);
        Assert.Equal(WithoutMapIds(theirs), WithoutMapIds(ours.Output));
        ours.Succeeds();
    });

    // bpftool 7.1 does not have the key yet.
    private static string WithoutMapIds(string json) => Regex.Replace(json, @",\s*""inner_map_id"":\s*\d+", "");

    // bpftool 7.1 writes a backslash as a line end.
    [Fact]
    public void Text_with_quotes_and_backslashes_is_JSON()
    {
        JsonElement entry = Json.Parse(SkepBinary.Run("map", "dump", "pinned", maps.Map("typed_data"), "-j").Output)[0];
        JsonElement[] variables = [.. entry.GetProperty("formatted").GetProperty("value").GetProperty(".data").EnumerateArray()];
        Assert.Equal("hello \\ \"x\"", variables[0].GetProperty("greeting").GetString());
        Assert.Equal("SMALL_B", variables[1].GetProperty("state").GetString());
    }

    [Theory]
    [InlineData("queue", "skep map peek")]
    [InlineData("ring", "skep map tap")]
    public void A_map_without_keys_is_refused_with_what_to_do(string name, string remedy)
    {
        Outcome outcome = SkepBinary.Run("map", "dump", "pinned", maps.Map(name));
        Assert.Equal(3, outcome.Code);
        Assert.Empty(outcome.Output);
        Assert.Contains(remedy, outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_slot_that_cannot_be_read_is_told_with_the_reason()
    {
        JsonElement[] entries = [.. Json.Parse(SkepBinary.Run("map", "dump", "pinned", maps.Map("perf"), "-j").Output).EnumerateArray()];
        Assert.Equal(2, entries.Length);
        Assert.All(entries, entry => Assert.NotEmpty(entry.GetProperty("value").GetProperty("error").GetString()!));
    }

    [Theory]
    [InlineData("many", "key", "1", "0", "0", "0")]
    [InlineData("many", "key", "hex", "02", "00", "00", "00")]
    [InlineData("counts", "key", "0x01", "0", "0", "0")]
    [InlineData("untyped_short", "key", "0", "0", "0", "0")]
    [InlineData("queue")]
    public void A_lookup_is_bpftools(string name, params string[] key)
    {
        string verb = name == "queue" ? "peek" : "lookup";
        Assert.All(Forms, form =>
        {
            string theirs = Tool.Run("bpftool", [.. form, "map", verb, "pinned", maps.Map(name), .. key]);
            Assert.Equal(theirs, SkepBinary.Run(["map", verb, "pinned", maps.Map(name), .. key, .. form]).Output);
        });
    }

    [Fact]
    public void A_key_that_is_not_there_is_not_found()
    {
        Outcome outcome = SkepBinary.Run("map", "lookup", "pinned", maps.Map("many"), "key", "99", "0", "0", "0");
        Assert.Equal(Tool.Try("bpftool", "map", "lookup", "pinned", maps.Map("many"), "key", "99", "0", "0", "0").Output, outcome.Output);
        Assert.Equal(1, outcome.Code);
        Assert.Equal(2, SkepBinary.Run("map", "lookup", "pinned", maps.Map("many"), "key", "99").Code);
        Assert.Equal(2, SkepBinary.Run("map", "lookup", "pinned", maps.Map("many"), "key", "300", "0", "0", "0").Code);
    }

    [Fact]
    public void Maps_of_one_name_have_their_heads()
    {
        string name = $"sk{Environment.ProcessId}";
        using BpfMap one = BpfMap.Create(new BpfMapSpec(BpfMapType.Array, 4, 4, 2) { Name = name });
        using BpfMap two = BpfMap.Create(new BpfMapSpec(BpfMapType.Hash, 4, 30, 2) { Name = name });
        two.Update([1, 0, 0, 0], new byte[30]);
        Assert.All(Forms, form => Assert.Equal(
            Tool.Run("bpftool", [.. form, "map", "dump", "name", name]), SkepBinary.Run(["map", "dump", "name", name, .. form]).Output));
        Assert.Contains("2 maps", SkepBinary.Run("map", "watch", "name", name).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(BpfMapType.Ringbuf, 0u, 0u, 4096u, 3)]
    [InlineData(BpfMapType.Queue, 0u, 4u, 4u, 3)]
    [InlineData(BpfMapType.LpmTrie, 8u, 4u, 4u, 0)]
    public void Json_of_a_map_without_entries_is_an_empty_list(BpfMapType type, uint key, uint value, uint entries, int code)
    {
        using BpfMap map = BpfMap.Create(
            new BpfMapSpec(type, key, value, entries) { Flags = type == BpfMapType.LpmTrie ? MapFlags.NoPreallocation : MapFlags.None });
        Outcome dump = SkepBinary.Run("map", "dump", "id", $"{map.Info.Id}", "-j");
        Assert.Equal(code, dump.Code);
        Assert.Equal("[]", dump.Output.Trim());
        Assert.Equal(code != 0, dump.Error.StartsWith("skep: ", StringComparison.Ordinal));
    }

    [Fact]
    public void The_entries_of_a_map_of_maps_name_the_maps()
    {
        using BpfMap inner = BpfMap.Create(new BpfMapSpec(BpfMapType.Array, 4, 4, 1));
        using BpfMap outer = BpfMap.Create(new BpfMapSpec(BpfMapType.HashOfMaps, 4, 4, 2) { InnerMap = inner });
        int fd = (int)inner.DangerousGetHandle();
        outer.Update(BitConverter.GetBytes(7), BitConverter.GetBytes(fd));
        JsonElement entry = Json.Parse(SkepBinary.Run("map", "dump", "id", $"{outer.Info.Id}", "-j").Output)[0];
        Assert.Equal(inner.Info.Id, entry.Number("inner_map_id"));
    }

    [Fact]
    public void A_large_map_is_whole_and_one_that_changes_is_dumped_without_error()
    {
        const int entries = 40_000;
        using BpfMap map = BpfMap.Create(new BpfMapSpec(BpfMapType.Hash, 4, 64, entries));
        for (int i = 0; i < entries; i++) map.Update(BitConverter.GetBytes(i), new byte[64]);
        string id = $"{map.Info.Id}";
        Assert.EndsWith($"Found {entries} elements\n", SkepBinary.Run("map", "dump", "id", id).Output, StringComparison.Ordinal);
        bool stop = false;
        var churn = new Thread(() =>
        {
            for (int i = 0; !Volatile.Read(ref stop); i = (i + 1) % entries)
            {
                map.Delete(BitConverter.GetBytes(i));
                map.Update(BitConverter.GetBytes(i), new byte[64]);
            }
        });
        churn.Start();
        try
        {
            JsonElement all = Json.Parse(SkepBinary.Run("map", "dump", "id", id, "-j").Output);
            Assert.InRange(all.GetArrayLength(), entries / 2, entries);
            Assert.All(all.EnumerateArray(), entry => Assert.Equal(JsonValueKind.Array, entry.GetProperty("value").ValueKind));
        }
        finally
        {
            Volatile.Write(ref stop, true);
            churn.Join();
        }
    }

    [Theory]
    [InlineData(1, "dump", "id", "4294967295")]
    [InlineData(1, "dump", "name", "no_map_has_this")]
    [InlineData(2, "dump", "id", "five")]
    [InlineData(2, "tap", "colour", "blue")]
    [InlineData(2, "tap", "1", "--btf", "/sys/kernel/btf/vmlinux")]
    public void What_names_no_map_is_said(int code, params string[] words)
    {
        Outcome outcome = SkepBinary.Run(["map", .. words]);
        Assert.Equal(code, outcome.Code);
        Assert.Empty(outcome.Output);
        Assert.StartsWith("skep: error: ", outcome.Error, StringComparison.Ordinal);
    }
}
