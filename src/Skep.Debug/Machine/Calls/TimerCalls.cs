using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.Owned;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>Timers (kernel/bpf/helpers.c). None runs out by itself: the user of the machine says when one does.</summary>
internal static class TimerCalls
{
    private const ushort ThreeArguments = 0b1110;
    private const ulong Absolute = 1, Pinned = 2, Clocks = 16;

    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_timer_init", Init),
        ("bpf_timer_set_callback", SetCallback),
        ("bpf_timer_start", Start),
        ("bpf_timer_cancel", Cancel),
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

    private static ulong Init(MachineState state)
    {
        ulong field = state.Field(1, SpecialFieldKind.Timer), flags = state.Argument(3);
        MachineMap map = state.Map(2);
        if (state.Memory.RegionOf(field) is not MapRegion values || values.Map != map)
            throw new MachineStopException(FaultKind.InvalidArgument, $"the timer is in no value of map {map.Definition.Name}", null, 1);
        if (flags >= Clocks || flags is not (OwnedTimer.RealTime or OwnedTimer.Monotonic or OwnedTimer.SinceBoot))
            return unchecked((ulong)MapError.Invalid);
        if (state.Memory.Load<ulong>(field) != 0) return unchecked((ulong)MapError.Busy);
        ulong value = map.ValueAddress(map.SlotOf(field), 0);
        state.Memory.Store<ulong>(
            field, AddressSpace.AddressOf(OwnedTimer.Create(state.Memory, state.Argument(2), value, (int)flags), 0));
        return 0;
    }

    private static ulong SetCallback(MachineState state)
    {
        int function = state.Function(2);
        if (TimerOf(state) is not { } timer) return unchecked((ulong)MapError.Invalid);
        timer.Callback = function + 1;
        return 0;
    }

    private static ulong Start(MachineState state)
    {
        OwnedTimer? timer = TimerOf(state);
        ulong nanoseconds = state.Argument(2), flags = state.Argument(3);
        if ((flags & ~(Absolute | Pinned)) != 0 || timer is not { Callback: not 0 }) return unchecked((ulong)MapError.Invalid);
        timer.Arm(nanoseconds, isAbsolute: (flags & Absolute) != 0, state.Now);
        return 0;
    }

    private static ulong Cancel(MachineState state)
    {
        if (TimerOf(state) is not { } timer) return unchecked((ulong)MapError.Invalid);
        if (state.RunningTimer == AddressSpace.AddressOf(timer, 0)) return unchecked((ulong)MapError.Deadlock);
        bool wasArmed = timer.IsArmed;
        (timer.Callback, timer.IsArmed) = (0, false);
        return wasArmed ? 1UL : 0;
    }

    private static OwnedTimer? TimerOf(MachineState state) =>
        OwnedTimer.At(state.Memory, state.Memory.Load<ulong>(state.Field(1, SpecialFieldKind.Timer)));
}
