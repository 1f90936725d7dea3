using CsCheck;
using static Skep.Isa.Register;

namespace Skep.Isa.Tests;

public sealed class FlowTests
{
    [Fact]
    public void A_branch_makes_a_diamond()
    {
        var a = new Assembler();
        var other = a.DefineLabel();
        var end = a.DefineLabel();
        a.JumpIf(Condition.Equal, R1, 0, other).LoadImm64(R0, 1ul).Jump(end).Bind(other).Mov(R0, 2).Bind(end).Exit();
        var graph = ControlFlowGraph.Build(a.Build());

        Assert.Equal([(0, 1), (1, 4), (4, 5), (5, 6)], graph.Blocks.ToArray().Select(block => (block.Start, block.End)));
        Assert.Equal(
            [
                new(
                    0,
                    1,
                    FlowEdgeKind.FallThrough), new(0, 2, FlowEdgeKind.Jump), new(1, 3, FlowEdgeKind.Jump), new(
                        2, 3, FlowEdgeKind.FallThrough),
            ],
            graph.Edges.ToArray());
        Assert.Equal([new FlowFunction(0, 0, 6, 0, 4)], graph.Functions.ToArray());
        Assert.Empty(graph.Faults.ToArray());
        Assert.Equal(1, graph.BlockAt(2));
        Assert.Equal(2, graph.EdgesFrom(0).Length);
        Assert.True(graph.Blocks[3].Returns);
    }

    [Fact]
    public void Calls_and_callbacks_start_functions()
    {
        var a = new Assembler();
        var called = a.DefineLabel();
        var callback = a.DefineLabel();
        a.LoadFunction(R2, callback).CallLocal(called).Exit().Bind(called).Mov(R0, 1).Exit().Bind(callback).Mov(R0, 0).Exit();
        var graph = ControlFlowGraph.Build(a.Build());

        Assert.Equal([(0, 4), (4, 6), (6, 8)], graph.Functions.ToArray().Select(function => (function.Start, function.End)));
        Assert.Equal([new(0, 2, true), new(2, 1, false)], graph.Calls.ToArray());
        Assert.Empty(graph.Edges.ToArray());
        Assert.Empty(graph.Faults.ToArray());
    }

    [Fact]
    public void What_cannot_be_followed_is_a_fault()
    {
        Instruction[] program =
        [
            new(0x05, 0, 0, 100, 0),
            new(0x15, 1, 0, 1, 0),
            new(0x18, 1, 0, 0, 5), default,
            new(0x85, 0, 1, 0, -50),
            new(0x85, 0, 1, 0, 1),
            new(0x05, 0, 0, 1, 0),
            new(0xb7, 0, 0, 0, 0),
            new(0xb7, 0, 0, 0, 0),
        ];
        var graph = ControlFlowGraph.Build(program);

        Assert.Equal(
            [
                new(0, FlowFaultKind.TargetOutside), new(1, FlowFaultKind.TargetInsideInstruction), new(4, FlowFaultKind.TargetOutside),
                new(6, FlowFaultKind.JumpLeavesFunction), new(8, FlowFaultKind.FallsOffEnd),
            ],
            graph.Faults.ToArray());
    }

    [Fact]
    public void Any_words_make_a_graph_that_holds_together() =>
        Gen.ULong.Array[0, 60].Sample(words =>
        {
            var program = Array.ConvertAll(words, word => new Instruction(word));
            var graph = ControlFlowGraph.Build(program);
            var slot = 0;
            foreach (var block in graph.Blocks)
            {
                Assert.Equal(slot, block.Start);
                Assert.True(block.Last < block.End);
                Assert.Equal(block.Number, graph.BlockAt(block.Last));
                slot = block.End;
            }

            Assert.Equal(program.Length, slot);
            Assert.Equal(graph.Blocks.Length, graph.Functions.ToArray().Sum(function => function.BlockCount));
            foreach (var edge in graph.Edges)
                Assert.Contains(edge, graph.EdgesFrom(edge.From).ToArray());
        });
}
