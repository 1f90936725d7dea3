using Skep.Bpf;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>Elements of maps.</summary>
internal static class MapCalls
{
    private const ulong Create = 1;

    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_map_lookup_elem", Lookup),
        ("bpf_map_update_elem", Update),
        ("bpf_map_delete_elem", state => (ulong)state.Map(1).Delete(state.Key(state.Map(1), 2))),
        ("bpf_map_push_elem", state => (ulong)state.Map(1).Push(state.Value(state.Map(1), 2), state.Argument(3))),
        ("bpf_map_pop_elem", state => (ulong)state.Map(1).Pop(state.Write(2, (int)state.Map(1).Definition.ValueSize))),
        ("bpf_map_peek_elem", Peek),
        ("bpf_map_lookup_percpu_elem", LookupPerCpu),
        ("bpf_map_sum_elem_count", Count),
        ("bpf_get_local_storage", state => StorageOf(state.Map(1), 0, Create, [])),
        ("bpf_task_storage_get", StorageOf),
        ("bpf_cgrp_storage_get", StorageOf),
        ("bpf_task_storage_delete", DeleteStorage),
        ("bpf_cgrp_storage_delete", DeleteStorage),
    ];

    private static ulong Lookup(MachineState state)
    {
        MachineMap map = state.Map(1);
        return map.Lookup(state.Key(map, 2), state.Options.Cpu);
    }

    private static ulong Update(MachineState state)
    {
        MachineMap map = state.Map(1);
        return (ulong)map.Update(state.Key(map, 2), state.Value(map, 3), state.Argument(4), state.Options.Cpu);
    }

    // A bloom filter reads the value that it is asked for; others write it.
    private static ulong Peek(MachineState state)
    {
        MachineMap map = state.Map(1);
        int size = (int)map.Definition.ValueSize;
        if (map.Definition.Type != BpfMapType.BloomFilter) return (ulong)map.Peek(state.Write(2, size));
        return (ulong)map.Peek(state.Read(2, size).ToArray());
    }

    private static ulong LookupPerCpu(MachineState state)
    {
        MachineMap map = state.Map(1);
        uint cpu = state.Number(3);
        return cpu < (uint)state.Options.Cpus ? map.Lookup(state.Key(map, 2), (int)cpu) : 0;
    }

    // Others than hashes do not count (kernel/bpf/map_iter.c).
    private static ulong Count(MachineState state)
    {
        MachineMap map = state.Map(1);
        return map.Definition.Type is BpfMapType.Hash or BpfMapType.PercpuHash or BpfMapType.LruHash or BpfMapType.LruPercpuHash
            or BpfMapType.HashOfMaps ? (ulong)map.Count : 0;
    }

    private static ulong StorageOf(MachineState state)
    {
        MachineMap map = state.Map(1);
        ulong owner = state.Argument(2), flags = state.Argument(4);
        ReadOnlySpan<byte> first = state.Argument(3) == 0 ? [] : state.Value(map, 3);
        return owner == 0 ? 0 : StorageOf(map, owner, flags, first);
    }

    private static ulong DeleteStorage(MachineState state)
    {
        MachineMap map = state.Map(1);
        ulong owner = state.Argument(2);
        return (ulong)(owner == 0 ? MapError.Invalid : map.Delete(BitConverter.GetBytes(owner)));
    }

    // A new value is the first one, where there is one, else zeros.
    private static ulong StorageOf(MachineMap map, ulong owner, ulong flags, ReadOnlySpan<byte> first)
    {
        byte[] key = BitConverter.GetBytes(owner);
        if (flags > Create) return 0;
        ulong value = map.Lookup(key, 0);
        if (value != 0 || flags != Create) return value;
        map.Update(key, first.IsEmpty ? new byte[map.Definition.ValueSize] : first, 0, 0);
        return map.Lookup(key, 0);
    }
}
