using Skep.Analysis.Dump;
using Skep.Inventory.Code;
using Skep.Isa;
using Skep.Output;

namespace Skep.Analysis.Drawing;

/// <summary>
/// The control flow of a program for Graphviz, as <c>bpftool prog dump xlated PROG visual</c> writes it (tools/bpf/bpftool/cfg.c):
/// functions are numbered as calls of them are met, blocks from 2, the entry is 0, the exit 1. Unlike bpftool's, a block that exits
/// leads to the exit, wherever it is in its function.
/// </summary>
public sealed class FlowDotWriter
{
    private const int Entry = 0, Exit = 1, FirstBlock = 2;

    private static readonly string[] _colours = ["black", "darkgreen", "firebrick"];

    private readonly TextWriter _output;
    private readonly ProgramCode _code;
    private readonly DumpDetails _details;
    private readonly InstructionText _text;
    private readonly TextOutput _line = new();

    private FlowDotWriter(TextWriter output, ProgramCode code, DumpDetails details)
    {
        _output = output;
        _code = code;
        _details = details;
        _text = new InstructionText(code);
    }

    /// <summary>Writes the graph.</summary>
    /// <param name="output">Takes it.</param>
    /// <param name="code">The program.</param>
    /// <param name="details">What to print besides the instructions.</param>
    public static void Write(TextWriter output, ProgramCode code, DumpDetails details)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(code);
        new FlowDotWriter(output, code, details).Write();
    }

    private void Write()
    {
        _output.Write("digraph \"DOT graph for eBPF program\" {\n");
        IReadOnlyList<FlowPart> parts = FlowFunctions.Of(_code);
        int[] numbers = Numbers(parts.Count);
        for (int i = 0; i < parts.Count; i++) WriteFunction(parts[i], numbers[i]);
        _output.Write("}\n");
    }

    private int[] Numbers(int count)
    {
        int[] numbers = new int[count];
        int next = 1;
        foreach (FlowCall call in _code.Flow.Calls)
            if (call.Function != 0 && numbers[call.Function] == 0) numbers[call.Function] = next++;
        return numbers;
    }

    private void WriteFunction(FlowPart part, int number)
    {
        _output.Write(
            $"subgraph \"cluster_{number}\" {{\n\tstyle=\"dashed\";\n\tcolor=\"black\";\n\tlabel=\"{Escaped(SafeText.Escape(part.Name))} "
            + $"()\";\n");
        _output.Write($"\tfn_{number}_bb_{Entry} [shape=Mdiamond,style=filled,label=\"ENTRY\"];\n\n");
        for (int i = 0; i < part.Blocks.Count; i++)
        {
            _output.Write($"\tfn_{number}_bb_{i + FirstBlock} [shape=record,style=filled,label=\"{{\\\n");
            WriteLines(part.Blocks[i]);
            _output.Write("}\"];\n\n");
        }

        _output.Write($"\tfn_{number}_bb_{Exit} [shape=Mdiamond,style=filled,label=\"EXIT\"];\n\n");
        WriteEdge(number, Entry, FirstBlock, "black");
        foreach (GraphArrow arrow in part.Arrows) WriteEdge(number, arrow.From + FirstBlock, arrow.To + FirstBlock, _colours[arrow.Kind]);
        for (int i = 0; i < part.Blocks.Count; i++)
            if (part.Blocks[i].Returns) WriteEdge(number, i + FirstBlock, Exit, "black");
        _output.Write($"\tfn_{number}_bb_{Entry}:s -> fn_{number}_bb_{Exit}:n [style=\"invis\", constraint=true];\n}}\n");
    }

    private void WriteEdge(int function, int from, int to, string colour) =>
        _output.Write(
            $"\tfn_{function}_bb_{from}:s -> fn_{function}_bb_{to}:n [style=\"solid,bold\", color={colour}, weight=10, "
            + $"constraint=true];\n");

    private void WriteLines(BasicBlock block)
    {
        bool first = true;
        foreach ((CodeLine? source, DecodedInstruction item) in FlowFunctions.Lines(_code, block))
        {
            if (!first) _output.Write("| ");
            first = false;
            if (_text.PrototypeAt(item.Index) is { } prototype) _output.Write($"; {Escaped(prototype)}:\\l\\\n");
            if (source is not null) _output.Write($"; {Escaped(InstructionText.Source(source, _details.LineNumbers))}\\l\\\n");
            _line.Clear();
            _text.Write(item, _line);
            _output.Write($"{item.Index}: {Escaped(_line.Written)}\\l\\\n");
            if (_details.Opcodes) _output.Write($"\\ \\ \\ \\ {_text.Hex(item)}\\l\\\n");
        }
    }

    // What a record label of Graphviz takes for structure.
    private static string Escaped(ReadOnlySpan<char> text)
    {
        var escaped = new System.Text.StringBuilder(text.Length + 8);
        foreach (char c in text)
        {
            if (c is '<' or '>' or '|' or '&' or '{' or '}' or '"' or '\\') escaped.Append('\\');
            escaped.Append(c);
        }

        return escaped.ToString();
    }
}
