using Skep.Bpf;
using Skep.Linux.Errors;

namespace Skep.Inventory.Code;

/// <summary>BTF objects of the kernel by their ids, each read once: a program and its maps mostly share one.</summary>
/// <param name="kernel">The types of the kernel that runs here; null when they are not known.</param>
internal sealed class BtfObjects(KernelTypes? kernel)
{
    private readonly Dictionary<uint, Btf?> _known = [];

    /// <summary>The types of an object; null for 0, and for what may not be read or is removed.</summary>
    public Btf? Read(uint id)
    {
        if (id == 0) return null;
        if (!_known.TryGetValue(id, out Btf? btf)) _known[id] = btf = Open(id);
        return btf;
    }

    private Btf? Open(uint id)
    {
        try
        {
            using BpfBtf? open = BpfBtf.TryOpenById(id, out _);
            if (open is null) return null;
            BpfBtfInfo info = open.GetInfo();
            if (info is { IsKernel: true, Name: "vmlinux" } && kernel?.Btf is { } known) return known;
            return Btf.Parse(open.GetRaw(), info.IsKernel ? kernel?.Btf : null);
        }
        catch (Exception e) when (e is KernelException or InvalidDataException)
        {
            return null;
        }
    }
}
