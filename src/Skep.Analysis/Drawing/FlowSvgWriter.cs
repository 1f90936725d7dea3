using System.Globalization;
using Skep.Inventory.Code;
using Skep.Isa;
using Skep.Output;

namespace Skep.Analysis.Drawing;

/// <summary>Draws the control flow of a program as SVG: a frame for each function, a box for each block, an arrow for each edge.</summary>
public sealed class FlowSvgWriter
{
    private const double Ascent = 11;

    private static readonly string[] _kinds = ["always", "taken", "not-taken"];

    private readonly TextWriter _output;
    private readonly ProgramCode _code;

    private FlowSvgWriter(TextWriter output, ProgramCode code) => (_output, _code) = (output, code);

    /// <summary>Writes an SVG document.</summary>
    /// <param name="output">Takes it.</param>
    /// <param name="code">The program.</param>
    public static void Write(TextWriter output, ProgramCode code)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(code);
        new FlowSvgWriter(output, code).Write();
    }

    private void Write()
    {
        FlowSheet drawing = FlowSheet.Of(_code);
        BlockSize sheet = drawing.Size;
        _output.Write(
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" xml:space=\"preserve\" width=\"{N(sheet.Width)}\" height=\"{N(sheet.Height)}\" "
            + $"viewBox=\"0 0 {N(sheet.Width)} {N(sheet.Height)}\">\n");
        _output.Write($"<title>{Escape(_code.Name ?? "program")}</title>\n<style>{FlowStyle.Sheet}</style>\n<defs>");
        foreach (string kind in _kinds)
            _output.Write(
                $"<marker id=\"to-{kind}\" class=\"{kind}\" markerWidth=\"8\" markerHeight=\"8\" refX=\"7\" refY=\"4\" orient=\"auto\" "
                + $"markerUnits=\"userSpaceOnUse\"><path d=\"M0 0.5L8 4L0 7.5Z\"/></marker>");
        _output.Write("</defs>\n<rect class=\"sheet\" width=\"100%\" height=\"100%\"/>\n");
        foreach (DrawnFunction function in drawing.Functions) WriteFunction(function);
        _output.Write("</svg>\n");
    }

    private void WriteFunction(DrawnFunction drawn)
    {
        (FlowPart part, SvgLine[][] lines, GraphPlan plan, BlockSize size, Point corner) = drawn;
        _output.Write(
            $"<g class=\"cluster\" id=\"function-{part.Function.Number}\" transform=\"translate({N(corner.X)} {N(corner.Y)})\">\n");
        _output.Write($"<rect class=\"frame\" width=\"{N(size.Width)}\" height=\"{N(size.Height)}\" rx=\"6\"/>");
        _output.Write($"<text class=\"title\" x=\"{N(2 * FlowSheet.Padding)}\" y=\"18\">{Escape(FlowSheet.TitleOf(part))}</text>\n");
        _output.Write($"<g transform=\"translate({N(drawn.Inset)} {N(FlowSheet.TitleHeight)})\">\n");
        int[] arrows = new int[part.Blocks.Count];
        foreach (GraphArrow arrow in part.Arrows) arrows[arrow.From]++;
        for (int i = 0; i < part.Arrows.Count; i++) WriteArrow(part, part.Arrows[i], plan.Arrows[i]);
        for (int i = 0; i < part.Arrows.Count; i++) WriteLabel(part.Arrows[i], plan.Arrows[i], plan.Blocks[part.Arrows[i].From]);
        for (int i = 0; i < part.Blocks.Count; i++) WriteBlock(part.Blocks[i], lines[i], plan.Blocks[i]);
        _output.Write("</g>\n</g>\n");
    }

    private void WriteBlock(BasicBlock block, SvgLine[] lines, Rectangle place)
    {
        string kind = block.Returns ? "block exit" : "block";
        _output.Write(
            $"<g class=\"{kind}\" id=\"block-{block.Number}\"><rect x=\"{N(place.X)}\" y=\"{N(place.Y)}\" width=\"{N(place.Width)}\" "
            + $"height=\"{N(place.Height)}\" rx=\"3\"/>\n");
        for (int i = 0; i < lines.Length; i++)
            _output.Write(
                $"<text x=\"{N(place.X + FlowSheet.Padding)}\" "
                + $"y=\"{N(place.Y + FlowSheet.Padding + Ascent + (i * FlowSheet.LineHeight))}\">{lines[i].Markup}</text>\n");
        _output.Write("</g>\n");
    }

    private void WriteArrow(FlowPart part, GraphArrow arrow, IReadOnlyList<Point> corners)
    {
        int from = part.Blocks[arrow.From].Number, to = part.Blocks[arrow.To].Number;
        string kind = _kinds[arrow.Kind];
        _output.Write($"<path class=\"arrow {kind}\" data-from=\"{from}\" data-to=\"{to}\" marker-end=\"url(#to-{kind})\" d=\"");
        WriteRounded(corners);
        _output.Write(
            $"\"><title>{part.Blocks[arrow.From].Last} → {part.Blocks[arrow.To].Start}{(arrow.Kind == 0 ? "" : " " + Words(arrow.Kind))}"
            + $"</title></path>\n");
    }

    private void WriteRounded(IReadOnlyList<Point> corners)
    {
        const double Radius = 4;
        _output.Write($"M{N(corners[0].X)} {N(corners[0].Y)}");
        for (int i = 1; i < corners.Count - 1; i++)
        {
            Point before = Towards(corners[i], corners[i - 1], Radius), after = Towards(corners[i], corners[i + 1], Radius);
            _output.Write($"L{N(before.X)} {N(before.Y)}Q{N(corners[i].X)} {N(corners[i].Y)} {N(after.X)} {N(after.Y)}");
        }

        _output.Write($"L{N(corners[^1].X)} {N(corners[^1].Y)}");
    }

    private static Point Towards(Point from, Point to, double distance)
    {
        double length = Math.Abs(to.X - from.X) + Math.Abs(to.Y - from.Y),
            share = length == 0 ? 0 : Math.Min(distance, length / 2) / length;
        return new Point(from.X + ((to.X - from.X) * share), from.Y + ((to.Y - from.Y) * share));
    }

    private void WriteLabel(GraphArrow arrow, IReadOnlyList<Point> corners, Rectangle block)
    {
        if (arrow.Kind == (int)ArrowKind.Always) return;
        bool left = corners[0].X < block.X + (block.Width / 2);
        _output.Write(
            $"<text class=\"label {_kinds[arrow.Kind]}\" x=\"{N(corners[0].X + (left ? -4 : 4))}\" y=\"{N(corners[0].Y + 11)}\""
            + $"{(left ? " text-anchor=\"end\"" : "")}>{Words(arrow.Kind)}</text>\n");
    }

    private static string Words(int kind) => (ArrowKind)kind == ArrowKind.Taken ? "taken" : "not taken";

    private static string Escape(string text)
    {
        var tokens = new SvgTokens();
        tokens.Write(TokenKind.Space, SafeText.Escape(text));
        return tokens.Take().Markup;
    }

    private static string N(double value) => Math.Round(value, 1).ToString(CultureInfo.InvariantCulture);
}
