using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine;

/// <summary>A run that can be gone back in: by checkpoints, and by running again from the last one before.</summary>
/// <param name="machine">The machine, whose run was started.</param>
/// <param name="interval">The steps between checkpoints.</param>
public sealed class MachineHistory(BpfMachine machine, int interval = 4096)
{
    // Checkpoints beyond that are thinned out: every second one of the older half goes.
    private const int MostCheckpoints = 4096;

    private readonly List<MachineCheckpoint> _checkpoints = [machine.Checkpoint()];

    // The timers that were run, by the step at which all before had ended.
    private readonly SortedDictionary<long, int> _timers = [];
    private int _interval = interval;

    /// <summary>Whether there are more steps: of the program, or of a timer that was run at its end.</summary>
    public bool GoesOn => machine.Status == MachineStatus.Running
        || (machine.Status == MachineStatus.Finished && _timers.ContainsKey(machine.Steps));

    /// <summary>Runs on.</summary>
    /// <param name="most">The most steps that are done.</param>
    public MachineStatus Run(long most = long.MaxValue)
    {
        while (most > 0 && GoesOn)
        {
            long due = _checkpoints[^1].Steps + _interval - machine.Steps;
            long before = machine.Steps;
            if (machine.Status == MachineStatus.Running) machine.Run(Math.Min(most, Math.Max(1, due)));
            else machine.RunTimer(_timers[before]);
            most -= machine.Steps - before;
            if (machine.Status == MachineStatus.Running && machine.Steps >= _checkpoints[^1].Steps + _interval) Keep();
        }

        return machine.Status;
    }

    /// <summary>Goes to a step of the run, back or forth.</summary>
    /// <param name="step">The number of instructions that are done then.</param>
    public MachineStatus GoTo(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (step < machine.Steps || machine.Status != MachineStatus.Running)
        {
            int at = _checkpoints.FindLastIndex(checkpoint => checkpoint.Steps <= step);
            machine.Restore(_checkpoints[at]);
        }

        return Run(step - machine.Steps);
    }

    /// <summary>Begins a timer's callback; what came after this step before is forgotten.</summary>
    /// <param name="number">The number in <see cref="BpfMachine.Timers"/>.</param>
    public void RunTimer(int number)
    {
        long now = machine.Steps;
        machine.RunTimer(number);
        foreach (long later in _timers.Keys.Where(step => step >= now).ToArray()) _timers.Remove(later);
        _checkpoints.RemoveAll(checkpoint => checkpoint.Steps > now);
        _timers[now] = number;
    }

    private void Keep()
    {
        if (_checkpoints.Count == MostCheckpoints)
        {
            for (int i = MostCheckpoints - 1; i > 0; i -= 2) _checkpoints.RemoveAt(i);
            _interval *= 2;
            return;
        }

        _checkpoints.Add(machine.Checkpoint());
    }
}
