using Skep.Bpf;
using Skep.Inventory.Machine;
using Skep.Linux.Errors;

namespace Skep.Inventory.Objects;

/// <summary>A program at a netfilter hook.</summary>
/// <param name="ProgramId">The program.</param>
/// <param name="LinkId">Its link.</param>
/// <param name="Hook">Where.</param>
/// <param name="Netns">The network namespace; null where it is not known.</param>
public sealed record NetfilterPlace(uint ProgramId, uint LinkId, BpfLinkTarget.Netfilter Hook, uint? Netns);

/// <summary>The programs at netfilter hooks of all network namespaces.</summary>
public static class NetfilterView
{
    // include/uapi/linux/netfilter.h: NFPROTO_*, NF_INET_*, as bpftool prints them.
    private static readonly string?[] Families = [null, "inet", "ip", "arp", null, "netdev", null, "bridge", null, null, "ip6"];
    private static readonly string[] Hooks = ["prerouting", "input", "forward", "output", "postrouting"];

    /// <summary>A protocol family's name.</summary>
    public static string Family(uint number) => number < Families.Length && Families[number] is { } name ? name : $"pf {number}";

    /// <summary>A hook's name.</summary>
    public static string Hook(uint number) => number < Hooks.Length ? Hooks[number] : $"hook {number}";

    /// <summary>Reads them, by link.</summary>
    /// <exception cref="KernelException">Links may not be walked.</exception>
    public static IReadOnlyList<NetfilterPlace> Read(MachineSnapshot machine)
    {
        var places = new List<NetfilterPlace>();
        foreach (Listed<LinkEntry> link in ObjectWalk.Links())
            if (link.Entry?.Info is { Target: BpfLinkTarget.Netfilter hook } info)
                places.Add(new NetfilterPlace(info.ProgramId, info.Id, hook, machine.LinkNamespaces.Find(info.Id)));
        return places;
    }
}
