using Skep.Bpf;

namespace Skep.Maps.Tap;

/// <summary>The programs that use a map.</summary>
public static class MapUsers
{
    /// <summary>Their ids, rising.</summary>
    public static IEnumerable<uint> Programs(uint mapId)
    {
        foreach (uint id in KernelObjects.ProgramIds().ToArray())
        {
            // It may have gone since it was listed.
            using BpfProgram? program = BpfProgram.TryOpenById(id, out _);
            if (program is not null && program.GetMapIds().Contains(mapId)) yield return id;
        }
    }
}
