using Skep.Debug.Machine;
using Skep.Debug.Machine.Memory;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Debug.Debugger;

/// <summary>Whether the next instruction calls a helper, or writes to a map.</summary>
internal sealed class InstructionWatch
{
    // The helpers that change elements of the map in r1.
    private static readonly string[] s_writers =
        ["bpf_map_update_elem", "bpf_map_delete_elem", "bpf_map_push_elem", "bpf_map_pop_elem", "bpf_ringbuf_output",
            "bpf_perf_event_output", "bpf_sk_storage_delete"];

    private readonly Dictionary<int, string> _calls = [];

    public InstructionWatch(ProgramCode code)
    {
        foreach (DecodedInstruction item in Decoder.Decode(code.Instructions))
            if (code.CallAt(item)?.Name is { } name) _calls[item.Index] = name;
    }

    public bool IsAt(BreakpointPlace place, BpfMachine machine)
    {
        if (place.Helper is { } helper) return _calls.GetValueOrDefault(machine.Slot) == helper;
        return place.Map is { } map && Written(machine) is { } region && region.EndsWith($" {map}", StringComparison.Ordinal);
    }

    // The region of the map that the instruction writes to.
    private string? Written(BpfMachine machine)
    {
        if (_calls.TryGetValue(machine.Slot, out string? called))
        {
            return s_writers.Contains(called) && machine.Describe(machine.Register(called == "bpf_perf_event_output" ? 2 : 1))
                is { Kind: RegionKind.Map } map ? map.Region : null;
        }

        Instruction instruction = machine.Programs[machine.Program].Instructions.Span[machine.Slot];

        // BPF_ST, BPF_STX: the two classes of stores.
        const int storeClass = 2, storeRegisterClass = 3, classMask = 7;
        if ((instruction.Code & classMask) is not (storeClass or storeRegisterClass)) return null;
        ulong address = unchecked(machine.Register(instruction.Dst) + (ulong)(long)instruction.Off);
        return machine.Describe(address) is { Kind: RegionKind.MapValue } value ? value.Region : null;
    }
}
