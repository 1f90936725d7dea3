using static Skep.Debug.Verify.VerifierCause;

namespace Skep.Debug.Verify;

/// <summary>Messages about what a program is to be attached to, or to replace.</summary>
internal static class AttachMessages
{
    public static IReadOnlyList<MessagePattern> All { get; } =
    [
        new("attach_btf_id *", AttachTarget),
        new("attach to *", AttachTarget),
        new("Attach to function *", AttachTarget),
        new("Attaching *", AttachTarget),
        new("Can attach to only JITed progs", AttachTarget),
        new("Cannot attach *", AttachTarget),
        new("Cannot extend *", AttachTarget),
        new("Cannot nest *", AttachTarget),
        new("Cannot recursively attach", AttachTarget),
        new("Cannot replace *", AttachTarget),
        new("can't modify return codes of BPF programs", AttachTarget),
        new("Extension program*", AttachTarget),
        new("FENTRY/FEXIT program can only be attached to *", AttachTarget),
        new("Tracing program* *", AttachTarget),
        new("Only FENTRY/FEXIT*", AttachTarget),
        new("Program extension requires BTF", AttachTarget),
        new("Target program bound device mismatch", AttachTarget),
        new("The address of function * cannot be found", AttachTarget),
        new("The function * is unsupported.", AttachTarget),
        new("The function *", AttachTarget),
        new("*() is not modifiable", AttachTarget),
        new("*() is not a global function", AttachTarget),
        new("ret type * not allowed for fmod_ret", AttachTarget),
        new("* programs cannot attach to exception callback", AttachTarget),
        new("struct_ops module * is not found", AttachTarget),
        new("Type '*' is not a struct", AttachTarget),
        new("tracing programs must provide btf_id", AttachTarget),
        new("func * is not a known LSM hook*", AttachTarget),
        new("LSM programs must have a GPL compatible license", GplOnly),
        new("*is not in the list of *", AttachTarget),
        new("*BPF_LSM_* is disabled*", AttachTarget),
        new("Return type * of *() doesn't match type *", AttachTarget),
        new("arg* in *() *", AttachTarget),
        new("arg* *(struct * *) doesn't match *", AttachTarget),
        new("*() has * args while *() has * args", AttachTarget),
        new("Failed to find *", AttachTarget),
    ];
}
