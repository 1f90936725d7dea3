using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Watch;

/// <summary><c>--explain</c>: what is found in programs, with their loads.</summary>
public sealed class FindingTests
{
    [Fact]
    public void Is_what_prog_explain_finds()
    {
        JsonElement prog = SkepBinary.Watch("--explain", CProgram.Path("signals.c")).Succeeded().Only("prog_load").GetProperty("prog");
        JsonElement finding = Assert.Single(prog.GetProperty("findings").EnumerateArray());
        Assert.Equal("sends-signals", finding.Text("name"));
        Assert.Equal("sends signal 9 (SIGKILL) to the process that runs", finding.Text("text"));
        Assert.Equal([1], finding.GetProperty("insns").EnumerateArray().Select(slot => slot.GetInt32()));
    }

    [Fact]
    public void Of_a_load_that_failed_it_is_there_as_well()
    {
        JsonElement e = SkepBinary.Watch("--explain", CProgram.Path("loads.c"), "reject", "0", "0").Only("prog_load");
        Assert.Equal("EACCES", e.Text("error"));
        Assert.Equal(JsonValueKind.Array, e.GetProperty("prog").GetProperty("findings").ValueKind);
    }

    [Fact]
    public void A_large_program_is_left_to_the_reader()
    {
        JsonElement prog =
            SkepBinary.Watch("--explain", CProgram.Path("loads.c"), "many", "10001", "1").Only("prog_load").GetProperty("prog");
        Assert.False(prog.TryGetProperty("findings", out _));
        Assert.StartsWith("it has more than 10000 instructions", prog.Text("findings_reason"), StringComparison.Ordinal);
    }

    [Fact]
    public void In_text_it_follows_the_line_of_the_load()
    {
        Requires.Root();
        Outcome outcome = SkepBinary.Run("watch", "--explain", "--cmd", "load", "--", CProgram.Path("signals.c"));
        outcome.Succeeds();
        Assert.Contains(
            "\n    sends-signals: sends signal 9 (SIGKILL) to the process that runs [1]\n", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_it_nothing_is_looked_for()
    {
        JsonElement prog = SkepBinary.Watch("", CProgram.Path("signals.c")).Succeeded().Only("prog_load").GetProperty("prog");
        Assert.False(prog.TryGetProperty("findings", out _));
    }
}
