using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Skep.Watch.Events;
using Skep.Watch.Layouts;
using Skep.Watch.Tests.Support;

namespace Skep.Watch.Tests.Decode;

public sealed class NetlinkDecoderTests
{
    private const ushort NewLink = 16, SetLink = 19, NewRoute = 24, NewTrafficFilter = 44, DeleteTrafficFilter = 45, NewAction = 48;
    private const ushort IflaIfname = 3, IflaXdp = 43, IflaXdpFd = 1, IflaXdpFlags = 3, IflaXdpExpectedFd = 8;
    private const ushort TcaKind = 1, TcaOptions = 2, TcaBpfFd = 6, TcaBpfName = 7, TcaBpfFlags = 8, RtaEncap = 22, Nested = 0x8000;

    [Fact]
    public void An_xdp_attach_names_device_program_and_flags()
    {
        byte[] message = Link(SetLink, 3, Attribute(IflaIfname, "eth0\0"u8),
            Attribute(IflaXdp | Nested, Attribute(IflaXdpFd, Word(7)), Attribute(IflaXdpFlags, Word(1 | 4))));
        BpfEvent e = Send(message, FdAt(message, 7)).Event();
        Assert.Equal("rtm_setlink", e.Command);
        AttachDetails attach = e.Attach!;
        Assert.Equal(AttachMethod.Netlink, attach.How);
        Assert.Equal("xdp", attach.AttachType);
        Assert.Equal($"eth0 (ifindex 3, netns {CallSketch.Netns})", attach.Target);
        Assert.Equal(99u, attach.ProgramId);
        Assert.Equal(["update_if_noexist", "drv_mode"], attach.Flags);
        Assert.False(attach.IsDetach);
        Assert.Null(attach.ReplacedProgramId);
    }

    [Fact]
    public void A_descriptor_of_minus_one_detaches()
    {
        AttachDetails attach = Send(Link(SetLink, 3, Attribute(IflaXdp, Attribute(IflaXdpFd, Word(-1))))).Event().Attach!;
        Assert.True(attach.IsDetach);
        Assert.Null(attach.ProgramId);
        Assert.Empty(attach.Flags);
    }

    [Fact]
    public void The_replaced_program_is_named()
    {
        byte[] message = Link(NewLink, 3, Attribute(IflaXdp, Attribute(IflaXdpFd, Word(7)), Attribute(IflaXdpExpectedFd, Word(8))));
        AttachDetails attach = Send(message, FdAt(message, 7)).Reference(1, ObjectKind.Prog, 55, FdAt(message, 8)).Event().Attach!;
        Assert.Equal(99u, attach.ProgramId);
        Assert.Equal(55u, attach.ReplacedProgramId);
    }

    // nla_parse() keeps the last of several attributes of a type (lib/nlattr.c).
    [Fact]
    public void Of_an_attribute_that_comes_twice_the_last_counts()
    {
        byte[] message = Link(SetLink, 3, Attribute(IflaXdp, Attribute(IflaXdpFd, Word(-1))),
            Attribute(IflaXdp, Attribute(IflaXdpFd, Word(-1)), Attribute(IflaXdpFd, Word(7))));
        AttachDetails attach = Send(message, FdAt(message, 7)).Event().Attach!;
        Assert.False(attach.IsDetach);
        Assert.Equal(99u, attach.ProgramId);
    }

    [Fact]
    public void What_stands_before_a_broken_attribute_counts()
    {
        byte[] message = Link(SetLink, 3, Attribute(IflaXdp, Attribute(IflaXdpFd, Word(-1))), [3, 0, 1, 0]);
        Assert.True(Send(message).Event().Attach!.IsDetach);
    }

    [Fact]
    public void A_tc_filter_names_its_place()
    {
        byte[] message = Filter(NewTrafficFilter, 3, 0xfffffff2, 1 << 16, Attribute(TcaKind, "bpf\0"u8),
            Attribute(TcaOptions, Attribute(TcaBpfFd, Word(7)), Attribute(TcaBpfName, "a.o:[x]\0"u8), Attribute(TcaBpfFlags, Word(1))));
        BpfEvent e = Send(message, FdAt(message, 7)).Event();
        Assert.Equal("rtm_newtfilter", e.Command);
        Assert.Equal("tc", e.Attach!.AttachType);
        Assert.Equal($"(ifindex 3, netns {CallSketch.Netns}) ingress, pref 1, a.o:[x]", e.Attach.Target);
        Assert.Equal(99u, e.Attach.ProgramId);
        Assert.Equal(["direct_action"], e.Attach.Flags);
    }

    [Theory]
    [InlineData(0xfffffff3u, "egress")]
    [InlineData(0xffffffffu, "root")]
    [InlineData(0x80020003u, "parent 8002:3")]
    public void A_tc_parent_is_named_as_tc_names_it(uint parent, string name)
    {
        BpfEvent e = Send(Filter(DeleteTrafficFilter, 3, parent, 0, Attribute(TcaKind, "bpf\0"u8))).Event();
        Assert.Equal("rtm_deltfilter", e.Command);
        Assert.True(e.Attach!.IsDetach);
        Assert.Equal($"(ifindex 3, netns {CallSketch.Netns}) {name}, pref 0", e.Attach.Target);
    }

    [Fact]
    public void Routes_and_actions_are_told_when_they_name_a_program()
    {
        byte[] route = Message(NewRoute, new byte[12], Attribute(RtaEncap, Attribute(1, Attribute(1, Word(7)))));
        Assert.Equal("lwt", Send(route, FdAt(route, 7)).Event().Attach!.AttachType);
        Assert.Null(Send(route).Decode());
        byte[] action = Message(NewAction, new byte[4], Attribute(1, Word(7)));
        Assert.Equal("tc action", Send(action, FdAt(action, 7)).Event().Attach!.AttachType);
        Assert.Null(Send(action).Decode());
    }

    [Fact]
    public void A_message_behind_others_is_found()
    {
        byte[] other = Link(SetLink, 2, Attribute(IflaIfname, "lo\0"u8)),
            message = Link(SetLink, 3, Attribute(IflaXdp, Attribute(IflaXdpFd, Word(7))));
        BpfEvent e = Send([.. other, .. message], other.Length + FdAt(message, 7)).Event();
        Assert.Equal(99u, e.Attach!.ProgramId);
        Assert.Null(e.Note);
    }

    [Fact]
    public void Further_messages_of_a_send_are_said()
    {
        byte[] message = Link(SetLink, 3, Attribute(IflaXdp, Attribute(IflaXdpFd, Word(-1))));
        Assert.Contains("2 more messages", Send([.. message, .. message, .. message]).Event().Note);
    }

    [Fact]
    public void A_message_that_concerns_no_program_is_none()
    {
        Assert.Null(Send(Link(SetLink, 3, Attribute(IflaIfname, "eth0\0"u8))).Decode());
        Assert.Null(Send(Filter(NewTrafficFilter, 3, 0, 0, Attribute(TcaKind, "flower\0"u8))).Decode());
        Assert.Null(Send(Message(1, [])).Decode());
    }

    [Fact]
    public void A_message_that_the_ring_had_no_room_for_is_told_all_the_same()
    {
        var sketch = new CallSketch(SyscallKind.Sendto);
        sketch.Record.PiecesLost = 1;
        BpfEvent e = sketch.Event();
        Assert.Equal("rtnetlink", e.Command);
        Assert.Contains("rtnetlink", CommandNames.All);
        Assert.Contains("no room in the ring buffer", e.Note);
    }

    [Fact]
    public void The_kernels_answer_is_the_error()
    {
        byte[] message = Link(SetLink, 3, Attribute(IflaXdp, Attribute(IflaXdpFd, Word(-1))));
        Assert.Equal("EBUSY", Answered(message, (Sequence, -16)).Event().Error);
        Assert.Equal("EBUSY", Answered(message, (1, -1), (Sequence, -16)).Event().Error);
        BpfEvent done = Answered(message, (Sequence, 0)).Event();
        Assert.Null(done.Error);
        Assert.Null(done.Note);
    }

    [Fact]
    public void An_answer_that_was_not_seen_is_said()
    {
        byte[] message = Link(SetLink, 3, Attribute(IflaXdp, Attribute(IflaXdpFd, Word(-1))));
        Assert.Contains("is not known", Answered(message).Event().Note);
        Assert.Contains("is not known", Answered(message, (1, -1)).Event().Note);
        Assert.Null(Answered(message, (1, -1)).Event().Error);
        Assert.Null(Answered(message).Returns(-9).Event().Note);

        // Without a wish for an answer, the kernel answers failures only.
        message[6] &= 0xfb;
        Assert.Null(Answered(message).Event().Note);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(0x7ffffffc)]
    [InlineData(int.MaxValue)]
    [InlineData(uint.MaxValue)]
    public void A_hostile_length_ends_the_reading(uint length)
    {
        byte[] message = Link(99, 3, Attribute(IflaIfname, "lo\0"u8));
        BinaryPrimitives.WriteUInt32LittleEndian(message, length);
        Assert.Null(Send(message).Decode());
    }

    [Fact]
    public void A_message_cut_at_any_byte_is_read_to_its_end()
    {
        byte[] whole = Filter(NewTrafficFilter, 3, 0, 0, Attribute(TcaKind, "bpf\0"u8),
            Attribute(TcaOptions, Attribute(TcaBpfFd, Word(7)), Attribute(TcaBpfFlags, Word(1))));
        for (int length = 0; length < whole.Length; length++) Send(whole[..length]).Decode();
    }

    [Fact]
    public void Any_message_is_read()
    {
        Gen<byte[]> leaf = Gen.Select(Gen.UShort[0, 48], Gen.Byte.Array[0, 12], Attribute);
        Gen<byte[]> nested = Gen.Select(Gen.UShort[0, 48], leaf.Array[0, 4], (type, parts) => Attribute(type, parts));
        Gen<byte[]> message = Gen.Select(
            Gen.OneOf(Gen.Const(NewLink), Gen.Const(SetLink), Gen.Const(NewRoute), Gen.Const(NewTrafficFilter), Gen.Const(NewAction)),
            Gen.Byte.Array[0, 24], nested.Array[0, 5], (type, head, parts) => Message(type, head, parts));
        Gen.Select(message.Array[0, 3], Gen.Int[0, 400], Gen.Int[0, 400], Gen.Byte).Sample((messages, cut, at, value) =>
        {
            byte[] bytes = [.. messages.SelectMany(m => m)];
            if (bytes.Length == 0) return;
            bytes[at % bytes.Length] = value;
            Send(bytes[..Math.Min(cut, bytes.Length)]).Decode();
        }, iter: 5000);
    }

    private const uint Sequence = 1234;

    private static CallSketch Send(byte[] message, int? programAt = null)
    {
        CallSketch sketch = new CallSketch(SyscallKind.Sendmsg).Blob(BlobKind.Netlink, message);
        sketch.Record.Acks[0].Seq = Sequence;
        sketch.Record.AckCount = 1;
        sketch.Record.Ret = message.Length;
        return programAt is { } at ? sketch.Reference(0, ObjectKind.Prog, 99, at) : sketch;
    }

    private static CallSketch Answered(byte[] message, params (uint Sequence, int Error)[] answers)
    {
        CallSketch sketch = Send(message);
        sketch.Record.AckCount = (uint)answers.Length;
        sketch.Record.Acks[0] = default;
        for (int i = 0; i < answers.Length; i++) sketch.Record.Acks[i] = new AckRecord
        {
            Seq = answers[i].Sequence,
            Error = answers[i].Error
        };
        return sketch;
    }

    // Where the attribute whose value is this descriptor begins.
    private static int FdAt(byte[] message, int fd) => message.AsSpan().LastIndexOf(Word(fd)) - 4;

    private static byte[] Word(int value) => BitConverter.GetBytes(value);

    private static byte[] Link(ushort type, int ifindex, params byte[][] attributes) =>
        Message(type, [0, 0, 0, 0, .. Word(ifindex), .. new byte[8]], attributes);

    private static byte[] Filter(ushort type, int ifindex, uint parent, uint info, params byte[][] attributes) =>
        Message(type, [0, 0, 0, 0, .. Word(ifindex), .. new byte[4], .. BitConverter.GetBytes(parent), .. BitConverter.GetBytes(info)],
            attributes);

    private static byte[] Message(ushort type, byte[] head, params byte[][] attributes)
    {
        byte[] body = [.. head, .. attributes.SelectMany(a => a)];
        return [.. Word(16 + body.Length), .. BitConverter.GetBytes(type), 5, 0, .. BitConverter.GetBytes(Sequence), 0, 0, 0, 0, .. body];
    }

    private static byte[] Attribute(int type, params byte[][] nested) => Attribute((ushort)type, nested.SelectMany(n => n).ToArray());

    private static byte[] Attribute(int type, ReadOnlySpan<byte> payload) => Attribute((ushort)type, payload.ToArray());

    private static byte[] Attribute(ushort type, byte[] payload) =>
        [.. BitConverter.GetBytes((ushort)(4 + payload.Length)), .. BitConverter.GetBytes(type), .. payload,
            .. new byte[-payload.Length & 3]];
}
