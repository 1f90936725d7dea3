namespace Skep.Analysis.Analyze;

/// <summary>What a register or a stack slot holds.</summary>
public enum ValueKind : byte
{
    /// <summary>Nothing was written there yet.</summary>
    Unset,

    /// <summary>A number that the code gives: <see cref="Value.Offset"/>.</summary>
    Constant,

    /// <summary>A number that is known by where it comes from: <see cref="Value.Origin"/>.</summary>
    Scalar,

    /// <summary>The program's context, plus an offset.</summary>
    Context,

    /// <summary>A map: <see cref="Value.Id"/> is its number, -1 for one that a map of maps gave.</summary>
    Map,

    /// <summary>Inside of a map's value, from its start.</summary>
    MapValue,

    /// <summary>Inside of a record that <c>bpf_ringbuf_reserve</c> gave at <see cref="Value.Origin"/>.</summary>
    Record,

    /// <summary>Inside of other memory that the call at <see cref="Value.Origin"/> gave.</summary>
    Memory,

    /// <summary>Inside of a packet, from where the data begin.</summary>
    Packet,

    /// <summary>The end of a packet's data.</summary>
    PacketEnd,

    /// <summary>Inside of a packet's metadata.</summary>
    PacketMeta,

    /// <summary>Inside of the stack frame of function <see cref="Value.Id"/>; the offset is negative, from the frame's top.</summary>
    Stack,

    /// <summary>Inside of a kernel object of type <see cref="Value.Id"/> (see <see cref="TypeTable"/>), from its start.</summary>
    Kernel,

    /// <summary>Address of a function of the program: <see cref="Value.Offset"/> is its slot.</summary>
    Function,

    /// <summary>The address of the kernel's symbol loaded at <see cref="Value.Origin"/>.</summary>
    Symbol,

    /// <summary>Inlined lookup, inside of <c>struct bpf_map</c>.</summary>
    MapInside,

    /// <summary>Inlined lookup, an element of a hash table, before its value.</summary>
    MapElement,

    /// <summary>Inlined lookup, where an element keeps a pointer to the value: per CPU, or a map.</summary>
    MapSlot,

    /// <summary>Inlined lookup, a per-CPU pointer to a value.</summary>
    PerCpuValue,

    /// <summary>Different values on different paths, or an unknown one.</summary>
    Unknown,
}

/// <summary>
/// An abstract value. Of a number, only some bits may be meant: those of the origin from <see cref="Low"/>, moved left by
/// <see cref="Left"/>.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">By kind: a map, a type, a function.</param>
/// <param name="Origin">The slot of the instruction that made it; -1 when several did.</param>
/// <param name="Offset">Bytes from the start, or the constant; <see cref="AnyOffset"/> when it is not known.</param>
/// <param name="Low">Of a scalar: the lowest bit of its origin's value that is meant.</param>
/// <param name="Width">Of a scalar: how many bits; 64 for all.</param>
/// <param name="Left">Of a scalar: how far they are shifted left.</param>
/// <param name="Base">
/// Of a pointer into the stack whose offset is not known since a number was added at <paramref name="Origin"/>: the offset without that
/// number; <see cref="AnyOffset"/> when it is not known either.
/// </param>
public readonly record struct Value(ValueKind Kind, int Id, int Origin, long Offset, byte Low = 0, byte Width = 64, byte Left = 0,
    long Base = Value.AnyOffset)
{
    /// <summary>An offset that is not known.</summary>
    public const long AnyOffset = long.MinValue;

    /// <summary>No single instruction made it.</summary>
    public const int Merged = -1;

    /// <summary><see cref="Id"/> of a scalar that a call wrote to memory: not its result.</summary>
    public const int WrittenByCall = 1;

    /// <summary>Nothing known.</summary>
    public static readonly Value Unknown = new(ValueKind.Unknown, 0, Merged, 0);

    /// <summary>Not written.</summary>
    public static readonly Value Unset;

    /// <summary>A number.</summary>
    public static Value Constant(long number) => new(ValueKind.Constant, 0, Merged, number);

    /// <summary>A number that a CO-RE relocation at a slot gives.</summary>
    public static Value Relocated(long number, int slot) => new(ValueKind.Constant, 0, slot, number);

    /// <summary>What an instruction made.</summary>
    public static Value Scalar(int origin, int bits = 64) => new(ValueKind.Scalar, 0, origin, 0, 0, (byte)bits);

    /// <summary>What a call wrote to memory.</summary>
    public static Value Written(int origin) => new(ValueKind.Scalar, WrittenByCall, origin, 0);

    /// <summary>A pointer.</summary>
    public static Value Pointer(ValueKind kind, int id, int origin, long offset = 0) => new(kind, id, origin, offset);

    /// <summary>Whether it is an address.</summary>
    public bool IsPointer => Kind is > ValueKind.Scalar and < ValueKind.Unknown;

    /// <summary>Whether it is a pointer with a known offset, or a constant.</summary>
    public bool HasOffset => Offset != AnyOffset;

    /// <summary>This pointer, moved by a number of bytes.</summary>
    public Value Plus(long bytes) =>
        HasOffset ? this with { Offset = unchecked(Offset + bytes) == AnyOffset ? AnyOffset : unchecked(Offset + bytes) }
            : Base == AnyOffset ? this : this with { Base = unchecked(Base + bytes) };

    /// <summary>This pointer, somewhere in the same object.</summary>
    public Value Anywhere => this with { Offset = AnyOffset, Base = AnyOffset };

    /// <summary>This pointer, with a number added to it at an instruction.</summary>
    public Value Indexed(int slot) =>
        Kind == ValueKind.Stack && HasOffset ? this with { Origin = slot, Offset = AnyOffset, Base = Offset } : Anywhere;

    /// <summary>What holds when either may be. A pointer and 0 give the pointer: it may be null.</summary>
    public static Value Join(in Value a, in Value b)
    {
        if (a == b || b.Kind == ValueKind.Unset) return a;
        if (a.Kind == ValueKind.Unset) return b;
        if (a.Kind == ValueKind.Unknown || b.Kind == ValueKind.Unknown) return Unknown;
        if (a.Kind == ValueKind.Constant && b.Kind == ValueKind.Constant && a.Offset == b.Offset) return Constant(a.Offset);
        if (a.IsPointer && b is { Kind: ValueKind.Constant, Offset: 0 }) return a;
        if (b.IsPointer && a is { Kind: ValueKind.Constant, Offset: 0 }) return b;
        if (a.IsPointer || b.IsPointer)
        {
            // A record of one of two reservations is another object than either.
            bool same =
                a.Kind == b.Kind && a.Id == b.Id
                    && (a.Origin == b.Origin || a.Kind is not (ValueKind.Record or ValueKind.Memory or ValueKind.Symbol));
            if (!same) return Unknown;
            return a with
            {
                Origin = a.Origin == b.Origin ? a.Origin : Merged,
                Offset = a.Offset == b.Offset ? a.Offset : AnyOffset,
                Base = a.Base == b.Base ? a.Base : AnyOffset
            };
        }

        if (a.Kind == ValueKind.Scalar && b.Kind == ValueKind.Scalar && a.Origin == b.Origin && a.Id == b.Id)
            return Scalar(a.Origin) with { Id = a.Id };
        return Scalar(Merged);
    }
}
