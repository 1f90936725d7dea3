using Skep.Bpf;
using Skep.Linux.Errors;

namespace Skep.Inventory.Objects;

/// <summary>
/// Names that are longer than the kernel's 15 bytes, from the BTF of the programs. Programs of one object share it: it is read once.
/// </summary>
public sealed class ProgramNames
{
    private readonly Dictionary<uint, Btf?> _read = [];

    /// <summary>The name of the program's main function; null where it has no BTF.</summary>
    public string? FullName(BpfProgram program, BpfProgramInfo info)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(info);
        if (info.BtfId == 0 || program.GetFunctions() is not [BpfFunction main, ..]) return null;
        return Load(info.BtfId) is { } btf && main.TypeId < btf.EndId && btf[main.TypeId] is { Kind: BtfKind.Func } function
            ? function.Name : null;
    }

    private Btf? Load(uint id)
    {
        if (_read.TryGetValue(id, out Btf? known)) return known;
        Btf? btf = null;
        try
        {
            using BpfBtf? open = BpfBtf.TryOpenById(id, out _);
            if (open is not null) btf = Btf.Parse(open.GetRaw());
        }
        catch (Exception e) when (e is KernelException or InvalidDataException)
        {
            // The kernel's short name stays.
        }

        return _read[id] = btf;
    }
}
