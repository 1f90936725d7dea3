using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>
/// Where the programs of Scenes/links.bpf.c are attached. A kind of link that a kernel lacks is refused to the scene, which prints so.
/// </summary>
[Trait("level", "machine"), Collection(nameof(WatchScenes))]
public sealed class WatchLinkTests(WatchScenes scenes)
{
    // 6.4, 6.6, 6.6; netkit is 6.7, and has no device here; kprobe.multi needs CONFIG_FPROBE, which Debian's 6.1 has not.
    private static readonly string[] Younger = ["on_netfilter", "on_tcx", "on_uprobe_multi", "on_netkit", "on_kprobe_multi"];

    private static Dictionary<string, string> Targets { get; } = new()
    {
        ["on_tracepoint"] = "tracepoint sched/sched_process_exec", ["on_raw_tp"] = "sched_switch", ["on_tp_btf"] = "sched_process_fork",
        ["on_fentry"] = "vfs_unlink", ["on_fexit"] = "vfs_unlink", ["on_lsm"] = "bpf_lsm_file_open",
        ["on_lsm_sleep"] = "bpf_lsm_bprm_committed_creds", ["on_lsm_cgroup"] = "cgroup /scene",
        ["on_fmod_ret"] = "security_file_permission",
        ["on_module"] = "veth_newlink", ["on_program"] = "has_replaced", ["on_freplace"] = "replaced", ["on_syscall"] = "__x64_sys_unlink",
        ["on_clock"] = "perf event software config 0", ["on_uprobe_multi"] = "/bin/links", ["on_iter_map"] = "bpf_map_elem",
        ["on_netfilter"] = Netns, ["on_kprobe"] = "kprobe vfs_unlink", ["on_kretprobe"] = "kretprobe vfs_unlink",
        ["on_kprobe_multi"] = "1 function", ["on_iter"] = "task", ["on_xdp"] = Loopback, ["on_cgroup_skb"] = "cgroup /scene",
        ["on_connect4"] = "cgroup /", ["on_sk_lookup"] = Netns, ["on_dissector"] = Netns, ["on_tcx"] = Loopback,
    };

    private static string Netns => $"netns {MachineFacts.NetworkNamespace}";

    private static string Loopback => $"lo (ifindex 1, {Netns})";

    [Fact]
    public void Each_link_is_reported_with_its_target()
    {
        WatchScene scene = scenes.Of("links");
        string[] attached = AttachedBy(scene.Watched.Output);
        Dictionary<string, string?> found = Found(scene);
        Complaints.None(scene.Watched.Output.Split('\n').Where(
            line => line.Contains(" refused: ", StringComparison.Ordinal) && !Younger.Contains(line.Split(' ')[0])));
        Assert.Equal(attached, found.Keys.Order(StringComparer.Ordinal));
        Complaints.None(attached.Where(name => Targets.TryGetValue(name, out string? wanted) && found[name] != wanted)
            .Select(name => $"{name} is on {found[name]} and should be on {Targets[name]}"));
    }

    [Theory]
    [InlineData("on_uprobe", "uprobe")]
    [InlineData("on_uretprobe", "uretprobe")]
    public void Each_uprobe_is_reported_with_its_offset(string name, string kind) =>
        Assert.Matches($"^{kind} /bin/links[+]0x[0-9a-f]+$", Found(scenes.Of("links"))[name]);

    [Fact]
    public void The_cgroup_of_a_link_is_named_by_its_path()
    {
        WatchScene scene = scenes.Of("links");
        long id = MachineFacts.SceneCgroupId;
        long? link = BpftoolView.Id(scene.Whole.Links.First(row => row.Number("cgroup_id") == id));
        Assert.Equal(
            "cgroup /scene", Assert.Single(scene.Events, e => e.Has("link.id") && e.Number("link.id") == link).Text("link.target"));
    }

    internal static string[] AttachedBy(string output) =>
        [.. output.Split('\n').Where(
            line => line.EndsWith(" attached", StringComparison.Ordinal)).Select(line => line.Split(' ')[0]).Order(StringComparer.Ordinal)];

    private static Dictionary<string, string?> Found(WatchScene scene)
    {
        Dictionary<long, string> names = scene.Watched.Of("prog_load").Where(e => e.Has("prog.id"))
            .ToDictionary(e => e.Number("prog.id")!.Value, e => e.Text("prog.name")!);
        return scene.Events.Where(e => e.Has("link.id")).ToDictionary(
            e => names[e.Number("link.prog_id")!.Value], e => e.Text("link.target"));
    }
}
