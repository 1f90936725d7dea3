using static Skep.Debug.Verify.VerifierCause;

namespace Skep.Debug.Verify;

/// <summary>What libbpf says where it does not come to a load, or of one that failed, without <c>libbpf: </c>.</summary>
internal static class LoaderMessages
{
    public static IReadOnlyList<MessagePattern> All { get; } =
    [
        new("failed to resolve CO-RE relocation *", CoreRelocation),
        new("*<invalid CO-RE relocation>*", CoreRelocation),
        new("*relo #*: no matching targets found*", CoreRelocation),
        new("*relo #*: ambiguous type *", CoreRelocation),
        new("*failed to perform CO-RE relocations*", CoreRelocation),
        new("no .text section found yet sub-program call exists", ControlFlow),
        new("*<invalid kfunc call>*", KfuncNotAllowed),
        new("kfunc '*' is referenced but wasn't resolved", KfuncNotAllowed),
        new("extern (func ksym) '*", KfuncNotAllowed),
        new("extern (var ksym) '*", CoreRelocation),
        new("*<invalid BPF map reference>*", MapNotAllowed),
        new("BPF map '*' is referenced but wasn't created", MapNotAllowed),
        new("*failed to find valid kernel BTF*", Btf),
        new("*failed to find kernel BTF type ID of '*", AttachTarget),
        new("*failed to find * BTF*", AttachTarget),
        new("*kernel BTF is missing*", Btf),
        new("*Kernel doesn't support BTF*", Btf),
        new("Error loading .BTF into kernel: * BTF is mandatory, can't proceed.", Btf),
        new("BTF is required, but is missing or corrupted.", Btf),
        new("map '*': failed to create: *(-1)", Permission),
        new("map '*': failed to create: *", MapNotAllowed),
        new("Error in bpf_object__probe_loading*", Permission),
        new("extern 'CONFIG_*' (strong): not resolved", Unsupported),
        new("extern '*' (strong): not resolved", CoreRelocation),
        new("failed to open system Kconfig", Unsupported),
        new("struct_ops init_kern: * not found in kernel BTF", AttachTarget),
        new("*kernel doesn't support it*", Unsupported, IsGeneral: true),
        new("missing BPF prog type, check ELF section name '*", Unsupported),
    ];
}
