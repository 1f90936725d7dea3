using Skep.Bpf;
using Skep.Linux.Errors;
using Skep.Maps.Typed;

namespace Skep.Maps.Dump;

/// <summary>The BTF types of a map's keys and values.</summary>
/// <param name="Btf">Where they are.</param>
/// <param name="KeyTypeId">The key's; 0 for none, as for sections of variables.</param>
/// <param name="ValueTypeId">The value's.</param>
public sealed record MapTypes(Btf Btf, uint KeyTypeId, uint ValueTypeId)
{
    /// <summary>Reads them; null for a map that has none, or whose BTF cannot be opened any more.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public static MapTypes? Read(BpfMapInfo info, KernelTypes types)
    {
        ArgumentNullException.ThrowIfNull(info);
        ArgumentNullException.ThrowIfNull(types);
        if (info.BtfVmlinuxValueTypeId != 0)
        {
            // struct_ops: the value is a type of the kernel, or of a module.
            Btf kernel = types.Require();
            if (info.BtfVmlinuxValueTypeId < kernel.EndId) return new MapTypes(kernel, info.BtfKeyTypeId, info.BtfVmlinuxValueTypeId);
            using BpfBtf module = BpfBtf.OpenById(info.BtfVmlinuxId);
            return new MapTypes(Btf.Parse(module.GetRaw(), kernel), info.BtfKeyTypeId, info.BtfVmlinuxValueTypeId);
        }

        if (info.BtfId == 0 || info.BtfValueTypeId == 0) return null;
        using BpfBtf own = BpfBtf.OpenById(info.BtfId);
        return new MapTypes(Btf.Parse(own.GetRaw()), info.BtfKeyTypeId, info.BtfValueTypeId);
    }

    /// <summary>A writer of these types.</summary>
    /// <param name="plain">As <see cref="TypedValueWriter"/>'s.</param>
    public TypedValueWriter Writer(bool plain) => new(Btf, plain);
}
