using System;
using CsCheck;
using static Skep.Isa.Register;

namespace Skep.Isa.Tests;

public sealed class StructureTests
{
    /// <summary>Of each block, how it ends: nothing, one successor, or two.</summary>
    private static readonly Gen<int[][]> _graphs = Gen.Int[1, 14].SelectMany(count =>
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, count - 1], Gen.Int[0, count - 1], (kind, a, b) => kind switch
        {
            0 => Array.Empty<int>(),
            <= 3 => [a],
            _ => a == b ? [a] : [a, b],
        }).Array[count]);

    [Fact]
    public void The_structured_form_of_any_graph_runs_the_same_blocks() =>
        Gen.Select(_graphs, Gen.Bool.Array[60]).Sample(
            (graph, outcomes) =>
            {
                var structure = Structure(graph);
                Assert.Equal(RunGraph(graph, outcomes), RunSteps(structure.Steps, graph, outcomes));
            },
            iter: 20_000);

    [Fact]
    public void Reducible_graphs_without_skips_need_no_goto()
    {
        // while (a) { if (b) c; else d; if (e) break; } f
        int[][] graph = [[1], [2, 7], [3, 4], [5], [5], [6, 7], [1], []];

        Assert.DoesNotContain(Flat(Structure(graph).Steps), step => step is GotoStep);
    }

    [Fact]
    public void A_cycle_with_two_entries_is_said_with_gotos()
    {
        int[][] graph = [[1, 2], [2, 3], [1, 3], []];

        var steps = Flat(Structure(graph).Steps).ToArray();

        Assert.Contains(steps, step => step is GotoStep);
        Assert.DoesNotContain(steps, step => step is LoopStep);
    }

    [Fact]
    public void A_loop_whose_condition_comes_first_starts_with_a_break()
    {
        int[][] graph = [[1], [2, 3], [1], []];

        var loop = Assert.IsType<LoopStep>(Assert.Single(Structure(graph).Steps, step => step is LoopStep));

        var branch = Assert.IsType<BranchStep>(loop.Body[1]);
        Assert.IsType<BreakStep>(Assert.Single(branch.Then));
        Assert.True(branch.WhenTaken);
    }

    [Theory]
    [InlineData(200_000)]
    public void Long_programs_of_any_shape_are_structured_without_deep_recursion(int count)
    {
        // To one end; to the next but one; loops in loops; if in if.
        Check([.. Enumerable.Range(0, count).Select(i => i == count - 1 ? Array.Empty<int>() : [i + 1, count - 1])]);
        Check([.. Enumerable.Range(0, count).Select(i => i >= count - 2 ? Array.Empty<int>() : [i + 1, i + 2])]);
        Check(
            [.. Enumerable.Range(0, count).Select(
                i => i == count - 1 ? Array.Empty<int>() : i < count / 2 ? [i + 1] : [i + 1, count - 1 - i])]);
        Check(
            [.. Enumerable.Range(0, count).Select(
                i => i == count - 1 ? Array.Empty<int>() : i < count / 2 ? [i + 1, count - 1 - i] : [i + 1])]);

        void Check(int[][] graph)
        {
            bool[] outcomes = [.. Enumerable.Range(0, 997).Select(i => i * 7 % 11 < 3)];
            Assert.Equal(RunGraph(graph, outcomes), RunSteps(Structure(graph).Steps, graph, outcomes));
        }
    }

    [Fact]
    public void Blocks_that_nothing_reaches_are_named()
    {
        var a = new Assembler();
        a.Mov(R0, 0).Exit().Mov(R0, 1).Exit();
        var graph = ControlFlowGraph.Build(a.Build());

        var structure = FlowStructure.Of(graph, graph.Functions[0]);

        Assert.Equal([1], structure.Unreached);
        Assert.IsType<EndStep>(structure.Steps[^1]);
    }

    [Fact]
    public void Any_words_have_a_structure() =>
        Gen.ULong.Array[1, 60].Sample(words =>
        {
            var graph = ControlFlowGraph.Build(Array.ConvertAll(words, word => new Instruction(word)));
            foreach (var function in graph.Functions)
            {
                var structure = FlowStructure.Of(graph, function);
                Assert.Equal(
                    Enumerable.Range(function.FirstBlock, function.BlockCount),
                    Flat(structure.Steps).OfType<BlockStep>().Select(step => step.Block).Concat(structure.Unreached).Distinct().Order());
            }
        });

    private static FlowStructure Structure(int[][] graph) => FlowStructure.Of(new BlockGraph(
        graph,
        [.. graph.Select(targets => targets.Length == 0 ? BlockEnd.Returns : BlockEnd.Goes)],
        [.. Enumerable.Range(0, graph.Length)],
        [.. Enumerable.Range(0, graph.Length).Select(i => i % 3)]));

    private static List<int> RunGraph(int[][] graph, bool[] outcomes)
    {
        var trace = new List<int>();
        var node = 0;
        while (trace.Count < outcomes.Length)
        {
            trace.Add(node);
            switch (graph[node])
            {
                case []:
                    return trace;
                case [var only]:
                    node = only;
                    break;
                case var both:
                    node = both[outcomes[trace.Count - 1] ? 1 : 0];
                    break;
            }
        }

        return trace;
    }

    private static List<int> RunSteps(IReadOnlyList<StructureNode> steps, int[][] graph, bool[] outcomes)
    {
        var code = new List<(string Op, int Argument)>();
        var labels = new Dictionary<int, int>();
        var fixups = new List<(int At, int Block)>();
        Compile(steps, null, -1);
        foreach (var (at, block) in fixups)
            code[at] = (code[at].Op, labels[block]);
        var trace = new List<int>();
        for (int at = 0, taken = 0; trace.Count < outcomes.Length; at++)
        {
            switch (code[at])
            {
                case ("block", var block):
                    trace.Add(block);
                    break;
                case ("end", var block):
                    Assert.Empty(graph[block]);
                    return trace;
                case ("unless", var target):
                    at = outcomes[trace.Count - 1] ? at : target - 1;
                    break;
                case ("if", var target):
                    at = outcomes[trace.Count - 1] ? target - 1 : at;
                    break;
                case (_, var target):
                    at = target - 1;
                    Assert.True(taken++ < 100_000, "the steps go in circles");
                    break;
            }
        }

        return trace;

        void Compile(IReadOnlyList<StructureNode> list, List<int>? breaks, int start)
        {
            foreach (var step in list)
            {
                switch (step)
                {
                    case LabelStep label:
                        Assert.True(labels.TryAdd(label.Block, code.Count));
                        break;
                    case BlockStep block:
                        code.Add(("block", block.Block));
                        break;
                    case EndStep end:
                        code.Add(("end", end.Block));
                        break;
                    case GotoStep jump:
                        fixups.Add((code.Count, jump.Block));
                        code.Add(("goto", -1));
                        break;
                    case BreakStep:
                        breaks!.Add(code.Count);
                        code.Add(("goto", -1));
                        break;
                    case ContinueStep:
                        code.Add(("goto", start));
                        break;
                    case LoopStep loop:
                        var inner = new List<int>();
                        var top = code.Count;
                        Compile(loop.Body, inner, top);
                        code.Add(("goto", top));
                        foreach (var at in inner)
                            code[at] = ("goto", code.Count);
                        break;
                    case BranchStep branch:
                        var choice = code.Count;
                        code.Add(default);
                        Compile(branch.Then, breaks, start);
                        var skip = code.Count;
                        code.Add(default);
                        code[choice] = (branch.WhenTaken ? "unless" : "if", code.Count);
                        Compile(branch.Else, breaks, start);
                        code[skip] = ("goto", code.Count);
                        break;
                }
            }
        }
    }

    private static IEnumerable<StructureNode> Flat(IEnumerable<StructureNode> steps) =>
        steps.SelectMany(step => step switch
        {
            BranchStep branch => Flat(branch.Then).Concat(Flat(branch.Else)).Prepend(step),
            LoopStep loop => Flat(loop.Body).Prepend(step),
            _ => [step],
        });
}
