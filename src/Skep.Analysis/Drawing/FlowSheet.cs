using Skep.Inventory.Code;
using Skep.Isa;
using Skep.Output;

namespace Skep.Analysis.Drawing;

/// <summary>A function of a drawing.</summary>
/// <param name="Part">Its blocks and arrows.</param>
/// <param name="Lines">The lines of each block.</param>
/// <param name="Plan">Where these are, within the frame.</param>
/// <param name="Size">The size of the frame.</param>
/// <param name="Corner">The upper left corner of the frame on the sheet.</param>
internal sealed record DrawnFunction(FlowPart Part, SvgLine[][] Lines, GraphPlan Plan, BlockSize Size, Point Corner)
{
    /// <summary>From the left side of the frame to what is in it.</summary>
    public double Inset => (Size.Width - Plan.Width) / 2;
}

/// <summary>A drawing of the control flow of a program: the frame of each function on one sheet, in it the blocks and the arrows.</summary>
internal sealed class FlowSheet
{
    /// <summary>Pixels: of a line, around the lines of a block, of the title of a frame.</summary>
    public const double LineHeight = 14, Padding = 7, TitleHeight = 26;

    private const double CharWidth = 6.65, MinimumWidth = 150;
    private const int LongestSource = 72, SlotDigits = 4, LongestBlock = 72, ShownFirst = 40, ShownLast = 20;

    private readonly ProgramCode _code;
    private readonly Disassembler _disassembler;

    private FlowSheet(ProgramCode code)
    {
        _code = code;
        _disassembler = new Disassembler(new DisassemblerOptions { Form = code.Form, Symbols = code.Symbols, ExplainFaults = true });
        DrawnFunction[] parts = [.. FlowFunctions.Of(code).Select(Draw)];
        IReadOnlyList<Point> corners = SheetPacking.Place([.. parts.Select(part => part.Size)], out BlockSize size);
        (Functions, Size) = ([.. parts.Select((part, i) => part with { Corner = corners[i] })], size);
    }

    /// <summary>The functions.</summary>
    public IReadOnlyList<DrawnFunction> Functions { get; }

    /// <summary>The size of the sheet.</summary>
    public BlockSize Size { get; }

    /// <summary>Draws a program.</summary>
    public static FlowSheet Of(ProgramCode code) => new(code);

    /// <summary>What stands above a function.</summary>
    public static string TitleOf(FlowPart part) =>
        $"{part.Name}  {part.Function.Start}–{part.Function.End - 1}, {part.Blocks.Count} {(part.Blocks.Count == 1 ? "block" : "blocks")}";

    private DrawnFunction Draw(FlowPart part)
    {
        SvgLine[][] lines = [.. part.Blocks.Select(block => LinesOf(block))];
        BlockSize[] sizes = [.. lines.Select(block => new BlockSize(
            Math.Max(MinimumWidth, (block.Max(line => line.Length) * CharWidth) + (2 * Padding)),
            (block.Length * LineHeight) + (2 * Padding)))];
        GraphPlan plan = LayeredLayout.Place(sizes, part.Arrows);
        double title = (TitleOf(part).Length * CharWidth) + (4 * Padding);
        return new DrawnFunction(part, lines, plan, new BlockSize(Math.Max(plan.Width, title), plan.Height + TitleHeight), default);
    }

    private SvgLine[] LinesOf(BasicBlock block)
    {
        var tokens = new SvgTokens();
        var lines = new List<SvgLine>();
        foreach ((CodeLine? source, DecodedInstruction item) in FlowFunctions.Lines(_code, block))
        {
            if (source is not null)
            {
                tokens.Write(TokenKind.Comment, $"; {Cut(SafeText.Printable(source.Text.Trim()))}");
                lines.Add(tokens.Take());
            }

            tokens.Write(TokenKind.Opcode, $"{item.Index,SlotDigits}: ");
            _disassembler.Write(item, tokens);
            lines.Add(tokens.Take());
        }

        return Fold(lines, tokens);
    }

    private static SvgLine[] Fold(List<SvgLine> lines, SvgTokens tokens)
    {
        if (lines.Count <= LongestBlock) return [.. lines];
        tokens.Write(TokenKind.Comment, $"⋮ {lines.Count - ShownFirst - ShownLast} lines more");
        return [.. lines.Take(ShownFirst), tokens.Take(), .. lines.TakeLast(ShownLast)];
    }

    private static string Cut(string text) => text.Length <= LongestSource ? text : string.Concat(text.AsSpan(0, LongestSource - 1), "…");
}
