using System.Text.Json;
using Skep.Inventory.Code;
using Skep.Output;

namespace Skep.Analysis.Drawing;

/// <summary>
/// The drawing of the control flow of a program as JSON: what <see cref="FlowSvgWriter"/> draws, with its places in pixels of one sheet.
/// </summary>
public static class FlowLayoutWriter
{
    /// <summary>Writes an object.</summary>
    public static void Write(Utf8JsonWriter json, ProgramCode code)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(code);
        FlowSheet sheet = FlowSheet.Of(code);
        json.WriteStartObject();
        if (code.Name is { } name) json.WriteString("name", name);
        Number(json, "width", sheet.Size.Width);
        Number(json, "height", sheet.Size.Height);
        json.WriteObjects("functions", sheet.Functions, function =>
        {
            json.WriteString("name", function.Part.Name);
            json.WriteString("title", FlowSheet.TitleOf(function.Part));
            WritePlace(json, function.Corner.X, function.Corner.Y, function.Size.Width, function.Size.Height);
        });
        json.WriteStartArray("nodes");
        foreach (DrawnFunction function in sheet.Functions) WriteBlocks(json, function);
        json.WriteEndArray();
        json.WriteStartArray("edges");
        foreach (DrawnFunction function in sheet.Functions) WriteArrows(json, function);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteBlocks(Utf8JsonWriter json, DrawnFunction function)
    {
        Point inside = Inside(function);
        for (int i = 0; i < function.Part.Blocks.Count; i++)
        {
            (Isa.BasicBlock block, Rectangle place) = (function.Part.Blocks[i], function.Plan.Blocks[i]);
            json.WriteStartObject();
            json.WriteNumber("id", block.Number);
            json.WriteNumber("first", block.Start);
            json.WriteNumber("last", block.Last);
            if (block.Returns) json.WriteBoolean("returns", true);
            WritePlace(json, inside.X + place.X, inside.Y + place.Y, place.Width, place.Height);
            json.WriteStartArray("lines");
            foreach (SvgLine line in function.Lines[i]) json.WriteStringValue(line.Text);
            json.WriteEndArray();
            json.WriteEndObject();
            StreamOutput.FlushWhenFull(json);
        }
    }

    private static void WriteArrows(Utf8JsonWriter json, DrawnFunction function)
    {
        Point inside = Inside(function);
        for (int i = 0; i < function.Part.Arrows.Count; i++)
        {
            GraphArrow arrow = function.Part.Arrows[i];
            json.WriteStartObject();
            json.WriteNumber("from", function.Part.Blocks[arrow.From].Number);
            json.WriteNumber("to", function.Part.Blocks[arrow.To].Number);
            json.WriteString("kind", FlowJsonWriter.KindOf(arrow));
            json.WriteStartArray("points");
            foreach (Point corner in function.Plan.Arrows[i])
            {
                json.WriteStartArray();
                json.WriteNumberValue(Rounded(inside.X + corner.X));
                json.WriteNumberValue(Rounded(inside.Y + corner.Y));
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteEndObject();
            StreamOutput.FlushWhenFull(json);
        }
    }

    private static Point Inside(DrawnFunction function) =>
        new(function.Corner.X + function.Inset, function.Corner.Y + FlowSheet.TitleHeight);

    private static void WritePlace(Utf8JsonWriter json, double x, double y, double width, double height)
    {
        Number(json, "x", x);
        Number(json, "y", y);
        Number(json, "width", width);
        Number(json, "height", height);
    }

    private static void Number(Utf8JsonWriter json, string key, double value) => json.WriteNumber(key, Rounded(value));

    private static double Rounded(double value) => Math.Round(value, 1);
}
