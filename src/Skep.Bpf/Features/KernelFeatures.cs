using System.Collections.Concurrent;

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

/// <summary>Features of the running kernel, found by trying them, each once in the life of the process. Never by version.</summary>
public static class KernelFeatures
{
    private static readonly ConcurrentDictionary<BpfProgramType, Support> s_programs = new();
    private static readonly ConcurrentDictionary<BpfMapType, Support> s_maps = new();
    private static readonly ConcurrentDictionary<(BpfProgramType, uint), Support> s_functions = new();
    private static readonly ConcurrentDictionary<(BpfProgramType, BpfAttachType), Support> s_attaches = new();
    private static readonly ConcurrentDictionary<BpfAttachType, Support> s_links = new();

    /// <summary>Whether programs of a type can be loaded.</summary>
    public static Support Has(BpfProgramType type) => s_programs.GetOrAdd(type, ProgramTypeProbe.Try);

    /// <summary>Whether maps of a type can be created.</summary>
    public static Support Has(BpfMapType type) => s_maps.GetOrAdd(type, MapTypeProbe.Try);

    /// <summary>Whether programs of a type may call a helper function.</summary>
    /// <param name="type">The type of the program.</param>
    /// <param name="function">The helper's number, <c>BPF_FUNC_*</c>.</param>
    public static Support HasHelper(BpfProgramType type, uint function) =>
        s_functions.GetOrAdd((type, function), static key => HelperProbe.Try(key.Item1, key.Item2));

    /// <summary>Whether programs of a type may have an expected attach type.</summary>
    /// <returns><see cref="Support.Unknown"/> for types whose target is looked up in BTF at load.</returns>
    public static Support Has(BpfProgramType type, BpfAttachType attach) =>
        ProgramTypeProbe.NeedsTarget(type) ? Support.Unknown : s_attaches.GetOrAdd((type, attach), static key => ProgramTypeProbe.Try(key.Item1, key.Item2));

    /// <summary>Whether links of an attach type can be made.</summary>
    /// <param name="type">XDP, tcx, netkit, cgroup ingress or egress, perf event, netfilter; others are <see cref="Support.Unknown"/>.</param>
    public static Support HasLink(BpfAttachType type) => s_links.GetOrAdd(type, LinkProbe.Try);
}
