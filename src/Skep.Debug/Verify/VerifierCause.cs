namespace Skep.Debug.Verify;

/// <summary>Why the kernel refuses a program: a closed list, documented in docs/verify.md.</summary>
public enum VerifierCause
{
    /// <summary>None of the others: the kernel's words stand alone.</summary>
    Other,

    UncheckedNull,
    PacketBounds,
    MapValueBounds,
    MemoryBounds,
    StackLimit,
    Uninitialised,
    TooComplex,
    InfiniteLoop,
    ReferenceLeak,
    UseAfterRelease,
    LockImbalance,
    HelperNotAllowed,
    KfuncNotAllowed,
    MapNotAllowed,
    GplOnly,
    PointerArithmetic,
    PointerLeak,
    TypeMismatch,
    ContextAccess,
    ReadOnly,
    ReturnValue,
    Sleepable,
    Misaligned,
    DeadCode,
    ControlFlow,
    InvalidInstruction,
    Btf,
    CoreRelocation,
    AttachTarget,
    Signature,
    Permission,
    Limits,
    Unsupported,
    VerifierBug,
}

/// <summary>A cause as it is written.</summary>
/// <param name="Cause">The cause.</param>
/// <param name="Name">As in JSON and docs/verify.md.</param>
/// <param name="Meaning">One sentence without its full stop.</param>
/// <param name="Hint">What to change in the program, or around it.</param>
public sealed record VerifierCauseInfo(VerifierCause Cause, string Name, string Meaning, string Hint)
{
    private static readonly VerifierCauseInfo[] s_all =
    [
        new(VerifierCause.Other, "other", "none of the other causes: the kernel's message says what is wrong",
            "read the message of the kernel, and the last instructions before it (--verbose prints the log)"),
        new(VerifierCause.UncheckedNull, "unchecked-null", "a pointer that may be NULL is used before it was compared with NULL",
            "compare the pointer with NULL, and use it only on the path where it is not"),
        new(VerifierCause.PacketBounds, "packet-bounds", "packet data is accessed that no comparison with data_end has shown to be there",
            "compare the end of the access with data_end, on this path and after the last call that changes the packet"),
        new(VerifierCause.MapValueBounds, "map-value-bounds", "a map's value or key is accessed outside of its size",
            "bound the index before the access (if (i >= N) return 0; or i &= N - 1), or declare a larger value"),
        new(VerifierCause.MemoryBounds, "memory-bounds", "memory of known size is accessed outside of it, or with a length without a bound",
            "bound the offset or the length by comparisons before the access (unsigned, or with a lower bound too)"),
        new(VerifierCause.StackLimit, "stack-limit", "more stack is used than the 512 bytes there are, or an access lies outside of it",
            "move large variables into a map (a per-CPU array with one element), or keep the offset within the variable"),
        new(VerifierCause.Uninitialised, "uninitialised", "a register, stack memory or an object is read before it was written",
            "give the variable a value on each path that leads here; clear structures, their padding too (= {} or __builtin_memset)"),
        new(VerifierCause.TooComplex, "too-complex", "the verifier gave up: there are too many instructions or paths to walk",
            "make loops shorter or use bpf_loop() or an iterator, move code into global functions, which are verified once, or split "
            + "the program by tail calls"),
        new(VerifierCause.InfiniteLoop, "infinite-loop", "a loop or a recursion is not seen to end",
            "bound the loop by a constant that the verifier can follow, or use bpf_loop(), bpf_for() or may_goto"),
        new(VerifierCause.ReferenceLeak, "reference-leak", "a reference is not released on each path, or is not held when it is released",
            "call the releasing function on each path to the end, once"),
        new(VerifierCause.UseAfterRelease, "use-after-release",
            "a pointer is used after what it points to was released, or may have changed",
            "use it before that call, or get the pointer again after it"),
        new(VerifierCause.LockImbalance, "lock-imbalance",
            "a lock or a section (RCU, preemption, interrupts) is not left as it was entered, or something is done in it that may not be",
            "leave the section on each path before the program ends, and before what is not permitted in it"),
        new(VerifierCause.HelperNotAllowed, "helper-not-allowed", "programs of this type may not call the helper, or the kernel has none",
            "use another helper or program type; skep doctor and bpftool feature probe print what this kernel has"),
        new(VerifierCause.KfuncNotAllowed, "kfunc-not-allowed", "programs of this type may not call the kernel function, or there is none",
            "see in the kernel's source for which program types the function is registered, and guard the call by bpf_ksym_exists()"),
        new(VerifierCause.MapNotAllowed, "map-not-allowed", "the program may not use this map, or may not use it so",
            "use a map of another type, or use it from another type of program"),
        new(VerifierCause.GplOnly, "gpl-only", "what is called or accessed is for programs under a GPL-compatible licence only",
            "declare char LICENSE[] SEC(\"license\") = \"GPL\"; if the program's licence is that"),
        new(VerifierCause.PointerArithmetic, "pointer-arithmetic", "arithmetic on a pointer that the kernel does not permit",
            "add bounded numbers to pointers only, where their type permits it; keep the pointer and compute offsets in a number"),
        new(VerifierCause.PointerLeak, "pointer-leak", "an address of the kernel would become readable",
            "return and store numbers; without CAP_PERFMON no pointer may leave the program"),
        new(VerifierCause.TypeMismatch, "type-mismatch", "a value of one kind is used where another kind is needed",
            "pass what the function or the instruction expects"),
        new(VerifierCause.ContextAccess, "context-access", "the program's context is accessed where programs of this type may not",
            "read the fields of the context that this type of program has, with their size, by the unchanged context pointer"),
        new(VerifierCause.ReadOnly, "read-only", "a write to what may only be read",
            "write to a copy on the stack or in a map"),
        new(VerifierCause.ReturnValue, "return-value", "the program returns what programs of this type may not",
            "return a number within the range that the message names"),
        new(VerifierCause.Sleepable, "sleepable", "what may sleep is done where sleeping is not permitted",
            "load the program as a sleepable one (SEC(\"lsm.s/...\"), SEC(\"fentry.s/...\")), or do it outside of the section"),
        new(VerifierCause.Misaligned, "misaligned", "an access is not aligned to its size",
            "read the field in smaller parts (__builtin_memcpy), or align the structure"),
        new(VerifierCause.DeadCode, "dead-code", "there are instructions that no path reaches",
            "remove them; a compiler leaves them where it found the code before them to have no defined result"),
        new(VerifierCause.ControlFlow, "control-flow", "a jump or call leads to where there is no instruction of the same function",
            "end each function by an exit, and jump within it"),
        new(VerifierCause.InvalidInstruction, "invalid-instruction", "the kernel does not know the instruction, or not with these fields",
            "compile for an instruction set that this kernel has (-mcpu=v2 or v3), without undefined operations as a shift by 64"),
        new(VerifierCause.Btf, "btf", "the program's BTF is missing, or does not fit its code",
            "compile with -g, and do not strip the object's .BTF and .BTF.ext sections"),
        new(VerifierCause.CoreRelocation, "core-relocation", "a field, type or value that the program needs is not in this kernel's BTF",
            "guard the access by bpf_core_field_exists() or bpf_core_type_exists(), or look how the kernel names it now"),
        new(VerifierCause.AttachTarget, "attach-target",
            "the kernel has not what the program is to be attached to, or does not permit it there",
            "choose a function or hook that this kernel has (skep doctor; /sys/kernel/tracing/available_filter_functions)"),
        new(VerifierCause.Signature, "signature", "the program's signature does not hold, or does not cover what it uses",
            "sign the program again with a key that the kernel trusts (skep sign)"),
        new(VerifierCause.Permission, "permission", "the caller lacks a capability that this needs",
            "run it as root, or with CAP_BPF and what the message names (CAP_PERFMON, CAP_NET_ADMIN)"),
        new(VerifierCause.Limits, "limits", "a fixed limit of the kernel is exceeded",
            "use fewer of what the message counts, or split the program"),
        new(VerifierCause.Unsupported, "unsupported", "this kernel, or its JIT compiler, does not have what the program uses",
            "use another way on this kernel, or enable the JIT compiler (net.core.bpf_jit_enable)"),
        new(VerifierCause.VerifierBug, "verifier-bug", "the verifier found a fault in itself",
            "report the program and the log to bpf@vger.kernel.org"),
    ];

    private static readonly VerifierCauseInfo[] s_byCause = [.. s_all.OrderBy(info => info.Cause)];

    /// <summary>All causes, <c>other</c> first.</summary>
    public static IReadOnlyList<VerifierCauseInfo> All => s_all;

    /// <summary>What is written of a cause.</summary>
    public static VerifierCauseInfo Of(VerifierCause cause) => s_byCause[(int)cause];
}
