using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Analysis.Analyze;

/// <summary>
/// What calls do with dynptrs in the frame: a dynptr is identified by the call that made it, and what it points into by that.
/// </summary>
internal static class DynptrModel
{
    // struct bpf_dynptr of include/uapi/linux/bpf.h
    private const int Size = 16;

    /// <summary>
    /// Applies a kernel function (kernel/bpf/helpers.c); null for one that is not about dynptrs, or does more than is known.
    /// </summary>
    public static Value? TryApply(ProgramCode code, string function, int slot, MachineState state, int caller)
    {
        switch (function)
        {
            case "bpf_dynptr_from_skb" or "bpf_dynptr_from_xdp":
                Put(state, Register.R3, Size, Value.Written(slot), caller);
                return Value.Scalar(slot);
            case "bpf_dynptr_slice" or "bpf_dynptr_slice_rdwr":
                Value slice = Slice(code, slot, state, caller);
                Put(state, Register.R3,
                    state[Register.R4] is { Kind: ValueKind.Constant, Offset: > 0 and <= int.MaxValue } size ? (int)size.Offset : null,
                    Value.Written(slot), caller);
                return slice;
            case "bpf_dynptr_adjust":
                Put(state, Register.R1, Size, Value.Unknown, caller);
                return Value.Scalar(slot);
            case "bpf_dynptr_clone":
                Put(state, Register.R2, Size, MakerOf(state, caller) is { } maker ? Value.Written(maker) : Value.Unknown, caller);
                return Value.Scalar(slot);
            case "bpf_dynptr_size" or "bpf_dynptr_is_null" or "bpf_dynptr_is_rdonly":
                return Value.Scalar(slot);
            default:
                return null;
        }
    }

    /// <summary>The memory that a dynptr in R1 gives, from the offset in R2.</summary>
    public static Value Slice(ProgramCode code, int slot, MachineState state, int caller)
    {
        var memory = Value.Pointer(ValueKind.Memory, 0, slot);
        if (MakerOf(state, caller) is not { } maker) return memory;
        return code.CallAt(Decoder.Decode(code.Instructions, maker))?.Name switch
        {
            "bpf_dynptr_from_skb" or "bpf_dynptr_from_xdp" => Value.Pointer(ValueKind.Packet, 0, slot).Anywhere,
            "bpf_ringbuf_reserve_dynptr" =>
                Value.Pointer(ValueKind.Record, -1, maker,
                    state[Register.R2] is { Kind: ValueKind.Constant, Offset: >= 0 } offset ? offset.Offset : Value.AnyOffset),
            _ => memory,
        };
    }

    private static int? MakerOf(MachineState state, int caller) =>
        state[Register.R1] is { Kind: ValueKind.Stack, HasOffset: true } place && place.Id == caller
        && state.Frame.Load(place.Offset, Size) is { Kind: ValueKind.Scalar, Id: Value.WrittenByCall, Origin: >= 0 } made
            ? made.Origin : null;

    private static void Put(MachineState state, Register register, int? size, in Value value, int caller)
    {
        if (state[register].Kind == ValueKind.Unknown) state.Frame.Forget(Value.AnyOffset);
        if (state[register] is not { Kind: ValueKind.Stack } target || target.Id != caller) return;
        if (size is { } bytes && target.HasOffset) state.Frame.Store(target.Offset, bytes, value, Numbers.Any);
        else state.Frame.Forget(target.Offset);
    }
}
