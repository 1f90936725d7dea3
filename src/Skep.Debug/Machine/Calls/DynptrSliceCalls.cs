using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>The kernel functions for dynptrs (kernel/bpf/helpers.c).</summary>
internal static class DynptrSliceCalls
{
    // Of a function that returns an int, the upper half of the register is what its machine code leaves there: zeros.
    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_dynptr_from_skb", state => (uint)FromPacket(state, DynptrKind.Skb)),
        ("bpf_dynptr_from_xdp", state => (uint)FromPacket(state, DynptrKind.Xdp)),
        ("bpf_dynptr_slice", state => Slice(state, isWritten: false)),
        ("bpf_dynptr_slice_rdwr", state => Slice(state, isWritten: true)),
        ("bpf_dynptr_adjust", state => (uint)Adjust(state)),
        ("bpf_dynptr_is_null", state => Dynptr.Read(state, 1).IsNull ? 1UL : 0),
        ("bpf_dynptr_is_rdonly", state => Dynptr.Read(state, 1) is { IsNull: false, IsReadOnly: true } ? 1UL : 0),
        ("bpf_dynptr_size", state => Dynptr.Read(state, 1) is { IsNull: false } known ? known.Length : unchecked((ulong)MapError.Invalid)),
        ("bpf_dynptr_clone", state => (uint)Clone(state)),
        ("bpf_dynptr_copy", state => (uint)Copy(state)),
        ("bpf_dynptr_memset", state => (uint)Fill(state)),
    ];

    private static ulong FromPacket(MachineState state, DynptrKind kind)
    {
        state.RequireContext(1);
        if (kind == DynptrKind.Skb != state.Context is SkbContext)
            throw new MachineStopException(FaultKind.InvalidArgument, "the context has no such packet", null, 1);
        bool isRefused = state.Argument(2) != 0;

        // Socket filters and programs of cgroups may not write the packet.
        bool isReadOnly = kind == DynptrKind.Skb && !((SkbContext)state.Context).HasLinkHeader;
        Dynptr made = isRefused ? default
            : new Dynptr(state.Argument(1), kind, isReadOnly, (uint)state.Packet.Length, 0);
        made.Write(state, 3);
        return isRefused ? unchecked((ulong)MapError.Invalid) : 0;
    }

    private static ulong Slice(MachineState state, bool isWritten) =>
        PartOf(state, Dynptr.Read(state, 1), state.Argument(2), state.Argument(4), isWritten);

    /// <summary>The address of a part; 0 where it is not there, or only read but to be written.</summary>
    private static ulong PartOf(MachineState state, in Dynptr source, ulong offset, ulong length, bool isWritten) =>
        source.IsNull || (isWritten && source.IsReadOnly) || source.Check(offset, length) != 0 ? 0 : source.AddressOf(state, offset);

    private static ulong Copy(MachineState state)
    {
        Dynptr target = Dynptr.Read(state, 1), source = Dynptr.Read(state, 3);
        ulong targetOffset = state.Argument(2), sourceOffset = state.Argument(4), size = state.Argument(5);
        ulong from = PartOf(state, source, sourceOffset, size, isWritten: false);
        ulong to = PartOf(state, target, targetOffset, size, isWritten: true);
        if (from != 0 && to != 0)
        {
            byte[] bytes = state.Memory.Read(from, (int)size).ToArray();
            bytes.CopyTo(state.Memory.Write(to, (int)size));
            return 0;
        }

        // One of them is refused as a read or a write of it would be; of both, the lengths are looked at first.
        if (from != 0) return target.IsNull || target.IsReadOnly ? unchecked((ulong)MapError.Invalid) : unchecked((ulong)MapError.TooBig);
        if (to != 0) return source.IsNull ? unchecked((ulong)MapError.Invalid) : unchecked((ulong)MapError.TooBig);
        if (target.Check(targetOffset, size) != 0 || source.Check(sourceOffset, size) != 0) return unchecked((ulong)MapError.TooBig);
        return size == 0 ? 0 : unchecked((ulong)MapError.Invalid);
    }

    private static ulong Fill(MachineState state)
    {
        Dynptr target = Dynptr.Read(state, 1);
        ulong offset = state.Argument(2), size = state.Argument(3);
        byte value = (byte)state.Argument(4);
        if (PartOf(state, target, offset, size, isWritten: true) is not 0 and var to)
        {
            state.Memory.Write(to, (int)size).Fill(value);
            return 0;
        }

        if (!target.IsNull && target.IsReadOnly) return unchecked((ulong)MapError.Invalid);
        return (ulong)target.Check(offset, size);
    }

    private static ulong Adjust(MachineState state)
    {
        Dynptr pointer = Dynptr.Read(state, 1);
        ulong start = state.Argument(2), end = state.Argument(3);
        if (pointer.IsNull || start > end) return unchecked((ulong)MapError.Invalid);
        if (end > pointer.Length) return unchecked((ulong)MapError.Range);
        (pointer with { Offset = pointer.Offset + (uint)start, Length = (uint)(end - start) }).Write(state, 1);
        return 0;
    }

    private static ulong Clone(MachineState state)
    {
        Dynptr pointer = Dynptr.Read(state, 1);
        (pointer.IsNull ? default : pointer).Write(state, 2);
        return pointer.IsNull ? unchecked((ulong)MapError.Invalid) : 0;
    }
}
