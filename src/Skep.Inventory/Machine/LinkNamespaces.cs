using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Inventory.Passes;
using Skep.Linux.Errors;

namespace Skep.Inventory.Machine;

/// <summary>The network namespaces of links, which the links do not tell: from the kernel's iterator over links (Linux 5.19).</summary>
/// <param name="types">The kernel's.</param>
internal sealed class LinkNamespaces(KernelTypes types)
{
    private readonly Lazy<Dictionary<uint, uint>> _known = new(() => Read(types));

    /// <summary>
    /// The inode of the network namespace of a link's device or netfilter hook; null where it is not known. Read when the first is asked
    /// for.
    /// </summary>
    public uint? Find(uint link) => _known.Value.TryGetValue(link, out uint netns) ? netns : null;

    private static Dictionary<uint, uint> Read(KernelTypes types)
    {
        var known = new Dictionary<uint, uint>();
        try
        {
            byte[]? records = IteratorPass.Read(types, IteratorPass.Links)[0];
            foreach (ref readonly ObjectRecord record in MemoryMarshal.Cast<byte, ObjectRecord>(records))
                if (record.Netns != 0) known[record.Id] = record.Netns;
        }
        catch (Exception e) when (e is KernelException or IOException or NotSupportedException)
        {
            // What the links tell stays.
        }

        return known;
    }
}
