using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine;

/// <summary>What an address points to.</summary>
/// <param name="Kind">What the region is.</param>
/// <param name="Region">The region's name.</param>
/// <param name="Offset">Bytes from its start; in a map with many values, from the value's.</param>
/// <param name="Element">The value's number in such a map; null elsewhere.</param>
/// <param name="Length">Bytes that may be accessed from the start.</param>
public sealed record MachinePointer(RegionKind Kind, string Region, long Offset, long? Element, int Length);

/// <summary>A call that has not returned.</summary>
/// <param name="Program">The number of the program.</param>
/// <param name="Function">The slot that its function begins at.</param>
/// <param name="Slot">The slot that it is at: the instruction that is next, or that follows the call.</param>
/// <param name="Pointer">Its frame pointer, r10.</param>
public sealed record MachineFrame(int Program, int Function, int Slot, ulong Pointer);

/// <summary>What a debugger sees. Reading changes nothing.</summary>
public sealed partial class BpfMachine
{
    /// <summary>The number of the program that the next instruction is of.</summary>
    public int Program => _state.Code.ProgramOf(_state.Place);

    /// <summary>The slot of the next instruction in its program; of the one at fault, when the machine stopped.</summary>
    public int Slot => _state.Code.SlotOf(_state.Place);

    /// <summary>The calls, the innermost first.</summary>
    public IReadOnlyList<MachineFrame> Frames
    {
        get
        {
            var frames = new MachineFrame[_state.Depth + 1];
            int place = _state.Place;
            for (int depth = _state.Depth; depth >= 0; depth--)
            {
                ref readonly Frame frame = ref _state.Frames[depth];
                int program = _state.Code.ProgramOf(frame.Function), start = _state.Code.Starts[program];
                frames[_state.Depth - depth] = new MachineFrame(
                    program, frame.Function - start, _state.Code.SlotOf(place), _state.FramePointer(depth));
                place = frame.ReturnTo;
            }

            return frames;
        }
    }

    /// <summary>How many calls have not returned.</summary>
    public int Depth => _state.Depth;

    /// <summary>What a register holds, r0 to r10.</summary>
    public ulong Register(int number)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)number, 10u, nameof(number));
        return _state.Registers[number];
    }

    /// <summary>Whether a register was written in this frame.</summary>
    public bool IsInitialized(int register) => (_state.Initialized & (1 << register)) != 0;

    /// <summary>What a number points to; null for one that is no address.</summary>
    public MachinePointer? Describe(ulong address)
    {
        Region region = _state.Memory.RegionOf(_state.Memory.ToArena(address));
        if (region.Kind == RegionKind.None) return null;
        long offset = AddressSpace.OffsetOf(region, address) - region.Low;
        if (region.StrideMask == uint.MaxValue || offset < 0)
            return new MachinePointer(region.Kind, region.Name, offset, null, region.Length);
        long distance = region.StrideMask + 1L;
        return new MachinePointer(region.Kind, region.Name, offset % distance, offset / distance, region.Length);
    }

    /// <summary>Reads memory, also what a program may not read: stack that was not written is zeros.</summary>
    /// <returns>False when not all of it is there.</returns>
    public bool TryPeek(ulong address, Span<byte> into)
    {
        if (_state.Memory.TryLocate(_state.Memory.ToArena(address), into.Length, out Region region, out int index))
        {
            region.Bytes.AsSpan(index, into.Length).CopyTo(into);
            return true;
        }

        if (region.Special is { } special)
        {
            try
            {
                for (int i = 0; i < into.Length; i++) into[i] = (byte)special.Load(AddressSpace.OffsetOf(region, address) + i, 1);
                return true;
            }
            catch (MachineStopException)
            {
                return false;
            }
        }

        if (region.Kind != RegionKind.None || !_state.Memory.TryReadForeign(address, into.Length, out ReadOnlySpan<byte> bytes))
            return false;
        bytes.CopyTo(into);
        return true;
    }

    /// <summary>What a load of the context gives; null where there is no field of that size.</summary>
    public ulong? PeekContext(int offset, int size)
    {
        Region context = _state.Context.Region;
        try
        {
            if (context.Special is { } special) return special.Load(offset, size);
        }
        catch (MachineStopException)
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        bytes.Clear();
        return size is > 0 and <= sizeof(ulong) && TryPeek(AddressSpace.AddressOf(context, offset), bytes[..size])
            ? BitConverter.ToUInt64(bytes) : null;
    }
}
