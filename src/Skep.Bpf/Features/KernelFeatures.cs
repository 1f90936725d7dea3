namespace Skep.Bpf;

/// <summary>Whether this kernel has a feature, for this process.</summary>
public enum Support
{
    /// <summary>It could not be told: the kernel refused the trial for another reason (permission, lockdown).</summary>
    Unknown,

    /// <summary>The kernel does not have it.</summary>
    No,

    /// <summary>The kernel has it.</summary>
    Yes,
}

/// <summary>Features of the running kernel, found by trying them at each call, never by version.</summary>
public static class KernelFeatures
{
    /// <summary>Whether programs of a type can be loaded.</summary>
    public static Support Has(BpfProgramType type) => ProgramTypeProbe.Try(type);

    /// <summary>Whether maps of a type can be created.</summary>
    public static Support Has(BpfMapType type) => MapTypeProbe.Try(type);

    /// <summary>Whether programs of a type may call a helper function.</summary>
    /// <param name="type">The type of the program.</param>
    /// <param name="function">The helper's number, <c>BPF_FUNC_*</c>.</param>
    public static Support HasHelper(BpfProgramType type, uint function) =>
        HelperProbe.Try(type, function);

    /// <summary>Whether programs of a type may have an expected attach type.</summary>
    /// <returns><see cref="Support.Unknown"/> for types whose target is looked up in BTF at load.</returns>
    public static Support Has(BpfProgramType type, BpfAttachType attach) =>
        ProgramTypeProbe.NeedsTarget(type) ? Support.Unknown : ProgramTypeProbe.Try(type, attach);

    /// <summary>Whether links of an attach type can be made.</summary>
    /// <param name="type">
    /// XDP, tcx, netkit, cgroup ingress or egress, perf event, netfilter; others are <see cref="Support.Unknown"/>.
    /// </param>
    public static Support HasLink(BpfAttachType type) => LinkProbe.Try(type);
}
