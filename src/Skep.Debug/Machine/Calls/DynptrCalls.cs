using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>Dynptrs made, read and written.</summary>
internal static class DynptrCalls
{
    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_dynptr_from_mem", FromMemory),
        ("bpf_dynptr_read", Read),
        ("bpf_dynptr_write", Write),
        ("bpf_dynptr_data", Data),
        ("bpf_ringbuf_reserve_dynptr", Reserve),
        ("bpf_ringbuf_submit_dynptr", state => Close(state, isSent: true)),
        ("bpf_ringbuf_discard_dynptr", state => Close(state, isSent: false)),
    ];

    private static ulong FromMemory(MachineState state)
    {
        uint size = state.Number(2);
        long fault = size > Dynptr.Longest ? MapError.TooBig : state.Argument(3) != 0 ? MapError.Invalid : 0;
        new Dynptr(fault != 0 ? 0 : state.Argument(1), fault != 0 ? DynptrKind.None : DynptrKind.Memory, false, fault != 0 ? 0 : size, 0)
            .Write(state, 4);
        return (ulong)fault;
    }

    private static ulong Read(MachineState state)
    {
        int length = state.Size(2);
        Dynptr source = Dynptr.Read(state, 3);
        ulong offset = state.Argument(4);
        if (source.IsNull || state.Argument(5) != 0) return unchecked((ulong)MapError.Invalid);
        if (source.Check(offset, (ulong)length) is not 0 and var fault) return (ulong)fault;
        byte[] bytes = state.Memory.Read(source.AddressOf(state, offset), length).ToArray();
        bytes.CopyTo(state.Write(1, length));
        return 0;
    }

    private static ulong Write(MachineState state)
    {
        Dynptr target = Dynptr.Read(state, 1);
        ulong offset = state.Argument(2), flags = state.Argument(5);
        byte[] bytes = state.Read(3, state.Size(4)).ToArray();
        if (target.IsNull || target.IsReadOnly) return unchecked((ulong)MapError.Invalid);
        if (target.Check(offset, (ulong)bytes.Length) is not 0 and var fault) return (ulong)fault;
        if (target.Kind == DynptrKind.Skb && state.Context is SkbContext context)
            return SkbCalls.Store(context, target.Offset + (uint)offset, bytes, flags);
        if (flags != 0) return unchecked((ulong)MapError.Invalid);
        bytes.CopyTo(state.Memory.Write(target.AddressOf(state, offset), bytes.Length));
        return 0;
    }

    private static ulong Data(MachineState state)
    {
        Dynptr source = Dynptr.Read(state, 1);
        ulong offset = state.Number(2), length = state.Number(3);
        bool isPlain = source.Kind is DynptrKind.Memory or DynptrKind.Record;
        return source.IsNull || source.IsReadOnly || !isPlain || source.Check(offset, length) != 0 ? 0 : source.AddressOf(state, offset);
    }

    private static ulong Reserve(MachineState state)
    {
        RingMap ring = state.Map<RingMap>(1);
        uint size = state.Number(2);
        ulong flags = state.Argument(3);
        long fault = flags != 0 ? MapError.Invalid : size > Dynptr.Longest ? MapError.TooBig : 0;
        ulong record = fault == 0 ? RingCalls.Reserve(state, ring, size, 0) : 0;
        if (fault == 0 && record == 0) fault = MapError.Invalid;
        new Dynptr(record, record == 0 ? DynptrKind.None : DynptrKind.Record, false, record == 0 ? 0 : size, 0).Write(state, 4);
        return (ulong)fault;
    }

    private static ulong Close(MachineState state, bool isSent)
    {
        Dynptr record = Dynptr.Read(state, 1);
        if (record.IsNull) return 0;
        if (record.Kind != DynptrKind.Record)
            throw new MachineStopException(FaultKind.InvalidArgument, "it is no record of a ring buffer", null, 1);
        RingCalls.Close(state, RingCalls.RecordAt(state, record.Address), isSent);
        default(Dynptr).Write(state, 1);
        return 0;
    }
}
