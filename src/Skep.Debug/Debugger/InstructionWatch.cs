using Skep.Debug.Machine;
using Skep.Debug.Machine.Calls;
using Skep.Debug.Machine.Memory;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Debug.Debugger;

/// <summary>Whether the next instruction calls a helper, or writes to a map or the packet.</summary>
internal sealed class InstructionWatch
{
    // The helpers that change elements of the map in r1.
    private static readonly string[] s_writers =
        ["bpf_map_update_elem", "bpf_map_delete_elem", "bpf_map_push_elem", "bpf_map_pop_elem", "bpf_ringbuf_output",
            "bpf_perf_event_output", "bpf_sk_storage_delete"];

    // Those that change a field of a value, which r1 points to.
    private static readonly string[] s_fieldWriters =
        ["bpf_kptr_xchg", "bpf_list_push_front", "bpf_list_push_back", "bpf_list_add", "bpf_list_del", "bpf_list_pop_front",
            "bpf_list_pop_back", "bpf_rbtree_add", "bpf_rbtree_remove"];

    private static readonly string[] s_packetChanges = ["store_bytes", "adjust", "change", "vlan", "pull_data"];

    private readonly Dictionary<int, string> _calls = [];

    public InstructionWatch(ProgramCode code)
    {
        foreach (DecodedInstruction item in Decoder.Decode(code.Instructions))
            if (code.CallAt(item)?.Name is { } name) _calls[item.Index] = name;
    }

    public bool IsAt(BreakpointPlace place, BpfMachine machine)
    {
        if (place.Helper is { } helper) return _calls.GetValueOrDefault(machine.Slot) == helper;
        if (!place.Packet && place.Map is null) return false;
        if (_calls.TryGetValue(machine.Slot, out string? called))
            return place.Packet ? ChangesPacket(called) : Changes(machine, called, place.Map!);
        if (Stored(machine) is not { } target) return false;
        return place.Packet ? target.Kind == RegionKind.Packet
            : target.Kind == RegionKind.MapValue && target.Region.EndsWith($" {place.Map}", StringComparison.Ordinal);
    }

    private static bool ChangesPacket(string called) =>
        called.StartsWith("bpf_skb_", StringComparison.Ordinal) || called.StartsWith("bpf_xdp_", StringComparison.Ordinal)
            ? s_packetChanges.Any(word => called.Contains(word, StringComparison.Ordinal))
            : called is "bpf_l3_csum_replace" or "bpf_l4_csum_replace";

    private static bool Changes(BpfMachine machine, string called, string map) =>
        machine.Describe(machine.Register(called == "bpf_perf_event_output" ? 2 : 1)) is { } target
        && ((target.Kind == RegionKind.Map && s_writers.Contains(called))
            || (target.Kind == RegionKind.MapValue && s_fieldWriters.Contains(CallTable.PlainName(called))))
        && target.Region.EndsWith($" {map}", StringComparison.Ordinal);

    // What the instruction stores to.
    private static MachinePointer? Stored(BpfMachine machine)
    {
        Instruction instruction = machine.Programs[machine.Program].Instructions.Span[machine.Slot];

        // BPF_ST, BPF_STX: the two classes of stores.
        const int storeClass = 2, storeRegisterClass = 3, classMask = 7;
        if ((instruction.Code & classMask) is not (storeClass or storeRegisterClass)) return null;
        return machine.Describe(unchecked(machine.Register(instruction.Dst) + (ulong)(long)instruction.Off));
    }
}
