using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Watch;

/// <summary>Links, against the kernel's own list of them as bpftool prints it.</summary>
public sealed class LinkTests
{
    [Fact]
    public void Each_kind_is_told_with_its_ids_and_target()
    {
        using var network = new TestNetwork();
        using var cgroup = new TestCgroup();
        string program = CProgram.Path("links.c");
        Watched all = SkepBinary.Watch(
            "", network.Inside(program, "v0", cgroup.Directory, Tracepoint.Id("sched/sched_process_exec"))).Succeeded();
        Watched watched = all with { Events = [.. all.Events.Where(e => e.Text("exe") == program)] };
        Dictionary<string, JsonElement> made =
            watched.Answers.Where(a => a.ValueKind == JsonValueKind.Object).ToDictionary(a => a.Text("what")!);
        JsonElement list = watched.Answers.First(a => a.ValueKind == JsonValueKind.Array);
        Dictionary<long, JsonElement> listed = list.EnumerateArray().ToDictionary(l => l.Number("id")!.Value);

        JsonElement raw = Told(watched.Only("raw_tracepoint_open"), made["raw_tracepoint"], listed);
        Assert.Equal("sched_process_exec", raw.Text("link.target"));
        JsonElement[] links = [.. watched.Of("link_create")];
        Assert.Equal(6, links.Length);
        JsonElement perf = Told(links[0], made["perf_event"], listed);
        Assert.Equal("tracepoint sched/sched_process_exec", perf.Text("link.target"));
        JsonElement tcx = Told(links[1], made["tcx"], listed);
        Assert.Equal("tcx", tcx.Text("link.type"));
        Assert.Equal("tcx_ingress", tcx.Text("link.attach_type"));
        Assert.Equal($"v0 (ifindex {network.IfIndex}, netns {network.Inode})", tcx.Text("link.target"));
        JsonElement skb = Told(links[2], made["cgroup"], listed);
        Assert.Equal(listed[made["cgroup"].Number("link")!.Value].Text("attach_type"), skb.Text("link.attach_type"));
        Assert.Equal(cgroup.Id, listed[made["cgroup"].Number("link")!.Value].Number("cgroup_id"));
        Assert.Equal($"cgroup {cgroup.Path}", skb.Text("link.target"));
        JsonElement netns = Told(links[3], made["netns"], listed);
        Assert.Equal(listed[made["netns"].Number("link")!.Value].Text("attach_type"), netns.Text("link.attach_type"));
        Assert.Equal($"netns {listed[made["netns"].Number("link")!.Value].Number("netns_ino")}", netns.Text("link.target"));
        JsonElement xdp = Told(links[4], made["xdp"], listed);
        Assert.Equal($"v0 (ifindex {network.IfIndex}, netns {network.Inode})", xdp.Text("link.target"));
        Assert.Equal(KernelNames.Error(made["refused"].Number("ret")!.Value), links[5].Text("error"));
        Assert.False(links[5].Has("link.id"));
        Assert.Equal(made["xdp"].Number("prog"), links[5].Number("link.prog_id"));
        Assert.Contains("ifindex 1000000", links[5].Text("link.target"), StringComparison.Ordinal);

        Assert.Equal(made["xdp"].Number("link"), watched.Only("link_update").Number("link.id"));
        Assert.Equal(made["update"].Number("prog"), watched.Only("link_update").Number("link.prog_id"));
        Assert.Equal(made["xdp"].Number("link"), watched.Only("link_detach").Number("link.id"));
        foreach (string command in (string[])["prog_attach", "prog_detach"])
        {
            JsonElement attach = watched.Only(command);
            Assert.Equal(made["cgroup"].Number("prog"), attach.Number("attach.prog_id"));
            Assert.Equal("cgroup_inet_egress", attach.Text("attach.attach_type"));
            Assert.Equal($"cgroup {cgroup.Path}", attach.Text("attach.target"));
        }

        Assert.Equal(["allow_multi"], watched.Only("prog_attach").At("attach.flags")!.Value.EnumerateArray().Select(f => f.GetString()));
        Assert.Equal(network.Inode, watched.Only("prog_attach").Number("netns"));
    }

    // What the process got from the kernel, and what bpftool lists under that id.
    private static JsonElement Told(JsonElement e, JsonElement made, Dictionary<long, JsonElement> listed)
    {
        Assert.Equal(made.Number("link"), e.Number("link.id"));
        Assert.Equal(made.Number("prog"), e.Number("link.prog_id"));
        JsonElement row = listed[made.Number("link")!.Value];
        Assert.Equal(row.Number("prog_id"), e.Number("link.prog_id"));
        // A bpftool that is older than a type prints its number.
        if (row.At("type")!.Value.ValueKind == JsonValueKind.String) Assert.Equal(row.Text("type"), e.Text("link.type"));
        return e;
    }
}
