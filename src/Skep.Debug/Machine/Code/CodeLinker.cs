using Skep.Analysis.Analyze;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Memory;
using Skep.Isa;

namespace Skep.Debug.Machine.Code;

/// <summary>Decodes the programs of a machine once, so that a step looks at nothing but its operation.</summary>
internal sealed class CodeLinker(IMapAddresses maps, ulong functions, int cpu)
{
    private const int ArgumentRegisters = 5;

    private readonly List<Op> _ops = [];
    private readonly List<StopReason> _reasons = [];
    private readonly List<string> _callees = [];
    private readonly Dictionary<string, int> _calleeNumbers = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<int, InlinedLookup> _lookups = new Dictionary<int, InlinedLookup>();

    public LinkedCode Link(IReadOnlyList<ProgramImage> programs)
    {
        var starts = new int[programs.Count];
        var lengths = new int[programs.Count];
        for (int i = 0; i < programs.Count; i++)
        {
            starts[i] = _ops.Count;
            lengths[i] = programs[i].Instructions.Length;
            Append(programs[i]);
        }

        return new LinkedCode
        {
            Ops = [.. _ops],
            Starts = starts,
            Lengths = lengths,
            ExceptionCallbacks = [.. programs.Select((program, i) => program.ExceptionCallback is { } slot ? starts[i] + slot : -1)],
            Reasons = [.. _reasons],
            Callees = [.. _callees],
        };
    }

    private void Append(ProgramImage program)
    {
        int start = _ops.Count;
        ReadOnlySpan<Instruction> slots = program.Instructions.Span;
        bool[] isFirst = new bool[slots.Length];
        foreach (DecodedInstruction item in Decoder.Decode(slots)) isFirst[item.Index] = true;
        if (program.Form == ProgramForm.Translated) _lookups = InlinedLookups.Find(program);
        foreach (DecodedInstruction item in Decoder.Decode(slots))
        {
            _ops.Add(program.Unresolved.TryGetValue(item.Index, out string? reason)
                ? Stop(FaultKind.NotSimulated, reason, item.Index)
                : Decode(program, item, start));
            for (int i = 1; i < item.Slots; i++)
                _ops.Add(Stop(FaultKind.InvalidInstruction, "it is the second half of an instruction", item.Index + i));
        }

        _ops.Add(Stop(FaultKind.InvalidInstruction, "the program has no instruction here", slots.Length));

        // A jump to no instruction is a fault when it is taken.
        for (int place = start, end = _ops.Count - 1; place < end; place++)
        {
            Op op = _ops[place];
            if (op.Code is not (>= OpCode.Jump and <= OpCode.AnyBit32 or OpCode.CallLocal)) continue;
            int slot = op.Target - start;
            if ((uint)slot < (uint)slots.Length && isFirst[slot]) continue;
            op.Target = _ops.Count;
            _ops[place] = op;
            _ops.Add(Stop(FaultKind.InvalidInstruction, $"it goes to slot {slot}, where no instruction begins", place - start));
        }
    }

    private Op Decode(ProgramImage program, in DecodedInstruction item, int start)
    {
        if (!item.IsValid) return Stop(FaultKind.InvalidInstruction, item.Fault.Describe(), item.Index);
        if (program.Form == ProgramForm.Translated)
        {
            if (_lookups.TryGetValue(item.Index, out InlinedLookup lookup)) return Lookup(lookup, start);
            if (item.Kind == OperationKind.SpeculationBarrier) return new Op { Code = OpCode.Same };
            if (item.Kind is OperationKind.ProbeLoad or OperationKind.ProbeLoadSignExtend) return OpDecoder.Decode(Plain(item), start);
        }

        // Translated code may use the kernel's scratch register.
        if (program.Form == ProgramForm.Loaded ? item.IsKernelInternal
            : item.Kind is OperationKind.PerCpuAddress or OperationKind.TailCall or >= OperationKind.ProbeLoad)
            return Stop(FaultKind.InvalidInstruction, "only the kernel makes such an instruction", item.Index);
        Op op = item.Kind switch
        {
            OperationKind.LoadMap or OperationKind.LoadMapIndex or OperationKind.LoadMapValue or OperationKind.LoadMapIndexValue =>
                LoadMap(program, item),
            OperationKind.LoadFunction => Number(item, functions + ((ulong)(start + item.Target()) * Instruction.Size)),
            OperationKind.LoadBtfId => Stop(FaultKind.NotSimulated, "it loads the address of a variable of the kernel", item.Index),
            OperationKind.CallHelper when program.Form == ProgramForm.Loaded => Call(HelperNames.Of(item.Imm) ?? $"helper {item.Imm}"),
            OperationKind.CallHelper or OperationKind.CallKfunc =>
                Call(program.Calls.GetValueOrDefault(item.Index) ?? $"the kernel's function {item.Imm}"),
            OperationKind.CallLocal =>
                new Op { Code = OpCode.CallLocal, Target = start + (int)item.Target(program.Form) },
            OperationKind.AddressSpaceCast when item.Imm is not (OpDecoder.FromArena or OpDecoder.ToArena) =>
                Stop(FaultKind.InvalidInstruction, $"it casts between address spaces 0x{item.Imm:x}", item.Index),
            OperationKind.JumpIndirect => Stop(FaultKind.NotSimulated, "it jumps to the address in a register", item.Index),
            _ => OpDecoder.Decode(item, start),
        };
        return (op.Sets & (1 << (int)Register.R10)) != 0
            ? Stop(FaultKind.InvalidInstruction, "it writes to the frame pointer, which is only read", item.Index) : op;
    }

    private Op LoadMap(ProgramImage program, in DecodedInstruction item)
    {
        if (!program.MapOfSlot.TryGetValue(item.Index, out int number))
            return Stop(FaultKind.NotSimulated, $"its map ({item.Imm}) is not known", item.Index);
        MapDefinition map = program.Maps[number];
        if (item.Kind is OperationKind.LoadMap or OperationKind.LoadMapIndex) return Number(item, maps.Handle(map));
        return maps.Value(map, item.SecondImm) is { } address ? Number(item, address)
            : Stop(FaultKind.NotSimulated, $"the values of map {map.Name} have no fixed address", item.Index);
    }

    // The first instruction calls what was inlined, the second one goes on behind it.
    private Op Lookup(InlinedLookup lookup, int start) => lookup.Kind switch
    {
        InlinedKind.Call => Call("bpf_map_lookup_elem"),
        InlinedKind.Cpu => new Op { Code = OpCode.Mov64, Src = Op.ImmediateRegister, Sets = 1, Immediate = (ulong)cpu },
        InlinedKind.Jump => new Op { Code = OpCode.Jump, Target = start + lookup.Target },
        _ => new Op { Code = OpCode.Same },
    };

    // A load that the kernel lets fault is a plain one here, which stops where nothing is known.
    private static DecodedInstruction Plain(in DecodedInstruction item)
    {
        bool isSigned = item.Kind == OperationKind.ProbeLoadSignExtend;
        byte code = (byte)((byte)InstructionClass.Ldx | (byte)item.MemorySize | (isSigned ? MemoryMode.MemSx : MemoryMode.Mem));
        return Decoder.Decode(new Instruction(code, item.First.Dst, item.First.Src, item.Offset, 0)) with { Index = item.Index };
    }

    private Op Call(string name)
    {
        if (!_calleeNumbers.TryGetValue(name, out int number))
        {
            _calleeNumbers.Add(name, number = _callees.Count);
            _callees.Add(name);
        }

        int arguments = Math.Min(ArgumentRegisters, HelperTable.Of(name)?.Roles.Length ?? 0);
        return new Op { Code = OpCode.Call, Target = number, Needs = (ushort)(((1 << arguments) - 1) << 1), Sets = 1 };
    }

    private static Op Number(in DecodedInstruction item, ulong value) => new()
    {
        Code = OpCode.LoadWide,
        Dst = (byte)item.Dst,
        Sets = (ushort)(1 << (int)item.Dst),
        Immediate = value,
    };

    private Op Stop(FaultKind kind, string reason, int slot)
    {
        _reasons.Add(new StopReason(kind, reason, slot));
        return new Op { Code = OpCode.Stop, Target = _reasons.Count - 1 };
    }
}
