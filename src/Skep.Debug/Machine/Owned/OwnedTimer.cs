using System.Buffers.Binary;
using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Owned;

/// <summary>
/// A timer or work that a program initialized (<c>struct bpf_hrtimer</c>, <c>struct bpf_work</c> of the kernel): the field of the value
/// points to it.
/// </summary>
internal sealed class OwnedTimer : KeptRegion
{
    /// <summary><c>CLOCK_REALTIME</c>, <c>CLOCK_MONOTONIC</c> and <c>CLOCK_BOOTTIME</c>; the last two are one in a machine.</summary>
    public const int RealTime = 0, Monotonic = 1, SinceBoot = 7;

    private const int MapAt = 0, ValueAt = 8, ClockAt = 16, CallbackAt = 24, ExpiryAt = 32, ArmedAt = 40, AbsoluteAt = 48, WorkAt = 56,
        Size = 64;

    private OwnedTimer(int id, Block block)
        : base(id, RegionKind.Scratch, "timer", block) => SetBounds(0, Size);

    /// <summary>Whether it is work, which has no time of its own.</summary>
    public bool IsWork => this[WorkAt] != 0;

    /// <summary>The address that stands for the map.</summary>
    public ulong Map => this[MapAt];

    /// <summary>The address of the map's value that it is in.</summary>
    public ulong Value => this[ValueAt];

    /// <summary><c>CLOCK_*</c>.</summary>
    public int Clock => (int)this[ClockAt];

    /// <summary>The place of the callback, plus 1; 0 for none.</summary>
    public int Callback
    {
        get => (int)this[CallbackAt];
        set => this[CallbackAt] = (ulong)value;
    }

    /// <summary>When it runs out: nanoseconds since boot, or by <see cref="Clock"/> where that has another beginning.</summary>
    public ulong Expiry => this[ExpiryAt];

    /// <summary>Whether <see cref="Expiry"/> is a time of day, which a machine does not have.</summary>
    public bool IsTimeOfDay => this[AbsoluteAt] != 0 && Clock == RealTime;

    /// <summary>Whether it was started, and neither ran out nor was cancelled.</summary>
    public bool IsArmed
    {
        get => this[ArmedAt] != 0;
        set => this[ArmedAt] = value ? 1UL : 0;
    }

    private ulong this[int at]
    {
        get => BinaryPrimitives.ReadUInt64LittleEndian(Bytes.AsSpan(at));
        set
        {
            BinaryPrimitives.WriteUInt64LittleEndian(Bytes.AsSpan(at), value);
            Blocks[0].Mark(at, sizeof(ulong));
        }
    }

    /// <summary>Makes one that has no callback yet.</summary>
    /// <param name="space">The memory.</param>
    /// <param name="map">The address that stands for the map.</param>
    /// <param name="value">The address of the map's value that it is in.</param>
    /// <param name="clock"><c>CLOCK_*</c>; null for work.</param>
    public static OwnedTimer Create(AddressSpace space, ulong map, ulong value, int? clock)
    {
        int id = space.NextId;
        OwnedTimer made = space.Add(new OwnedTimer(id, space.NewBlock(Size)));
        (made[MapAt], made[ValueAt], made[ClockAt], made[WorkAt]) = (map, value, (ulong)(clock ?? Monotonic), clock is null ? 1UL : 0);
        return made;
    }

    /// <summary>The timer that an address stands for; null for none.</summary>
    public static OwnedTimer? At(AddressSpace space, ulong address) =>
        space.RegionOf(address) is OwnedTimer { IsLive: true } found && AddressSpace.OffsetOf(found, address) == 0 ? found : null;

    /// <summary>Starts it.</summary>
    /// <param name="nanoseconds">When it runs out.</param>
    /// <param name="isAbsolute">Whether that is a time of its clock, and not one from now on.</param>
    /// <param name="now">Nanoseconds since boot.</param>
    public void Arm(ulong nanoseconds, bool isAbsolute, ulong now)
    {
        // ktime_add_safe
        this[ExpiryAt] = isAbsolute ? nanoseconds : (ulong)Int128.Min(long.MaxValue, (Int128)now + nanoseconds);
        this[AbsoluteAt] = isAbsolute ? 1UL : 0;
        IsArmed = true;
    }
}
