using Skep.Debug.Verify;
using Skep.Linux.Errors;

namespace Skep.Debug.Tests.Verify;

/// <summary>Causes that the steps before a message decide.</summary>
public sealed class RefinedCauseTests
{
    [Theory]
    [InlineData(VerifierCause.UseAfterRelease, """
        4: (85) call bpf_ringbuf_reserve#131  ; R0=ringbuf_mem_or_null(id=2,ref_obj_id=2,sz=8) refs=2
        5: (bf) r6 = r0   ; R0=ringbuf_mem_or_null(id=2,ref_obj_id=2,sz=8) R6=ringbuf_mem_or_null(id=2,ref_obj_id=2,sz=8)
        6: (15) if r6 == 0x0 goto pc+8        ; R6=ringbuf_mem(ref_obj_id=2,sz=8) refs=2
        7: (bf) r1 = r6                       ; R1=ringbuf_mem(ref_obj_id=2,sz=8) R6=ringbuf_mem(ref_obj_id=2,sz=8) refs=2
        8: (b7) r2 = 0                        ; R2=0 refs=2
        9: (85) call bpf_ringbuf_submit#132   ;
        10: (bf) r1 = r6                      ; R1=scalar(id=3) R6=scalar(id=3)
        11: (b7) r2 = 0                       ; R2=0
        12: (85) call bpf_ringbuf_submit#132
        R1 type=scalar expected=ringbuf_mem
        """)]
    [InlineData(VerifierCause.UseAfterRelease, """
        16: (85) call bpf_sk_fullsock#95      ; R0=sock_or_null(id=3,ref_obj_id=2) refs=2
        17: (bf) r8 = r0                      ; R0=sock_or_null(id=3,ref_obj_id=2) R8=sock_or_null(id=3,ref_obj_id=2) refs=2
        18: (bf) r1 = r7                      ; R1=sock(ref_obj_id=2) R7=sock(ref_obj_id=2) refs=2
        19: (85) call bpf_sk_release#86       ; R0=scalar()
        20: (15) if r8 == 0x0 goto pc+1       ; R8=scalar(umin=1)
        21: (61) r6 = *(u32 *)(r8 +16)
        R8 invalid mem access 'scalar'
        """)]
    [InlineData(VerifierCause.UseAfterRelease, """
        11: (85) call bpf_dynptr_data#203     ; R0=mem_or_null(id=3,ref_obj_id=2,sz=8) refs=2
        12: (bf) r6 = r0     ; R0=mem_or_null(id=3,ref_obj_id=2,sz=8) R6=mem_or_null(id=3,ref_obj_id=2,sz=8) refs=2
        13: (55) if r6 != 0x0 goto pc+2       ; R6=0 refs=2
        14: (b7) r0 = 0                       ; R0=0 refs=2
        15: (95) exit
        from 13 to 16: R0=mem(ref_obj_id=2,sz=8) R6=mem(ref_obj_id=2,sz=8) R10=fp0 refs=2
        16: R0=mem(ref_obj_id=2,sz=8) R6=mem(ref_obj_id=2,sz=8) R10=fp0 refs=2
        16: (85) call bpf_ringbuf_submit_dynptr#199   ;
        17: (7b) *(u64 *)(r6 +0) = r1
        R6 invalid mem access 'scalar'
        """)]
    [InlineData(VerifierCause.PacketBounds, """
        0: (61) r6 = *(u32 *)(r1 +76)         ; R1=ctx() R6=pkt(r=0)
        1: (85) call bpf_skb_store_bytes#9    ; R0=scalar()
        2: (bf) r2 = r6                       ; R2=scalar(id=1) R6=scalar(id=1)
        3: (85) call bpf_map_lookup_elem#1
        R2 type=scalar expected=fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_
        """)]
    [InlineData(VerifierCause.PacketBounds, """
        3: (61) r8 = *(u32 *)(r1 +76)         ; R1=ctx() R8=pkt(r=0)
        4: (bf) r2 = r8                       ; R2=pkt(r=0) R8=pkt(r=0)
        5: (07) r2 += 2                       ; R2=pkt(off=2,r=0)
        6: (2d) if r2 > r9 goto pc+3          ; R2=pkt(off=2,r=2) R9=pkt_end()
        7: (85) call pc+9
        Func#1 ('grow') is global and assumed valid.
        8: R0=scalar()
        8: (69) r1 = *(u16 *)(r8 +0)
        R8 invalid mem access 'scalar'
        """)]
    [InlineData(VerifierCause.PacketBounds, """
        3: (61) r7 = *(u32 *)(r1 +76)         ; R1=ctx() R7=pkt(r=0)
        4: (bf) r2 = r7                       ; R2=pkt(r=0) R7=pkt(r=0)
        5: (07) r2 += 2                       ; R2=pkt(off=2,r=0)
        6: (2d) if r2 > r9 goto pc+3          ; R2=pkt(off=2,r=2) R9=pkt_end()
        7: (85) call pc+9
        17: frame1: R1=ctx() R10=fp0
        17: (18) r2 = 0xffff888100000000      ; frame1: R2=map_ptr(map=next,ks=4,vs=4)
        19: (b7) r3 = 1                       ; frame1: R3=1
        20: (85) call bpf_tail_call#12
        returning from callee:
         frame1: R0=scalar() R2=map_ptr(map=next,ks=4,vs=4) R10=fp0
        to caller at 8:
         R0=scalar() R7=scalar() R10=fp0
        8: R0=scalar()
        8: (69) r1 = *(u16 *)(r7 +0)
        R7 invalid mem access 'scalar'
        """)]
    [InlineData(VerifierCause.Uninitialised, """
        2: (b7) r3 = 4                        ; R3=4
        3: (85) call pc+5
        Func#1 ('count') is global and assumed valid.
        4: R0=scalar()
        4: (0f) r0 += r3
        R3 !read_ok
        """)]
    [InlineData(VerifierCause.MapNotAllowed, """
        7: (15) if r0 == 0x0 goto pc+1        ; R0=map_value(map=sink,ks=4,vs=8)
        8: (79) r0 = *(u64 *)(r0 +0)
        read from map forbidden, value_size=8 off=0 size=8
        """)]
    [InlineData(VerifierCause.ContextAccess, """
        0: R1=ctx() R10=fp0
        0: (b7) r2 = 1                        ; R2=1
        1: (db) lock *(u64 *)(r1 +16) += r2
        BPF_ATOMIC stores into R1 ctx is not allowed
        """)]
    [InlineData(VerifierCause.MemoryBounds, """
        6: (15) if r0 == 0x0 goto pc+4        ; R0=map_value(map=names,ks=4,vs=16)
        7: (bf) r1 = r0                       ; R0=map_value(map=names,ks=4,vs=16) R1=map_value(map=names,ks=4,vs=16)
        8: (b7) r2 = 0                        ; R2=0
        9: (85) call bpf_trace_printk#6
        R2 invalid zero-sized read: u64=[0,0]
        """)]
    [InlineData(VerifierCause.TypeMismatch, """
        0: (85) call bpf_ktime_get_ns#5       ; R0=scalar()
        1: (bf) r6 = r0                       ; R0=scalar(id=1) R6=scalar(id=1)
        2: (55) if r6 != 0x0 goto pc+2        ; R6=0
        3: (79) r1 = *(u64 *)(r6 +0)
        R6 invalid mem access 'scalar'
        """)]
    [InlineData(VerifierCause.PointerArithmetic, """
        7: (85) call bpf_map_lookup_elem#1    ; R0=map_value_or_null(id=1,map=values,ks=4,vs=64)
        8: (15) if r0 == 0x0 goto pc+3        ; R0=map_value(map=values,ks=4,vs=64)
        9: (bc) w1 = w0                       ; R0=map_value(map=values,ks=4,vs=64) R1=scalar(umax=0xffffffff)
        10: (79) r0 = *(u64 *)(r1 +0)
        R1 invalid mem access 'scalar'
        """)]
    [InlineData(VerifierCause.UncheckedNull, """
        7: (55) if r0 != 0x0 goto pc+2        ; R0=0
        8: (b7) r1 = 24                       ; R1=24
        9: (79) r6 = *(u64 *)(r1 +0)
        R1 invalid mem access 'scalar'
        """)]
    [InlineData(VerifierCause.TypeMismatch, """
        3: (7b) *(u64 *)(r10 -8) = r1         ; R1=map_value(map=values,ks=4,vs=64) R10=fp0 fp-8=map_value(map=values,ks=4,vs=64)
        4: (7b) *(u64 *)(r2 +0) = r0          ; R0=0 R2=fp(var_off=(0xfffffffffffffff0; 0x8))
        5: (79) r1 = *(u64 *)(r10 -8)         ; R1=scalar() R10=fp0
        6: (71) r0 = *(u8 *)(r1 +0)
        R1 invalid mem access 'scalar'
        """)]
    [InlineData(VerifierCause.TypeMismatch, """
        0: (61) r1 = *(u32 *)(r1 +8)          ; R1=scalar(umax=0xffffffff)
        1: (85) call bpf_map_lookup_elem#1
        R1 type=scalar expected=map_ptr
        """)]
    [InlineData(VerifierCause.Uninitialised, """
        0: (79) r0 = *(u64 *)(r10 -16)
        invalid read from stack R10 off=-16 size=8
        """)]
    [InlineData(VerifierCause.StackLimit, """
        0: (79) r0 = *(u64 *)(r10 +8)
        invalid read from stack R10 off=8 size=8
        """)]
    [InlineData(VerifierCause.PointerLeak, """
        0: (7b) *(u64 *)(r10 -8) = r1         ; R1=ctx() R10=fp0 fp-8=ctx()
        1: (85) call bpf_map_update_elem#2
        invalid read from stack R3 off -8+0 size 8
        """)]
    [InlineData(VerifierCause.ReadOnly, """
        0: (b7) r10 = 4
        frame pointer is read only
        """)]
    [InlineData(VerifierCause.CoreRelocation, """
        reg type unsupported for arg#0 function structure#23
        0: R1=ctx(off=0,imm=0) R10=fp0
        0: <invalid CO-RE relocation>
        failed to resolve CO-RE relocation <byte_off> [35] struct no_such_struct.field (0:0 @ offset 0)
        """)]
    [InlineData(VerifierCause.CoreRelocation, """
        arg#0 reference type('UNKNOWN ') size cannot be determined: -22
        0: <invalid CO-RE relocation>
        failed to resolve CO-RE relocation <enumval_value> [40] enum no_such_enum::NO_SUCH_VALUE = 1
        """)]
    public void A_log_has_its_cause(VerifierCause cause, string log) => Assert.Equal(cause, LogDiagnoser.Diagnose(log).Cause);

    // What the kernel answers to a signed load: LoadSignatureTests brings it to that.
    [Theory]
    [InlineData(129), InlineData(126), InlineData(127), InlineData(128), InlineData(74)]
    public void A_signature_that_does_not_hold_is_known_by_its_error(int error)
    {
        Diagnosis diagnosis = LogDiagnoser.OfError(new Errno(error));
        Assert.Equal(VerifierCause.Signature, diagnosis.Cause);
        Assert.Contains("sign", diagnosis.Explanation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("until bpf_ringbuf_submit_dynptr() at instruction 9", "(85) call bpf_ringbuf_submit_dynptr#199   ;")]
    [InlineData("a call or a write behind it ended what it belongs to", "(85) call bpf_get_smp_processor_id#8    ;")]
    public void What_ended_a_pointer_is_named_only_where_it_is_known(string expected, string last) => Assert.Contains(
        expected, LogDiagnoser.Diagnose($"""
            5: (85) call bpf_dynptr_data#203      ; R0=mem(ref_obj_id=2,sz=8) refs=2
            6: (bf) r6 = r0                       ; R0=mem(ref_obj_id=2,sz=8) R6=mem(ref_obj_id=2,sz=8) refs=2
            7: (85) call bpf_dynptr_clone#65840   ; R0=scalar() refs=2
            8: (b7) r2 = 0                        ; R2=0 refs=2
            9: {last}
            10: (71) r0 = *(u8 *)(r6 +0)
            R6 invalid mem access 'scalar'
            """).Explanation, StringComparison.Ordinal);

    // What libbpf says before the load is not why it failed; and the C library has no words for errors that are the kernel's own.
    [Theory]
    [InlineData(1, "Operation not permitted", "libbpf: BTF loading error: -22\nlibbpf: prog 'p': BPF program load failed: ...\n")]
    [InlineData(524, "Operation is not supported", "libbpf: prog 'p': BPF program load failed: ERROR: strerror_r(524)=22\n")]
    public void Without_a_log_the_message_is_that_of_the_load(int error, string words, string messages)
    {
        Diagnosis diagnosis = LogDiagnoser.OfError(new Errno(error), messages);
        Assert.Equal($"BPF program load failed: {words}", diagnosis.Message);
        Assert.NotEqual(VerifierCause.Other, diagnosis.Cause);
    }

    [Fact]
    public void A_function_of_the_program_that_may_change_the_packet_is_named_as_such() => Assert.Contains(
        "A function of the program at instruction 2 may move or resize the packet", LogDiagnoser.Diagnose("""
            1: (61) r7 = *(u32 *)(r1 +76)         ; R1=ctx() R7=pkt(r=0)
            2: (85) call pc+5
            Func#1 ('grow') is global and assumed valid.
            3: R0=scalar()
            3: (71) r0 = *(u8 *)(r7 +0)
            R7 invalid mem access 'scalar'
            """).Explanation, StringComparison.Ordinal);

    [Fact]
    public void What_the_verifier_counts_is_no_part_of_a_message() =>
        Assert.Equal(
            "expected prog array map for tail call",
            LogDiagnoser.Diagnose(
                "3: (85) call bpf_tail_call#12\nexpected prog array map for tail callverification time 39 usec\n").Message);

    [Fact]
    public void A_relocation_is_of_the_instruction_that_libbpf_names() => Assert.Equal(1, LogDiagnoser.Diagnose("""
        0: (85) call bpf_get_current_task#35          ; R0=scalar()
        1: <invalid CO-RE relocation>
        failed to resolve CO-RE relocation <byte_off> [32] struct task_struct.no_such_field (0:0 @ offset 0)
        """).Insn);

    [Theory]
    [InlineData("combined stack size of 2 calls is 608. Too large")]
    [InlineData("the call stack of 9 frames is too deep !")]
    public void What_is_found_after_the_walk_is_of_no_instruction(string message) =>
        Assert.Null(LogDiagnoser.Diagnose($"0: (b7) r0 = 0                        ; R0=0\n1: (95) exit\n{message}\n").Insn);
}
