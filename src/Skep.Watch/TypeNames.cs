using Skep.Bpf;

namespace Skep.Watch;

/// <summary>The names of <c>--type</c>: those of programs, maps, links and attaches that events print.</summary>
public static class TypeNames
{
    // Attaches by netlink have no BPF_* of their own.
    private static readonly string[] OfNetlink = ["tc", "tc action", "lwt"];

    /// <summary>Whether there is such a type. A number that this version has no name for is <c>type N</c>.</summary>
    public static bool IsKnown(string name) =>
        BpfProgramTypeNames.TryParse(name, out _) || BpfMapTypeNames.TryParse(name, out _) || BpfLinkTypeNames.TryParse(name, out _)
        || BpfAttachTypeNames.TryParse(name, out _) || name.StartsWith("type ", StringComparison.Ordinal)
        || name.StartsWith("so_", StringComparison.Ordinal) || OfNetlink.Contains(name);
}
