using Skep.Bpf;
using Skep.Watch.Events;
using Skep.Watch.Layouts;
using Skep.Watch.Tests.Support;

namespace Skep.Watch.Tests.Decode;

public sealed class AttrDecoderTests
{
    [Fact]
    public void A_field_that_the_calls_size_does_not_cover_is_not_told()
    {
        BpfEvent e = Sized(new CallSketch(BpfCommand.MapCreate).Attr(0, 27).Attr(12, 65536), 20);
        Assert.Equal(["map_type", "key_size", "value_size", "max_entries", "map_flags"], e.Attr.Select(f => f.Name));
        Assert.Equal(65536ul, e.Attr[3].Number);
        Assert.Null(e.RawAttr);
    }

    [Fact]
    public void What_the_kernel_writes_is_read_at_exit()
    {
        BpfEvent e = new CallSketch(BpfCommand.ProgTestRun).Attr(0, 5).Attr(4, 99, 2).Attr(32, 1000).Event();
        Assert.Equal(2ul, Field(e, "retval").Number);
        Assert.Equal(1000ul, Field(e, "repeat").Number);
    }

    [Theory]
    [InlineData((uint)CallFlags.NoExit)]
    [InlineData((uint)CallFlags.ExitFault)]
    public void What_the_kernel_writes_is_not_told_when_it_was_not_read(uint flag)
    {
        BpfEvent e = new CallSketch(BpfCommand.ProgTestRun).Attr(0, 5).Attr(32, 1000).Flags((CallFlags)flag).Event();
        Assert.DoesNotContain(e.Attr, f => f.Name is "retval" or "duration" or "data_size_out" or "ctx_size_out");
        Assert.Equal(1000ul, Field(e, "repeat").Number);
    }

    public static MatrixTheoryData<uint, string> Unread => new(
        [(uint)(CallFlags.EnterFault | CallFlags.ExitFault), (uint)(CallFlags.EnterFault | CallFlags.NoExit)],
        [.. Enum.GetValues<BpfCommand>().Select(command => command.Name())]);

    [Theory]
    [MemberData(nameof(Unread))]
    public void An_attr_that_could_not_be_read_is_not_told_as_zeros(uint flags, string name)
    {
        Assert.True(BpfCommandNames.TryParse(name, out BpfCommand command));
        BpfEvent e = new CallSketch(command).Flags((CallFlags)flags).Event();
        Assert.Empty(e.Attr);
        Assert.Null(e.RawAttr);
        Assert.Null(e.Map);
        Assert.Null(e.Program);
        Assert.Null(e.Link);
        Assert.Null(e.Attach);
        Assert.Contains("attributes could not be read", e.Note);
        Assert.Equal(name, e.Command);
    }

    [Fact]
    public void A_command_that_is_not_known_is_told_by_its_bytes()
    {
        BpfEvent e = Sized(new CallSketch((BpfCommand)77).Attr(0, 0x01020304).Attr(4, 5), 12);
        Assert.Equal("77", e.Command);
        Assert.Empty(e.Attr);
        Assert.Equal("040302010500000000000000", Convert.ToHexStringLower(e.RawAttr!));
    }

    [Fact]
    public void Bytes_beyond_the_known_fields_are_told_if_any_is_set()
    {
        Assert.Null(Sized(new CallSketch(BpfCommand.MapFreeze).Attr(0, 3), 168).RawAttr);
        byte[] raw = Sized(new CallSketch(BpfCommand.MapFreeze).Attr(0, 3).Attr(8, 1), 12).RawAttr!;
        Assert.Equal([0, 0, 0, 0, 1, 0, 0, 0], raw);
    }

    public static MatrixTheoryData<uint, int> Sizes => new([0, 1, 256, 4096, uint.MaxValue], Enumerable.Range(0, 80));

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Any_size_is_taken(uint size, int command)
    {
        BpfEvent e = Sized(new CallSketch((BpfCommand)command), size);
        if (size == 0) Assert.Empty(e.Attr);
        Assert.True((e.RawAttr?.Length ?? 0) <= EventLayout.AttrLen);
    }

    [Fact]
    public void Strings_stand_for_their_addresses()
    {
        BpfEvent e = new CallSketch(BpfCommand.ObjPin).Attr(0, 0x1000).Text(BlobKind.Path, "/sys/fs/bpf/x").Event();
        Assert.Equal(new AttrField("pathname", AttrKind.Text, 0x1000, "/sys/fs/bpf/x"), Field(e, "pathname"));
        Assert.Equal(AttrKind.Hex, Field(new CallSketch(BpfCommand.ObjPin).Attr(0, 0x1000).Event(), "pathname").Kind);
    }

    [Fact]
    public void Descriptors_are_signed() =>
        Assert.Equal(-1, (int)Field(new CallSketch(BpfCommand.MapCreate).Attr(20, uint.MaxValue).Event(), "inner_map_fd").Number);

    private static BpfEvent Sized(CallSketch sketch, uint size)
    {
        sketch.Record.Entry.AttrSize = size;
        return sketch.Event();
    }

    private static AttrField Field(BpfEvent e, string name) => e.Attr.Single(f => f.Name == name);
}
