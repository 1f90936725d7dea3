using System.Runtime.InteropServices;
using System.Text;
using Skep.Isa;
using Skep.Linux.Containers;
using Skep.Watch.Events;
using Skep.Watch.Layouts;

namespace Skep.Watch.Tests.Support;

/// <summary>Events that set every field.</summary>
internal static class SampleEvents
{
    public static readonly byte[] Code = MemoryMarshal.AsBytes(new Assembler().Mov(Register.R0, 0x1234).Exit().Build().AsSpan()).ToArray();

    public static readonly ProcessIdentity Process = new(10, 11, 1, 1000, "loader", "/usr/bin/loader", "/system.slice/x.service",
        "x.service", "box", 4026531840);

    public static readonly ContainerIdentity Container = new("box", new ContainerNames("web", "shop", "default"), null, null);

    public static BpfEvent Load => new()
    {
        Sequence = 5, TimeNs = 1_700_000_000_123_456_789, Syscall = "bpf", Command = "prog_load", Process = Process, Return = -13,
        Error = "EACCES", DurationNs = 1234567, Backend = 3,
        Program = new ProgramDetails
        {
            Id = 55, Type = "xdp", Name = "drop", Tag = "0011223344556677", GplCompatible = true, License = "GPL",
            ExpectedAttachType = "xdp", AttachBtfId = 9, AttachFunction = "func",
            MapIds = [3, 4], LogLevel = 1, Log = "R0=0\nsafe\n", LogSkipped = 7, VerifiedInsns = 2, BytesXlated = 16,
            Code = new CodeDetails { Bytes = Code, Count = 2, Quality = CaptureQuality.Consistent, Reason = "why", IsWhole = true },
        },
        Attr = [new AttrField("prog_type", AttrKind.Unsigned, 6), new AttrField("license", AttrKind.Text, 0, "GPL"),
            new AttrField("prog_btf_fd", AttrKind.Signed, 0xffffffff), new AttrField("insns", AttrKind.Hex, 0xffff800012345678)],
        RawAttr = [1, 2], Note = "a note",
    };

    public static BpfEvent Map => new()
    {
        Sequence = 6, TimeNs = 1_700_000_000_000_000_001, Syscall = "bpf", Command = "map_create", Process = Process, Return = 3,
        DurationNs = 800, Backend = 3,
        Map = new MapDetails
        {
            Id = 17, Type = "ringbuf", Name = "rb", KeySize = 0, ValueSize = 0, MaxEntries = 65536, Flags = 1, BtfId = 4,
            InnerMapId = 2
        },
        Key = [1], Value = [2, 3], Count = (9, 1),
    };

    public static BpfEvent Link => new()
    {
        Sequence = 7, TimeNs = 0, Syscall = "bpf", Command = "link_create",
        Process = new ProcessIdentity(10, 10, null, 0, "", null, null, null, null, null), Backend = 3,
        Link = new LinkDetails { Id = 2, Type = "xdp", ProgramId = 55, AttachType = "xdp", Target = "eth0 (ifindex 2)" },
        Btf = new BtfDetails { Id = 8, Size = 100, LogLevel = 1, Log = "log" },
    };

    public static BpfEvent Attach => new()
    {
        Sequence = 8, TimeNs = 0, Syscall = "seccomp", Command = "seccomp_set_mode_filter", Process = Process, Return = 0,
        DurationNs = 5_000_000_000, Backend = 3,
        Attach = new AttachDetails
        {
            How = AttachMethod.Seccomp, Target = "thread 11", AttachType = "x", ProgramId = 1, ReplacedProgramId = 2,
            Flags = ["tsync", "log"], IsDetach = true,
            Classic = new CodeDetails
            {
                Bytes = new byte[] { 6, 0, 0, 0, 0, 0, 0, 0 }, Count = 1, Quality = CaptureQuality.Raced,
                Reason = "rewritten", IsWhole = true
            },
        },
    };

    /// <summary>An event whose every string is this.</summary>
    public static BpfEvent Named(string text) => Load with
    {
        Process = new ProcessIdentity(1, 1, 1, 1, text, text, text, text, text, 1),
        Program = Load.Program! with { Name = text, License = text, AttachFunction = text, Log = text },
        Map = Map.Map! with { Name = text },
        Link = Link.Link! with { Target = text },
        Attach = Attach.Attach! with { Target = text },
        Attr = [new AttrField("pathname", AttrKind.Text, 0, text)],
    };
}
