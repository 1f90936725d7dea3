using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Watch;

/// <summary>What real programs load, as skep tells it, against what a shim inside of them saw them pass.</summary>
[Collection(nameof(RealTools))]
public sealed class RealToolTests(RealTools tools)
{
    // Element operations are told as counts; of OBJ_GET_INFO_BY_FD the shim makes some itself, which it does not see.
    private static readonly HashSet<long> NotListed = [1, 2, 3, 4, 15, 21, 24, 25, 26, 27];

    private static readonly string[] CommandNames =
    [
        "map_create", "map_lookup_elem", "map_update_elem", "map_delete_elem", "map_get_next_key", "prog_load", "obj_pin", "obj_get",
            "prog_attach",
        "prog_detach", "prog_test_run", "prog_get_next_id", "map_get_next_id", "prog_get_fd_by_id", "map_get_fd_by_id",
            "obj_get_info_by_fd", "prog_query",
        "raw_tracepoint_open", "btf_load", "btf_get_fd_by_id", "task_fd_query", "map_lookup_and_delete_elem", "map_freeze",
            "btf_get_next_id",
        "map_lookup_batch", "map_lookup_and_delete_batch", "map_update_batch", "map_delete_batch", "link_create", "link_update",
            "link_get_fd_by_id",
        "link_get_next_id", "enable_stats", "iter_create", "link_detach", "prog_bind_map",
    ];

    [Theory, MemberData(nameof(RealTools.Titles), MemberType = typeof(RealTools))]
    public void Each_call_is_told_once_in_order(string title)
    {
        ToolRun run = tools.Of(title);
        Assert.NotEmpty(run.Calls);
        Assert.Equal(0, run.Watched.Lost);
        string[] passed = [.. run.Calls.Where(c => !NotListed.Contains(c.Command)).OrderBy(c => c.Tid).Select(c =>
            $"{c.Tid} {CommandNames[c.Command]} {c.Return}")];
        string[] told = [.. run.Watched.Events.Where(e => e.Text("syscall") == "bpf" && !e.Has("count")
            && e.Text("cmd") != "obj_get_info_by_fd")
            .OrderBy(e => e.Number("tid")).Select(e => $"{e.Number("tid")} {e.Text("cmd")} {e.Number("ret")}")];
        Assert.Equal(passed, told);
    }

    [Theory, MemberData(nameof(RealTools.Titles), MemberType = typeof(RealTools))]
    public void Each_program_is_the_one_that_was_passed(string title)
    {
        (ShimCall Passed, JsonElement Told)[] loads = Pairs(tools.Of(title), ShimCall.ProgLoad, "prog_load");
        Assert.NotEmpty(loads);
        Assert.All(loads, pair =>
        {
            (ShimCall passed, JsonElement told) = pair;
            Assert.Equal(Convert.ToHexStringLower(passed.Insns), Convert.ToHexStringLower(told.Insns()));
            Assert.Equal(passed.U32(4), told.Number("prog.insn_cnt"));
            Assert.Equal(KernelNames.Program(passed.U32(0)), told.Text("prog.type"));
            Assert.Equal(passed.Name(48), told.Text("prog.name"));
            Assert.Equal(passed.License, told.Text("prog.license"));
            Assert.Equal(passed.U32(24), told.Number("prog.log_level"));
            Assert.Equal(passed.Log, told.Text("prog.log"));
            if (passed.Return < 0)
            {
                Assert.Equal(KernelNames.Error(passed.Return), told.Text("error"));
                Assert.Equal(Watched.Untagged(told), told.Text("prog.capture"));
                Assert.False(told.Has("prog.id"));
                return;
            }

            Assert.Null(told.Text("error"));
            Assert.Equal("proven", told.Text("prog.capture"));
            Assert.Equal(passed.Id, told.Number("prog.id"));
            Assert.Equal(passed.Tag, told.Text("prog.tag"));
            Assert.Equal(passed.Line.Number("verified_insns"), told.Number("prog.verified_insns"));
        });
    }

    [Theory, MemberData(nameof(RealTools.Titles), MemberType = typeof(RealTools))]
    public void Each_map_is_the_one_that_was_asked_for(string title)
    {
        Assert.All(Pairs(tools.Of(title), ShimCall.MapCreate, "map_create"), pair =>
        {
            (ShimCall passed, JsonElement told) = pair;
            Assert.Equal(KernelNames.Map(passed.U32(0)), told.Text("map.type"));
            Assert.Equal(passed.U32(4), told.Number("map.bytes_key"));
            Assert.Equal(passed.U32(8), told.Number("map.bytes_value"));
            Assert.Equal(passed.U32(12), told.Number("map.max_entries"));
            Assert.Equal(passed.Name(28), told.Text("map.name"));
            Assert.Equal(passed.Return >= 0, told.Has("map.id"));
        });
    }

    [Fact]
    public void Strace_sees_the_same_instructions()
    {
        Requires.Installed("strace");
        Requires.Installed("opensnoop");
        using var scratch = new Scratch();
        string trace = scratch.File("strace");
        Watched watched = SkepBinary.Watch(
            "--insns --cmd prog_load", "strace", "-f", "-X", "raw", "-e", "trace=bpf", "-e", "abbrev=none", "-o", trace, "timeout", "-s",
                "INT", "3", "opensnoop");
        byte[][] seen = [.. File.ReadLines(trace).Select(StraceLine.Insns).Where(insns => insns.Length > 0)];
        Assert.NotEmpty(seen);
        Assert.Equal(seen.Select(Convert.ToHexStringLower), watched.Of("prog_load").Select(e => Convert.ToHexStringLower(e.Insns())));
    }

    private static (ShimCall, JsonElement)[] Pairs(ToolRun run, int number, string command)
    {
        ShimCall[] passed = [.. run.Calls.Where(c => c.Command == number).OrderBy(c => c.Tid)];
        JsonElement[] told = [.. run.Watched.Of(command).OrderBy(e => e.Number("tid"))];
        Assert.Equal(passed.Length, told.Length);
        return [.. passed.Zip(told)];
    }
}
