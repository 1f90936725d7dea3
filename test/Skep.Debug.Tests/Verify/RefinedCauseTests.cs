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
