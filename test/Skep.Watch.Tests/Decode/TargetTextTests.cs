using Skep.Bpf;
using Skep.Linux.Network;
using Skep.Watch.Decode;
using Skep.Watch.Layouts;
using Skep.Watch.Tests.Support;

namespace Skep.Watch.Tests.Decode;

public sealed class TargetTextTests
{
    [Theory]
    [InlineData("eth0", 2u, 7u, "eth0 (ifindex 2, netns 7)")]
    [InlineData("eth0", 2u, 0u, "eth0 (ifindex 2)")]
    [InlineData("", 2u, 7u, "(ifindex 2, netns 7)")]
    [InlineData("", 2u, 0u, "(ifindex 2)")]
    public void Devices(string name, uint ifindex, uint netns, string text) => Assert.Equal(text, TargetText.Device(name, ifindex, netns));

    [Theory]
    [InlineData(2u, 316ul, "sched/sched_switch", 0ul, "tracepoint sched/sched_switch")]
    [InlineData(2u, 316ul, "", 0ul, "perf event tracepoint config 316")]
    [InlineData(1u, 0ul, "", 0ul, "perf event software config 0")]
    [InlineData(5u, 0ul, "", 0ul, "perf event breakpoint config 0")]
    [InlineData(8u, 1ul, "", 0ul, "perf event type 8 config 1")]
    [InlineData(8u, 0ul, "vfs_read", 0ul, "kprobe vfs_read")]
    [InlineData(8u, 0ul, "vfs_read", 0x1ful, "kprobe vfs_read+0x1f")]
    [InlineData(9u, 0ul, "/bin/bash", 0x2d0ul, "uprobe /bin/bash+0x2d0")]
    public void Perf_events(uint type, ulong config, string target, ulong offset, string text) =>
        Assert.Equal(text, TargetText.PerfEvent(type, config, target, offset));

    [Fact]
    public void Attaches_are_named_by_what_the_descriptor_stands_for()
    {
        Assert.Equal("map 4 (sockmap socks)",
            Of(BpfAttachType.SkSkbStreamVerdict, ObjectKind.Map, 4, type: (uint)BpfMapType.Sockmap, name: "socks"));
        Assert.Equal("netns 4026532000", Of(BpfAttachType.FlowDissector, ObjectKind.Netns, 4026532000));
        Assert.Equal($"netns {CallSketch.Netns}", Of(BpfAttachType.FlowDissector, ObjectKind.None, 0));
        Assert.Equal("descriptor 5, which is not open", Of(BpfAttachType.LircMode2, ObjectKind.BadFd, 0));
        Assert.Equal("descriptor 5", Of(BpfAttachType.LircMode2, ObjectKind.Other, 0));
        Assert.Equal("cgroup id 70", Of(BpfAttachType.CgroupDevice, ObjectKind.Cgroup, 0, extra: 70));
        CallSketch tcx = new CallSketch(BpfCommand.ProgAttach).Attr(0, 3);
        Assert.Equal($"(ifindex 3, netns {CallSketch.Netns})", TargetText.OfAttach(tcx.Capture(), BpfAttachType.TcxEgress));
    }

    [Theory]
    [InlineData(2ul, "inet")]
    [InlineData(10ul, "inet6")]
    [InlineData(17ul, "packet")]
    [InlineData(99ul, "family 99")]
    public void Address_families(ulong number, string name) => Assert.Equal(name, AddressFamilyNames.Of(number));

    private static string? Of(BpfAttachType attach, ObjectKind kind, uint id, uint type = 0, ulong extra = 0, string name = "") =>
        TargetText.OfAttach(new CallSketch(BpfCommand.ProgAttach).Reference(0, kind, id, type: type, extra: extra, name: name).Capture(),
            attach);
}
