namespace Skep.Analysis.Drawing;

/// <summary>
/// Draws a graph in layers, as Sugiyama, Tagawa and Toda do: loops opened, blocks in layers, crossings reduced, places assigned,
/// arrows led at right angles through the channels between the layers. Arrows that close a loop go up beside the blocks.
/// </summary>
public static class LayeredLayout
{
    private const double BlockGap = 28, BendGap = 12, BesideGap = 16;

    /// <summary>Places blocks and arrows.</summary>
    /// <param name="blocks">The sizes of the blocks; the first is the entry.</param>
    /// <param name="arrows">The arrows.</param>
    public static GraphPlan Place(IReadOnlyList<BlockSize> blocks, IReadOnlyList<GraphArrow> arrows)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        ArgumentNullException.ThrowIfNull(arrows);
        if (blocks.Count == 0) return new GraphPlan([], [], 0, 0);
        var graph = new LayeredGraph(blocks.Count, arrows);
        CrossingReduction.Apply(graph);
        double[] middles = HorizontalPlacement.Of(graph, Separation);
        return new ArrowRouting(graph, blocks, middles).Plan();

        double Separation(int left, int right) => HalfWidth(left) + HalfWidth(right) + (graph.IsBend(left), graph.IsBend(right)) switch
        {
            (false, false) => BlockGap,
            (true, true) => BendGap,
            _ => BesideGap,
        };

        double HalfWidth(int item) => graph.IsBend(item) ? 0 : blocks[item].Width / 2;
    }
}
