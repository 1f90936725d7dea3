using Skep.Debug.Machine.Calls;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.Owned;

namespace Skep.Debug.Machine;

/// <summary>A timer that was started, and neither ran out nor was cancelled.</summary>
/// <param name="Number">Its number among those that wait, from 1: the one that runs out first is the first.</param>
/// <param name="Map">The map whose value it is in.</param>
/// <param name="Key">The key of that value.</param>
/// <param name="Program">The number of the program that its callback is of.</param>
/// <param name="Function">The slot that the callback begins at.</param>
/// <param name="Left">Nanoseconds until it runs out, from now on; null for a time of day, which a machine does not have.</param>
public sealed record MachineTimer(int Number, MachineMap Map, byte[] Key, int Program, int Function, long? Left);

/// <summary>Timers, which run when the user of the machine says so.</summary>
public sealed partial class BpfMachine
{
    /// <summary>The timers that wait.</summary>
    public IReadOnlyList<MachineTimer> Timers =>
    [
        .. Waiting().Select((timer, index) =>
        {
            MachineMap map = _state.Maps.At(timer.Map)!;
            int place = timer.Callback - 1, program = _state.Code.ProgramOf(place);
            return new MachineTimer(index + 1, map, map.KeyOf(map.SlotOf(timer.Value)), program, place - _state.Code.Starts[program],
                timer.IsTimeOfDay ? null : (long)timer.Expiry - (long)_state.Now);
        }),
    ];

    /// <summary>Whether what runs, or ran last, is the callback of a timer and not the program.</summary>
    public bool IsTimer => _state.RunningTimer != 0;

    /// <summary>
    /// Begins the callback of a timer, at the time when it runs out, or now where that is later. That counts as a step. What the machine
    /// returns then is what the callback does.
    /// </summary>
    /// <param name="number">The number in <see cref="Timers"/>.</param>
    /// <exception cref="InvalidOperationException">The run did not end.</exception>
    public void RunTimer(int number)
    {
        if (Status != MachineStatus.Finished) throw new InvalidOperationException("a timer runs when the program has ended");
        List<OwnedTimer> waiting = Waiting();
        if (number < 1 || number > waiting.Count)
            throw new ArgumentOutOfRangeException(nameof(number), number, "there is no such timer");
        TimerCalls.Run(_state, waiting[number - 1]);
        Status = MachineStatus.Running;
    }

    private List<OwnedTimer> Waiting()
    {
        var waiting = new List<OwnedTimer>();
        foreach (Region region in _state.Memory.From(0))
            if (region is OwnedTimer { IsLive: true, IsArmed: true, Callback: > 0 } timer) waiting.Add(timer);
        return [.. waiting.OrderBy(timer => timer.IsTimeOfDay).ThenBy(timer => timer.Expiry).ThenBy(timer => timer.Id)];
    }
}
