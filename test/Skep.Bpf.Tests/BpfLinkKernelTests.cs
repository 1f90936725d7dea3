using Skep.Linux.Errors;
using Skep.Linux.Network;

namespace Skep.Bpf.Tests;

[Collection("kernel")]
[Trait("level", "kernel")]
public sealed class BpfLinkKernelTests : OpenDescriptors
{
    private static readonly ProgramLoadOptions s_xdp = new() { Name = "pass", ExpectedAttachType = BpfAttachType.Xdp };

    [Fact]
    public void Xdp_is_attached_replaced_and_detached_in_a_namespace()
    {
        using var network = new VethPair();
        using BpfProgram first = BpfProgram.Load(BpfProgramType.Xdp, Code.Return(2), s_xdp);
        using BpfProgram second = BpfProgram.Load(BpfProgramType.Xdp, Code.Return(1), s_xdp);
        using BpfLink link = network.Namespace.Run(() => BpfLink.AttachXdp(first, network.Index, XdpMode.Generic));
        Assert.Contains($"prog/xdp id {first.GetInfo().Id} ", network.Ip("-d link show v0"), StringComparison.Ordinal);
        Assert.Contains("xdpgeneric", network.Ip("-d link show v0"), StringComparison.Ordinal);
        BpfLinkInfo info = network.Namespace.Run(link.GetInfo);
        Assert.Equal(new BpfLinkTarget.Device(network.Index, BpfAttachType.Xdp), info.Target);
        Assert.Equal("EBUSY", Assert.Throws<BpfException>(
            () => network.Namespace.Run(() => BpfLink.AttachXdp(second, network.Index, XdpMode.Generic))).Error.Name);
        Assert.Equal("EPERM", Assert.Throws<BpfException>(() => link.Update(second, expected: second)).Error.Name);
        link.Update(second, expected: first);
        Assert.Contains($"prog/xdp id {second.GetInfo().Id} ", network.Ip("-d link show v0"), StringComparison.Ordinal);
        link.Detach();
        Assert.DoesNotContain("prog/xdp", network.Ip("-d link show v0"), StringComparison.Ordinal);
    }

    [Fact]
    public void Tcx_is_attached_and_listed()
    {
        using var network = new VethPair();
        using BpfProgram program = BpfProgram.Load(BpfProgramType.SchedCls, Code.Return(-1), new ProgramLoadOptions());
        using BpfLink link = network.Namespace.Run(() => BpfLink.AttachTcx(program, network.Index, BpfAttachType.TcxIngress));
        BpfQueryResult query = network.Namespace.Run(() => BpfProgram.Query(network.Index, BpfAttachType.TcxIngress));
        Assert.Equal([program.GetInfo().Id], query.ProgramIds);
        Assert.Equal([link.GetInfo().Id], query.LinkIds);
        Assert.Equal(new BpfLinkTarget.Device(network.Index, BpfAttachType.TcxIngress), network.Namespace.Run(link.GetInfo).Target);
        Assert.Empty(network.Namespace.Run(() => BpfProgram.Query(network.Index, BpfAttachType.TcxEgress)).ProgramIds);
    }

    [Fact]
    public void Cgroup_programs_are_attached_by_link_and_without()
    {
        string mount = File.ReadLines("/proc/mounts").Select(l => l.Split(' ')).First(f => f[2] == "cgroup2")[1];
        string path = Path.Combine(mount, $"skep-{Environment.ProcessId}");
        Directory.CreateDirectory(path);
        try
        {
            using BpfProgram program = BpfProgram.Load(BpfProgramType.CgroupSkb, Code.Return(1), new ProgramLoadOptions());
            uint id = program.GetInfo().Id;
            using var directory = DirectoryHandle.Open(path);
            using (BpfLink link = BpfLink.Attach(program, directory, BpfAttachType.CgroupInetIngress))
            {
                var target = Assert.IsType<BpfLinkTarget.Cgroup>(link.GetInfo().Target);
                Assert.Equal(BpfAttachType.CgroupInetIngress, target.AttachType);
                Assert.Equal([id], BpfProgram.Query(directory, BpfAttachType.CgroupInetIngress).ProgramIds);
            }

            Assert.Empty(BpfProgram.Query(directory, BpfAttachType.CgroupInetIngress).ProgramIds);
            program.AttachTo(directory, BpfAttachType.CgroupInetEgress, BpfAttachFlags.AllowMulti);
            Assert.Contains($"{id}", Tool.Run(Tool.Bpftool, "cgroup", "show", path), StringComparison.Ordinal);
            Assert.Equal([id], BpfProgram.Query(directory, BpfAttachType.CgroupInetEgress, effective: true).ProgramIds);
            program.DetachFrom(directory, BpfAttachType.CgroupInetEgress);
            Assert.Empty(BpfProgram.Query(directory, BpfAttachType.CgroupInetEgress).ProgramIds);
        }
        finally
        {
            Directory.Delete(path);
        }
    }

    [Fact]
    public void A_tracepoint_is_attached_by_its_section()
    {
        using BpfObject obj = BpfObject.Open(BpfSource.Object("Programs/tracepoint.bpf.c"), "tracepoint");
        obj.Load();
        using BpfLink link = obj.Program("on_switch").Attach();
        Assert.Equal(new BpfLinkTarget.Tracepoint("sched_switch", 0), link.GetInfo().Target);
    }

    [Fact]
    public void An_iterator_is_read_to_its_end()
    {
        // Writes 8 bytes for each task: bpf_seq_write (127) to bpf_iter__task.meta->seq, both at offset 0.
        const byte loadDoubleWord = 0x79;
        ulong[] code =
        [
            Code.StoreImmediateWord(10, -8, 0x61616161), Code.StoreImmediateWord(10, -4, 0x62626262),
            Code.Load(loadDoubleWord, 1, 1, 0), Code.Load(loadDoubleWord, 1, 1, 0),
            Code.MoveRegister(2, 10), Code.Add(2, -8), Code.MoveImmediate(3, 8), Code.Call(127), .. Code.Return(0),
        ];
        using BpfProgram program = LoadIterator("bpf_iter_task", code);
        using BpfLink link = BpfLink.AttachIterator(program);
        Assert.Equal("task", Assert.IsType<BpfLinkTarget.Iterator>(link.GetInfo().Target).Name);
        using Stream pass = link.OpenIterator();
        using var all = new MemoryStream();
        pass.CopyTo(all);
        Assert.InRange(all.Length, 8, int.MaxValue);
        Assert.Equal(
            string.Concat(Enumerable.Repeat("aaaabbbb", (int)all.Length / 8)), System.Text.Encoding.ASCII.GetString(all.ToArray()));
    }

    [Fact]
    public void An_iterator_over_a_map_names_it()
    {
        using BpfMap map = BpfMap.Create(new BpfMapSpec(BpfMapType.Hash, 4, 4, 1));
        BpfProgram loaded;
        try
        {
            loaded = LoadIterator("bpf_iter_bpf_map_elem", Code.Return(0));
        }
        catch (KernelException e) when (e.Error.Name == "EPERM" && CanIterateOverMaps())
        {
            // Root that may iterate over maps is refused their elements: by a policy of the kernel's, not for want of a capability.
            Assert.Skip($"the machine cannot: this kernel refuses iterators over the elements of maps ({e.Message})");
            return;
        }

        using BpfProgram program = loaded;
        using BpfLink link = BpfLink.AttachIterator(program, map);
        Assert.Equal(new BpfLinkTarget.Iterator("bpf_map_elem", map.Info.Id, 0, 0, 0, 0), link.GetInfo().Target);
    }

    private static bool CanIterateOverMaps()
    {
        using BpfProgram program = LoadIterator("bpf_iter_bpf_map", Code.Return(0));
        using BpfLink link = BpfLink.AttachIterator(program);
        return link.GetInfo().Target is BpfLinkTarget.Iterator { Name: "bpf_map" };
    }

    private static BpfProgram LoadIterator(string function, ulong[] code)
    {
        Assert.True(Btf.LoadKernel().TryFind(function, BtfKind.Func, out BtfType target));
        return BpfProgram.Load(
            BpfProgramType.Tracing, code, new ProgramLoadOptions { ExpectedAttachType = BpfAttachType.TraceIter, AttachBtfId = target.Id });
    }

    [Fact]
    public void A_perf_event_is_attached_with_a_cookie()
    {
        // struct perf_event_attr: type (software), size, config (context switches), sample_period.
        Span<ulong> attr = stackalloc ulong[15];
        attr[0] = 1 | 120ul << 32;
        attr[1] = 3;
        attr[2] = 1_000_000;
        using PerfEventHandle switches = PerfEventHandle.Open(attr);
        using BpfProgram program = BpfProgram.Load(BpfProgramType.PerfEvent, Code.Return(0), new ProgramLoadOptions());
        using BpfLink link = BpfLink.AttachPerfEvent(program, switches, cookie: 42);
        Assert.Equal(new BpfLinkTarget.PerfEvent(1, 3, 42), link.GetInfo().Target);
    }

    [Fact]
    public void Pinned_objects_are_opened_as_what_they_are()
    {
        string directory = Directory.CreateTempSubdirectory("skep-bpffs-").FullName;
        Tool.Run("mount", "-t", "bpf", "bpf", directory);
        try
        {
            using BpfProgram program = BpfProgram.Load(BpfProgramType.RawTracepoint, Code.Return(0), new ProgramLoadOptions());
            using BpfMap map = BpfMap.Create(new BpfMapSpec(BpfMapType.Hash, 4, 4, 1));
            using BpfLink link = BpfLink.AttachRawTracepoint(program, "sched_switch");
            program.Pin(directory + "/program");
            map.Pin(directory + "/map");
            link.Pin(directory + "/link");
            using BpfProgram sameProgram = BpfProgram.OpenPinned(directory + "/program");
            using BpfMap sameMap = BpfMap.OpenPinned(directory + "/map");
            using BpfLink sameLink = BpfLink.OpenPinned(directory + "/link");
            Assert.Equal(program.GetInfo().Id, sameProgram.GetInfo().Id);
            Assert.Equal(map.Info.Id, sameMap.Info.Id);
            Assert.Equal(link.GetInfo(), sameLink.GetInfo());
            Assert.Contains(
                "not a map",
                Assert.Throws<BpfException>(() => BpfMap.OpenPinned(directory + "/program")).Message,
                StringComparison.Ordinal);
            Assert.Equal("ENOENT", Assert.Throws<BpfException>(() => BpfLink.OpenPinned(directory + "/none")).Error.Name);
            Assert.Equal("EPERM", Assert.Throws<BpfException>(() => map.Pin($"/tmp/skep-{Environment.ProcessId}")).Error.Name);
        }
        finally
        {
            Tool.Run("umount", directory);
            Directory.Delete(directory);
        }
    }

    [Fact]
    public void A_namespace_that_is_not_there_is_said_so()
    {
        KernelException e = Assert.Throws<KernelException>(() => NetworkNamespace.Open("no-such-namespace"));
        Assert.Equal(
            "open network namespace no-such-namespace (/run/netns/no-such-namespace): ENOENT: No such file or directory", e.Message);
    }
}
