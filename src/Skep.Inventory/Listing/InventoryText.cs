using Skep.Inventory.Objects;
using Skep.Output;

namespace Skep.Inventory.Listing;

/// <summary>The parts of plain text that all kinds of objects share: bpftool's lines.</summary>
internal static class InventoryText
{
    public static void WritePins(TextWriter output, IReadOnlyList<string> paths)
    {
        foreach (string path in paths) output.Write($"\n\tpinned {SafeText.Escape(path)}");
    }

    public static void WriteOwners(TextWriter output, IReadOnlyList<Owner> owners)
    {
        for (int i = 0; i < owners.Count; i++)
            output.Write($"{(i == 0 ? "\n\tpids " : ",")}{SafeText.Escape(owners[i].Comm)}({owners[i].Pid})");
    }

    public static void WriteIds(TextWriter output, string name, IReadOnlyList<uint> ids)
    {
        if (ids.Count > 0) output.Write($"  {name} {string.Join(',', ids)}");
    }

    public static void WriteDevice(TextWriter output, uint ifIndex, ulong netnsDev, ulong netnsInode)
    {
        if (ifIndex != 0) output.Write($"  offloaded_to ifindex {ifIndex} ns_dev {netnsDev} ns_ino {netnsInode}");
    }
}
