using Skep.Isa;

namespace Skep.Analysis.Decompile.Lift;

/// <summary>Makes statements of a function's structured form and its blocks' statements.</summary>
internal sealed class StatementWriter
{
    private readonly ControlFlowGraph _graph;
    private readonly FlowFunction _function;
    private readonly List<SimpleStatement>[] _blocks;
    private readonly Dictionary<int, FlowFaultKind> _faults = [];

    public StatementWriter(ControlFlowGraph graph, FlowFunction function, List<SimpleStatement>[] blocks)
    {
        (_graph, _function, _blocks) = (graph, function, blocks);
        foreach (FlowFault fault in graph.Faults) _faults.TryAdd(fault.Slot, fault.Kind);
    }

    public List<Statement> Write(FlowStructure structure)
    {
        var body = new List<Statement>();
        Write(body, structure.Steps);
        StatementCleaner.Clean(body);
        return body;
    }

    private void Write(List<Statement> output, IReadOnlyList<StructureNode> steps)
    {
        foreach (StructureNode step in steps)
        {
            switch (step)
            {
                case LabelStep label:
                    output.Add(new Label(_graph.Blocks[label.Block].Start));
                    break;
                case BlockStep block:
                    WriteBlock(output, block.Block);
                    break;
                case BranchStep branch:
                    Expression condition = ((Test)_blocks[branch.Block - _function.FirstBlock][^1]).Condition;
                    var choice =
                        new If(branch.WhenTaken ? condition : Simplifier.Negate(condition)) { Slot = _graph.Blocks[branch.Block].Last };
                    output.Add(choice);
                    Write(choice.Then, branch.Then);
                    Write(choice.Else, branch.Else);
                    break;
                case LoopStep loop:
                    var made = new Loop { Slot = _graph.Blocks[loop.Header].Start };
                    output.Add(made);
                    Write(made.Body, loop.Body);
                    break;
                case BreakStep:
                    output.Add(new Break());
                    break;
                case ContinueStep:
                    output.Add(new Continue());
                    break;
                case GotoStep jump:
                    output.Add(new Goto(_graph.Blocks[jump.Block].Start));
                    break;
                case EndStep end:
                    WriteEnd(output, _graph.Blocks[end.Block]);
                    break;
            }
        }
    }

    private void WriteBlock(List<Statement> output, int number)
    {
        List<SimpleStatement> statements = _blocks[number - _function.FirstBlock];
        output.AddRange(statements.Where(statement => statement is not (Test or Return or GotoAddress)));
        BasicBlock block = _graph.Blocks[number];
        bool choosesNot = statements is [.., Test] && Targets(number) < 2;
        if (choosesNot && statements[^1] is Test { Condition.HasEffect: true } test)
            output.Add(new Evaluate(test.Condition) { Slot = test.Slot });
        if (_faults.TryGetValue(block.Last, out FlowFaultKind fault)
            && fault is FlowFaultKind.TargetOutside or FlowFaultKind.TargetInsideInstruction)
            output.Add(
                new Remark(fault == FlowFaultKind.TargetOutside ? "jumps out of the program" : "jumps into an instruction",
                    endsFunction: false)
                { Slot = block.Last });
    }

    private int Targets(int block)
    {
        ReadOnlySpan<FlowEdge> edges = _graph.EdgesFrom(block);
        return edges.Length == 2 && edges[0].To == edges[1].To ? 1 : edges.Length;
    }

    private void WriteEnd(List<Statement> output, in BasicBlock block)
    {
        if (_blocks[block.Number - _function.FirstBlock] is [.., Return or GotoAddress] statements) output.Add(statements[^1]);
        else output.Add(new Remark("falls off the end", endsFunction: true) { Slot = block.Last });
    }
}
