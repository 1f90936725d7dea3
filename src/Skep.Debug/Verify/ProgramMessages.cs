using static Skep.Debug.Verify.VerifierCause;

namespace Skep.Debug.Verify;

/// <summary>
/// Messages about the program as a whole: its flow, its instructions, its BTF, what it is to be attached to, and what libbpf says before
/// the kernel is asked. Of two that fit a line, the first counts.
/// </summary>
internal static class ProgramMessages
{
    public static IReadOnlyList<MessagePattern> All { get; } =
    [
        // How much there is to walk
        new("BPF program is too large. Processed * insn", TooComplex),
        new("The sequence of * jumps is too complex*", TooComplex),
        new("* too many iterations", TooComplex),
        new("failed to push state *", TooComplex),
        new("liveness analysis exceeded complexity limit *", TooComplex),
        new("back-edge from insn * to *", InfiniteLoop),
        new("infinite loop detected at insn *", InfiniteLoop),
        new("recursive call from *", InfiniteLoop),
        new("recursive call*", InfiniteLoop),
        new("unreachable insn *", DeadCode),

        // Flow
        new("last insn is not an exit or jmp", ControlFlow),
        new("jump out of range *", ControlFlow),
        new("indirect jump out of range *", ControlFlow),
        new("jump into the middle of ldimm64 insn *", ControlFlow),
        new("jump table for insn * points outside *", ControlFlow),
        new("no jump tables found for subprog *", ControlFlow),
        new("call to invalid destination", ControlFlow),
        new("invalid insn idx * insn_cnt *", ControlFlow),
        new("cannot tail call within *", ControlFlow),
        new("tail_calls are not allowed in programs with stack args", ControlFlow),
        new("cannot use BPF_LD_[ABS|IND] within callback", ControlFlow),
        new("callback function *", ControlFlow),
        new("insn * cannot call exception cb directly*", ControlFlow),
        new("bpf_throw kfunc * cannot be called from callback subprog *", ControlFlow),
        new("tail_call is *", ControlFlow),
        new("LD_ABS is *", ControlFlow),

        // What is returned
        new("* the register * has*should have been in *", ReturnValue),
        new("*should have been in *", ReturnValue),
        new("At program exit the register *", ReturnValue),
        new("At subprogram exit the register *", ReturnValue),
        new("At async callback the register *", ReturnValue),
        new("In * callback the register *", ReturnValue),
        new("At callback return the register *", ReturnValue),
        new("* the register R* is not a known value *", ReturnValue),
        new("BPF_LSM_CGROUP that attach to void LSM hooks can't modify return value!", ReturnValue),

        // Instructions
        new("BPF_* uses reserved fields", InvalidInstruction),
        new("BPF_ATOMIC uses invalid atomic opcode *", InvalidInstruction),
        new("invalid BPF_*", InvalidInstruction),
        new("invalid bpf_ld_imm64 insn", InvalidInstruction),
        new("invalid atomic operand size", InvalidInstruction),
        new("invalid may_goto *", InvalidInstruction),
        new("invalid shift *", InvalidInstruction),
        new("div by zero", InvalidInstruction),
        new("unknown opcode *", InvalidInstruction),
        new("unknown insn class *", InvalidInstruction),
        new("Unknown conditional jump *", InvalidInstruction),
        new("R* is invalid", InvalidInstruction),
        new("r11 load must be before *", InvalidInstruction),
        new("addr_space_cast insn can only *", InvalidInstruction),
        new("*fields to be zero*", InvalidInstruction),
        new("sign extending loads from arena are not supported yet", InvalidInstruction),

        // Rights
        new("* allowed only to CAP_*", Permission),
        new("* are allowed for CAP_BPF and CAP_SYS_ADMIN", Permission),
        new("CAP_BPF and CAP_PERFMON are required to use arena", Permission),
        new("*prohibited for !root*", Permission),
        new("* not allowed to unprivileged*", Permission),

        // Limits
        new("The total number of * per program has reached the limit of *", Limits),
        new("fd_array has too many entries *", Limits),
        new("too many *", Limits),
        new("the call stack of * frames is too deep*", Limits),
        new("insn * cannot be patched due to 16-bit range", Limits),
        new("max struct nesting depth exceeded", Limits),
        new("function name * is too long", Limits),
        new("Function * has * > * args", Limits),
        new("Global function *() with * > * args*", Limits),
        new("global function * has * > * args*", Limits),
        new("kernel supports at most * parameters*", Limits),
        new("stack arg write offset * exceeds max *", Limits),
        new("The function * has * arguments. Too many.", Limits),
        new("freplace programs with >* args not supported yet", Limits),

        // What the kernel was built without
        new("mixing of tail_calls and bpf-to-bpf calls is not supported", Unsupported),
        new("JIT *", Unsupported),
        new("* not supported by jit", Unsupported),
        new("* in non-JITed programs*", Unsupported),
        new("program requires BPF JIT compiler but it is not available", Unsupported),
        new("* are only supported on 64-bit arches", Unsupported),
        new("*make sure CONFIG_DEBUG_INFO_BTF=y*", Unsupported),
        new("* requires a program with an associated arena", MapNotAllowed),

        // Signatures
        new("signature verification failed*", Signature),
        new("signed *", Signature),
        new("cannot resolve signing keyring *", Signature),
        new("failed to read signed metadata map *", Signature),

        // What the verifier says of itself
        new("verifier bug*", VerifierBug),
        new("*verifier internal error*", VerifierBug),
        new("*Verifier bug*", VerifierBug),
        new("*verifier is misconfigured*", VerifierBug),
        new("*misconfigured*", VerifierBug),
        new("*internal bug", VerifierBug),
        new("verifier BUG *", VerifierBug),
        new("BUG: *", VerifierBug),
        new("bug: *", VerifierBug),
        new("BUG *", VerifierBug),
        new("REG INVARIANTS VIOLATION *", VerifierBug),
        new("* has non-overwritten BPF_PTR_POISON type", VerifierBug),

        .. AttachMessages.All,

        // BTF
        new("*missing btf func_info", Btf),
        new("missing bpf_line_info *", Btf),
        new("number of funcs in func_info *", Btf),
        new("func_info BTF section *", Btf),
        new("invalid type id * in func info", Btf),
        new("invalid btf id *", Btf),
        new("Invalid line_info*", Btf),
        new("Invalid insn code at line_info*", Btf),
        new("Invalid core_relo*", CoreRelocation),
        new("nonzero tailing record *", Btf),
        new("nonzero insn_off *", Btf),
        new("same or smaller insn offset *", Btf),
        new("BTF of func*", Btf),
        new("Global function* BTF*", Btf),
        new("Global functions need valid BTF", Btf),
        new("Global function *() doesn't return scalar*", Btf),
        new("Global function *() return value not void or scalar*", Btf),
        new("Invalid BTF of func *", Btf),
        new("Invalid type of function *", Btf),
        new("Invalid btf*", Btf),
        new("invalid module BTF *", Btf),
        new("* is not a module BTF", Btf),
        new("kfunc fd_idx *", Btf),
        new("kfunc offset > 0 without fd_array is invalid", Btf),
        new("ldimm64 * btf_id *", Btf),
        new("pseudo btf_id *", Btf),
        new("ldimm64 failed to find the address for kernel symbol *", Btf),
        new("ldimm64 unable to resolve the size of type *", Btf),
        new("in-kernel BTF is malformed", Btf),
        new("btf_vmlinux is malformed", Btf),
        new("Unrecognized arg#* type *", Btf),
        new("Unrecognized * type *", Btf),
        new("Arg#* type * is not supported yet*", Btf),
        new("arg#* tag*", Btf),
        new("arg#* has *", Btf),
        new("arg#* type *", Btf),
        new("arg#* struct doesn't have a name", Btf),
        new("arg#* arena cannot be combined *", Btf),
        new("arg#* untrusted cannot be combined *", Btf),
        new("arg#* reference type('*", Btf),
        new("arg#* is *", Btf),
        new("arg#* should be *", Btf),
        new("*exception callback*", Btf),
        new("exception cb *", Btf),
        new("Subprog * doesn't exist", Btf),
        new("unable to resolve the size of type *", Btf),
        new("type '*' has multiple type tags", Btf),
        new("function signature member has multiple type tags", Btf),

        .. LoaderMessages.All,
    ];
}
