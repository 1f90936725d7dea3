using Skep.Guard.Decide;
using Skep.Guard.Model;

namespace Skep.Guard.Tests.Decide;

/// <summary>Each kind of condition: an operation that meets it, one that just misses it, and one of which nothing is known.</summary>
public sealed class ConditionTests
{
    private const string Digest = "ab00112233445566778899aabbccddeeff00112233445566778899aabbccddee", Tag = "0011223344556677",
        Id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    // The value in the policy; facts that meet it; facts that do not.
    private static readonly Dictionary<ConditionKind, (string Value, Fact[] Hits, Fact[] Misses)> Kinds = new()
    {
        [ConditionKind.ProgType] = ("[\"xdp\", \"kprobe\"]", [Fact.Of(6ul), Fact.Of(2ul)], [Fact.Of(7ul), Fact.None]),
        [ConditionKind.ExpectedAttachType] = ("\"cgroup_inet_egress\"", [Fact.Of(1ul)], [Fact.Of(0ul), Fact.None]),
        [ConditionKind.AttachFunction] = ("\"do_unlinkat\"", [Fact.Of("do_unlinkat")], [Fact.Of("do_unlink"), Fact.None]),
        [ConditionKind.Helper] = ("\"send_signal\"", [Fact.Of(109ul), Fact.Of(1ul, 109ul)], [Fact.Of(108ul, 110ul), Fact.None]),
        [ConditionKind.Kfunc] = ("\"bpf_task_release\"", [Fact.Of("a", "bpf_task_release")], [Fact.Of("bpf_task_release2"), Fact.None]),
        [ConditionKind.MapType] = ("\"ringbuf\"", [Fact.Of(27ul)], [Fact.Of(26ul), Fact.None]),
        [ConditionKind.InsnCnt] = ("\"10-20\"", [Fact.Of(10ul), Fact.Of(20ul)], [Fact.Of(9ul), Fact.Of(21ul)]),
        [ConditionKind.ProgName] = ("[\"skep*\", \"x\"]",
            [Fact.Of("skep"), Fact.Of("skep_enter"), Fact.Of("x")], [Fact.Of("ske"), Fact.Of("")]),
        [ConditionKind.Sha256] = ($"\"{Digest}\"", [Fact.Of(Digest)], [Fact.Of(Digest[..^1] + "f")]),
        [ConditionKind.Tag] = ($"\"{Tag}\"", [Fact.Of(Tag)], [Fact.Of(Tag[..^1] + "8"), Fact.None]),
        [ConditionKind.Signed] = ("true", [Fact.Of(true)], [Fact.Of(false)]),
        [ConditionKind.Keyring] = ("[\"builtin\", \"user\"]", [Fact.Of(0ul), Fact.Of(3ul)], [Fact.Of(1ul), Fact.None]),
        [ConditionKind.Uid] = ("[0, \"1000-1999\"]", [Fact.Of(0ul), Fact.Of(1999ul)], [Fact.Of(1ul), Fact.Of(2000ul)]),
        [ConditionKind.Capability] = ("\"CAP_BPF\"", [Fact.Of(39ul), Fact.Of(1ul, 39ul)], [Fact.Of(38ul), Fact.None]),
        [ConditionKind.Exe] = ("[\"/usr/sbin/*\", \"/opt/*.bin\"]",
            [Fact.Of("/usr/sbin/x"), Fact.Of("/usr/sbin/"), Fact.Of("/opt/a/b.bin")],
            [Fact.Of("/usr/sbin"), Fact.Of("/usr/sbin2/x"), Fact.Of("/opt/.bi"), Fact.Of("/x/usr/sbin/x")]),
        [ConditionKind.ExeSha256] = ($"\"{Digest}\"", [Fact.Of(Digest)], [Fact.Of(Digest[..^1] + "f")]),
        [ConditionKind.Cgroup] = ("\"/system.slice\"", [Fact.Of("/system.slice"), Fact.Of("/system.slice/a.service/b")],
            [Fact.Of("/system.slice2"), Fact.Of("/"), Fact.Of("/a/system.slice")]),
        [ConditionKind.Unit] = ("\"ssh@*.service\"", [Fact.Of("ssh@1.service")], [Fact.Of("ssh.service"), Fact.None]),
        [ConditionKind.Container] = ($"\"{Id[..12]}\"", [Fact.Of(Id), Fact.Of(Id[..12])], [Fact.Of("1" + Id[1..]), Fact.None]),
        [ConditionKind.Pod] = ("\"web-*\"", [Fact.Of("web-1")], [Fact.Of("db-1"), Fact.None]),
        [ConditionKind.UserNamespace] = ("\"other\"", [Fact.Of(1ul)], [Fact.Of(0ul)]),
        [ConditionKind.Token] = ("true", [Fact.Of(true)], [Fact.Of(false)]),
        [ConditionKind.Time] = ("\"Sun 23:00-01:00\"",
            [Fact.Of((6ul * 1440) + 1380), Fact.Of(59ul)], [Fact.Of(60ul), Fact.Of((6ul * 1440) + 1379)]),
        [ConditionKind.Finding] = ("\"hides-from-getdents\"", [Fact.Of(0ul, 1ul)], [Fact.Of(0ul), Fact.None]),
    };

    public static TheoryData<ConditionKind> All => [.. Enum.GetValues<ConditionKind>()];

    [Theory]
    [MemberData(nameof(All))]
    public void A_condition_holds_by_any_of_its_values_and_its_negation_by_none(ConditionKind kind)
    {
        (string value, Fact[] hits, Fact[] misses) = Kinds[kind];
        string key = ConditionInfo.Of(kind).Key;
        Condition positive = Parsed($"{key} = {value}"), negated = Parsed($"not_{key} = {value}");
        GuardOperations operation = FirstOf(ConditionInfo.Of(kind).Operations);
        Assert.All(hits, fact => Assert.Equal((true, false), Holds(fact)));
        Assert.All(misses, fact => Assert.Equal((false, true), Holds(fact)));
        Assert.Equal((null, null), Holds(Fact.Unknown));

        (bool?, bool?) Holds(Fact fact)
        {
            var subject = new Subject(operation) { [kind] = fact };
            return (Decider.Holds(positive, subject), Decider.Holds(negated, subject));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_condition_holds_at_no_operation_that_has_nothing_of_its_kind(ConditionKind kind)
    {
        (string value, Fact[] hits, Fact[] misses) = Kinds[kind];
        string key = ConditionInfo.Of(kind).Key;
        GuardOperations others = GuardOperations.All & ~ConditionInfo.Of(kind).Operations;
        if (others == GuardOperations.None) return;
        Assert.All((Fact[])[.. hits, .. misses, Fact.Unknown], fact =>
        {
            var subject = new Subject(FirstOf(others)) { [kind] = fact };
            Assert.False(Decider.Holds(Parsed($"{key} = {value}"), subject));
            Assert.False(Decider.Holds(Parsed($"not_{key} = {value}"), subject));
        });
    }

    [Fact]
    public void The_root_of_cgroups_is_above_all() =>
        Assert.True(Decider.Holds(Parsed("cgroup = \"/\""), new Subject(GuardOperations.Pin) { [ConditionKind.Cgroup] = Fact.Of("/a") }));

    private static GuardOperations FirstOf(GuardOperations operations) => (GuardOperations)((int)operations & -(int)operations);

    private static Condition Parsed(string condition) => Assert.Single(PolicyText.Read(
        $"{PolicyText.Header}[[rule]]\naction = \"alert\"\n{condition}\n").Rules[0].Conditions);
}
