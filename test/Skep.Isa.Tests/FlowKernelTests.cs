using System.Text.RegularExpressions;
using Skep.Isa.Tests.Oracles;

namespace Skep.Isa.Tests;

/// <summary>Graphs of programs in the running kernel, against bpftool's. Needs root.</summary>
[Trait("level", "kernel")]
public sealed partial class FlowKernelTests
{
    [Fact]
    public void Blocks_and_edges_are_those_that_bpftool_draws()
    {
        using var loaded = new LoadedProgram(SamplePrograms.Broad);
        var graph = ControlFlowGraph.Build(loaded.Translated(), ProgramForm.Translated);
        var dot = Tool.Run("bpftool", "prog", "dump", "xlated", "id", loaded.Id, "visual");
        var functions = graph.Functions.ToArray();
        // bpftool 7.1 counts the slots of each function from 0.
        var starts = Node().Matches(dot).ToDictionary(
            node => node.Groups["name"].Value,
            node => functions[int.Parse(node.Groups["function"].Value)].Start + int.Parse(node.Groups["slot"].Value));
        // Entry and exit are nodes of bpftool's, not blocks; and it draws an edge from every block that exits to the one below.
        var exits = Exit().Matches(dot).Select(node => node.Groups["name"].Value).ToHashSet();
        var expected = Arrow().Matches(dot)
            .Where(arrow => starts.ContainsKey(arrow.Groups["from"].Value) && starts.ContainsKey(arrow.Groups["to"].Value))
            .Where(arrow => !exits.Contains(arrow.Groups["from"].Value))
            .Select(arrow => (starts[arrow.Groups["from"].Value], starts[arrow.Groups["to"].Value]));

        Assert.Equal(graph.Blocks.ToArray().Count(block => block.Returns), exits.Count);
        Assert.Equal(starts.Values.Order(), graph.Blocks.ToArray().Select(block => block.Start));
        var blocks = graph.Blocks.ToArray();
        Assert.Equal(expected.Order(), graph.Edges.ToArray().Select(edge => (blocks[edge.From].Start, blocks[edge.To].Start)).Order());
        Assert.Equal(Cluster().Count(dot), functions.Length);
        Assert.Empty(graph.Faults.ToArray());
    }

    [GeneratedRegex(@"(?<name>fn_(?<function>\d+)_bb_\d+) \[shape=record,style=filled,label=""\{ *(?<slot>\d+):")]
    private static partial Regex Node();

    [GeneratedRegex(@"(?<name>fn_\d+_bb_\d+) \[shape=record[^\]]*\(95\) exit\\l\\\n\}")]
    private static partial Regex Exit();

    [GeneratedRegex(@"(?<from>fn_\d+_bb_\d+):s -> (?<to>fn_\d+_bb_\d+):n")]
    private static partial Regex Arrow();

    [GeneratedRegex(@"subgraph ""cluster_")]
    private static partial Regex Cluster();
}
