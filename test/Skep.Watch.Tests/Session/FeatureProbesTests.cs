using System.Buffers.Binary;
using System.Text;
using Skep.Watch.Capture;
using Skep.Watch.Events;
using Skep.Watch.Session;

namespace Skep.Watch.Tests.Session;

/// <summary>What is a probe of libbpf, and what differs from one in a single thing. Real ones are in Skep.EndToEnd.</summary>
public sealed class FeatureProbesTests
{
    private const string Return0 = "b7000000000000009500000000000000";
    private const uint Pid = 10;

    private readonly EventFilter _filter = new(new WatchOptions { HideProbes = true });

    [Fact]
    public void Without_the_wish_they_pass() => Assert.True(new EventFilter(new WatchOptions()).Passes(Load("socket_filter", Return0)));

    [Theory]
    [InlineData("socket_filter", "libbpf_nametest", Return0, null)]
    [InlineData("socket_filter", "", Return0, null)]
    [InlineData("tracepoint", "", Return0, null)]
    [InlineData("cgroup_sock", "", Return0, "cgroup_inet_sock_create")]
    [InlineData("kprobe", "", Return0, "trace_uprobe_multi")]
    [InlineData("tracepoint", "", "bfa100000000000007010000f8ffffffb702000008000000b70300000000000085000000710000009500000000000000", null)]
    [InlineData("kprobe", "", "85000000ae0000009500000000000000", null)]
    [InlineData("socket_filter", "", "85000000a00000009500000000000000", null)]
    public void A_program_of_a_probe_is_left_out_and_no_other(string type, string name, string code, string? attach)
    {
        BpfEvent probe = Load(type, code, name, attach);
        Assert.False(_filter.Passes(probe));
        ProgramDetails program = probe.Program!;

        // One bit of one instruction
        Assert.All(Enumerable.Range(0, code.Length / 2), at =>
        {
            byte[] other = Convert.FromHexString(code);
            other[at] ^= 1;
            Assert.True(_filter.Passes(Load(type, Convert.ToHexStringLower(other), name, attach)));
        });
        Assert.True(_filter.Passes(Load(type, code + "9500000000000000", name, attach)));
        Assert.True(_filter.Passes(Load(type, code, name + "x", attach)));
        Assert.True(_filter.Passes(Load("xdp", code, name, attach)));
        Assert.True(_filter.Passes(Load(type, code, name, "cgroup_inet_egress")));
        Assert.True(_filter.Passes(probe with { Program = program with { License = "MIT" } }));
        Assert.True(_filter.Passes(probe with { Note = "a 32-bit call" }));
        Assert.True(_filter.Passes(probe with { RawAttr = [1] }));
        Assert.True(_filter.Passes(probe with { Syscall = "none" }));
        Assert.All((CaptureQuality[])[CaptureQuality.Consistent, CaptureQuality.Raced, CaptureQuality.Partial], quality =>
            Assert.True(_filter.Passes(probe with { Program = program with { Code = program.Code! with { Quality = quality } } })));
        string[] fields =
        [
            "prog_flags", "log_level", "prog_ifindex", "attach_btf_id", "fd_array", "core_relo_cnt", "prog_btf_fd", "func_info_cnt",
            "line_info_cnt", "signature", "kern_version",
        ];
        Assert.All(fields, set => Assert.True(_filter.Passes(With(probe, new AttrField(set, AttrKind.Unsigned, 1)))));
        Assert.False(_filter.Passes(With(probe, new AttrField("prog_flags", AttrKind.Unsigned, 1 << 16), Token("prog_token_fd"))));
        Assert.True(_filter.Passes(With(probe, new AttrField("prog_flags", AttrKind.Unsigned, 1 << 16 | 1), Token("prog_token_fd"))));
        Assert.True(_filter.Passes(With(probe, new AttrField("prog_flags", AttrKind.Unsigned, 1 << 16))));
    }

    [Fact]
    public void A_failed_load_is_left_out_when_both_readings_agree()
    {
        BpfEvent probe = Load("cgroup_sock", Return0, "", "cgroup_inet_sock_create");
        ProgramDetails program = probe.Program!;
        BpfEvent failed = probe with
        {
            Error = "EINVAL",
            Return = -22,
            Program = program with { Code = program.Code! with { Quality = CaptureQuality.Consistent } },
        };
        Assert.False(_filter.Passes(failed));
        CodeDetails raced = program.Code! with { Quality = CaptureQuality.Raced };
        Assert.True(_filter.Passes(failed with { Program = program with { Code = raced } }));
    }

    [Fact]
    public void The_program_of_global_data_is_one_only_with_the_map_of_the_probe()
    {
        const string code = "182100000700000000000000100000007a0100002a000000" + Return0;
        BpfEvent load = Load("socket_filter", code);
        BpfEvent Using(uint map) => load with { Program = load.Program! with { MapIds = [map] } };
        Assert.True(_filter.Passes(Using(70)));
        Assert.False(_filter.Passes(Map("libbpf_global", 32, id: 70)));
        Assert.False(_filter.Passes(Using(70)));
        Assert.True(_filter.Passes(Using(71)));
        Assert.True(_filter.Passes(Using(70) with { Process = Using(70).Process with { Pid = Pid + 1 } }));
        Assert.True(_filter.Passes(load with { Program = load.Program! with { MapIds = [70, 71] } }));
    }

    [Theory]
    [InlineData("libbpf_global", 32, 0)]
    [InlineData("libbpf_det_bind", 32, 0)]
    [InlineData("libbpf_mmap", 4, 1 << 10)]
    public void A_map_of_a_probe_is_left_out_and_no_other(string name, uint value, uint flags)
    {
        BpfEvent probe = Map(name, value, flags);
        Assert.False(_filter.Passes(probe));
        MapDetails map = probe.Map!;
        MapDetails[] others =
        [
            map with { Name = name + "x" }, map with { Name = "" }, map with { Type = "hash" }, map with { KeySize = 8 },
            map with { ValueSize = value + 1 }, map with { MaxEntries = 2 }, map with { Flags = flags | 1 },
        ];
        Assert.All(others, other => Assert.True(_filter.Passes(probe with { Map = other }), other.ToString()));
        Assert.True(_filter.Passes(With(probe, new AttrField("inner_map_fd", AttrKind.Signed, 3))));
    }

    [Theory]
    [InlineData("01000000000000010400000020000001", "\0int")]
    [InlineData("010000000000001004000000", "\0float")]
    [InlineData("010000000000001308000000", "\0enum64")]
    public void Btf_of_a_probe_is_left_out_and_no_other(string types, string strings)
    {
        byte[] btf = Btf(Convert.FromHexString(types), strings);
        Assert.False(_filter.Passes(BtfLoad(btf)));
        Assert.All(btf, (_, i) =>
        {
            byte[] other = [.. btf];
            other[i] ^= 1;
            Assert.True(_filter.Passes(BtfLoad(other)));
        });

        Assert.True(_filter.Passes(BtfLoad([.. btf, 0])));
        Assert.True(_filter.Passes(BtfLoad([])));
        Assert.True(_filter.Passes(With(BtfLoad(btf), new AttrField("btf_log_level", AttrKind.Unsigned, 1))));
    }

    [Fact]
    public void What_is_done_with_objects_of_probes_is_left_out_and_with_no_others()
    {
        BpfEvent Bind(uint program, uint map) => Event("prog_bind_map") with
        {
            Program = new ProgramDetails { Id = program },
            Map = new MapDetails { Id = map },
        };
        BpfEvent Info(uint btf) => Event("obj_get_info_by_fd") with { Btf = new BtfDetails { Id = btf } };
        BpfEvent Link(uint program, string error, uint target, string type = "perf_event") => Event("link_create") with
        {
            Error = error,
            Link = new LinkDetails { ProgramId = program, AttachType = type },
            Attr = [new AttrField("target_fd", AttrKind.Signed, target)],
        };
        BpfEvent load = Load("socket_filter", Return0);
        Assert.True(_filter.Passes(Bind(5, 6)));
        Assert.False(_filter.Passes(load with { Program = load.Program! with { Id = 5 } }));
        Assert.True(_filter.Passes(Bind(5, 6)));
        Assert.False(_filter.Passes(Map("libbpf_det_bind", 32, id: 6)));
        Assert.False(_filter.Passes(Bind(5, 6)));
        Assert.True(_filter.Passes(Bind(5, 7)));
        Assert.True(_filter.Passes(Bind(6, 6)));

        Assert.True(_filter.Passes(Info(8)));
        Assert.False(_filter.Passes(BtfLoad(Btf(Convert.FromHexString("010000000000001004000000"), "\0float"), id: 8)));
        Assert.False(_filter.Passes(Info(8)));
        Assert.True(_filter.Passes(Info(9)));

        Assert.False(_filter.Passes(Link(5, "EBADF", uint.MaxValue)));
        Assert.False(_filter.Passes(Link(5, "EINVAL", uint.MaxValue, "trace_uprobe_multi")));
        Assert.True(_filter.Passes(Link(5, "EPERM", uint.MaxValue)));
        Assert.True(_filter.Passes(Link(5, "EBADF", 7)));
        Assert.True(_filter.Passes(Link(4, "EBADF", uint.MaxValue)));
        Assert.True(_filter.Passes(Link(5, "EBADF", uint.MaxValue, "xdp")));
        Assert.True(_filter.Passes(Link(5, "EBADF", uint.MaxValue) with { Error = null }));
    }

    private static BpfEvent With(BpfEvent e, params AttrField[] fields) => e with { Attr = [.. e.Attr, .. fields] };

    private static AttrField Token(string name) => new(name, AttrKind.Signed, 9);

    private static BpfEvent Event(string command) => new()
    {
        TimeNs = 0, Syscall = "bpf", Command = command, Process = ProcessIdentity.Unknown(Pid), Return = 3, Backend = 3,
    };

    private static BpfEvent Load(string type, string code, string name = "", string? attach = null) => Event("prog_load") with
    {
        Program = new ProgramDetails
        {
            Id = 1, Type = type, Name = name, License = "GPL", ExpectedAttachType = attach,
            Code = new CodeDetails
            {
                Bytes = Convert.FromHexString(code), Count = (uint)code.Length / 16, Quality = CaptureQuality.Proven, IsWhole = true,
            },
        },
        Attr = [new AttrField("prog_type", AttrKind.Unsigned, 1), new AttrField("insn_cnt", AttrKind.Unsigned, 2),
            new AttrField("insns", AttrKind.Hex, 0x7000), new AttrField("license", AttrKind.Text, 0, "GPL"),
            new AttrField("prog_name", AttrKind.Text, 0, name), new AttrField("log_level", AttrKind.Unsigned, 0)],
    };

    private static BpfEvent Map(string name, uint value, uint flags = 0, uint id = 2) => Event("map_create") with
    {
        Map = new MapDetails
        {
            Id = id, Type = "array", Name = name, KeySize = 4, ValueSize = value, MaxEntries = 1, Flags = flags,
        },
        Attr = [new AttrField("map_type", AttrKind.Unsigned, 2), new AttrField("map_flags", AttrKind.Unsigned, flags)],
    };

    private static BpfEvent BtfLoad(byte[] bytes, uint id = 3) => Event("btf_load") with
    {
        Btf = new BtfDetails { Id = id, Size = (uint)bytes.Length, Bytes = bytes },
        Attr = [new AttrField("btf", AttrKind.Hex, 0x7000), new AttrField("btf_size", AttrKind.Unsigned, (uint)bytes.Length)],
    };

    private static byte[] Btf(byte[] types, string strings)
    {
        byte[] text = Encoding.ASCII.GetBytes(strings + "\0"), header = new byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0x0001eb9f);
        foreach ((int at, int value) in ((int, int)[])[(4, 24), (12, types.Length), (16, types.Length), (20, text.Length)])
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(at), value);
        return [.. header, .. types, .. text];
    }
}
