using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Skep.Bpf;
using Skep.Isa;
using Skep.Watch.Capture;
using Skep.Watch.Events;
using Skep.Watch.Layouts;
using Skep.Watch.Tests.Support;

namespace Skep.Watch.Tests.Decode;

public sealed class BpfCallDecoderTests
{
    private static readonly byte[] Code = MemoryMarshal.AsBytes(new Assembler().Mov(Register.R0, 0).Exit().Build().AsSpan()).ToArray();

    [Fact]
    public void What_all_calls_have_in_common()
    {
        BpfEvent e = new CallSketch(BpfCommand.MapFreeze).Returns(-22).Event();
        Assert.Equal("bpf", e.Syscall);
        Assert.Equal("map_freeze", e.Command);
        var process = new ProcessIdentity(
            CallSketch.Pid, CallSketch.Tid, CallSketch.ParentPid, CallSketch.Uid, "loader", null, null, null, null, CallSketch.Netns);
        Assert.Equal(process with { ParentComm = "bash", LoginUid = CallSketch.LoginUid }, e.Process);
        Assert.Equal(-22, e.Return);
        Assert.Equal("EINVAL", e.Error);
        Assert.True(e.Failed);
        Assert.Equal(1_002_500 - 1_000_000, e.DurationNs);
        Assert.Equal(3, e.Backend);
        Assert.Null(e.Note);
    }

    [Fact]
    public void A_task_that_ended_inside_has_no_result()
    {
        BpfEvent e = new CallSketch(BpfCommand.MapFreeze).Flags(CallFlags.NoExit).Event();
        Assert.Null(e.Return);
        Assert.Null(e.Error);
        Assert.Null(e.DurationNs);
        Assert.Equal("the task ended inside the call", e.Note);
    }

    [Fact]
    public void A_call_seen_at_its_exit_only_has_no_duration()
    {
        BpfEvent e = new CallSketch(BpfCommand.MapFreeze).Flags(CallFlags.NoEnter).Returns(-1).Event();
        Assert.Null(e.DurationNs);
        Assert.Equal("EPERM", e.Error);
        Assert.Contains("exit only", e.Note);
        Assert.Equal("a 32-bit system call", new CallSketch(BpfCommand.MapFreeze).Flags(CallFlags.Compat).Event().Note);
    }

    [Fact]
    public void What_found_no_room_is_said()
    {
        var sketch = new CallSketch(BpfCommand.BtfLoad);
        sketch.Record.PiecesLost = 2;
        Assert.Contains("2 pieces", sketch.Event().Note);
    }

    [Fact]
    public void A_map_is_the_kernels()
    {
        CallSketch sketch = new CallSketch(BpfCommand.MapCreate).Attr(0, (uint)BpfMapType.Ringbuf).Attr(12, 4096).AttrText(28, "rb")
            .Returns(3);
        sketch.Record.Result.Kind = ObjectKind.Map;
        sketch.Record.Result.Object.Map = new MapRecord
        {
            Id = 17, Type = (uint)BpfMapType.Ringbuf, MaxEntries = 65536, BtfId = 4,
            Flags = 1
        };
        "rb"u8.CopyTo(sketch.Record.Result.Object.Map.Name);
        Assert.Equal(
            new MapDetails { Id = 17, Type = "ringbuf", Name = "rb", KeySize = 0, ValueSize = 0, MaxEntries = 65536, Flags = 1, BtfId = 4 },
                sketch.Event().Map);
    }

    [Theory]
    [InlineData(BpfMapType.Hash, "rb")]
    [InlineData(BpfMapType.Ringbuf, "other")]
    public void A_map_that_another_thread_put_behind_the_descriptor_is_not_told(BpfMapType type, string name)
    {
        CallSketch sketch = new CallSketch(BpfCommand.MapCreate).Attr(0, (uint)BpfMapType.Ringbuf).AttrText(28, "rb").Returns(3);
        sketch.Record.Result.Kind = ObjectKind.Map;
        sketch.Record.Result.Object.Map = new MapRecord { Id = 17, Type = (uint)type };
        System.Text.Encoding.ASCII.GetBytes(name).CopyTo((Span<byte>)sketch.Record.Result.Object.Map.Name);
        MapDetails map = sketch.Event().Map!;
        Assert.Null(map.Id);
        Assert.Equal("ringbuf", map.Type);
    }

    [Fact]
    public void A_map_that_was_refused_is_what_was_asked_for()
    {
        CallSketch sketch = new CallSketch(BpfCommand.MapCreate).Attr(0, (uint)BpfMapType.HashOfMaps).Attr(4, 4).Attr(8, 4).Attr(12, 100)
            .AttrText(28, "outer")
            .Reference(0, ObjectKind.Map, 9, offset: 20).Reference(1, ObjectKind.Btf, 8, offset: 48).Returns(-22);
        Assert.Equal(
            new MapDetails
            {
                Type = "hash_of_maps", Name = "outer", KeySize = 4, ValueSize = 4, MaxEntries = 100, Flags = 0, InnerMapId = 9,
                BtfId = 8
            }, sketch.Event().Map);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_program_is_proven_by_the_kernels_tag(bool sha256)
    {
        CallSketch sketch = Load().Code(Code).Text(BlobKind.License, "GPL").Returns(4);
        Loaded(sketch, sha256 ? SHA256.HashData(Code) : SHA1.HashData(Code), sha256);
        ProgramDetails program = sketch.Event().Program!;
        Assert.Equal(CaptureQuality.Proven, program.Code!.Quality);
        Assert.Equal(Code, program.Code.Bytes.ToArray());
        Assert.Equal(2u, program.Code.Count);
        Assert.Equal(55u, program.Id);
        Assert.Equal("xdp", program.Type);
        Assert.Equal("given", program.Name);
        Assert.Equal("GPL", program.License);
        Assert.True(program.GplCompatible);
        Assert.Equal([11u, 12u], program.MapIds);
        Assert.Equal(7u, program.VerifiedInsns);
        Assert.Equal(24u, program.BytesXlated);
        Assert.Equal(Convert.ToHexStringLower((sha256 ? SHA256.HashData(Code) : SHA1.HashData(Code)).AsSpan(0, 8)), program.Tag);
    }

    [Fact]
    public void A_program_that_was_refused_keeps_code_and_log()
    {
        ProgramDetails program = Load().Attr(24, 1).Attr(32, 0x7000).Code(Code).Text(BlobKind.Log, "R0 !read_ok\n").Returns(-13).Event()
            .Program!;
        Assert.Null(program.Id);
        Assert.Null(program.Tag);
        Assert.Equal("asked", program.Name);
        Assert.Equal("R0 !read_ok\n", program.Log);
        Assert.Equal(1u, program.LogLevel);
        Assert.Equal(CaptureQuality.Consistent, program.Code!.Quality);
        Assert.Contains("the load failed", program.Code.Reason);
    }

    [Fact]
    public void Why_there_is_no_tag_is_said()
    {
        Assert.Contains("the task ended", Load().Code(Code).Flags(CallFlags.NoExit).Event().Program!.Code!.Reason);
        Assert.Contains("descriptor was closed", Load().Code(Code).Returns(4).Event().Program!.Code!.Reason);
    }

    [Fact]
    public void Of_a_long_log_the_end_is_kept()
    {
        var sketch = Load().Attr(24, 1).Attr(32, 0x7000);
        CapturedCall call = sketch.Capture();
        call.Add(new BlobRecord { Blob = BlobKind.Log, Offset = 1000, Length = 4, Total = 1004 }, "end\0"u8, 0);
        ProgramDetails program = new Skep.Watch.Decode.BpfCallDecoder(_ => null, tagsAreKnown: true).Decode(sketch.Event(), call).Program!;
        Assert.Equal("end", program.Log);
        Assert.Equal(1000u, program.LogSkipped);
    }

    [Fact]
    public void Descriptors_in_the_code_stand_for_maps()
    {
        byte[] pairs = [.. CallSketch.Bytes(new MapFdRecord { Fd = 5, Id = 100 }),
            .. CallSketch.Bytes(new MapFdRecord { Fd = 9, Id = 100 }), .. CallSketch.Bytes(new MapFdRecord { Fd = 3, Id = 101 })];
        ProgramDetails program = Load().Blob(BlobKind.MapFds, pairs).Returns(-1).Event().Program!;
        Assert.Equal([100u, 101u], program.MapIds);
        Assert.Equal(100u, program.MapsByDescriptor[9]);
    }

    [Fact]
    public void A_link_is_the_kernels()
    {
        CallSketch sketch = new CallSketch(BpfCommand.LinkCreate).Attr(8, (uint)BpfAttachType.Xdp).Returns(6);
        Link(sketch,
            new LinkRecord { Id = 2, Type = (uint)BpfLinkType.Xdp, ProgId = 55, AttachType = uint.MaxValue, Ifindex = 3, Netns = 1 },
            "eth0");
        Assert.Equal(new LinkDetails { Id = 2, Type = "xdp", ProgramId = 55, AttachType = "xdp", Target = "eth0 (ifindex 3, netns 1)" },
            sketch.Event().Link);
    }

    [Fact]
    public void A_raw_tracepoint_is_named()
    {
        CallSketch sketch = new CallSketch(BpfCommand.RawTracepointOpen).Reference(0, ObjectKind.Prog, 55, offset: 8).Text(BlobKind.Name,
            "sched_switch").Returns(-17);
        Assert.Equal(new LinkDetails { Type = "raw_tracepoint", ProgramId = 55, Target = "sched_switch" }, sketch.Event().Link);
    }

    // Another descriptor of a cgroup may stand in a field that the kernel ignores.
    [Fact]
    public void A_cgroup_is_named_by_its_own_path()
    {
        CallSketch sketch = new CallSketch(BpfCommand.ProgAttach).Attr(8, (uint)BpfAttachType.CgroupDevice)
            .Reference(0, ObjectKind.Cgroup, 0, offset: 0, extra: 70).Blob(BlobKind.Target, "x.service\0system.slice\0"u8, address: 70)
            .Reference(1, ObjectKind.Prog, 55, offset: 4)
            .Reference(2, ObjectKind.Cgroup, 0, offset: 16, extra: 71).Blob(BlobKind.Target, "decoy\0"u8, address: 71);
        AttachDetails attach = sketch.Event().Attach!;
        Assert.Equal("cgroup /system.slice/x.service", attach.Target);
        Assert.Equal("cgroup_device", attach.AttachType);
        Assert.Equal(55u, attach.ProgramId);
        Assert.Null(attach.ReplacedProgramId);
    }

    [Fact]
    public void A_cgroup_link_is_on_the_kernels_cgroup()
    {
        CallSketch sketch = new CallSketch(BpfCommand.LinkCreate).Returns(6)
            .Blob(BlobKind.Target, "decoy\0"u8, address: 71).Blob(BlobKind.Target, "x.service\0system.slice\0"u8, address: 70);
        Link(sketch,
            new LinkRecord { Id = 2, Type = (uint)BpfLinkType.Cgroup, AttachType = (uint)BpfAttachType.CgroupInetIngress, CgroupId = 70 },
            "");
        Assert.Equal("cgroup /system.slice/x.service", sketch.Event().Link!.Target);
        Assert.Equal("cgroup_inet_ingress", sketch.Event().Link!.AttachType);
        Link(sketch, new LinkRecord { Id = 2, Type = (uint)BpfLinkType.Cgroup, CgroupId = 72 }, "");
        Assert.Equal("cgroup id 72", sketch.Event().Link!.Target);
    }

    [Theory]
    [InlineData(BpfCommand.MapLookupElem)]
    [InlineData(BpfCommand.MapUpdateElem)]
    [InlineData(BpfCommand.MapGetNextKey)]
    [InlineData(BpfCommand.MapUpdateBatch)]
    public void An_element_has_key_and_value(BpfCommand command)
    {
        BpfEvent e = new CallSketch(command).Reference(0, ObjectKind.Map, 4, type: (uint)BpfMapType.Array, name: "counts")
            .Blob(BlobKind.Key, [1, 0, 0, 0]).Blob(BlobKind.Value, [2, 0]).Event();
        Assert.Equal(new MapDetails { Id = 4, Type = "array", Name = "counts" }, e.Map);
        Assert.Equal([1, 0, 0, 0], e.Key!);
        Assert.Equal([2, 0], e.Value!);
    }

    [Theory]
    [InlineData(BpfCommand.ProgTestRun, ObjectKindNumber.Program)]
    [InlineData(BpfCommand.ObjGetInfoByFd, ObjectKindNumber.Link)]
    [InlineData(BpfCommand.ObjPin, ObjectKindNumber.Btf)]
    [InlineData(BpfCommand.MapFreeze, ObjectKindNumber.Map)]
    [InlineData(BpfCommand.IterCreate, ObjectKindNumber.Link)]
    public void A_descriptor_stands_for_its_object(BpfCommand command, ObjectKindNumber kind)
    {
        BpfEvent e = new CallSketch(command).Reference(0, (ObjectKind)kind, 4, type: 1).Event();
        Assert.Equal(4u, kind switch
        {
            ObjectKindNumber.Program => e.Program!.Id,
            ObjectKindNumber.Link => e.Link!.Id,
            ObjectKindNumber.Btf => e.Btf!.Id,
            _ => e.Map!.Id,
        });
    }

    [Fact]
    public void Binding_a_map_names_both()
    {
        BpfEvent e = new CallSketch(BpfCommand.ProgBindMap).Reference(0, ObjectKind.Prog, 4).Reference(1, ObjectKind.Map, 5, offset: 4)
            .Event();
        Assert.Equal(4u, e.Program!.Id);
        Assert.Equal(5u, e.Map!.Id);
    }

    /// <summary>The kinds of objects, for the arguments of a public test.</summary>
    public enum ObjectKindNumber : uint
    {
        /// <summary>A program.</summary>
        Program = ObjectKind.Prog,

        /// <summary>A map.</summary>
        Map = ObjectKind.Map,

        /// <summary>A link.</summary>
        Link = ObjectKind.Link,

        /// <summary>A BTF object.</summary>
        Btf = ObjectKind.Btf,
    }

    private static CallSketch Load() =>
        new CallSketch(BpfCommand.ProgLoad).Attr(0, (uint)BpfProgramType.Xdp).Attr(4, 2).AttrText(48, "asked");

    private static void Loaded(CallSketch sketch, byte[] digest, bool keepsDigest)
    {
        sketch.Record.Result.Kind = ObjectKind.Prog;
        ref ProgRecord program = ref sketch.Record.Result.Object.Prog;
        program = new ProgRecord
        {
            Id = 55, Type = (uint)BpfProgramType.Xdp, InsnsXlated = 3, InsnsVerified = 7, GplCompatible = 1,
            MapCount = 2
        };
        digest.AsSpan(0, 8).CopyTo(program.Tag);
        if (keepsDigest) digest.CopyTo(program.Digest);
        "given"u8.CopyTo(program.Name);
        program.MapIds[0] = 11;
        program.MapIds[1] = 12;
    }

    private static void Link(CallSketch sketch, LinkRecord link, string target)
    {
        sketch.Record.Result.Kind = ObjectKind.Link;
        sketch.Record.Result.Object.Link = link;
        Encoding.UTF8.GetBytes(target).CopyTo(sketch.Record.Target);
    }
}
