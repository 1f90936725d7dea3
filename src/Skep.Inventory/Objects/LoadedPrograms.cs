using Skep.Bpf;

namespace Skep.Inventory.Objects;

/// <summary>What the kernel says of loaded programs.</summary>
public static class LoadedPrograms
{
    /// <summary>A program's information; null when it is gone.</summary>
    public static BpfProgramInfo? Find(uint id)
    {
        using BpfProgram? program = BpfProgram.TryOpenById(id, out _);
        return program?.GetInfo();
    }
}
