using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Analysis.Drawing;

/// <summary>Why an arrow is drawn.</summary>
internal enum ArrowKind
{
    /// <summary>The only edge.</summary>
    Always,

    /// <summary>The condition holds.</summary>
    Taken,

    /// <summary>The condition does not hold.</summary>
    NotTaken,
}

/// <summary>A function that is to be drawn: its blocks and arrows, numbered from 0 within it.</summary>
/// <param name="Function">The function.</param>
/// <param name="Name">Its name.</param>
/// <param name="Blocks">Its blocks.</param>
/// <param name="Arrows">Its arrows; those that leave the function, which the verifier refuses, are left out.</param>
internal sealed record FlowPart(FlowFunction Function, string Name, IReadOnlyList<BasicBlock> Blocks, IReadOnlyList<GraphArrow> Arrows);

/// <summary>The functions of a program, for drawing.</summary>
internal static class FlowFunctions
{
    public static IReadOnlyList<FlowPart> Of(ProgramCode code)
    {
        ControlFlowGraph flow = code.Flow;
        var parts = new List<FlowPart>(flow.Functions.Length);
        foreach (FlowFunction function in flow.Functions)
        {
            var arrows = new List<GraphArrow>();
            for (int i = 0; i < function.BlockCount; i++)
            {
                ReadOnlySpan<FlowEdge> edges = flow.EdgesFrom(function.FirstBlock + i);
                foreach (FlowEdge edge in edges)
                {
                    int to = edge.To - function.FirstBlock;
                    if (to < 0 || to >= function.BlockCount) continue;
                    ArrowKind kind =
                        edges.Length == 1 ? ArrowKind.Always : edge.Kind == FlowEdgeKind.Jump ? ArrowKind.Taken : ArrowKind.NotTaken;
                    arrows.Add(new GraphArrow(i, to, (int)kind));
                }
            }

            string name = code.FunctionName(function.Start) ?? (function.Start == 0 ? code.Name : null) ?? $"func_{function.Number}";
            parts.Add(new FlowPart(function, name, flow.Blocks.Slice(function.FirstBlock, function.BlockCount).ToArray(), arrows));
        }

        return parts;
    }

    /// <summary>The instructions of a block; with each, the source line that begins there or, at the block's start, goes on.</summary>
    public static List<(CodeLine? Source, DecodedInstruction Item)> Lines(ProgramCode code, in BasicBlock block)
    {
        var lines = new List<(CodeLine?, DecodedInstruction)>();
        CodeLine? last = null;
        ReadOnlySpan<Instruction> slots = code.Instructions;
        for (int slot = block.Start; slot < block.End;)
        {
            DecodedInstruction item = Decoder.Decode(slots, slot);
            CodeLine? source = code.LineAt(slot);
            bool isNew = source is not null && source != last && source.Text.AsSpan().Trim().Length > 0;
            lines.Add((isNew ? source : null, item));
            last = source;
            slot += item.Slots;
        }

        return lines;
    }
}
