using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>The key of an element, as callbacks are given it: a hash has it in its memory, an index is made.</summary>
internal static class ElementKey
{
    /// <summary>The number of a region for the indices of a map; 0 for a map that has keys.</summary>
    public static int Region(MachineState state, MachineMap map)
    {
        if (map is not ArrayMap) return 0;
        var key = new Region(state.Memory.NextId, RegionKind.Scratch, "key of the element", state.Memory.NewBlock(sizeof(uint)));
        key.SetBounds(0, sizeof(uint));
        return state.Memory.Add(key).Id;
    }

    public static ulong Address(MachineState state, MachineMap map, int slot, int region)
    {
        if (region == 0) return map.KeyAddress(slot);
        Region indices = state.Memory[region];
        map.KeyOf(slot).CopyTo(indices.Bytes, 0);
        indices.MarkWritten(0, sizeof(uint));
        return AddressSpace.AddressOf(indices, 0);
    }
}
