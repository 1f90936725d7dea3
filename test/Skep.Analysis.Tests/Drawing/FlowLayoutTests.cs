using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Skep.Analysis.Drawing;
using Skep.Analysis.Tests.Support;
using Skep.Inventory.Code;

namespace Skep.Analysis.Tests.Drawing;

/// <summary>The drawing as JSON is the drawing as SVG.</summary>
public sealed class FlowLayoutTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Every_block_and_arrow_is_where_the_picture_has_it()
    {
        ProgramCode[] programs = [.. BpfPrograms.OfSource("Programs/kinds.bpf.c")];
        Assert.NotEmpty(programs);
        Assert.All(programs, code =>
        {
            (JsonNode layout, XElement svg) = (Layout(code), Picture(code));
            Assert.Equal((double)svg.Attribute("width")!, (double)layout["width"]!, 0.05);
            Assert.Equal((double)svg.Attribute("height")!, (double)layout["height"]!, 0.05);
            JsonArray nodes = layout["nodes"]!.AsArray();
            XElement[] blocks = [.. svg.Descendants(Svg + "g").Where(g => ((string?)g.Attribute("id"))?.StartsWith("block-",
                StringComparison.Ordinal) == true)];
            Assert.Equal(blocks.Length, nodes.Count);
            foreach (XElement block in blocks)
            {
                JsonNode node = nodes.Single(n => $"block-{n!["id"]}" == (string)block.Attribute("id")!)!;
                XElement rect = block.Element(Svg + "rect")!;
                (double x, double y) = Moved(block);
                Assert.Equal(x + (double)rect.Attribute("x")!, (double)node["x"]!, 0.25);
                Assert.Equal(y + (double)rect.Attribute("y")!, (double)node["y"]!, 0.25);
                Assert.Equal((double)rect.Attribute("width")!, (double)node["width"]!, 0.05);
                Assert.Equal(block.Elements(Svg + "text").Select(t => t.Value), node["lines"]!.AsArray().Select(l => (string)l!));
            }

            string[] arrows = [.. svg.Descendants(Svg + "path").Where(p => p.Attribute("data-from") is not null)
                .Select(p => $"{(string)p.Attribute("data-from")!} {(string)p.Attribute("data-to")!}").Order(StringComparer.Ordinal)];
            Assert.Equal(
                arrows, layout["edges"]!.AsArray().Select(e => $"{e!["from"]} {e["to"]}").Order(StringComparer.Ordinal));
            Assert.All(layout["edges"]!.AsArray(), edge =>
            {
                JsonArray points = edge!["points"]!.AsArray();
                JsonNode from = nodes.Single(n => (int)n!["id"]! == (int)edge["from"]!)!;
                JsonNode to = nodes.Single(n => (int)n!["id"]! == (int)edge["to"]!)!;

                // It leaves the lower side of one and enters the upper side of the other.
                Assert.Equal((double)from["y"]! + (double)from["height"]!, (double)points[0]![1]!, 0.25);
                Assert.Equal((double)to["y"]!, (double)points[^1]![1]!, 0.25);
                Assert.Contains((string)edge["kind"]!, (string[])["always", "taken", "not_taken"]);
            });
        });
    }

    private static (double X, double Y) Moved(XElement element)
    {
        double x = 0, y = 0;
        foreach (XElement parent in element.Ancestors(Svg + "g"))
        {
            if ((string?)parent.Attribute("transform") is not { } transform) continue;
            double[] by = [.. transform["translate(".Length..^1].Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture))];
            (x, y) = (x + by[0], y + by[1]);
        }

        return (x, y);
    }

    private static XElement Picture(ProgramCode code)
    {
        var text = new StringWriter();
        FlowSvgWriter.Write(text, code);
        return XDocument.Parse(text.ToString(), LoadOptions.PreserveWhitespace).Root!;
    }

    private static JsonNode Layout(ProgramCode code)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream)) FlowLayoutWriter.Write(json, code);
        return JsonNode.Parse(Encoding.UTF8.GetString(stream.ToArray()))!;
    }
}
