using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Watch;

/// <summary>Single loads, good and bad, small and as large as the kernel takes.</summary>
public sealed class LoadTests
{
    private static readonly string Loader = "loads.c";

    [Fact]
    public void The_posters_scene_is_told_whole()
    {
        Watched watched = SkepBinary.Watch("--insns", CProgram.Path(Loader), "poster").Succeeded();
        JsonElement passed = watched.Answers[0], map = watched.Only("map_create"), load = watched.Only("prog_load");
        Assert.Equal("ringbuf", map.Text("map.type"));
        Assert.Equal("events", map.Text("map.name"));
        Assert.Equal(0, map.Number("map.bytes_key"));
        Assert.Equal(0, map.Number("map.bytes_value"));
        Assert.Equal(65536, map.Number("map.max_entries"));
        Assert.Equal(watched.Answers[1].Number("map"), map.Number("map.id"));
        Assert.Equal("ringbuf_submit", load.Text("comm"));
        Assert.Equal("tracepoint", load.Text("prog.type"));
        Assert.Equal("ringbuf_submit", load.Text("prog.name"));
        Assert.Equal("GPL", load.Text("prog.license"));
        Assert.True(load.At("prog.gpl_compatible")!.Value.GetBoolean());
        Assert.Equal(24, load.Number("prog.insn_cnt"));
        Assert.Equal(passed.Text("insns"), Convert.ToHexStringLower(load.Insns()));
        Assert.Equal("proven", load.Text("prog.capture"));
        Assert.Equal(passed.Number("id"), load.Number("prog.id"));
        Assert.Equal(passed.Text("tag"), load.Text("prog.tag"));
        Assert.Equal([map.Number("map.id")!.Value], load.At("prog.map_ids")!.Value.EnumerateArray().Select(id => id.GetInt64()));
        Assert.Equal(1, load.Number("prog.log_level"));
        Assert.Equal(Encoding.UTF8.GetString(passed.Bytes("log")), load.Text("prog.log"));
        Assert.Equal(passed.Number("ret"), load.Number("ret"));
    }

    [Fact]
    public void The_posters_scene_is_listed_as_text()
    {
        Requires.Root();
        using var scratch = new Scratch();
        string file = scratch.File("text");
        Outcome outcome = SkepBinary.Run("watch", "-v", "-o", file, "--", CProgram.Path(Loader), "poster");
        string text = File.ReadAllText(file);
        uint map = (uint)Json.Parse(outcome.Output.Split('\n')[1]).Number("map")!;
        Assert.Contains("ringbuf", text, StringComparison.Ordinal);
        Assert.Contains("65536", text, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^ +23: .*exit$", text);
        Assert.Contains($"map[id:{map}]", text, StringComparison.Ordinal);
        Assert.Contains("processed ", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 65536, "EACCES")]
    [InlineData(2, 65536, "EACCES")]
    [InlineData(4, 65536, "EACCES")]
    [InlineData(0, 0, "EACCES")]
    [InlineData(2, 16, "ENOSPC")]
    [InlineData(1, 0, "EACCES")]
    [InlineData(0, 65536, "EINVAL")]
    public void A_refused_load_says_why(int level, int size, string error)
    {
        Watched watched = SkepBinary.Watch("--insns", CProgram.Path(Loader), "reject", $"{level}", $"{size}").Succeeded();
        JsonElement passed = watched.Answers[0], load = watched.Only("prog_load");
        Assert.Equal(error, load.Text("error"));
        Assert.Equal(passed.Number("ret"), load.Number("ret"));
        Assert.Equal(passed.Text("insns"), Convert.ToHexStringLower(load.Insns()));
        Assert.Equal(Watched.Untagged(load), load.Text("prog.capture"));
        Assert.Equal(level, load.Number("prog.log_level"));
        Assert.Equal(level == 0 || size == 0 ? null : Encoding.UTF8.GetString(passed.Bytes("log")), load.Text("prog.log"));
        Assert.False(load.Has("prog.id"));
        Assert.False(load.Has("prog.tag"));
    }

    [Fact]
    public void A_program_of_a_million_instructions_is_captured_and_proven()
    {
        Watched watched = SkepBinary.Watch("--insns", CProgram.Path(Loader), "many", "1000000", "1").Succeeded();
        JsonElement passed = watched.Answers[0], load = watched.Only("prog_load");
        Assert.True(passed.Number("ret") >= 0);
        Assert.Equal(1_000_000, load.Number("prog.insn_cnt"));
        Assert.Equal("proven", load.Text("prog.capture"));
        Assert.Equal(passed.Text("tag"), load.Text("prog.tag"));
        Assert.True(load.Insns().AsSpan().SequenceEqual(Many(1_000_000, last: 0x95)));
    }

    [Fact]
    public void A_refused_program_of_a_million_instructions_is_captured()
    {
        Watched watched = SkepBinary.Watch("--insns", CProgram.Path(Loader), "many", "1000000", "0").Succeeded();
        JsonElement load = watched.Only("prog_load");
        Assert.Equal("EINVAL", load.Text("error"));
        Assert.Equal(Watched.Untagged(load), load.Text("prog.capture"));
        Assert.True(load.Insns().AsSpan().SequenceEqual(Many(1_000_000, last: 0xb7)));
    }

    [Fact]
    public void A_program_beyond_the_kernels_limit_is_told_with_what_it_passed()
    {
        Watched watched = SkepBinary.Watch("--insns", CProgram.Path(Loader), "many", "1000001", "1").Succeeded();
        JsonElement load = watched.Only("prog_load");
        Assert.Equal("E2BIG", load.Text("error"));
        Assert.Equal(1_000_001, load.Number("prog.insn_cnt"));
        Assert.True(load.Insns().AsSpan().SequenceEqual(Many(1_000_001, last: 0x95)));
    }

    /// <summary>What loads.c and pages.c make: r0 = 0, 1, 2, ..., and the last instruction.</summary>
    internal static byte[] Many(int count, byte last)
    {
        var bytes = new byte[count * 8];
        for (int i = 0; i < count - 1; i++)
        {
            bytes[i * 8] = 0xb7;
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * 8 + 4), i);
        }

        bytes[(count - 1) * 8] = last;
        return bytes;
    }
}
