using Skep.Bpf;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>Tail calls and callbacks.</summary>
internal static class ControlCalls
{
    private const ushort TwoArguments = 0b110, FourArguments = 0b1_1110;

    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_tail_call", TailCall),
        ("bpf_loop", Loop),
        ("bpf_for_each_map_elem", ForEach),
    ];

    /// <summary>Goes on where a callback returned: with the next one, or with the caller.</summary>
    /// <exception cref="MachineStopException">The callback returned nothing.</exception>
    public static void Resume(MachineState state)
    {
        if ((state.Initialized & 1) == 0)
            throw new MachineStopException(FaultKind.UninitializedRegister, "the callback's result was not written", null, 0);
        ref Frame frame = ref state.Frames[state.Depth];
        ulong result = state.Registers[0];
        if (frame.Caller == CallerKind.TreeAdd)
        {
            TreeCalls.Compared(state, ref frame, isBefore: result != 0);
            return;
        }

        frame.Index++;
        bool goesOn = result == 0 && (frame.Caller == CallerKind.Loop ? NextIteration(state, ref frame) : NextElement(state, ref frame));
        if (goesOn) return;
        long done = frame.Index;
        state.Leave();
        state.Registers[0] = (ulong)done;
        state.Initialized |= 1;
    }

    private static ulong TailCall(MachineState state)
    {
        state.RequireContext(1);
        ReferenceMap programs = state.Map<ReferenceMap>(2);
        uint index = state.Number(3);
        int number = programs.Definition.Type == BpfMapType.ProgArray ? programs.ReferenceAt(index)
            : throw new MachineStopException(
                FaultKind.InvalidArgument, $"map {programs.Definition.Name} is no array of programs", null, 2);
        if (number == 0 || state.TailCalls >= MachineState.MostTailCalls) return state.Registers[0];
        int program = number - 1;
        if (program >= state.Types.Length || state.Types[program] != state.Types[state.Code.ProgramOf(state.Place)])
            throw new MachineStopException(
                FaultKind.InvalidArgument, $"entry {index} of map {programs.Definition.Name} is no program of the caller's type", null, 3);
        state.TailCalls++;
        (state.Frames[state.Depth].Function, state.Frames[state.Depth].Beginning) = (state.Code.Starts[program], state.Depth);
        state.Begin(state.Code.Starts[program], 1 << 1);
        return 0;
    }

    private static ulong Loop(MachineState state)
    {
        ulong count = state.Number(1);
        int function = state.Function(2);
        ulong context = state.Argument(3);
        if (state.Argument(4) != 0) return unchecked((ulong)MapError.Invalid);
        if (count > MachineState.MostIterations) return unchecked((ulong)MapError.TooBig);
        if (count == 0) return 0;
        state.Enter(function, state.Next, TwoArguments, CallerKind.Loop);
        ref Frame frame = ref state.Frames[state.Depth];
        (frame.Argument, frame.Index, frame.Count) = (context, 0, (long)count);
        (state.Registers[1], state.Registers[2]) = (0, context);
        return 0;
    }

    private static bool NextIteration(MachineState state, ref Frame frame)
    {
        if (frame.Index >= frame.Count) return false;
        state.Begin(frame.Function, TwoArguments);
        (state.Registers[1], state.Registers[2]) = ((ulong)frame.Index, frame.Argument);
        return true;
    }

    private static ulong ForEach(MachineState state)
    {
        MachineMap map = state.Map(1);
        int function = state.Function(2);
        ulong context = state.Argument(3);
        if (state.Argument(4) != 0) return unchecked((ulong)MapError.Invalid);
        if (map is not (ArrayMap or HashMap))
            throw new MachineStopException(
                FaultKind.InvalidArgument, $"the elements of map {map.Definition.Name} cannot be walked", null, 1);
        int first = map.NextSlot(-1);
        if (first < 0) return 0;
        state.Enter(function, state.Next, FourArguments, CallerKind.ForEach);
        ref Frame frame = ref state.Frames[state.Depth];
        (frame.Argument, frame.Map, frame.Slot) = (context, state.Registers[1], first);
        frame.KeyRegion = ElementKey.Region(state, map);
        GiveElement(state, map, frame);
        return 0;
    }

    private static bool NextElement(MachineState state, ref Frame frame)
    {
        MachineMap map = state.Maps.At(frame.Map)!;
        frame.Slot = map.NextSlot(frame.Slot);
        if (frame.Slot < 0) return false;
        state.Begin(frame.Function, FourArguments);
        GiveElement(state, map, frame);
        return true;
    }

    private static void GiveElement(MachineState state, MachineMap map, in Frame frame)
    {
        state.Registers[1] = frame.Map;
        state.Registers[2] = ElementKey.Address(state, map, frame.Slot, frame.KeyRegion);
        state.Registers[3] = map.ValueAddress(frame.Slot, state.Options.Cpu);
        state.Registers[4] = frame.Argument;
    }
}
