using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Watch;

/// <summary>Instructions in memory that is not resident when the call begins.</summary>
public sealed class PageTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(512)]
    [InlineData(5000)]
    [InlineData(200_000)]
    public void A_program_from_an_untouched_file_mapping_is_captured_and_proven(int count)
    {
        (JsonElement load, long ret) = Load(count, last: 1);
        Assert.True(ret >= 0);
        Assert.Equal("proven", load.Text("prog.capture"));
        Assert.True(load.Insns().AsSpan().SequenceEqual(LoadTests.Many(count, last: 0x95)));
    }

    [Fact]
    public void Of_a_refused_one_it_is_said_how_it_was_read()
    {
        (JsonElement load, long ret) = Load(5000, last: 0);
        Assert.True(ret < 0);
        Assert.Equal("partial", load.Text("prog.capture"));
        Assert.Contains("not in memory at entry", load.Text("prog.capture_reason"), StringComparison.Ordinal);
        Assert.True(load.Insns().AsSpan().SequenceEqual(LoadTests.Many(5000, last: 0xb7)));
    }

    private static (JsonElement Load, long Return) Load(int count, int last)
    {
        Requires.Root();
        using var scratch = new Scratch();
        Watched watched = SkepBinary.Watch("--insns", CProgram.Path("pages.c"), scratch.File("insns"), $"{count}", $"{last}").Succeeded();
        return (watched.Only("prog_load"), watched.Answers[0].Number("ret")!.Value);
    }
}
