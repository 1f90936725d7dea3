using CsCheck;
using Skep.Analysis.Drawing;

namespace Skep.Analysis.Tests.Drawing;

/// <summary>What must hold of the drawing of any graph.</summary>
public sealed class LayeredLayoutTests
{
    private const double Tolerance = 0.01;

    // As code makes them: a block leads to one or two others, or to none.
    private static readonly Gen<(BlockSize[] Blocks, GraphArrow[] Arrows)> Graphs =
        from count in Gen.Int[1, 40]
        from blocks in Gen.Select(Gen.Double[40, 400], Gen.Double[20, 500], (width, height) => new BlockSize(width, height)).Array[count]
        from ways in Gen.Select(Gen.Int[0, 2], Gen.Int[0, count - 1], Gen.Int[0, count - 1]).Array[count]
        select (blocks, ways.SelectMany((way, block) => Arrows(block, way.Item1, way.Item2, way.Item3)).ToArray());

    [Fact]
    public void Blocks_lie_apart_within_the_drawing() => Graphs.Sample(graph =>
    {
        GraphPlan plan = LayeredLayout.Place(graph.Blocks, graph.Arrows);
        for (int i = 0; i < plan.Blocks.Count; i++)
        {
            Rectangle block = plan.Blocks[i];
            Assert.Equal((graph.Blocks[i].Width, graph.Blocks[i].Height), (block.Width, block.Height));
            Assert.True(block.X >= 0 && block.Y >= 0 && block.Right <= plan.Width && block.Bottom <= plan.Height,
                $"block {i} at {block} is outside of {plan.Width} x {plan.Height}");
            for (int j = 0; j < i; j++) Assert.False(Overlap(block, plan.Blocks[j]), $"blocks {i} and {j}: {block}, {plan.Blocks[j]}");
        }
    }, iter: 300);

    [Fact]
    public void Arrows_go_from_block_to_block_around_the_others() => Graphs.Sample(graph =>
    {
        GraphPlan plan = LayeredLayout.Place(graph.Blocks, graph.Arrows);
        Assert.Equal(graph.Arrows.Length, plan.Arrows.Count);
        for (int i = 0; i < graph.Arrows.Length; i++)
        {
            Rectangle from = plan.Blocks[graph.Arrows[i].From], to = plan.Blocks[graph.Arrows[i].To];
            IReadOnlyList<Point> corners = plan.Arrows[i];
            Assert.Equal(from.Bottom, corners[0].Y, Tolerance);
            Assert.InRange(corners[0].X, from.X, from.Right);
            Assert.Equal(to.Y, corners[^1].Y, Tolerance);
            Assert.InRange(corners[^1].X, to.X, to.Right);
            Assert.True(corners[^1].Y > corners[^2].Y, "an arrow enters from above");
            for (int c = 1; c < corners.Count; c++)
            {
                Point a = corners[c - 1], b = corners[c];
                Assert.True(a.X == b.X || a.Y == b.Y, $"{a} to {b} is neither level nor upright");
                Assert.True(Math.Min(a.X, b.X) >= 0 && Math.Max(a.X, b.X) <= plan.Width && Math.Max(a.Y, b.Y) <= plan.Height,
                    $"{a} to {b} leaves the drawing");
                for (int block = 0; block < plan.Blocks.Count; block++)
                    Assert.False(Crosses(plan.Blocks[block], a, b),
                        $"arrow {i}, {a} to {b}, crosses block {block} at {plan.Blocks[block]}");
            }
        }
    }, iter: 300);

    [Fact]
    public void A_straight_program_is_a_straight_line()
    {
        BlockSize[] blocks = [new(100, 20), new(300, 40), new(80, 20)];
        GraphPlan plan = LayeredLayout.Place(blocks, [new(0, 1, 0), new(1, 2, 0)]);
        Assert.All(plan.Blocks,
            block => Assert.Equal(plan.Blocks[0].X + (plan.Blocks[0].Width / 2), block.X + (block.Width / 2), Tolerance));
        Assert.All(plan.Arrows, corners => Assert.Equal(2, corners.Count));
        Assert.True(plan.Blocks[0].Bottom < plan.Blocks[1].Y && plan.Blocks[1].Bottom < plan.Blocks[2].Y);
    }

    [Fact]
    public void What_follows_is_below_and_loops_go_up()
    {
        BlockSize[] blocks = [.. Enumerable.Repeat(new BlockSize(100, 30), 5)];
        GraphPlan plan = LayeredLayout.Place(blocks, [new(0, 1, 0), new(1, 2, 2), new(1, 4, 1), new(2, 3, 0), new(3, 1, 0)]);
        Assert.Equal([0, 1, 2, 3], Enumerable.Range(0, 4).OrderBy(i => plan.Blocks[i].Y));
        Assert.Equal(plan.Blocks[2].Y, plan.Blocks[4].Y);
        Assert.Contains(plan.Arrows[4].Zip(plan.Arrows[4].Skip(1)), leg => leg.Second.Y < leg.First.Y);
    }

    [Fact]
    public void A_thousand_blocks_that_all_may_leave_share_one_way_out()
    {
        const int Count = 1000;
        GraphArrow[] arrows =
            [.. Enumerable.Range(0, Count - 1).SelectMany(i => new GraphArrow[] { new(i, i + 1, 2), new(i, Count - 1, 1) })];
        GraphPlan plan = LayeredLayout.Place([.. Enumerable.Repeat(new BlockSize(200, 30), Count)], arrows);
        Assert.InRange(plan.Width, 200, 400);
    }

    [Fact]
    public void An_empty_graph_is_an_empty_drawing() =>
        Assert.Equal((0, 0), (LayeredLayout.Place([], []).Width, LayeredLayout.Place([], []).Height));

    [Fact]
    public void Drawings_of_functions_lie_apart_on_the_sheet() =>
        Gen.Select(Gen.Double[10, 2000], Gen.Double[10, 2000], (w, h) => new BlockSize(w, h)).Array[1, 30].Sample(sizes =>
    {
        IReadOnlyList<Point> corners = SheetPacking.Place(sizes, out BlockSize sheet);
        Rectangle[] places = [.. corners.Zip(sizes, (corner, size) => new Rectangle(corner.X, corner.Y, size.Width, size.Height))];
        Assert.Equal(places.Min(p => p.Y), places[0].Y);
        for (int i = 0; i < places.Length; i++)
        {
            Assert.True(places[i].X > 0 && places[i].Y > 0 && places[i].Right < sheet.Width && places[i].Bottom < sheet.Height);
            for (int j = 0; j < i; j++) Assert.False(Overlap(places[i], places[j]), $"{places[i]}, {places[j]}");
        }
    }, iter: 300);

    private static IEnumerable<GraphArrow> Arrows(int from, int ways, int first, int second) => ways switch
    {
        0 => [],
        1 => [new GraphArrow(from, first, 0)],
        _ => [new GraphArrow(from, first, 1), new GraphArrow(from, second, 2)],
    };

    private static bool Overlap(Rectangle a, Rectangle b) =>
        a.X < b.Right - Tolerance && b.X < a.Right - Tolerance && a.Y < b.Bottom - Tolerance && b.Y < a.Bottom - Tolerance;

    private static bool Crosses(Rectangle block, Point a, Point b) => Overlap(
        block,
        new Rectangle(Math.Min(a.X, b.X), Math.Min(a.Y, b.Y), Math.Max(0.1, Math.Abs(a.X - b.X)), Math.Max(0.1, Math.Abs(a.Y - b.Y))));
}
