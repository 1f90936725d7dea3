using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Maps;

/// <summary>A ring buffer. Its reader takes all records between two runs, so that each run has all of its room.</summary>
internal sealed class RingMap : MachineMap
{
    // BPF_RINGBUF_HDR_SZ, and the bits of a length that are not flags (kernel/bpf/ringbuf.c).
    private const int Header = 8, LongestRecord = (1 << 30) - 1;

    private readonly IntTable _state;

    public RingMap(MapDefinition definition, AddressSpace space)
        : base(definition, space) => _state = space.NewTable(4);

    public ulong Size => Definition.MaxEntries;

    public ulong Producer
    {
        get => (uint)_state[0] | (ulong)(uint)_state[1] << 32;
        private set => (_state[0], _state[1]) = ((int)value, (int)(value >> 32));
    }

    public ulong Consumer
    {
        get => (uint)_state[2] | (ulong)(uint)_state[3] << 32;
        private set => (_state[2], _state[3]) = ((int)value, (int)(value >> 32));
    }

    /// <summary>Takes the room of a record.</summary>
    public bool TryReserve(ulong size)
    {
        if (size > LongestRecord) return false;
        ulong length = (size + Header + 7) & ~7UL;
        if (length > Size || Producer + length - Consumer > Size - 1) return false;
        Producer += length;
        return true;
    }

    public void Consume() => Consumer = Producer;
}

/// <summary>A map that programs only name: of perf buffers, cgroups, stack traces.</summary>
internal sealed class NamedMap(MapDefinition definition, AddressSpace space) : MachineMap(definition, space);
