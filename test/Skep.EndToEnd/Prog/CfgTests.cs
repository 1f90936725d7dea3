using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Prog;

/// <summary><c>skep prog cfg</c>, <c>prog dump visual</c> and <c>--cfg</c>, against bpftool's graph.</summary>
[Collection(nameof(DumpScene))]
public sealed partial class CfgTests(DumpScene scene)
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Edges_are_bpftools()
    {
        Requires.Root();
        int compared = 0;
        Assert.All(scene.Ids, id =>
        {
            // bpftool takes a callback for a part of the function above it.
            string ours = Tool.Run(SkepBinary.Path, "prog", "dump", "xlated", "id", id, "visual");
            if (ours.Contains("subprog[", StringComparison.Ordinal)) return;
            string theirs = Tool.Run("bpftool", "prog", "dump", "xlated", "id", id, "visual");
            // It draws an edge from every block that exits to the one below, and two from one that ends in a call.
            var exits = Node().Matches(theirs).Where(
                node =>
                    node.Groups["text"].Value.EndsWith("(95) exit\\l\\\n", StringComparison.Ordinal)).Select(node =>
                        node.Groups["name"].Value).ToHashSet();
            IEnumerable<string> expected = Edges(theirs).Select(
                edge => exits.Contains(edge.From) ? $"{edge.From} {edge.From[..edge.From.LastIndexOf('_')]}_1" : $"{edge.From} {edge.To}");
            Assert.Equal(expected.Distinct().Order(), Edges(ours).Select(edge => $"{edge.From} {edge.To}").Distinct().Order());
            compared += Edges(ours).Length;
        });

        Assert.InRange(compared, 100, int.MaxValue);
    }

    [Fact]
    public void A_picture_shows_the_same_edges_and_no_box_upon_another()
    {
        Requires.Root();
        Assert.All(scene.Ids, id =>
        {
            string picture = Tool.Run(SkepBinary.Path, "prog", "cfg", "id", id);
            if (id == scene.Own) Assert.Equal(picture, Tool.Run(SkepBinary.Path, "prog", "dump", "id", id, "--cfg", "svg"));
            XElement svg = XDocument.Parse(picture).Root!;
            string dot = Tool.Run(SkepBinary.Path, "prog", "cfg", "id", id, "--dot");
            int drawn = svg.Descendants(Svg + "path").Count(path => path.Attribute("data-from") is not null);
            Assert.Equal(
                Edges(dot).Count(
                    edge => !edge.To.EndsWith("_bb_1", StringComparison.Ordinal) && !edge.From.EndsWith("_bb_0", StringComparison.Ordinal)),
                drawn);
            (double X, double Y, double Width, double Height)[] boxes = [.. Boxes(svg)];
            Assert.Equal(Node().Count(dot), boxes.Length);
            for (int i = 0; i < boxes.Length; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    bool apart = boxes[i].X >= boxes[j].X + boxes[j].Width || boxes[j].X >= boxes[i].X + boxes[i].Width
                        || boxes[i].Y >= boxes[j].Y + boxes[j].Height || boxes[j].Y >= boxes[i].Y + boxes[i].Height;
                    Assert.True(apart, $"boxes {boxes[i]} and {boxes[j]}");
                }
            }
        });
    }

    [Fact]
    public void A_file_with_several_programs_asks_for_one()
    {
        string file = CProgram.Object("dump.bpf.c");
        Outcome outcome = SkepBinary.Run("prog", "cfg", file);
        Assert.Equal((2, ""), (outcome.Code, outcome.Output));
        Assert.Contains("dumped_xdp", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("<svg", Tool.Run(SkepBinary.Path, "prog", "cfg", file, "dumped_xdp"), StringComparison.Ordinal);
        Assert.Equal(2, SkepBinary.Run("prog", "cfg", file, "dumped_xdp", "--dot", "--svg").Code);
        Assert.Equal(2, SkepBinary.Run("prog", "dump", file, "visual", "-j").Code);
        Assert.Equal(2, SkepBinary.Run("prog", "dump", file, "visible").Code);
    }

    private static IEnumerable<(double, double, double, double)> Boxes(XElement svg)
    {
        foreach (
            XElement block in svg.Descendants(Svg + "g").Where(
                g => ((string?)g.Attribute("id"))?.StartsWith("block-", StringComparison.Ordinal) == true))
        {
            (double x, double y) = (0, 0);
            foreach (XElement above in block.AncestorsAndSelf().Where(g => g.Attribute("transform") is not null))
            {
                Match shift = Shift().Match((string)above.Attribute("transform")!);
                x += Number(shift.Groups["x"].Value);
                y += Number(shift.Groups["y"].Value);
            }

            XElement box = block.Element(Svg + "rect")!;
            yield return (
                x + Number((string)box.Attribute("x")!),
                y + Number((string)box.Attribute("y")!),
                Number((string)box.Attribute("width")!),
                Number((string)box.Attribute("height")!));
        }
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static (string From, string To)[] Edges(string dot) =>
        [.. Arrow().Matches(dot).Select(arrow => (arrow.Groups["from"].Value, arrow.Groups["to"].Value))];

    [GeneratedRegex(@"(?<name>fn_\d+_bb_\d+) \[shape=record,style=filled,label=""\{(?<text>.*?)\}""\];", RegexOptions.Singleline)]
    private static partial Regex Node();

    [GeneratedRegex(@"(?<from>fn_\d+_bb_\d+):s -> (?<to>fn_\d+_bb_\d+):n \[style=""solid")]
    private static partial Regex Arrow();

    [GeneratedRegex(@"translate\((?<x>[-\d.]+) (?<y>[-\d.]+)\)")]
    private static partial Regex Shift();
}
