using System.Runtime.InteropServices;
using Skep.Inventory.Passes;
using Skep.Linux.Errors;

namespace Skep.Inventory.Objects;

/// <summary>The network namespaces of links, which the links do not tell: from the kernel's iterator over links (Linux 5.19).</summary>
internal static class LinkNamespaces
{
    private static readonly Lazy<Dictionary<uint, uint>> Known = new(Read);

    /// <summary>
    /// The inode of the network namespace of a link's device or netfilter hook; null where it is not known. Read when the first is asked
    /// for.
    /// </summary>
    public static uint? Find(uint link) => Known.Value.TryGetValue(link, out uint netns) ? netns : null;

    private static Dictionary<uint, uint> Read()
    {
        var known = new Dictionary<uint, uint>();
        try
        {
            foreach (ref readonly ObjectRecord record in MemoryMarshal.Cast<byte, ObjectRecord>(IteratorPass.Read(IteratorPass.Links)[0]))
                if (record.Netns != 0) known[record.Id] = record.Netns;
        }
        catch (Exception e) when (e is KernelException or IOException or NotSupportedException)
        {
            // What the links tell stays.
        }

        return known;
    }
}
