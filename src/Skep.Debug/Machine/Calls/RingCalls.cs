using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>Ring buffers.</summary>
internal static class RingCalls
{
    private const ulong WakeUps = 3;

    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_ringbuf_output", Output),
        ("bpf_ringbuf_reserve", state => Reserve(state, state.Map<RingMap>(1), state.Argument(2), state.Argument(3))),
        ("bpf_ringbuf_submit", state => Close(state, RecordAt(state, state.Argument(1)), isSent: true)),
        ("bpf_ringbuf_discard", state => Close(state, RecordAt(state, state.Argument(1)), isSent: false)),
        ("bpf_ringbuf_query", Query),
    ];

    /// <summary>Reserves a record.</summary>
    /// <returns>Its address; 0 when there is no room.</returns>
    public static ulong Reserve(MachineState state, RingMap ring, ulong size, ulong flags)
    {
        if (flags != 0 || !ring.TryReserve(size)) return 0;
        var record = new RecordRegion(state.Memory.NextId, ring.Definition.Name, state.Memory.NewBlock((int)size));
        record.SetBounds(0, (int)size);
        state.Memory.Add(record);
        state.OpenRecords++;
        return AddressSpace.AddressOf(record, 0);
    }

    /// <summary>Submits a record, or discards it.</summary>
    public static ulong Close(MachineState state, RecordRegion record, bool isSent)
    {
        if (isSent) state.Send(MachineEventKind.RingRecord, record.Map, record.Bytes);
        record.SetBounds(0, 0);
        state.OpenRecords--;
        return 0;
    }

    public static RecordRegion RecordAt(MachineState state, ulong address) =>
        state.Memory.RegionOf(address) is RecordRegion { Extent: > 0 } record && AddressSpace.OffsetOf(record, address) == 0
            ? record
            : throw new MachineStopException(FaultKind.InvalidArgument, $"0x{address:x} is no record that is reserved", null, state.Blamed);

    private static ulong Output(MachineState state)
    {
        RingMap ring = state.Map<RingMap>(1);
        ReadOnlySpan<byte> record = state.Read(2, state.Size(3));
        if ((state.Argument(4) & ~WakeUps) != 0) return unchecked((ulong)MapError.Invalid);
        if (!ring.TryReserve((ulong)record.Length)) return unchecked((ulong)MapError.Again);
        state.Send(MachineEventKind.RingRecord, ring.Definition.Name, record);
        return 0;
    }

    private static ulong Query(MachineState state)
    {
        const ulong Available = 0, Size = 1, Consumer = 2, Producer = 3;
        RingMap ring = state.Map<RingMap>(1);
        return state.Argument(2) switch
        {
            Available => ring.Producer - ring.Consumer,
            Size => ring.Size,
            Consumer => ring.Consumer,
            Producer => ring.Producer,
            _ => 0,
        };
    }
}

/// <summary>A record of a ring buffer that is reserved.</summary>
internal sealed class RecordRegion : Region
{
    public RecordRegion(int id, string map, Block block)
        : base(id, RegionKind.Record, $"record of ring buffer {map}", block)
    {
        Map = map;
        IsWritable = true;
    }

    public string Map { get; }
}
