using Skep.Linux.Errors;
using Skep.Linux.Kernel;
using Skep.Linux.Network;

namespace Skep.Inventory.Machine;

/// <summary>A network namespace.</summary>
/// <param name="Inode">Its number.</param>
/// <param name="Name">Its name of <c>ip netns</c>, or a process that is in it: <c>pid 812</c>; null for the one of this process.</param>
/// <param name="Path">A file that stands for it.</param>
public sealed record NetworkNamespaceEntry(ulong Inode, string? Name, string Path);

/// <summary>Finds the network namespaces that a process is in, or that <c>ip netns</c> has named.</summary>
internal static class NetworkNamespaces
{
    private const string Own = "/proc/self/ns/net", Named = "/run/netns";

    /// <param name="unread">Takes what could not be looked at, with the reason.</param>
    public static IReadOnlyList<NetworkNamespaceEntry> Find(ICollection<string> unread)
    {
        var found = new Dictionary<ulong, NetworkNamespaceEntry>();
        Add(found, Own, null);
        foreach (string name in KernelDirectory.Names(Named).Value ?? []) Add(found, $"{Named}/{name}", name);
        KernelRead<uint[]> processes = KernelDirectory.Processes();
        if (processes.Value is null) unread.Add($"the network namespaces of processes, by /proc: {processes.Error}");
        int denied = 0;
        foreach (uint pid in processes.Value ?? [])
            if (Add(found, $"/proc/{pid}/ns/net", $"pid {pid}") == KernelReadOutcome.Denied) denied++;
        if (denied > 0) unread.Add($"the network namespaces of {denied} processes: not permitted (run it as root, or with CAP_SYS_PTRACE)");
        return [.. found.Values];
    }

    /// <summary>Runs code in each network namespace, in turn.</summary>
    /// <returns>Namespaces that could not be entered or read, each with the reason.</returns>
    public static IReadOnlyList<string> RunInEach(Action<NetworkNamespaceEntry> code)
    {
        var unread = new List<string>();
        foreach (NetworkNamespaceEntry netns in Find(unread))
        {
            try
            {
                if (netns.Name is null)
                {
                    code(netns);
                    continue;
                }

                using NetworkNamespace entered = NetworkNamespace.Open(netns.Path);
                entered.Run(() =>
                {
                    code(netns);
                    return true;
                });
            }
            catch (KernelException e) when (e.Error.Name is not ("ENOENT" or "ESRCH"))
            {
                unread.Add(e.Message);
            }
            catch (KernelException)
            {
                // The namespace went with its last process.
            }
        }

        return unread;
    }

    private static KernelReadOutcome Add(Dictionary<ulong, NetworkNamespaceEntry> found, string path, string? name)
    {
        // statx follows the link to the namespace; a kernel thread that has ended has none.
        if (FileIdentity.Inode(path, out Errno error) is { } inode) found.TryAdd(inode, new NetworkNamespaceEntry(inode, name, path));
        return error.Outcome();
    }
}
