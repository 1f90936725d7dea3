using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>What is particular to each scene below <c>skep watch</c>.</summary>
[Trait("level", "machine"), Collection(nameof(WatchScenes))]
public sealed class WatchCallTests(WatchScenes scenes)
{
    // The filters of Scenes/calls.c, as struct sock_filter lies in memory.
    private const string PacketFilter = "80000000000000001600000000000000";
    private const string SeccompFilter = "200000000000000015000001ffff0000060000000000fc7f060000000000ff7f";
    private const string Compat = "a 32-bit system call";

    [Fact]
    public void The_version_is_printed()
    {
        Outcome outcome = SkepBinary.Run("--version");
        outcome.Succeeds();
        Assert.Matches(@"^(skep )?[0-9]+\.[0-9]+\.[0-9]+", outcome.Output);
    }

    [Fact]
    public void Doctor_knows_the_kernel()
    {
        JsonElement doctor = Json.Parse(Tool.Run(SkepBinary.Path, "doctor", "-j"));
        Assert.Equal(MachineFacts.Release, doctor.Text("kernel.value"));
        Assert.Equal("present", doctor.Text("btf.value"));
        Assert.Equal(MachineFacts.IsPreemptible ? 2 : 1, doctor.Number("tier"));
        JsonElement[] tiers = [.. doctor.At("tiers")!.Value.EnumerateArray()];
        Assert.Equal(["fentry", "kprobe", "raw_tp"], tiers.Select(tier => tier.Text("backend")));
        Assert.All(tiers, tier => Assert.True(tier.At("usable")!.Value.GetBoolean(), tier.ToString()));
    }

    [Fact]
    public void The_ring_buffers_program_is_that_of_the_object_file()
    {
        JsonElement load = Assert.Single(scenes.Of("ringbuf").Watched.Of("prog_load"), e => e.Text("prog.name") == "ringbuf_submit");
        Assert.Equal(24, load.Number("prog.insn_cnt"));
        Assert.Equal("tracepoint", load.Text("prog.type"));
        Assert.Equal("Dual BSD/GPL", load.Text("prog.license"));
        Assert.Equal(1, load.Number("prog.log_level"));
        Assert.Contains($"processed {load.Number("prog.verified_insns")} insns", load.Text("prog.log"), StringComparison.Ordinal);
        Assert.Equal(Built.RingbufSubmit, load.Text("exe"));
        Assert.Equal("ringbuf_submit", load.Text("comm"));
        Assert.Equal(WithoutMaps(File.ReadAllBytes(Built.RingbufInstructions)), WithoutMaps(load.Insns()));
    }

    [Fact]
    public void The_ring_buffer_is_reported()
    {
        JsonElement map = Assert.Single(scenes.Of("ringbuf").Watched.Of("map_create")).At("map")!.Value;
        Assert.Equal("ringbuf", map.Text("type"));
        Assert.Equal("ringbuf", map.Text("name"));
        Assert.Equal([0, 0, 65536, 0], new[] { "bytes_key", "bytes_value", "max_entries", "flags" }.Select(key => map.Number(key)!.Value));
        Assert.Equal(
            ["bytes_key", "bytes_value", "flags", "id", "max_entries", "name", "type"], map.EnumerateObject().Select(p => p.Name).Order());
    }

    [Fact]
    public void The_ring_buffers_link_is_reported()
    {
        JsonElement link = Assert.Single(scenes.Of("ringbuf").Events, e => e.Has("link.id")).At("link")!.Value;
        Assert.Equal("perf_event", link.Text("type"));
        Assert.Equal("perf_event", link.Text("attach_type"));
        Assert.Equal("tracepoint syscalls/sys_enter_execve", link.Text("target"));
    }

    [Fact]
    public void A_command_with_common_attributes_is_that_command()
    {
        WatchScene scene = scenes.Of("calls");
        string log = Path.Combine(scene.Directory, "common_log.log");
        Assert.SkipUnless(File.Exists(log), "the machine cannot: its kernel has no BPF_COMMON_ATTRS");
        JsonElement load = Assert.Single(scene.Watched.Of("prog_load"), e => e.Text("prog.name") == "common_log");
        Assert.Equal("EACCES", load.Text("error"));
        Assert.Equal("proven", load.Text("prog.capture"));
        Assert.Equal(File.ReadAllText(log), load.Text("prog.log"));
        Assert.Equal("with common attributes (BPF_COMMON_ATTRS)", load.Text("note"));
        Assert.Single(scene.Watched.Of("map_create"), e => e.Text("map.name") == "common_map" && e.Has("map.id"));
    }

    [Theory]
    [InlineData("short_log")]
    [InlineData("long_log")]
    public void A_refused_load_has_the_log_that_its_caller_got(string name)
    {
        WatchScene scene = scenes.Of("calls");
        JsonElement load = Assert.Single(scene.Watched.Of("prog_load"), e => e.Text("prog.name") == name);
        Assert.Equal("EACCES", load.Text("error"));
        Assert.Equal("proven", load.Text("prog.capture"));
        Assert.Equal(File.ReadAllText(Path.Combine(scene.Directory, $"{name}.log")), load.Text("prog.log"));
    }

    [Fact]
    public void Element_operations_are_counted()
    {
        string[] counts = [.. from e in scenes.Of("calls").Events
                              where e.Has("count") && e.Text("map.name") == "counted"
                              group e by e.Text("cmd") into one
                              orderby one.Key
                              select $"{one.Key} {one.Sum(e => e.Number("count"))} {one.Sum(e => e.Number("errors") ?? 0)}"];
        Assert.Equal(["map_delete_elem 7 0", "map_lookup_elem 10 5", "map_update_elem 1000 0"], counts);
    }

    [Fact]
    public void Element_operations_are_reported_one_by_one()
    {
        JsonElement[] events = [.. scenes.Of("whole").Events.Where(e => e.Text("cmd")!.StartsWith("map_", StringComparison.Ordinal))];
        string[] counts = [.. from e in events
                              group e by $"{e.Text("cmd")} {e.Text("error")}".TrimEnd() into one
                              orderby one.Key
                              select $"{one.Key}: {one.Count()}"];
        Assert.Equal(
            ["map_create: 1", "map_delete_elem: 7", "map_lookup_elem ENOENT: 5", "map_lookup_elem: 5", "map_update_elem: 1000"],
            counts.Order(StringComparer.Ordinal));
        Assert.Equal("e7030000", events.Last(e => e.Text("cmd") == "map_update_elem").Text("key"));
    }

    [Theory]
    [InlineData("calls")]
    [InlineData("compat")]
    public void Classic_code_is_reported(string name)
    {
        WatchScene scene = scenes.Of(name);
        Assert.Equal(
            [$"pr_set_seccomp {SeccompFilter}", $"seccomp_set_mode_filter {SeccompFilter}", $"so_attach_filter {PacketFilter}",
                $"so_attach_reuseport_cbpf {PacketFilter}"],
            scene.Events.Where(e => e.Has("attach.insns")).Select(
                e => $"{e.Text("cmd")} {Convert.ToHexStringLower(e.Insns("attach.insns"))}").Distinct().Order());
        Assert.Equal(["so_detach_filter"], scene.Events.Where(e => e.Has("attach.detach")).Select(e => e.Text("cmd")));
        Assert.Equal(
            scene.Events.Where(e => e.Text("prog.name") == "attached").Select(e => e.Number("prog.id")),
            scene.Watched.Of("so_attach_bpf").Select(e => e.Number("attach.prog_id")));
        Assert.Single(scene.Watched.Of("so_attach_bpf"));
    }

    [Theory]
    [InlineData("calls")]
    [InlineData("compat")]
    public void Calls_of_the_32_bit_entry_are_reported(string name)
    {
        WatchScene scene = scenes.Of(name);
        JsonElement map = Assert.Single(scene.Watched.Of("map_create"), e => e.Text("map.name") == "compat_map");
        Assert.Equal((12, 3, Compat), (map.Number("map.bytes_value"), map.Number("map.max_entries"), map.Text("note")));
        JsonElement program = Assert.Single(scene.Events, e => e.Text("prog.name") == "compat_program");
        Assert.Equal((4, "proven", Compat), (program.Number("prog.insn_cnt"), program.Text("prog.capture"), program.Text("note")));
        Assert.Single(BpftoolView.MapIds(program.At("prog")!.Value));
        JsonElement[] filters = [.. scene.Watched.Of("so_attach_filter").Where(e => e.Text("note") == Compat)];
        Assert.NotEmpty(filters);
        Assert.All(filters, e => Assert.Equal(2, e.Number("attach.insn_cnt")));
    }

    [Fact]
    public void A_clock_attached_by_ioctl_is_named()
    {
        WatchScene scene = scenes.Of("calls");
        long? clock = Assert.Single(scene.Events, e => e.Text("prog.name") == "on_clock").Number("prog.id");
        JsonElement attach = Assert.Single(scene.Events, e => e.Has("attach.prog_id") && e.Number("attach.prog_id") == clock);
        Assert.Equal("perf event software config 0", attach.Text("attach.target"));
    }

    [Fact]
    public void Each_tool_has_loaded_programs() => Assert.Equal(
        WatchScenes.Tools.Select(tool => tool.Split(' ')[0]).Order(StringComparer.Ordinal),
        scenes.Of("tools").Watched.Of("prog_load").Where(e => !e.Has("link")).Select(e => e.Text("comm")!).Where(comm => comm != "bpftool")
            .Distinct().Order(StringComparer.Ordinal));

    // Loads of map addresses (lddw) carry what the loader puts there.
    private static string[] WithoutMaps(byte[] instructions) =>
        [.. instructions.Chunk(8).Select(Convert.ToHexStringLower).Select(
            word => word.StartsWith("18", StringComparison.Ordinal) ? "18" : word)];
}
