using System.Text;
using Skep.Watch.Events;
using Skep.Watch.Layouts;
using Skep.Watch.Tests.Support;

namespace Skep.Watch.Tests.Decode;

public sealed class OtherCallDecoderTests
{
    // struct sock_filter: ret 0xffff
    private static readonly byte[] Filter = [6, 0, 0, 0, 0xff, 0xff, 0, 0];

    [Fact]
    public void A_perf_event_is_named_by_the_kernels_words()
    {
        CallSketch sketch = new CallSketch(SyscallKind.Ioctl, (uint)IoctlRequest.PerfSetBpf)
            .Reference(0, ObjectKind.PerfEvent, 2, extra: 316).Reference(1, ObjectKind.Prog, 55);
        "sched/sched_switch"u8.CopyTo(sketch.Record.Entry.Target);
        BpfEvent e = sketch.Event();
        Assert.Equal("ioctl", e.Syscall);
        Assert.Equal("perf_event_ioc_set_bpf", e.Command);
        Assert.Equal(AttachMethod.PerfEvent, e.Attach!.How);
        Assert.Equal("tracepoint sched/sched_switch", e.Attach.Target);
        Assert.Equal(55u, e.Attach.ProgramId);
    }

    [Fact]
    public void A_descriptor_that_is_no_perf_event_is_said()
    {
        var call = new CallSketch(SyscallKind.Ioctl, (uint)IoctlRequest.PerfSetBpf);
        AttachDetails attach = call.Reference(0, ObjectKind.Other, 0, fd: 9).Event().Attach!;
        Assert.Equal("descriptor 9, which is no perf event", attach.Target);
        Assert.Null(attach.ProgramId);
    }

    [Theory]
    [InlineData(0x800454e0u, "tunsetsteeringebpf")]
    [InlineData(0x800454e1u, "tunsetfilterebpf")]
    public void Programs_of_a_tun_device_are_reported(uint request, string name)
    {
        CallSketch sketch = new CallSketch(SyscallKind.Ioctl, request).Reference(0, ObjectKind.Other, 0, fd: 5).Reference(1,
            ObjectKind.Prog, 55, fd: 6);
        BpfEvent e = sketch.Event();
        Assert.Equal(name, e.Command);
        Assert.Equal((AttachMethod.Ioctl, name, "tun fd 5", 55u, false),
            (e.Attach!.How, e.Attach.AttachType, e.Attach.Target, e.Attach.ProgramId, e.Attach.IsDetach));
        "tap0"u8.CopyTo(sketch.Record.Entry.Target);
        sketch.Reference(1, ObjectKind.BadFd, 0, fd: -1);
        AttachDetails detach = sketch.Event().Attach!;
        Assert.Equal(("tun tap0", null, true), (detach.Target, detach.ProgramId, detach.IsDetach));
    }

    [Theory]
    [InlineData(41, true)]
    [InlineData(2, false)]
    public void The_request_of_kcm_is_another_one_to_other_sockets(int family, bool isReported)
    {
        CallSketch sketch = new CallSketch(SyscallKind.Ioctl, 0x89e0).Reference(0, ObjectKind.Socket, 0, extra: (ulong)family, fd: 5)
            .Reference(1, ObjectKind.Prog, 55);
        BpfEvent? e = sketch.Decode();
        Assert.Equal(isReported, e is not null);
        if (e is null) return;
        Assert.Equal(("siockcmattach", "socket kcm fd 5", 55u), (e.Command, e.Attach!.Target, e.Attach.ProgramId));
    }

    [Fact]
    public void Packet_fanout_has_a_program_or_classic_code()
    {
        CallSketch sketch = new CallSketch(SyscallKind.Setsockopt, 22).Reference(0, ObjectKind.Socket, 0, extra: 17, fd: 8)
            .Reference(1, ObjectKind.Prog, 55);
        BpfEvent e = sketch.Event();
        Assert.Equal(("packet_fanout_data", "socket packet fd 8", 55u, null),
            (e.Command, e.Attach!.Target, e.Attach.ProgramId, e.Attach.Classic));
        CallSketch classic = new CallSketch(SyscallKind.Setsockopt, 22).Reference(0, ObjectKind.Socket, 0, extra: 17, fd: 8)
            .Blob(BlobKind.FilterEnter, Filter).Blob(BlobKind.FilterExit, Filter);
        classic.Record.Entry.FilterLen = 1;
        Assert.Equal(Filter, classic.Event().Attach!.Classic!.Bytes.ToArray());
    }

    [Theory]
    [InlineData(26u, "so_attach_filter", true)]
    [InlineData(51u, "so_attach_reuseport_cbpf", true)]
    [InlineData(27u, "so_detach_filter", false)]
    [InlineData(44u, "so_lock_filter", false)]
    [InlineData(50u, "so_attach_bpf", false)]
    [InlineData(52u, "so_attach_reuseport_ebpf", false)]
    public void Socket_options_are_told(uint option, string name, bool classic)
    {
        CallSketch sketch = new CallSketch(SyscallKind.Setsockopt, option).Reference(0, ObjectKind.Socket, 0, extra: 17, fd: 8)
            .Blob(BlobKind.FilterEnter, Filter).Blob(BlobKind.FilterExit, Filter);
        sketch.Record.Entry.FilterLen = 1;
        if (option is 50 or 52) sketch.Reference(1, ObjectKind.Prog, 55);
        BpfEvent e = sketch.Event();
        Assert.Equal(name, e.Command);
        Assert.Equal(name, e.Attach!.AttachType);
        Assert.Equal("socket packet fd 8", e.Attach.Target);
        Assert.Equal(option == 27, e.Attach.IsDetach);
        Assert.Equal(option is 50 or 52 ? 55u : null, e.Attach.ProgramId);
        Assert.Equal(classic, e.Attach.Classic is not null);
        if (!classic) return;
        Assert.Equal(CaptureQuality.Consistent, e.Attach.Classic!.Quality);
        Assert.Equal(Filter, e.Attach.Classic.Bytes.ToArray());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Seccomp_filters_are_told(bool byPrctl)
    {
        CallSketch sketch = new CallSketch(byPrctl ? SyscallKind.Prctl : SyscallKind.Seccomp).Blob(BlobKind.FilterEnter, Filter)
            .Blob(BlobKind.FilterExit, Filter);
        sketch.Record.Entry.FilterLen = 1;
        sketch.Record.Entry.Args[1] = 1 | 8;
        BpfEvent e = sketch.Event();
        Assert.Equal(byPrctl ? "pr_set_seccomp" : "seccomp_set_mode_filter", e.Command);
        Assert.Equal($"thread {CallSketch.Tid}", e.Attach!.Target);
        Assert.Equal(byPrctl ? [] : ["tsync", "new_listener"], e.Attach.Flags);
        Assert.Equal(1u, e.Attach.Classic!.Count);
    }

    [Fact]
    public void A_filter_that_was_rewritten_is_raced()
    {
        CallSketch sketch = new CallSketch(SyscallKind.Seccomp).Blob(BlobKind.FilterEnter, Filter).Blob(BlobKind.FilterExit,
            [6, 0, 0, 0, 0, 0, 0, 0]);
        sketch.Record.Entry.FilterLen = 1;
        Assert.Equal(CaptureQuality.Raced, sketch.Event().Attach!.Classic!.Quality);
    }

    [Fact]
    public void Targets_are_told_as_bytes_that_may_be_no_text()
    {
        CallSketch sketch = new CallSketch(SyscallKind.Ioctl, (uint)IoctlRequest.PerfSetBpf).Reference(0, ObjectKind.PerfEvent, 2);
        ((Span<byte>)[0xff, 0xfe, (byte)'x']).CopyTo(sketch.Record.Entry.Target);
        Assert.Equal("tracepoint \ufffd\ufffdx", sketch.Event().Attach!.Target);
        Assert.Equal("tracepoint " + new string('a', 128), Long().Event().Attach!.Target);

        static CallSketch Long()
        {
            CallSketch sketch = new CallSketch(SyscallKind.Ioctl, (uint)IoctlRequest.PerfSetBpf).Reference(0, ObjectKind.PerfEvent, 2);
            Encoding.ASCII.GetBytes(new string('a', 128)).CopyTo(sketch.Record.Entry.Target);
            return sketch;
        }
    }
}
