using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Code;

/// <summary>Why an instruction stops the machine.</summary>
internal readonly record struct StopReason(FaultKind Kind, string Text, int Slot);

/// <summary>The programs of a machine, decoded, one after the other: a place is the number of an instruction in all of them.</summary>
internal sealed class LinkedCode
{
    public required Op[] Ops { get; init; }

    /// <summary>The place of each program's first instruction.</summary>
    public required int[] Starts { get; init; }

    /// <summary>The slots of each program.</summary>
    public required int[] Lengths { get; init; }

    /// <summary>By program: the place of the function that an exception ends with; -1 for none.</summary>
    public required int[] ExceptionCallbacks { get; init; }

    public required StopReason[] Reasons { get; init; }

    /// <summary>The helpers and kernel functions that are called, by the number in <see cref="Op.Target"/>.</summary>
    public required string[] Callees { get; init; }

    /// <summary>The program of a place.</summary>
    public int ProgramOf(int place)
    {
        int program = Array.BinarySearch(Starts, place);
        return program >= 0 ? program : Math.Max(0, ~program - 1);
    }

    /// <summary>Whether a function may begin at a place.</summary>
    public bool IsPlace(int place) => place >= 0 && place < Ops.Length && (Ops[place].Code != OpCode.Stop
        || Reasons[Ops[place].Target].Kind != FaultKind.InvalidInstruction);

    /// <summary>The slot of a place in its program; that of the jump, for a jump to no instruction.</summary>
    public int SlotOf(int place) =>
        Ops[place].Code == OpCode.Stop ? Reasons[Ops[place].Target].Slot : place - Starts[ProgramOf(place)];
}
