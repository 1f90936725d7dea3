using Skep.Bpf;

namespace Skep.Watch.Events;

/// <summary>The names of <c>--type</c>: those of programs, maps, links and attaches that events print.</summary>
public static class TypeNames
{
    // Attaches by netlink have no BPF_* of their own.
    private static readonly string[] OfNetlink = ["tc", "tc action", "lwt"];

    /// <summary>All names.</summary>
    public static IEnumerable<string> All =>
        Enumerable.Range(0, BpfProgramTypeNames.KnownCount).Select(i => ((BpfProgramType)i).Name())
            .Concat(Enumerable.Range(0, BpfMapTypeNames.KnownCount).Select(i => ((BpfMapType)i).Name()))
            .Concat(Enumerable.Range(0, BpfLinkTypeNames.KnownCount).Select(i => ((BpfLinkType)i).Name()))
            .Concat(Enumerable.Range(0, BpfAttachTypeNames.KnownCount).Select(i => ((BpfAttachType)i).Name()))
            .Concat(OfNetlink);

    /// <summary>Whether there is such a type. A number that this version has no name for is <c>type N</c>.</summary>
    public static bool IsKnown(string name) =>
        BpfProgramTypeNames.TryParse(name, out _) || BpfMapTypeNames.TryParse(name, out _) || BpfLinkTypeNames.TryParse(name, out _)
        || BpfAttachTypeNames.TryParse(name, out _) || name.StartsWith("type ", StringComparison.Ordinal)
        || name.StartsWith("so_", StringComparison.Ordinal) || OfNetlink.Contains(name);
}
