namespace Skep.Isa;

/// <summary>
/// Builds a graph in passes over the program: where instructions start and which slots functions start at; which slots are jumped
/// to; then blocks, then edges.
/// </summary>
internal ref struct FlowBuilder(ReadOnlySpan<Instruction> program, ProgramForm form)
{
    [Flags]
    private enum Mark : byte
    {
        None = 0,
        Instruction = 1,
        Function = 2,
        Block = 4,
    }

    private readonly ReadOnlySpan<Instruction> _program = program;
    private readonly Mark[] _marks = new Mark[program.Length];
    private readonly int[] _functionOf = new int[program.Length];
    private readonly List<FlowFault> _faults = [];
    private readonly List<FlowFunction> _functions = [];
    private readonly List<BasicBlock> _blocks = [];
    private readonly List<FlowEdge> _edges = [];
    private readonly List<FlowCall> _calls = [];

    public readonly ControlFlowGraph Build()
    {
        if (_program.IsEmpty)
            return new([], [], [], [], []);
        MarkInstructions();
        MarkFunctions();
        MarkBlocks();
        MakeBlocks();
        MakeEdges();
        _faults.Sort((a, b) => a.Slot.CompareTo(b.Slot));
        return new([.. _blocks], [.. _edges], [.. _functions], [.. _calls], [.. _faults]);
    }

    private static bool IsJump(OperationKind kind) =>
        kind is OperationKind.Jump or OperationKind.JumpLong or OperationKind.JumpConditional or OperationKind.MayGoto;

    private static bool FallsThrough(OperationKind kind) =>
        kind is not (OperationKind.Jump or OperationKind.JumpLong or OperationKind.JumpIndirect or OperationKind.Exit);

    private readonly void MarkInstructions()
    {
        foreach (var item in Decoder.Decode(_program))
            _marks[item.Index] = Mark.Instruction;
        _marks[0] |= Mark.Function | Mark.Block;
    }

    private readonly void MarkFunctions()
    {
        foreach (var item in Decoder.Decode(_program))
        {
            if (item.Kind is OperationKind.CallLocal or OperationKind.LoadFunction && Reach(item, item.Target(form)))
                _marks[item.Target(form)] |= Mark.Function | Mark.Block;
        }

        var function = -1;
        for (var slot = 0; slot < _marks.Length; slot++)
            _functionOf[slot] = function += _marks[slot].HasFlag(Mark.Function) ? 1 : 0;
    }

    private readonly void MarkBlocks()
    {
        foreach (var item in Decoder.Decode(_program))
        {
            var next = item.Index + item.Slots;
            if ((IsJump(item.Kind) || !FallsThrough(item.Kind)) && next < _marks.Length)
                _marks[next] |= Mark.Block;
            if (IsJump(item.Kind) && Reach(item, item.Target()))
                _marks[item.Target()] |= Mark.Block;
            if (item.Kind is OperationKind.CallLocal or OperationKind.LoadFunction && IsInstruction(item.Target(form)))
                _calls.Add(new(item.Index, _functionOf[item.Target(form)], item.Kind == OperationKind.LoadFunction));
        }
    }

    private readonly void MakeBlocks()
    {
        DecodedInstruction last = default;
        var start = 0;
        foreach (var item in Decoder.Decode(_program))
        {
            if (item.Index > start && _marks[item.Index].HasFlag(Mark.Block))
            {
                AddBlock(start, last);
                start = item.Index;
            }

            last = item;
        }

        AddBlock(start, last);
    }

    private readonly void AddBlock(int start, in DecodedInstruction last)
    {
        var function = _functionOf[start];
        var end = last.Index + last.Slots;
        if (function == _functions.Count)
            _functions.Add(new(function, start, end, _blocks.Count, 1));
        else
            _functions[function] = _functions[function] with { End = end, BlockCount = _functions[function].BlockCount + 1 };
        _blocks.Add(new(_blocks.Count, function, start, end, last.Index, last.Kind));
    }

    private readonly void MakeEdges()
    {
        var blockAt = new int[_program.Length];
        foreach (var block in _blocks)
            blockAt[block.Start] = block.Number;
        foreach (var block in _blocks)
        {
            var last = Decoder.Decode(_program, block.Last);
            if (FallsThrough(last.Kind))
                AddFallThrough(block);
            var target = last.Target();
            if (!IsJump(last.Kind) || !IsInstruction(target))
                continue;
            _edges.Add(new(block.Number, blockAt[target], FlowEdgeKind.Jump));
            if (_functionOf[target] != block.Function)
                _faults.Add(new(block.Last, FlowFaultKind.JumpLeavesFunction));
        }
    }

    private readonly void AddFallThrough(in BasicBlock block)
    {
        var goesOn = block.Number + 1 < _blocks.Count;
        if (goesOn)
            _edges.Add(new(block.Number, block.Number + 1, FlowEdgeKind.FallThrough));
        if (!goesOn || _blocks[block.Number + 1].Function != block.Function)
            _faults.Add(new(block.Last, FlowFaultKind.FallsOffEnd));
    }

    private readonly bool IsInstruction(long slot) => slot >= 0 && slot < _marks.Length && _marks[slot].HasFlag(Mark.Instruction);

    private readonly bool Reach(in DecodedInstruction item, long target)
    {
        if (IsInstruction(target))
            return true;
        var outside = target < 0 || target >= _marks.Length;
        _faults.Add(new(item.Index, outside ? FlowFaultKind.TargetOutside : FlowFaultKind.TargetInsideInstruction));
        return false;
    }
}
