using Skep.Bpf;
using Skep.Debug.Machine.Memory;
using Skep.Inventory.Code;

namespace Skep.Debug.Machine.Image;

/// <summary>Finds the fields of a type that only calls change, as <c>btf_parse_fields</c> of kernel/bpf/btf.c does.</summary>
internal static class SpecialFields
{
    // MAX_RESOLVE_DEPTH of kernel/bpf/btf.c, and more elements than a record of fields has (BTF_FIELDS_MAX).
    private const int Deepest = 32, MostElements = 64;

    /// <summary>The fields of the values of a map, in order.</summary>
    public static IReadOnlyList<SpecialField> Of(CodeMap map)
    {
        if (map.Btf is not { } btf || map.ValueTypeId == 0) return [];
        BtfType type = btf.Resolve(map.ValueTypeId);
        if (type.Kind != BtfKind.DataSec) return Of(btf, map.ValueTypeId);

        // The offsets of an object file's variables are those of its symbols; a loaded map's are in its types.
        var found = new List<SpecialField>();
        foreach (BtfSectionVariable variable in type.GetVariables())
        {
            string name = btf[variable.TypeId].Name;
            long offset = map.Variables.Count == 0 ? variable.Offset
                : map.Variables.Where(one => one.Name == name).Select(one => one.Offset).DefaultIfEmpty(-1).First();
            if (offset >= 0) Add(btf, btf[variable.TypeId].TypeId, offset, found, 0);
        }

        return [.. found.OrderBy(field => field.Offset)];
    }

    /// <summary>The fields of a type, in order.</summary>
    public static IReadOnlyList<SpecialField> Of(Btf btf, uint type)
    {
        var found = new List<SpecialField>();
        Add(btf, type, 0, found, 0);
        return found;
    }

    private static void Add(Btf btf, uint id, long offset, List<SpecialField> found, int depth)
    {
        if (depth == Deepest) return;
        BtfType type = btf.Resolve(id);
        switch (type.Kind)
        {
            case BtfKind.Ptr when KindOfPointer(btf, type) is { } kind:
                found.Add(new SpecialField(kind, (int)offset, sizeof(ulong)));
                break;
            case BtfKind.Struct when KindOf(type.Name) is { } kind:
                found.Add(new SpecialField(kind, (int)offset, (int)type.Size));
                break;
            case BtfKind.Struct:
                foreach (BtfMember member in type.GetMembers())
                    if (member.BitFieldSize == 0) Add(btf, member.TypeId, offset + (member.BitOffset / 8), found, depth + 1);
                break;
            case BtfKind.Array:
                long size = btf.SizeOf(type.Array.ElementTypeId);
                for (int i = 0; i < Math.Min(type.Array.Count, MostElements); i++)
                    Add(btf, type.Array.ElementTypeId, offset + (i * size), found, depth + 1);
                break;
        }
    }

    private static SpecialFieldKind? KindOf(string name) => name switch
    {
        "bpf_spin_lock" or "bpf_res_spin_lock" => SpecialFieldKind.Lock,
        "bpf_timer" => SpecialFieldKind.Timer,
        "bpf_wq" or "bpf_task_work" => SpecialFieldKind.Work,
        "bpf_list_head" => SpecialFieldKind.ListHead,
        "bpf_list_node" => SpecialFieldKind.ListNode,
        "bpf_rb_root" => SpecialFieldKind.TreeRoot,
        "bpf_rb_node" => SpecialFieldKind.TreeNode,
        "bpf_refcount" => SpecialFieldKind.Count,
        _ => null,
    };

    // The tag is of what it points to: BTF_KIND_PTR, BTF_KIND_TYPE_TAG, the type.
    private static SpecialFieldKind? KindOfPointer(Btf btf, BtfType pointer) =>
        btf[pointer.TypeId] is not { Kind: BtfKind.TypeTag } tag ? null : tag.Name switch
        {
            "kptr" or "percpu_kptr" => SpecialFieldKind.Pointer,
            "kptr_untrusted" or "uptr" => SpecialFieldKind.PlainPointer,
            _ => null,
        };
}
