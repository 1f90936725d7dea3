using System.Text.RegularExpressions;
using Skep.Bpf;
using Skep.Watch.Decode;
using Skep.Watch.Layouts;

namespace Skep.Watch.Tests.Decode;

/// <summary>AttrTable against the running kernel's <c>union bpf_attr</c>.</summary>
public sealed class AttrTableTests
{
    private const uint NoAttachType = uint.MaxValue;

    // The union's members have names only in part.
    private static readonly Dictionary<BpfCommand, string> Members = new()
    {
        [BpfCommand.MapLookupBatch] = "batch.", [BpfCommand.MapLookupAndDeleteBatch] = "batch.", [BpfCommand.MapUpdateBatch] = "batch.",
        [BpfCommand.MapDeleteBatch] = "batch.", [BpfCommand.ProgTestRun] = "test.", [BpfCommand.ObjGetInfoByFd] = "info.",
        [BpfCommand.ProgQuery] = "query.", [BpfCommand.RawTracepointOpen] = "raw_tracepoint.", [BpfCommand.TaskFdQuery] = "task_fd_query.",
        [BpfCommand.LinkCreate] = "link_create.", [BpfCommand.LinkUpdate] = "link_update.", [BpfCommand.EnableStats] = "enable_stats.",
        [BpfCommand.IterCreate] = "iter_create.", [BpfCommand.LinkDetach] = "link_detach.", [BpfCommand.ProgBindMap] = "prog_bind_map.",
        [BpfCommand.TokenCreate] = "token_create.", [BpfCommand.ProgStreamReadByFd] = "prog_stream_read.",
        [BpfCommand.ProgAssocStructOps] = "prog_assoc_struct_ops.",
    };

    public static TheoryData<BpfCommand> Commands => [.. Enum.GetValues<BpfCommand>()];

    private static readonly Lazy<(CDeclarations Declarations, ILookup<string, string> Missing)> s_kernel = new(OfKernel);

    /// <summary>Commands; link_create by what a link is attached to.</summary>
    public static TheoryData<string> Subjects =>
    [
        .. Enum.GetValues<BpfCommand>().Where(command => command != BpfCommand.LinkCreate).Select(command => command.Name()),
        .. Enum.GetValues<BpfAttachType>().Select(Link),
    ];

    [Theory]
    [MemberData(nameof(Subjects))]
    public void Fields_are_where_the_kernel_has_them(string subject)
    {
        s_kernel.Value.Declarations.AssertHolds(subject);

        // An older kernel lacks the newer fields; this one has them all.
        if (Environment.OSVersion.Version >= new Version(7, 3)) Assert.Empty(s_kernel.Value.Missing[subject]);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_command_has_fields_that_do_not_overlap(BpfCommand command)
    {
        Assert.All(Enum.GetValues<BpfAttachType>().Select(t => (uint)t).Append(NoAttachType), type =>
        {
            AttrSlot[] slots = AttrTable.Of(command, type).ToArray();
            Assert.NotEmpty(slots);
            Assert.Equal(slots.Length, slots.Select(s => s.Name).Distinct().Count());
            AttrSlot[] byPlace = [.. slots.OrderBy(s => s.Offset)];
            for (int i = 1; i < byPlace.Length; i++)
                Assert.True(byPlace[i - 1].End <= byPlace[i].Offset, $"{command}: {byPlace[i - 1].Name} runs into {byPlace[i].Name}");
            Assert.All(slots, s => Assert.Equal(s.Kind == AttrKind.Text ? 16 : s.Size == 8 ? 8 : 4, s.Size));
        });
    }

    [Theory]
    [InlineData(BpfAttachType.CgroupDevice)]
    [InlineData(BpfAttachType.CgroupUnixGetsockname)]
    [InlineData(BpfAttachType.LsmCgroup)]
    [InlineData(BpfAttachType.TcxIngress)]
    [InlineData(BpfAttachType.NetkitPeer)]
    public void Links_that_stand_in_an_order_say_where(BpfAttachType type)
    {
        AttrSlot[] slots = AttrTable.Of(BpfCommand.LinkCreate, (uint)type).ToArray();
        Assert.Contains(slots, s => s is { Name: "relative_fd", Offset: 16 });
        Assert.Contains(slots, s => s is { Name: "expected_revision", Offset: 24 });
        Assert.DoesNotContain(slots, s => s.Name == "target_btf_id");
    }

    [Fact]
    public void A_command_that_is_not_known_has_no_fields() => Assert.True(AttrTable.Of((BpfCommand)BpfCommandNames.KnownCount, 0).IsEmpty);

    [Fact]
    public void Every_field_of_the_kernel_is_shown_by_some_command()
    {
        Assert.SkipWhen(Environment.OSVersion.Version < new Version(6, 18), "the machine cannot: the list of its kernel is shorter");
        HashSet<string> shown = [];
        foreach (BpfCommand command in Enum.GetValues<BpfCommand>())
            foreach (uint type in Enum.GetValues<BpfAttachType>().Select(t => (uint)t))
                foreach (AttrSlot slot in AttrTable.Of(command, type)) shown.Add(slot.Name[(slot.Name.LastIndexOf('.') + 1)..]);

        // Other names of the same bytes.
        HashSet<string> aliases = ["target_ifindex", "relative_id", "attach_btf_obj_fd", "new_map_fd", "old_map_fd"];
        string union = CDeclarations.Declaration(CDeclarations.OfKernel(), "union bpf_attr");
        IEnumerable<string> fields = Regex.Matches(union, @"(?:__u32|__u64|__s32|char) (\w+)(?:\[16\])?;").Select(m => m.Groups[1].Value);
        Assert.Empty(fields.Where(f => !shown.Contains(f) && !aliases.Contains(f)).Distinct());
    }

    private static (CDeclarations, ILookup<string, string>) OfKernel()
    {
        string kernel = CDeclarations.OfKernel();
        string union = CDeclarations.Declaration(kernel, "union bpf_attr");
        Assert.NotEmpty(union);
        var c = new CDeclarations();
        c.Add(kernel);
        var missing = new List<(string Subject, string Member)>();
        foreach (BpfCommand command in Enum.GetValues<BpfCommand>().Where(command => command != BpfCommand.LinkCreate))
            AssertSlots(command.Name(), AttrTable.Of(command, NoAttachType), slot => Members.GetValueOrDefault(command, "") + slot.Name);
        foreach (BpfAttachType type in Enum.GetValues<BpfAttachType>())
            AssertSlots(Link(type), AttrTable.Of(BpfCommand.LinkCreate, (uint)type), slot => LinkMember(type, slot));
        return (c, missing.ToLookup(field => field.Subject, field => field.Member));

        void AssertSlots(string subject, ReadOnlySpan<AttrSlot> slots, Func<AttrSlot, string> name)
        {
            c.Assert(subject, "sizeof(union bpf_attr) > 0");
            foreach (AttrSlot slot in slots)
            {
                string member = name(slot);
                if (!CDeclarations.HasMember(union, member)) missing.Add((subject, member));
                else
                {
                    c.Assert(subject, $"offsetof(union bpf_attr, {member}) == {slot.Offset}");
                    c.Assert(subject, $"sizeof(((union bpf_attr *)0)->{member}) == {slot.Size}");
                }
            }
        }
    }

    private static string Link(BpfAttachType type) => $"link_create {type.Name()}";

    // Behind the four fields that all links have, the union is by what the link is attached to.
    private static string LinkMember(BpfAttachType type, AttrSlot slot)
    {
        bool isDirect = slot.Offset < 16 || slot.Name.Contains('.') || slot.Name is "target_btf_id" or "iter_info" or "iter_info_len";
        if (isDirect) return "link_create." + slot.Name;
        string member = type switch
        {
            BpfAttachType.PerfEvent => "perf_event",
            BpfAttachType.TraceKprobeMulti or BpfAttachType.TraceKprobeSession => "kprobe_multi",
            BpfAttachType.TraceUprobeMulti or BpfAttachType.TraceUprobeSession => "uprobe_multi",
            BpfAttachType.TraceFentryMulti or BpfAttachType.TraceFexitMulti or BpfAttachType.TraceFsessionMulti => "tracing_multi",
            BpfAttachType.Netfilter => "netfilter",
            BpfAttachType.TcxIngress or BpfAttachType.TcxEgress => "tcx",
            BpfAttachType.NetkitPrimary or BpfAttachType.NetkitPeer => "netkit",
            BpfAttachType.TraceFentry or BpfAttachType.TraceFexit or BpfAttachType.ModifyReturn or BpfAttachType.LsmMac
                or BpfAttachType.TraceRawTp or BpfAttachType.TraceFsession => "tracing",
            _ => "cgroup",
        };
        return $"link_create.{member}.{slot.Name}";
    }
}
