using System.Numerics;
using Skep.Isa;

namespace Skep.Analysis.Decompile.Lift;

/// <summary>
/// Lifts functions: instructions to statements, registers and stack slots to variables, values into their uses, jumps to structure.
/// </summary>
internal sealed class FunctionLifter
{
    private const int MaximumRounds = 20;

    private readonly ReadOnlyMemory<byte> _code;
    private readonly ControlFlowGraph _graph;
    private readonly ICallSignatures _signatures;

    /// <param name="code">The program's instructions, 8 bytes each.</param>
    /// <param name="graph">Its graph.</param>
    /// <param name="signatures">What is known of calls, of the program's own functions too.</param>
    public FunctionLifter(ReadOnlyMemory<byte> code, ControlFlowGraph graph, ICallSignatures signatures) =>
        (_code, _graph, _signatures) = (code, graph, signatures);

    /// <summary>Lifts a function.</summary>
    public LiftedFunction Lift(FlowFunction function)
    {
        FlowStructure structure = FlowStructure.Of(_graph, function);
        int[][] successors = Successors(function, structure);
        Variable[] registers = Registers();
        List<SimpleStatement>[] blocks = Statements(function, registers);
        List<Variable> variables = new WebBuilder(blocks, successors, registers).Run();
        Folding.PropagateConstants(blocks);
        if (StackSlots.Promote(blocks) is { Length: > 0 } slots)
        {
            variables.AddRange(new WebBuilder(blocks, successors, slots).Run());
            Folding.PropagateConstants(blocks);
        }

        FindNarrow(blocks, variables);
        Folding.Fold(blocks);
        bool returns = !DropUnsetReturns(blocks);
        List<Statement> body = new StatementWriter(_graph, function, blocks).Write(structure);
        var variableList = VariableNumbering.Number(body, out HashSet<int> targets);
        return new LiftedFunction
        {
            Function = function,
            Body = body,
            Variables = variableList,
            Parameters = Parameters(variableList),
            ReturnsValue = returns,
            Unreached = [.. structure.Unreached.Select(block => (_graph.Blocks[block].Start, _graph.Blocks[block].End))],
            GotoTargets = targets,
        };
    }

    /// <summary>How many of r1 to r5 a function reads before it sets them.</summary>
    public int CountParameters(FlowFunction function)
    {
        Variable[] registers = Registers();
        List<SimpleStatement>[] blocks = Statements(function, registers);
        ulong live = Liveness.AtStart(blocks, Successors(function, null), registers) is [var first, ..] ? first & 0b111110 : 0;
        return live == 0 ? 0 : 63 - BitOperations.LeadingZeroCount(live);
    }

    private static Variable[] Registers() =>
        [.. Enumerable.Range(0, InstructionLifter.RegisterCount).Select(i => new Variable(new Location(false, i)) { Number = i })];

    private List<SimpleStatement>[] Statements(FlowFunction function, Variable[] registers)
    {
        ReadOnlySpan<Instruction> slots = Decoder.Slots(_code.Span);
        var lifter = new InstructionLifter(_signatures, registers);
        var blocks = new List<SimpleStatement>[function.BlockCount];
        for (int i = 0; i < blocks.Length; i++)
        {
            BasicBlock block = _graph.Blocks[function.FirstBlock + i];
            blocks[i] = [];
            lifter.StartBlock();
            for (int slot = block.Start; slot < block.End;)
            {
                DecodedInstruction item = Decoder.Decode(slots, slot);
                if (lifter.Lift(item) is { } statement) blocks[i].Add(statement);
                slot += item.Slots;
            }
        }

        return blocks;
    }

    private int[][] Successors(FlowFunction function, FlowStructure? structure)
    {
        var successors = new int[function.BlockCount][];
        for (int i = 0; i < successors.Length; i++)
        {
            var own = new List<int>();
            foreach (FlowEdge edge in _graph.EdgesFrom(function.FirstBlock + i))
            {
                int local = edge.To - function.FirstBlock;
                if (local >= 0 && local < function.BlockCount && !own.Contains(local)) own.Add(local);
            }

            if (_graph.Blocks[function.FirstBlock + i].HasUnknownSuccessors && structure is not null)
                own.AddRange(structure.IndirectTargets.Select(block => block - function.FirstBlock));
            successors[i] = [.. own];
        }

        return successors;
    }

    /// <summary>Finds the variables whose upper half is always clear, by supposing it of all and taking back what does not hold.</summary>
    private static void FindNarrow(List<SimpleStatement>[] blocks, List<Variable> variables)
    {
        foreach (Variable variable in variables) variable.Is32Bit = variable.Definitions > 0 && !variable.IsLiveAtEntry;
        bool again = true;
        for (int round = 0; again; round++)
        {
            again = false;
            foreach (List<SimpleStatement> block in blocks)
            {
                foreach (SimpleStatement statement in block)
                {
                    if (statement is not Assign { Target: { Is32Bit: true } target } assign
                        || (round < MaximumRounds && Simplifier.Is32Bit(assign.Value))) continue;
                    target.Is32Bit = false;
                    again = true;
                }
            }
        }
    }

    /// <summary>A function in which nothing sets r0 returns no value.</summary>
    private static bool DropUnsetReturns(List<SimpleStatement>[] blocks)
    {
        bool any = false, unset = true;
        foreach (SimpleStatement statement in blocks.SelectMany(block => block))
        {
            if (statement is not Return { Value: { } value }) continue;
            any = true;
            unset &= value is Use { Variable: { IsLiveAtEntry: true, Definitions: 0, Location: { IsStack: false, Number: 0 } } };
        }

        if (!any || !unset) return false;
        foreach (SimpleStatement statement in blocks.SelectMany(block => block))
            if (statement is Return) statement.Values = [];
        return true;
    }

    private static Variable?[] Parameters(IReadOnlyList<Variable> variables)
    {
        const int First = 1, Last = 5;
        var parameters = new Variable?[Last];
        foreach (Variable variable in variables)
        {
            if (variable is { IsLiveAtEntry: true, Location: { IsStack: false, Number: >= First and <= Last } })
                parameters[variable.Location.Number - First] = variable;
        }

        int count = Last;
        while (count > 0 && parameters[count - 1] is null) count--;
        return parameters[..count];
    }
}
