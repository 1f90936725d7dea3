using System.Globalization;
using System.Text.Json;
using Skep.Inventory.Code;
using Skep.Output;

namespace Skep.Analysis.Decompile;

/// <summary>What is shown beside the pseudo-C.</summary>
/// <param name="Instructions">The number of each line's instruction, in the margin.</param>
/// <param name="Source">The source lines, as comments above what they became.</param>
/// <param name="Colour">Colours for a terminal.</param>
public readonly record struct DecompilationOptions(bool Instructions, bool Source, bool Colour);

/// <summary>Writes decompiled programs as text and as JSON.</summary>
public static class DecompilationWriter
{
    private const int IndentWidth = 4, MarginWidth = 5;

    /// <summary>Text.</summary>
    public static void WriteText(TextWriter output, Decompilation program, DecompilationOptions options)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(program);
        foreach (PseudoLine line in program.Header) Write(output, line, options);
        foreach (string prototype in program.Prototypes) Write(output, new PseudoLine(-1, 0, prototype), options);
        bool first = program.Header.Count == 0 && program.Functions.Count == 1;
        foreach (PseudoFunction function in program.Functions)
        {
            if (!first) output.WriteLine();
            first = false;
            CodeLine? source = null;
            foreach (PseudoLine line in function.Lines)
            {
                if (options.Source && line.Slot >= 0 && line.Indent > 0 && program.Code.LineAt(line.Slot) is { } now && now != source)
                {
                    source = now;

                    // A backslash at the end would make the next line part of the comment.
                    if (now.Text.Length > 0)
                        Write(output,
                            new PseudoLine(-1, line.Indent, $"// {now.Line}: {SafeText.Escape(now.Text.Trim().TrimEnd('\\', ' '))}"),
                            options);
                }

                Write(output, line, options);
            }
        }
    }

    /// <summary>JSON: the name, whose view it is, and the functions with their lines.</summary>
    public static void WriteJson(Utf8JsonWriter json, Decompilation program)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(program);
        json.WriteStartObject();
        if (program.Code.Name is { } name) json.WriteString("name", name);
        json.WriteString("form", program.Code.Form == Isa.ProgramForm.Translated ? "translated" : "loaded");
        json.WriteStartArray("notes");
        foreach (PseudoLine line in program.Header) json.WriteStringValue(line.Text.TrimStart('/', ' '));
        json.WriteEndArray();
        json.WriteObjects("functions", program.Functions, function =>
        {
            json.WriteString("name", function.Name);
            json.WriteNumber("insn", function.Start);
            json.WriteNumber("insn_end", function.End);
            json.WriteNumber("gotos", function.Gotos);
            json.WriteString("text", string.Join('\n', function.Lines.Select(Text)) + "\n");
            json.WriteObjects("lines", function.Lines, line =>
            {
                if (line.Slot >= 0)
                {
                    json.WriteNumber("insn", line.Slot);
                    if (program.Code.LineAt(line.Slot) is { Line: > 0 } source) json.WriteNumber("src_line", source.Line);
                }

                json.WriteString("text", Text(line));
            });
        });
        json.WriteEndObject();
    }

    /// <summary>The lines of its text: those of all functions, with an empty one between them.</summary>
    internal static IEnumerable<PseudoLine> Lines(Decompilation program)
    {
        bool any = false;
        foreach (PseudoLine line in program.Header.Concat(program.Prototypes.Select(text => new PseudoLine(-1, 0, text))))
        {
            any = true;
            yield return line;
        }

        foreach (PseudoFunction function in program.Functions)
        {
            if (any) yield return new PseudoLine(-1, 0, "");
            any = true;
            foreach (PseudoLine line in function.Lines) yield return line;
        }
    }

    /// <summary>A line with its indentation.</summary>
    internal static string Text(PseudoLine line) => line.Text.Length == 0 ? "" : new string(' ', line.Indent * IndentWidth) + line.Text;

    private static void Write(TextWriter output, PseudoLine line, DecompilationOptions options)
    {
        if (line.Text.Length == 0)
        {
            output.WriteLine();
            return;
        }

        if (options.Instructions)
        {
            string margin =
                line.Slot >= 0 ? line.Slot.ToString(CultureInfo.InvariantCulture).PadLeft(MarginWidth) : new string(' ', MarginWidth);
            output.Write(options.Colour ? $"\u001b[90m{margin}\u001b[0m  " : margin + "  ");
        }

        string text = Text(line);
        output.WriteLine(options.Colour ? PseudoColour.Paint(text) : text);
    }
}
