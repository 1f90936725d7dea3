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
    private int _interval = interval;

    /// <summary>Runs on.</summary>
    /// <param name="most">The most steps that are done.</param>
    public MachineStatus Run(long most = long.MaxValue)
    {
        while (most > 0 && machine.Status == MachineStatus.Running)
        {
            long due = _checkpoints[^1].Steps + _interval - machine.Steps;
            long before = machine.Steps;
            machine.Run(Math.Min(most, Math.Max(1, due)));
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
