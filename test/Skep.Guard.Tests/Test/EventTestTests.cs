using System.Text;
using Skep.Guard.Learn;
using Skep.Guard.Model;
using Skep.Guard.Test;
using Skep.Inventory.Code;

namespace Skep.Guard.Tests.Test;

/// <summary>What policies decide of recorded events, and what is learned of them.</summary>
[Collection(nameof(EventTestTests))]
public sealed class EventTestTests
{
    private const string Exit = "9500000000000000", SendSignal = "850000006d000000", Kfunc = "8520000005000000";

    [Theory]
    [InlineData("helper = \"send_signal\"", SendSignal, "deny")]
    [InlineData("helper = \"probe_write_user\"", SendSignal, "allow")]
    [InlineData("kfunc = \"bpf_task_release\"", SendSignal, "allow")]
    [InlineData("kfunc = \"bpf_task_release\"", Kfunc, "undecided")]
    [InlineData("insn_cnt = 2", SendSignal, "deny")]
    [InlineData("prog_type = \"kprobe\"", SendSignal, "deny")]
    [InlineData("exe = \"/usr/bin/x\"", SendSignal, "deny")]
    [InlineData("uid = 0", SendSignal, "deny")]
    [InlineData("unit = \"a.service\"", SendSignal, "deny")]
    [InlineData("cgroup = \"/system.slice\"", SendSignal, "deny")]
    [InlineData("container = \"*\"", SendSignal, "allow")]
    [InlineData("token = true", SendSignal, "allow")]
    [InlineData("user_namespace = \"other\"", SendSignal, "allow")]
    [InlineData("capability = \"CAP_BPF\"", SendSignal, "undecided")]
    [InlineData("time = \"Sun 02:58-02:59\"", SendSignal, "deny")]
    [InlineData("time = \"Sun 02:59-03:00\"", SendSignal, "allow")]
    public void A_load_is_judged_by_what_was_recorded(string condition, string instruction, string decision) =>
        Assert.Equal(decision, Assert.Single(Test(PolicyText.Denying(condition), Load(instruction))).Decision.Word);

    [Fact]
    public void Findings_are_made_of_the_code()
    {
        Policy policy = PolicyText.Read($"{PolicyText.Header}[[rule]]\naction = \"alert\"\nfinding = \"sends-signals\"\n");
        Assert.Equal("alert", Assert.Single(Test(policy, Load(SendSignal))).Decision.Word);
        Assert.Equal("allow", Assert.Single(Test(policy, Load(Exit))).Decision.Word);
        Assert.Equal("undecided", Assert.Single(Test(policy, Load(Kfunc))).Decision.Word);
    }

    [Fact]
    public void An_attach_has_its_program_from_the_load()
    {
        const string attach = "{\"seq\":2,\"syscall\":\"bpf\",\"cmd\":\"link_create\",\"link\":{\"prog_id\":7}}";
        Policy policy = PolicyText.Denying("on = \"link\"\nprog_type = \"kprobe\"");
        Assert.Equal(["allow", "deny"], Test(policy, Load(Exit), attach).Select(e => e.Decision.Word));
        Assert.Equal(["undecided"], Test(policy, attach).Select(e => e.Decision.Word));

        // A new session can be of another boot.
        string later = attach.Replace("\"seq\":2", "\"seq\":1", StringComparison.Ordinal);
        Assert.Equal(["allow", "undecided"], Test(policy, Load(Exit), later).Select(e => e.Decision.Word));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"cmd\":5,\"syscall\":\"bpf\"}")]
    [InlineData("{\"cmd\":\"prog_load\",\"syscall\":\"bpf\"")]
    public void A_line_that_is_no_event_is_named_by_its_number(string line)
    {
        InvalidDataException error = Assert.Throws<InvalidDataException>(
            () => Test(PolicyText.Read(PolicyText.Header), Load(Exit), "", line));
        Assert.StartsWith("reading events: line 3 is no event", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Events_are_not_kept()
    {
        byte[] line = Encoding.UTF8.GetBytes(Load(SendSignal) + "\n");
        using var events = new Repeated(line, 20_000);
        var test = new EventTest(events, "events", Judge(PolicyText.Denying("helper = \"send_signal\"")));
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 20_000; i++) Assert.NotNull(test.Next());
        Assert.Null(test.Next());
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 4 << 20);
    }

    [Fact]
    public void What_is_learned_denies_nothing_of_it_and_all_else()
    {
        string hostile = Load(SendSignal).Replace("/usr/bin/x", "/tmp/a\\\"\\u0007\\u2028 #b", StringComparison.Ordinal)
            .Replace("\"name\":\"p\"", "\"name\":\"x\\n[[rule]]\\naction = 1\"", StringComparison.Ordinal);
        string[] events =
        [
            Load(Exit), Load(SendSignal), hostile,
            "{\"syscall\":\"bpf\",\"cmd\":\"map_create\",\"exe\":\"/usr/bin/x\",\"cgroup\":\"/\"}",
            "{\"syscall\":\"bpf\",\"cmd\":\"obj_pin\",\"uid\":7}",
        ];
        var learner = new PolicyLearner();
        learner.AddAll(Stream(events), "events");
        using var text = new StringWriter { NewLine = "\n" };
        new LearnedPolicyWriter(learner, text).Write(skep: null);
        Policy policy = PolicyText.Read(text.ToString());
        Assert.All(Test(policy, events), e => Assert.Equal("allow", e.Decision.Word));
        Assert.Equal("deny", Assert.Single(Test(policy, Load(Kfunc))).Decision.Word);
        string other = Load(Exit).Replace("/usr/bin/x", "/usr/bin/y", StringComparison.Ordinal);
        Assert.Equal("deny", Assert.Single(Test(policy, other)).Decision.Word);
    }

    private static string Load(string instruction) =>
        "{\"time\":\"2026-11-29T02:58:11.5Z\",\"seq\":1,\"syscall\":\"bpf\",\"cmd\":\"prog_load\",\"pid\":5,\"uid\":0,"
        + "\"exe\":\"/usr/bin/x\",\"cgroup\":\"/system.slice/a.service\",\"unit\":\"a.service\",\"ret\":3,"
        + "\"prog\":{\"id\":7,\"type\":\"kprobe\",\"name\":\"p\",\"insn_cnt\":2,\"map_ids\":[],\"capture\":\"proven\","
        + $"\"insns\":[\"{instruction}\",\"{Exit}\"]}},\"attr\":{{\"prog_flags\":0}}}}";

    private static EventJudge Judge(Policy policy) => new([policy], new TargetKernel(), isOfKernel: false);

    private static List<TestedEvent> Test(Policy policy, params string[] events)
    {
        var test = new EventTest(Stream(events), "events", Judge(policy));
        var tested = new List<TestedEvent>();
        while (test.Next() is { } e) tested.Add(e);
        return tested;
    }

    private static MemoryStream Stream(string[] events) => new(Encoding.UTF8.GetBytes(string.Join('\n', events)));

    /// <summary>A line again and again.</summary>
    private sealed class Repeated(byte[] line, int times) : MemoryStream
    {
        private long _at;

        public override int Read(Span<byte> buffer)
        {
            int count = (int)Math.Min(buffer.Length, ((long)line.Length * times) - _at);
            for (int i = 0; i < count; i++) buffer[i] = line[(_at + i) % line.Length];
            _at += count;
            return count;
        }
    }
}

/// <summary>Memory is measured: nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(EventTestTests), DisableParallelization = true)]
public sealed class EventTestCollection;
