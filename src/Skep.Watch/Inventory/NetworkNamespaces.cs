using System.Globalization;
using Skep.Bpf;

namespace Skep.Watch.Inventory;

/// <summary>A network namespace.</summary>
/// <param name="Inode">Its number.</param>
/// <param name="Name">Its name of <c>ip netns</c>, or a process that is in it: <c>pid 812</c>; null for the one of this process.</param>
/// <param name="Path">A file that stands for it.</param>
public sealed record NetworkNamespaceEntry(ulong Inode, string? Name, string Path);

/// <summary>Finds the network namespaces that a process is in, or that <c>ip netns</c> has named.</summary>
internal static class NetworkNamespaces
{
    private const string Own = "/proc/self/ns/net", Named = "/run/netns";

    public static IReadOnlyList<NetworkNamespaceEntry> Find()
    {
        var found = new Dictionary<ulong, NetworkNamespaceEntry>();
        Add(found, Own, null);
        if (Directory.Exists(Named))
            foreach (string path in Directory.EnumerateFiles(Named)) Add(found, path, Path.GetFileName(path));
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            string pid = Path.GetFileName(directory);
            if (uint.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out _)) Add(found, $"{directory}/ns/net", $"pid {pid}");
        }

        return [.. found.Values];
    }

    /// <summary>Runs code in each network namespace, in turn.</summary>
    /// <returns>Namespaces that could not be entered or read, each with the reason.</returns>
    public static IReadOnlyList<string> RunInEach(Action<NetworkNamespaceEntry> code)
    {
        var unread = new List<string>();
        foreach (NetworkNamespaceEntry netns in Find())
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
            catch (BpfException e) when (e.Error.Name is not ("ENOENT" or "ESRCH"))
            {
                unread.Add(e.Message);
            }
            catch (BpfException)
            {
                // The namespace went with its last process.
            }
        }

        return unread;
    }

    private static void Add(Dictionary<ulong, NetworkNamespaceEntry> found, string path, string? name)
    {
        // statx follows the link to the namespace; a kernel thread that has ended has none.
        if (FileIdentity.Inode(path) is { } inode) found.TryAdd(inode, new NetworkNamespaceEntry(inode, name, path));
    }
}
