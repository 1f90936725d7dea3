using Skep.Isa;

namespace Skep.Watch.Analyze;

/// <summary>What registers and the stack frame of the running function hold before an instruction.</summary>
public sealed class MachineState
{
    // R0 to R10, and the verifier's own scratch register.
    internal const int Registers = 12;

    private readonly Value[] _registers;

    internal MachineState() => (_registers, Frame) = (new Value[Registers], new StackFrame());

    private MachineState(Value[] registers, StackFrame frame) => (_registers, Frame) = (registers, frame);

    /// <summary>The frame of the function.</summary>
    public StackFrame Frame { get; }

    /// <summary>A register's value; nothing known for a number that names no register.</summary>
    public Value this[Register register]
    {
        get => (int)register < Registers ? _registers[(int)register] : Value.Unknown;
        internal set
        {
            if ((int)register < Registers) _registers[(int)register] = value;
        }
    }

    internal MachineState Copy() => new([.. _registers], Frame.Copy());

    internal bool Join(MachineState other)
    {
        bool changed = Frame.Join(other.Frame);
        for (int i = 0; i < Registers; i++)
        {
            Value joined = Value.Join(_registers[i], other._registers[i]);
            changed |= joined != _registers[i];
            _registers[i] = joined;
        }

        return changed;
    }

    /// <summary>Forgets all but the frame pointer.</summary>
    internal void ForgetAll()
    {
        for (int i = 0; i < (int)Register.R10; i++) _registers[i] = Value.Unknown;
        _registers[(int)Register.Ax] = Value.Unknown;
        Frame.Forget(Value.AnyOffset);
    }
}
