using System.Globalization;
using System.Runtime.InteropServices;
using System.Xml.Linq;
using Skep.Analysis.Drawing;
using Skep.Analysis.Dump;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Analysis.Tests.Drawing;

/// <summary>Drawings of programs.</summary>
public sealed class FlowDrawingTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    // if (r1 == 0) goto 4; r0 = 1; call 6; exit; r0 = 2; exit; r0 = 3; exit
    private static readonly ProgramCode Branching = Program(
        new(0x15, 1, 0, 3, 0), new(0xb7, 0, 0, 0, 1), new(0x85, 0, 1, 0, 3), new(0x95, 0, 0, 0, 0),
        new(0xb7, 0, 0, 0, 2), new(0x95, 0, 0, 0, 0), new(0xb7, 0, 0, 0, 3), new(0x95, 0, 0, 0, 0));

    [Fact]
    public void A_block_shows_its_instructions_and_an_arrow_its_condition()
    {
        XElement svg = Draw(Branching);
        XElement[] blocks =
            [
                .. svg.Descendants(Svg + "g")
                    .Where(g => ((string?)g.Attribute("class"))?.StartsWith("block", StringComparison.Ordinal) == true)];
        Assert.Equal(["block-0", "block-1", "block-2", "block-3"], blocks.Select(b => (string)b.Attribute("id")!));
        Assert.Equal(["   1: (b7) r0 = 1", "   2: (85) call pc+3", "   3: (95) exit"],
            blocks[1].Elements(Svg + "text").Select(text => text.Value));
        Assert.Equal(["block", "block exit", "block exit", "block exit"], blocks.Select(b => (string)b.Attribute("class")!));
        XElement[] arrows = [.. svg.Descendants(Svg + "path").Where(path => path.Attribute("data-from") is not null)];
        Assert.Equal(["0 1 arrow not-taken", "0 2 arrow taken"],
            arrows.Select(a => $"{(string)a.Attribute("data-from")!} {(string)a.Attribute("data-to")!} {(string)a.Attribute("class")!}"));
        Assert.Equal(["not taken", "taken"],
            svg.Descendants(Svg + "text").Where(t => ((string?)t.Attribute("class"))?.StartsWith("label", StringComparison.Ordinal) == true)
                .Select(t => t.Value).Order());
        Assert.Equal(2, svg.Elements(Svg + "g").Count());
    }

    [Fact]
    public void A_long_block_is_folded_and_says_so()
    {
        XElement svg = Draw(Program([.. Enumerable.Repeat(new Instruction(0xb7, 0, 0, 0, 1), 500), new(0x95, 0, 0, 0, 0)]));
        string[] lines =
            [
                .. svg.Descendants(Svg + "g").Single(g => (string?)g.Attribute("id") == "block-0").Elements(Svg + "text")
                    .Select(t => t.Value)];
        Assert.InRange(lines.Length, 20, 100);
        Assert.StartsWith("   0: ", lines[0], StringComparison.Ordinal);
        Assert.Equal(" 500: (95) exit", lines[^1]);
        string fold = Assert.Single(lines, line => line.Contains('⋮', StringComparison.Ordinal));
        Assert.Equal(501 - (lines.Length - 1), int.Parse(fold.Split(' ')[1], CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Names_cannot_break_the_document()
    {
        const string Name = "a<b>&\"'\u0007\u001b[31m\u202e";
        XElement svg = Draw(Program([new(0x95, 0, 0, 0, 0)], Name));
        Assert.DoesNotContain(svg.Value, c => c is '\u001b' or '\u0007' or '\u202e');
        Assert.Contains("a<b>&\"'", svg.Value, StringComparison.Ordinal);
        var dot = new StringWriter();
        FlowDotWriter.Write(dot, Program([new(0x95, 0, 0, 0, 0)], Name), default);
        Assert.DoesNotContain(dot.ToString(), c => c is '\u001b' or '\u0007' or '\u202e');
    }

    [Fact]
    public void A_graph_has_bpftools_names_and_every_exit_leads_to_the_exit()
    {
        var dot = new StringWriter();
        FlowDotWriter.Write(dot, Branching, default);
        string[] edges =
            [
                .. dot.ToString().Split('\n')
                    .Where(line => line.Contains("->", StringComparison.Ordinal) && !line.Contains("invis", StringComparison.Ordinal))
                    .Select(line => line.Trim().Split(" [")[0])];
        Assert.Equal(
            [
                "fn_0_bb_0:s -> fn_0_bb_2:n", "fn_0_bb_2:s -> fn_0_bb_3:n", "fn_0_bb_2:s -> fn_0_bb_4:n", "fn_0_bb_3:s -> fn_0_bb_1:n",
                "fn_0_bb_4:s -> fn_0_bb_1:n",
                "fn_1_bb_0:s -> fn_1_bb_2:n", "fn_1_bb_2:s -> fn_1_bb_1:n",
            ],
            edges);
        Assert.Contains("label=\"{\\\n0: (15) if r1 == 0x0 goto pc+3\\l\\\n}\"", dot.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public void Any_bytes_are_drawn(int slots)
    {
        var random = new Random(slots);
        for (int i = 0; i < 20; i++)
        {
            byte[] bytes = new byte[slots * Instruction.Size];
            random.NextBytes(bytes);
            ProgramCode code = CodeFileReader.Raw(bytes);
            var text = new StringWriter();
            FlowDotWriter.Write(text, code, new DumpDetails(true, true));
            if (slots <= 7) Assert.NotEmpty(Draw(code).Elements());
        }
    }

    private static XElement Draw(ProgramCode code)
    {
        var text = new StringWriter();
        FlowSvgWriter.Write(text, code);
        return XDocument.Parse(text.ToString(), LoadOptions.PreserveWhitespace).Root!;
    }

    private static ProgramCode Program(params Instruction[] slots) => Program(slots, "sample");

    private static ProgramCode Program(Instruction[] slots, string name) =>
        new() { Bytes = MemoryMarshal.AsBytes(slots.AsSpan()).ToArray(), Form = ProgramForm.Loaded, Name = name };
}
