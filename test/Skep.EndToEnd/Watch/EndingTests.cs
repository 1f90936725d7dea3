using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Watch;

/// <summary>Calls that a kill, an exit or a filter cuts short.</summary>
public sealed class EndingTests
{
    [Theory]
    [InlineData("kill")]
    [InlineData("leave")]
    public void A_load_that_is_cut_is_told_once_with_its_code(string how)
    {
        Watched watched = Watch(how);
        JsonElement load = watched.Only("prog_load");
        Assert.Equal(watched.Answers[0].Number("pid"), load.Number("pid"));
        Assert.Equal(1_000_000, load.Number("prog.insn_cnt"));
        byte[] expected = LoadTests.Many(1_000_000, last: 0x95);
        Assert.True(load.Insns().AsSpan().SequenceEqual(expected), load.Text("prog.capture_reason"));
        // With what it fails is the kernel's choice: EAGAIN in the verifier, ENOMEM in an allocation; a kill may also come too late.
        Assert.True(load.Has("ret") != (load.Text("note") == "the task ended inside the call"));
    }

    [Fact]
    public void A_process_that_lives_for_one_call_is_told_whole()
    {
        Watched watched = Watch("brief");
        JsonElement[] maps = [.. watched.Of("map_create").OrderBy(e => e.Number("map.max_entries"))];
        Assert.Equal(watched.Answers.Select(a => a.Number("pid")), maps.Select(e => e.Number("pid")));
        Assert.Equal(Enumerable.Range(1, 50).Select(i => (long?)i), maps.Select(e => e.Number("map.max_entries")));
        string parent = CProgram.Path("endings.c", "-lpthread");
        Assert.All(maps, e => Assert.Equal(parent, e.Text("exe")));
        Assert.All(maps, e => Assert.Equal("brief", e.Text("map.name")));
        Assert.All(maps, e => Assert.True(e.Has("map.id")));
    }

    [Fact]
    public void A_call_that_seccomp_refuses_is_told_and_so_are_the_filters()
    {
        Watched watched = Watch("seccomp");
        JsonElement passed = watched.Answers[0], map = watched.Only("map_create");
        Assert.Equal("EXDEV", map.Text("error"));
        Assert.Equal(passed.Number("ret"), map.Number("ret"));
        Assert.Equal("refused", map.Text("map.name"));
        Assert.Contains("seccomp", map.Text("note"), StringComparison.Ordinal);
        JsonElement first = watched.Only("seccomp_set_mode_filter"), second = watched.Only("pr_set_seccomp");
        Assert.Equal(passed.Text("classic"), Convert.ToHexStringLower(first.Insns("attach.insns")));
        Assert.Equal(["log"], first.At("attach.flags")!.Value.EnumerateArray().Select(f => f.GetString()));
        Assert.Equal(4, first.Number("attach.insn_cnt"));
        Assert.Equal(passed.Text("second"), Convert.ToHexStringLower(second.Insns("attach.insns")));
        Assert.Equal(0, second.Number("ret"));
    }

    private static Watched Watch(string how) => SkepBinary.Watch("--insns", CProgram.Path("endings.c", "-lpthread"), how).Succeeded();
}
