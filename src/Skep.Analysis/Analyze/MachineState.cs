using Skep.Isa;

namespace Skep.Analysis.Analyze;

/// <summary>What registers and the stack frame of the running function hold before an instruction.</summary>
public sealed class MachineState
{
    // R0 to R10, and the verifier's own scratch register.
    internal const int Registers = 12;

    private readonly Value[] _registers;
    private readonly Numbers[] _numbers;

    internal MachineState() => (_registers, _numbers, Frame) = (new Value[Registers], new Numbers[Registers], new StackFrame());

    private MachineState(Value[] registers, Numbers[] numbers, StackFrame frame) =>
        (_registers, _numbers, Frame) = (registers, numbers, frame);

    /// <summary>The frame of the function.</summary>
    public StackFrame Frame { get; }

    /// <summary>A register's value; nothing known for a number that names no register.</summary>
    public Value this[Register register]
    {
        get => (int)register < Registers ? _registers[(int)register] : Value.Unknown;
        internal set
        {
            if ((int)register < Registers) (_registers[(int)register], _numbers[(int)register]) = (value, Analyze.Numbers.Any);
        }
    }

    /// <summary>The numbers that a register may hold; any, for an address.</summary>
    public Numbers Numbers(Register register) => (int)register < Registers ? _numbers[(int)register] : Analyze.Numbers.Any;

    /// <summary>Sets a register.</summary>
    internal void Set(Register register, in Value value, in Numbers numbers)
    {
        if ((int)register < Registers)
            (_registers[(int)register], _numbers[(int)register]) = (value, value.IsPointer ? Analyze.Numbers.Any : numbers);
    }

    internal MachineState Copy() => new([.. _registers], [.. _numbers], Frame.Copy());

    /// <summary>Makes this state the same as another.</summary>
    internal void CopyFrom(MachineState other)
    {
        other._registers.CopyTo(_registers, 0);
        other._numbers.CopyTo(_numbers, 0);
        Frame.CopyFrom(other.Frame);
    }

    /// <summary>Joins another state into this one.</summary>
    /// <param name="other">The other.</param>
    /// <param name="widen">Whether numbers that differ are given up.</param>
    /// <returns>Whether this one changed.</returns>
    internal bool Join(MachineState other, bool widen)
    {
        bool changed = Frame.Join(other.Frame, widen);
        for (int i = 0; i < Registers; i++)
        {
            Value joined = Value.Join(_registers[i], other._registers[i]);
            Numbers numbers = _numbers[i].Join(other._numbers[i], widen);
            changed |= joined != _registers[i] || numbers != _numbers[i];
            (_registers[i], _numbers[i]) = (joined, numbers);
        }

        return changed;
    }

    /// <summary>Forgets all but the frame pointer.</summary>
    internal void ForgetAll()
    {
        for (Register register = Register.R0; register < Register.R10; register++) this[register] = Value.Unknown;
        this[Register.Ax] = Value.Unknown;
        Frame.Forget(Value.AnyOffset);
    }
}
