using System.Buffers.Binary;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>What a dynptr points to (<c>enum bpf_dynptr_type</c> of include/linux/bpf.h).</summary>
internal enum DynptrKind
{
    None = 0,
    Memory = 1,
    Record = 2,
    Skb = 3,
    Xdp = 4,
}

/// <summary><c>struct bpf_dynptr_kern</c>, on the stack of the program.</summary>
/// <param name="Address">Its memory, or the context.</param>
/// <param name="Kind">What it points to.</param>
/// <param name="IsReadOnly">Whether it is only read.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Offset">Where they begin.</param>
internal readonly record struct Dynptr(ulong Address, DynptrKind Kind, bool IsReadOnly, uint Length, uint Offset)
{
    public const int Size = 16;

    /// <summary>The most that one may have.</summary>
    public const uint Longest = (1 << 24) - 1;

    private const int KindShift = 28;
    private const uint ReadOnlyBit = 1u << 31;

    public bool IsNull => Address == 0;

    public static Dynptr Read(MachineState state, int register)
    {
        ReadOnlySpan<byte> bytes = state.Read(register, Size);
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        return new Dynptr(BinaryPrimitives.ReadUInt64LittleEndian(bytes), (DynptrKind)(size >> KindShift & 7), (size & ReadOnlyBit) != 0,
            size & Longest, BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]));
    }

    public void Write(MachineState state, int register)
    {
        Span<byte> bytes = state.Write(register, Size);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Address);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Length | (uint)Kind << KindShift | (IsReadOnly ? ReadOnlyBit : 0));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], Offset);
    }

    /// <summary>Whether a part is inside; else the error.</summary>
    public long Check(ulong offset, ulong length) => length > Length || offset > Length - length ? MapError.TooBig : 0;

    /// <summary>The address of a part that is inside; 0 where there is none.</summary>
    public ulong AddressOf(MachineState state, ulong offset) => Kind switch
    {
        DynptrKind.Memory or DynptrKind.Record => Address + Offset + offset,
        DynptrKind.Skb or DynptrKind.Xdp => state.Packet.AddressOf(state.Packet.Data + (int)(Offset + offset)),
        _ => throw new MachineStopException(FaultKind.InvalidArgument, "it is no dynptr"),
    };
}
