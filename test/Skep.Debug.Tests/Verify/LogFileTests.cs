using Skep.Debug.Verify;

namespace Skep.Debug.Tests.Verify;

/// <summary>Logs alone, as tools leave them.</summary>
public sealed class LogFileTests
{
    private const string Accepted = "0: R1=ctx() R10=fp0\n0: (b7) r0 = 0                        ; R0_w=0\n1: (95) exit\n"
        + "processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n";

    private const string Unchecked = """
        0: R1=ctx() R10=fp0
        ; __u64 *value = bpf_map_lookup_elem(&counts, &key); @ count.bpf.c:16
        5: (85) call bpf_map_lookup_elem#1    ; R0_w=map_value_or_null(id=1,map=counts,ks=4,vs=8)
        6: (bf) r6 = r0                       ; R0_w=map_value_or_null(id=1,ks=4,vs=8) R6_w=map_value_or_null(id=1,ks=4,vs=8)
        ; *value += 1; @ count.bpf.c:17
        7: (79) r1 = *(u64 *)(r6 +0)
        R6 invalid mem access 'map_value_or_null'
        processed 8 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
        """;

    [Fact]
    public void A_log_alone_is_explained()
    {
        Verification one = Assert.Single(LogFile.Read(Unchecked, "log"));
        Assert.False(one.Accepted);
        Diagnosis found = one.Diagnosis!;
        Assert.Equal((VerifierCause.UncheckedNull, 7), (found.Cause, found.Insn));
        Assert.Equal(new SourcePlace("count.bpf.c", 17, "*value += 1;"), found.Source);
        Assert.Equal([5, 6], found.Path.Select(step => step.Insn));
        Assert.Equal(["returned", "copied"], found.Path.Select(step => step.What));
        Assert.Contains("bpf_map_lookup_elem() returned at instruction 5", found.Explanation, StringComparison.Ordinal);
        Assert.Equal(8, one.Counts!.Processed);
    }

    [Theory]
    [InlineData("stack depth 544 exceeds interpreter stack depth limit", VerifierCause.StackLimit)]
    [InlineData("func#0 writes 5 stack arg slots, but calls only require 2", VerifierCause.Limits)]
    public void A_refusal_that_begins_as_a_notice_does_is_one(string message, VerifierCause cause)
    {
        string log = Accepted.Replace("processed", message + "\nprocessed", StringComparison.Ordinal);
        Verification one = Assert.Single(LogFile.Read(log, "log"));
        Assert.Equal((false, cause), (one.Accepted, one.Diagnosis?.Cause));
        Assert.True(Assert.Single(LogFile.Read("func#0 @0\n" + Accepted + "stack depth 16\n", "log")).Accepted);
    }

    [Fact]
    public void What_libbpf_prints_has_a_log_for_each_program()
    {
        string text = "libbpf: prog 'first': BPF program load failed: Permission denied\nlibbpf: prog 'first': -- BEGIN PROG LOAD LOG --\n"
            + Unchecked + "\n-- END PROG LOAD LOG --\nlibbpf: prog 'second': -- BEGIN PROG LOAD LOG --\n"
            + "unreachable insn 2\nprocessed 0 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n"
            + "-- END PROG LOAD LOG --\nlibbpf: failed to load program 'first'\n";
        IReadOnlyList<Verification> all = LogFile.Read(text, "log");
        Assert.Equal(["first", "second"], all.Select(one => one.Program));
        Assert.Equal([VerifierCause.UncheckedNull, VerifierCause.DeadCode], all.Select(one => one.Diagnosis!.Cause));
        Assert.Equal(2, all[1].Diagnosis!.Insn);
    }

    [Fact]
    public void The_path_is_that_of_the_branch_on_which_it_was_refused()
    {
        const string log = """
            0: R1=ctx() R10=fp0
            0: (b7) r6 = 8192                     ; R6_w=8192
            1: (85) call bpf_get_prandom_u32#7    ; R0_w=scalar()
            2: (15) if r0 == 0x0 goto pc+3        ; R0_w=scalar()
            3: (b7) r6 = 2                        ; R6_w=2
            4: (b7) r0 = 0                        ; R0_w=0
            5: (95) exit

            from 2 to 6: R0_w=0 R6_w=8192 R10=fp0
            6: (79) r1 = *(u64 *)(r6 +0)
            R6 invalid mem access 'scalar'
            processed 7 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
            """;
        Diagnosis found = Assert.Single(LogFile.Read(log, "log")).Diagnosis!;
        Assert.Equal(VerifierCause.TypeMismatch, found.Cause);
        Assert.Equal([0], found.Path.Select(step => step.Insn));
    }

    [Fact]
    public void A_pointer_that_a_call_ended_was_released()
    {
        const string log = """
            3: (85) call bpf_ringbuf_reserve#131  ; R0_w=ringbuf_mem_or_null(id=2,ref_obj_id=2,sz=8) refs=2
            4: (15) if r0 == 0x0 goto pc+5        ; R0_w=ringbuf_mem(ref_obj_id=2,sz=8) refs=2
            5: (bf) r6 = r0                       ; R0_w=ringbuf_mem(ref_obj_id=2,sz=8) R6_w=ringbuf_mem(ref_obj_id=2,sz=8) refs=2
            6: (bf) r1 = r0                       ; R1_w=ringbuf_mem(ref_obj_id=2,sz=8) refs=2
            7: (b7) r2 = 0                        ; R2_w=0 refs=2
            8: (85) call bpf_ringbuf_submit#132   ;
            9: (79) r1 = *(u64 *)(r6 +0)
            R6 invalid mem access 'scalar'
            processed 10 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
            """;
        Diagnosis found = Assert.Single(LogFile.Read(log, "log")).Diagnosis!;
        Assert.Equal(VerifierCause.UseAfterRelease, found.Cause);
        Assert.Contains("bpf_ringbuf_submit() at instruction 8", found.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void Logs_without_a_frame_are_told_apart_by_what_was_counted()
    {
        IReadOnlyList<Verification> all = LogFile.Read($"{Unchecked}\n{Accepted}", "log");
        Assert.Equal([false, true], all.Select(one => one.Accepted));
        Assert.Equal(VerifierCause.UncheckedNull, all[0].Diagnosis!.Cause);
    }

    [Theory]
    [InlineData("VERDICT: success\nFile Program Verdict\n")]
    [InlineData("libbpf: prog 'x': -- END\n")]
    public void What_stands_behind_a_log_is_not_its_own(string behind) =>
        Assert.True(Assert.Single(LogFile.Read(Accepted + behind, "log")).Accepted);

    [Fact]
    public void Lines_of_level_2_behind_the_last_step_are_no_refusal() => Assert.True(Assert.Single(LogFile.Read(
        Accepted.Replace("processed 2", "(0) frame 0 insn 1 +live -8\nprocessed 2", StringComparison.Ordinal), "log")).Accepted);

    [Fact]
    public void A_log_that_ends_before_the_verdict_is_none() => Assert.Contains("before the verdict",
        Assert.Throws<InvalidDataException>(() => LogFile.Read("0: R1=ctx() R10=fp0\n0: (b7) r0 = 0\n", "log")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_register_without_a_state_is_one_that_is_not_known()
    {
        Diagnosis found = Assert.Single(LogFile.Read("""
            0: R1=ctx() R2= R10=fp0
            0: (79) r0 = *(u64 *)(r2 +0)
            R2 invalid mem access 'scalar'
            processed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
            """, "log")).Diagnosis!;
        Assert.Equal([new KnownValue("R2", null)], found.Values);
    }

    [Fact]
    public void What_7_3_adds_to_a_message_is_no_message()
    {
        string log = Unchecked.Replace("processed 8", """

            Verification failed: Register Type Safety: Invalid dereference

            At:
              R6 !read_ok
            processed 8
            """, StringComparison.Ordinal);
        Assert.Equal(VerifierCause.UncheckedNull, Assert.Single(LogFile.Read(log, "log")).Diagnosis!.Cause);
    }

    [Theory]
    [InlineData("")]
    [InlineData("table filter {\n}\n")]
    public void What_is_no_log_is_refused(string text)
    {
        var e = Assert.Throws<InvalidDataException>(() => LogFile.Read(text, "some.log"));
        Assert.Contains("some.log", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_of_a_program_that_is_accepted_says_so()
    {
        Verification one = Assert.Single(LogFile.Read(Accepted, "log"));
        Assert.True(one.Accepted);
        Assert.Null(one.Diagnosis);
    }
}
