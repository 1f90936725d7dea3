using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Watch;

/// <summary>XDP and tc by netlink: libbpf's, ip's, tc's and xdp-loader's messages, against bpftool's view of the devices.</summary>
public sealed class NetlinkTests
{
    private static readonly string Device = "v0";

    [Fact]
    public void Libbpf_attaches_replaces_detaches_and_is_refused()
    {
        using var network = new TestNetwork();
        Watched watched = SkepBinary.Watch("", network.Inside(CProgram.Path("netlink.c", "-lbpf"), Device)).Succeeded();
        JsonElement passed = watched.Answers[0];
        JsonElement[] links = [.. watched.Of("rtm_setlink")];
        Assert.Equal(4, links.Length);
        Assert.All(links, e => Assert.Equal("xdp", e.Text("attach.attach_type")));
        Assert.All(links, e =>
            Assert.Contains($"(ifindex {network.IfIndex}, netns {network.Inode})", e.Text("attach.target"), StringComparison.Ordinal));
        Assert.Equal(passed.Number("first"), links[0].Number("attach.prog_id"));
        Assert.Null(links[0].Text("error"));
        Assert.Equal(passed.Number("second"), links[1].Number("attach.prog_id"));
        Assert.Equal(KernelNames.Error(passed.Number("refused")!.Value), links[1].Text("error"));
        Assert.Equal(["update_if_noexist", "skb_mode"], Flags(links[1]));
        Assert.Equal(passed.Number("second"), links[2].Number("attach.prog_id"));
        Assert.Equal(passed.Number("first"), links[2].Number("attach.replaced_prog_id"));
        Assert.Null(links[2].Text("error"));
        Assert.True(links[3].At("attach.detach")!.Value.GetBoolean());
        JsonElement tc = watched.Only("rtm_newtfilter");
        Assert.Equal(passed.Number("tc"), tc.Number("attach.prog_id"));
        Assert.Equal(["direct_action"], Flags(tc));
        Assert.Contains("egress, pref 7", tc.Text("attach.target"), StringComparison.Ordinal);
        Assert.Contains("egress, pref 7", watched.Only("rtm_deltfilter").Text("attach.target"), StringComparison.Ordinal);
        Assert.True(watched.Only("rtm_deltfilter").At("attach.detach")!.Value.GetBoolean());
    }

    [Fact]
    public void Ip_and_tc_attach_what_bpftool_then_lists()
    {
        using var network = new TestNetwork();
        string script = $"""
            set -e
            ip link set dev v0 xdpgeneric obj {CProgram.Object("net.bpf.c")} sec xdp
            tc qdisc add dev v0 clsact
            tc filter add dev v0 ingress prio 3 bpf da obj {CProgram.Object("net.bpf.c")} sec tc
            bpftool net show dev v0 -j
            tc filter del dev v0 ingress prio 3 bpf
            ip link set dev v0 xdpgeneric off
            ! tc filter add dev v0 parent 5: bpf da obj {CProgram.Object("net.bpf.c")} sec tc 2>/dev/null
            """;
        Watched watched = SkepBinary.Watch("", network.Inside("sh", "-c", script)).Succeeded();
        JsonElement listed = watched.Answers[0][0];
        JsonElement[] links = [.. watched.Events.Where(e => e.Text("attach.attach_type") == "xdp")];
        Assert.Equal(2, links.Length);
        Assert.Equal(listed.GetProperty("xdp")[0].Number("id") ?? listed.GetProperty("xdp")[0].Number("prog_id"),
            links[0].Number("attach.prog_id"));
        Assert.Contains("skb_mode", Flags(links[0]));
        Assert.True(links[1].At("attach.detach")!.Value.GetBoolean());
        JsonElement[] added = [.. watched.Of("rtm_newtfilter")];
        Assert.Equal(listed.GetProperty("tc")[0].Number("id"), added[0].Number("attach.prog_id"));
        Assert.Contains("ingress, pref 3", added[0].Text("attach.target"), StringComparison.Ordinal);
        Assert.Contains("ingress, pref 3", watched.Only("rtm_deltfilter").Text("attach.target"), StringComparison.Ordinal);
        Assert.Equal(2, added.Length);
        Assert.NotNull(added[1].Text("error"));
        Assert.Null(added[0].Text("error"));
    }

    [Fact]
    public void Xdp_loader_loads_what_bpftool_then_lists()
    {
        Requires.Installed("xdp-loader");
        using var network = new TestNetwork();
        using var scratch = new Scratch();
        string log = scratch.File("shim");
        // A mount namespace of its own: its pins are nobody else's, and gone with it.
        string script = $"""
            set -e
            mount -t bpf bpf /sys/fs/bpf
            LD_PRELOAD={CProgram.Shim} SHIM_LOG={log} xdp-loader load -m skb v0 {CProgram.Object("net.bpf.c")} -s xdp >&2
            bpftool net show dev v0 -j
            bpftool prog show -j
            xdp-loader unload v0 --all >&2
            """;
        Watched watched = SkepBinary.Watch("--insns", ["unshare", "-m", .. network.Inside("sh", "-c", script)]).Succeeded();
        JsonElement xdp = watched.Answers[0][0].GetProperty("xdp")[0];
        long attached = (xdp.Number("id") ?? xdp.Number("prog_id"))!.Value;
        ShimCall[] loads = [.. ShimCall.Read(log).Where(c => c.Command == ShimCall.ProgLoad)];
        HashSet<long> loaders = [.. loads.Select(c => c.Tid)];
        JsonElement[] told = [.. watched.Of("prog_load").Where(e => loaders.Contains(e.Number("tid")!.Value))];
        Assert.Equal(loads.Select(c => (c.Return, Convert.ToHexStringLower(c.Insns), c.Id)),
            told.Select(e => (e.Number("ret")!.Value, Convert.ToHexStringLower(e.Insns()), e.Number("prog.id"))));
        Assert.All(told.Where(e => e.Number("ret") >= 0), e => Assert.Equal("proven", e.Text("prog.capture")));
        JsonElement row = watched.Answers[1].EnumerateArray().First(p => p.Number("id") == attached);
        JsonElement dispatcher = told.First(e => e.Number("prog.id") == attached);
        Assert.Equal(row.Text("tag"), dispatcher.Text("prog.tag"));
        Assert.Equal(row.Text("name"), dispatcher.Text("prog.name"));
        Assert.Contains(watched.Events, e => e.Text("attach.attach_type") == "xdp" && e.Number("attach.prog_id") == attached);
    }

    private static IEnumerable<string?> Flags(JsonElement e) => e.At("attach.flags")!.Value.EnumerateArray().Select(f => f.GetString());
}
