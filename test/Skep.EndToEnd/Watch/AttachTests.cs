using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Watch;

/// <summary>Programs attached to perf events and sockets.</summary>
public sealed class AttachTests
{
    [Fact]
    public void By_ioctl_to_a_tracepoint()
    {
        Watched watched = SkepBinary.Watch("", CProgram.Path("attach.c"), "perf", Tracepoint.Id("sched/sched_process_exec")).Succeeded();
        JsonElement passed = watched.Answers[0];
        JsonElement[] attaches = [.. watched.Of("perf_event_ioc_set_bpf")];
        Assert.Equal(2, attaches.Length);
        Assert.All(attaches, e => Assert.Equal("tracepoint sched/sched_process_exec", e.Text("attach.target")));
        Assert.Equal(passed.Number("prog"), attaches[0].Number("attach.prog_id"));
        Assert.Equal(0, attaches[0].Number("ret"));
        Assert.Equal(KernelNames.Error(passed.Number("refused")!.Value), attaches[1].Text("error"));
        Assert.False(attaches[1].Has("attach.prog_id"));
    }

    [Fact]
    public void By_socket_options()
    {
        Watched watched = SkepBinary.Watch("--insns", CProgram.Path("attach.c"), "sockets").Succeeded();
        JsonElement passed = watched.Answers[0];
        string unix = $"socket unix fd {passed.Number("packet")}", inet = $"socket inet fd {passed.Number("udp")}";
        JsonElement[] filters = [.. watched.Of("so_attach_filter")];
        Assert.Equal(2, filters.Length);
        Assert.Equal(passed.Text("classic"), Convert.ToHexStringLower(filters[0].Insns("attach.insns")));
        Assert.Equal(unix, filters[0].Text("attach.target"));
        Assert.Equal(Watched.Untagged(filters[0]), filters[0].Text("attach.capture"));
        Assert.Equal(passed.Text("wrong"), Convert.ToHexStringLower(filters[1].Insns("attach.insns")));
        Assert.Equal(KernelNames.Error(passed.Number("refused")!.Value), filters[1].Text("error"));
        Assert.Equal(unix, watched.Only("so_detach_filter").Text("attach.target"));
        Assert.True(watched.Only("so_detach_filter").At("attach.detach")!.Value.GetBoolean());
        Assert.Equal(passed.Number("filter"), watched.Only("so_attach_bpf").Number("attach.prog_id"));
        Assert.Equal(passed.Text("pick"), Convert.ToHexStringLower(watched.Only("so_attach_reuseport_cbpf").Insns("attach.insns")));
        Assert.Equal(inet, watched.Only("so_attach_reuseport_cbpf").Text("attach.target"));
        Assert.Equal(passed.Number("reuse"), watched.Only("so_attach_reuseport_ebpf").Number("attach.prog_id"));
        Assert.Equal(unix, watched.Only("so_lock_filter").Text("attach.target"));
    }
}
