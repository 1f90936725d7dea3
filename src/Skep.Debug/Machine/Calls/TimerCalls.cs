using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.Owned;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>
/// Timers and work that runs later (kernel/bpf/helpers.c). None runs by itself: the user of the machine says when one does.
/// </summary>
internal static class TimerCalls
{
    private const ushort ThreeArguments = 0b1110;
    private const ulong Absolute = 1, Pinned = 2, Clocks = 16;

    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_timer_init", InitTimer),
        ("bpf_timer_set_callback", state => (ulong)SetCallback(state, SpecialFieldKind.Timer)),
        ("bpf_timer_start", Start),
        ("bpf_timer_cancel", Cancel),

        // Kernel functions, whose result is an int: the upper half of the register is zeros.
        ("bpf_wq_init", state => state.Number(3) == 0 ? (uint)Init(state, SpecialFieldKind.Work, null) : unchecked((uint)MapError.Invalid)),
        ("bpf_wq_set_callback",
            state => state.Number(3) == 0 ? (uint)SetCallback(state, SpecialFieldKind.Work) : unchecked((uint)MapError.Invalid)),
        ("bpf_wq_start", state => (uint)StartWork(state)),
    ];

    /// <summary>Begins the callback of a timer that waits.</summary>
    public static void Run(MachineState state, OwnedTimer timer)
    {
        MachineMap map = state.Maps.At(timer.Map)!;
        int slot = map.SlotOf(timer.Value);
        if (!timer.IsTimeOfDay) state.Advance(timer.Expiry);
        timer.IsArmed = false;
        state.Restart(timer.Callback - 1, ThreeArguments);
        state.RunningTimer = AddressSpace.AddressOf(timer, 0);
        state.Registers[1] = timer.Map;
        state.Registers[2] = ElementKey.Address(state, map, slot, ElementKey.Region(state, map));
        state.Registers[3] = timer.Value;
    }

    private static ulong InitTimer(MachineState state)
    {
        ulong flags = state.Argument(3);
        if (flags >= Clocks || flags is not (OwnedTimer.RealTime or OwnedTimer.Monotonic or OwnedTimer.SinceBoot))
            return unchecked((ulong)MapError.Invalid);
        return (ulong)Init(state, SpecialFieldKind.Timer, (int)flags);
    }

    private static long Init(MachineState state, SpecialFieldKind kind, int? clock)
    {
        ulong field = state.Field(1, kind);
        MachineMap map = state.Map(2);
        if (state.Memory.RegionOf(field) is not MapRegion values || values.Map != map)
            throw new MachineStopException(FaultKind.InvalidArgument, $"the field is in no value of map {map.Definition.Name}", null, 1);
        if (state.Memory.Load<ulong>(field) != 0) return MapError.Busy;
        ulong value = map.ValueAddress(map.SlotOf(field), 0);
        state.Memory.Store<ulong>(field, AddressSpace.AddressOf(OwnedTimer.Create(state.Memory, state.Argument(2), value, clock), 0));
        return 0;
    }

    private static long SetCallback(MachineState state, SpecialFieldKind kind)
    {
        int function = state.Function(2);
        if (At(state, kind) is not { } timer) return MapError.Invalid;
        timer.Callback = function + 1;
        return 0;
    }

    private static long StartWork(MachineState state)
    {
        OwnedTimer? work = At(state, SpecialFieldKind.Work);
        if (state.Number(2) != 0 || work is not { Callback: not 0 }) return MapError.Invalid;

        // schedule_work leaves what waits where it is.
        if (!work.IsArmed) work.Arm(0, isAbsolute: false, state.Now);
        return 0;
    }

    private static ulong Start(MachineState state)
    {
        OwnedTimer? timer = At(state, SpecialFieldKind.Timer);
        ulong nanoseconds = state.Argument(2), flags = state.Argument(3);
        if ((flags & ~(Absolute | Pinned)) != 0 || timer is not { Callback: not 0 }) return unchecked((ulong)MapError.Invalid);
        timer.Arm(nanoseconds, isAbsolute: (flags & Absolute) != 0, state.Now);
        return 0;
    }

    private static ulong Cancel(MachineState state)
    {
        if (At(state, SpecialFieldKind.Timer) is not { } timer) return unchecked((ulong)MapError.Invalid);
        if (state.RunningTimer == AddressSpace.AddressOf(timer, 0)) return unchecked((ulong)MapError.Deadlock);
        bool wasArmed = timer.IsArmed;
        (timer.Callback, timer.IsArmed) = (0, false);
        return wasArmed ? 1UL : 0;
    }

    private static OwnedTimer? At(MachineState state, SpecialFieldKind kind) =>
        OwnedTimer.At(state.Memory, state.Memory.Load<ulong>(state.Field(1, kind)));
}
