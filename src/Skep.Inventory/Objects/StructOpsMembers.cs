using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Inventory.Passes;
using Skep.Linux.Errors;

namespace Skep.Inventory.Objects;

/// <summary>The programs of struct_ops maps, which neither the maps nor the programs tell.</summary>
internal static class StructOpsMembers
{
    /// <summary>Reads them, when there is such a map.</summary>
    public static List<Attachment> Read(KernelLists lists, KernelTypes types)
    {
        Dictionary<uint, string> names =
            lists.Maps.Where(map => map.Type == BpfMapType.StructOps).ToDictionary(map => map.Id, map => map.Name);
        var members = new List<Attachment>();
        if (names.Count == 0) return members;
        try
        {
            foreach (ref readonly ObjectRecord record in MemoryMarshal.Cast<byte, ObjectRecord>(
                IteratorPass.Read(types, IteratorPass.StructOps)[0]))
                members.Add(
                    new Attachment(record.Id, AttachmentKind.StructOps, null, new AttachmentTarget.Member(
                        record.Extra, names.GetValueOrDefault(record.Extra, ""), Function(record, types), record.Type)));
        }
        catch (Exception e) when (e is KernelException or IOException or NotSupportedException)
        {
            // The kernel has struct_ops and does not let its maps be read: where the programs are stays unknown.
        }

        return members;
    }

    // A struct of a module is not among the kernel's own types: its member stays a number.
    private static string? Function(in ObjectRecord record, KernelTypes types)
    {
        if (types.Btf is { } btf && record.BtfId < btf.EndId && btf[record.BtfId] is { Kind: BtfKind.Struct } type
            && type.GetMembers() is var members &&
            record.Type < members.Length && members[record.Type].Name is { Length: > 0 } name) return name;
        return null;
    }
}
