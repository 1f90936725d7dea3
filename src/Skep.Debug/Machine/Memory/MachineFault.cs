namespace Skep.Debug.Machine.Memory;

/// <summary>Why a machine stopped before the program's end.</summary>
public enum FaultKind
{
    /// <summary>An access outside of a region, or of a part of it that nobody may access.</summary>
    OutOfBounds,

    /// <summary>An access by a null pointer.</summary>
    NullPointer,

    /// <summary>An access by a number that is the address of nothing here.</summary>
    InvalidAddress,

    /// <summary>A write to what is only read.</summary>
    ReadOnly,

    /// <summary>An atomic access that is not aligned, or of memory that has none.</summary>
    Atomic,

    /// <summary>A register is read that was not written.</summary>
    UninitializedRegister,

    /// <summary>Stack is read that was not written.</summary>
    UninitializedStack,

    /// <summary>A part of an object is read that was not written since the object was made.</summary>
    UninitializedObject,

    /// <summary>The slot is no instruction, or one of another program.</summary>
    InvalidInstruction,

    /// <summary>A call was given what it does not take.</summary>
    InvalidArgument,

    /// <summary>Calls are nested too deeply.</summary>
    CallDepth,

    /// <summary>What was acquired is not released.</summary>
    Unreleased,

    /// <summary>The machine does not have what the program asks for.</summary>
    NotSimulated,
}

/// <summary>Why a machine stopped before the program's end, and where.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Program">The number of the program.</param>
/// <param name="Slot">The instruction's slot in the program.</param>
/// <param name="Register">The register that is at fault; null for none.</param>
/// <param name="Region">The region that an access was meant for; null for none.</param>
/// <param name="Reason">The reason, without the place.</param>
public sealed record MachineFault(FaultKind Kind, int Program, int Slot, int? Register, string? Region, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => Register is { } register
        ? $"instruction {Slot}: r{register}: {Reason}" : $"instruction {Slot}: {Reason}";
}

/// <summary>Ends a step that cannot be done; the machine makes a <see cref="MachineFault"/> of it.</summary>
internal sealed class MachineStopException(FaultKind kind, string reason, string? region = null, int? register = null) : Exception(reason)
{
    public FaultKind Kind { get; } = kind;

    public string? Region { get; } = region;

    /// <summary>The register at fault, where it is another one than the instruction's own.</summary>
    public int? Register { get; } = register;
}
