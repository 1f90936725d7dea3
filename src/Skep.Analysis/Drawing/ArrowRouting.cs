namespace Skep.Analysis.Drawing;

/// <summary>
/// Leads arrows from block to block, once items have their places in the layers; the heights of layers and channels follow.
/// </summary>
internal sealed class ArrowRouting
{
    private const double PortGap = 24, EntryGap = 14, TrackGap = 9, ChannelMargin = 12, LabelBand = 16, Margin = 12;

    private readonly LayeredGraph _graph;
    private readonly IReadOnlyList<BlockSize> _blocks;
    private readonly double[] _middles;
    private readonly double[] _leaves;
    private readonly Dictionary<Bundle, double> _enters = [];
    private readonly Dictionary<Bundle, ChannelNet>[] _channels;

    public ArrowRouting(LayeredGraph graph, IReadOnlyList<BlockSize> blocks, double[] middles)
    {
        _graph = graph;
        _blocks = blocks;
        _middles = middles;
        _leaves = new double[graph.Arrows.Count];
        _channels = [.. Enumerable.Range(0, graph.Layers.Length + 1).Select(_ => new Dictionary<Bundle, ChannelNet>())];
    }

    public GraphPlan Plan()
    {
        PlaceExits();
        PlaceEntries();
        foreach (Bundle bundle in _graph.Bundles) MakeNets(bundle);
        double[] channelTops = new double[_channels.Length], layerTops = new double[_channels.Length];
        double y = Margin;
        for (int channel = 0; channel < _channels.Length; channel++)
        {
            channelTops[channel] = y;
            y = layerTops[channel] = y + ChannelHeight(channel);
            if (channel < _graph.Layers.Length)
                y += _graph.Layers[channel].Where(item => !_graph.IsBend(item)).Select(block => _blocks[block].Height).DefaultIfEmpty()
                    .Max();
        }

        var places = new Rectangle[_blocks.Count];
        for (int block = 0; block < places.Length; block++)
        {
            (double width, double height) = _blocks[block];
            places[block] = new Rectangle(_middles[block] - (width / 2), layerTops[_graph.LayerOf(block)], width, height);
        }

        List<Point>[] arrows = [.. Enumerable.Range(0, _graph.Arrows.Count).Select(arrow => Lead(arrow, places, channelTops))];
        double left = places.Min(p => p.X), right = places.Max(p => p.Right);
        foreach (Point corner in arrows.SelectMany(corners => corners))
            (left, right) = (Math.Min(left, corner.X), Math.Max(right, corner.X));
        double shift = Margin - left;
        return new GraphPlan(
            [.. places.Select(p => p with { X = p.X + shift })],
            [.. arrows.Select(corners => corners.ConvertAll(c => c with { X = c.X + shift }))],
            right - left + (2 * Margin),
            y + Margin);
    }

    // Arrows leave in the order of where they go.
    private void PlaceExits()
    {
        foreach (IGrouping<int, int> leaving in Enumerable.Range(0, _leaves.Length).GroupBy(arrow => _graph.Arrows[arrow].From))
        {
            int[] ordered = [.. leaving.OrderBy(FirstStop)];
            for (int i = 0; i < ordered.Length; i++)
                _leaves[ordered[i]] = _middles[leaving.Key] + ((i - ((ordered.Length - 1) / 2.0)) * PortGap);
        }
    }

    private double FirstStop(int arrow)
    {
        Bundle bundle = _graph.BundleOf[arrow];
        int layer = _graph.LayerOf(_graph.Arrows[arrow].From), bend = bundle.BendIn(bundle.IsUpward ? layer : layer + 1);
        return _middles[bend < 0 ? bundle.Target : bend];
    }

    // An arrow enters where it comes from, if that is above its block; those that enter one block keep a distance.
    private void PlaceEntries()
    {
        foreach (IGrouping<int, Bundle> entering in _graph.Bundles.GroupBy(bundle => bundle.Target))
        {
            (double Wanted, Bundle Bundle)[] ordered =
                [.. entering.Select(bundle => (LastStop(bundle), bundle)).OrderBy(entry => entry.Item1)];
            double half = _blocks[entering.Key].Width / 2, gap = Math.Min(EntryGap, 2 * half / (ordered.Length + 1));
            double left = _middles[entering.Key] - half + gap, right = _middles[entering.Key] + half - gap;
            var places = new double[ordered.Length];
            for (int i = 0; i < places.Length; i++)
                places[i] =
                    Math.Clamp(ordered[i].Wanted, i == 0 ? left : places[i - 1] + gap,
                        Math.Max(i == 0 ? left : places[i - 1] + gap, right));
            for (int i = places.Length - 1; i >= 0; i--)
                places[i] = Math.Min(places[i], i == places.Length - 1 ? right : places[i + 1] - gap);
            for (int i = 0; i < places.Length; i++) _enters[ordered[i].Bundle] = places[i];
        }
    }

    private double LastStop(Bundle bundle) => bundle.Trunk.Length == 0
        ? bundle.Arrows.Average(arrow => _leaves[arrow])
        : _middles[bundle.IsUpward ? bundle.Trunk[0] : bundle.Trunk[^1]];

    private void MakeNets(Bundle bundle)
    {
        int target = _graph.LayerOf(bundle.Target);
        foreach (int arrow in bundle.Arrows) Net(bundle, _graph.LayerOf(_graph.Arrows[arrow].From) + 1).Upper.Add(_leaves[arrow]);
        for (int i = 0; i < bundle.Trunk.Length; i++)
        {
            int layer = bundle.FirstLayer + i;
            double x = _middles[bundle.Trunk[i]];
            Net(bundle, layer).Lower.Add(x);

            // The last bend of a trunk that goes up is where it begins: nothing but its arrows is below.
            Net(bundle, layer + 1).Upper.Add(x);
        }

        Net(bundle, target).Lower.Add(_enters[bundle]);
    }

    private ChannelNet Net(Bundle bundle, int channel) =>
        _channels[channel].TryGetValue(bundle, out ChannelNet? net) ? net : _channels[channel][bundle] = new ChannelNet();

    private double ChannelHeight(int channel)
    {
        int tracks = ChannelRouter.Route([.. _channels[channel].Values]);
        bool outside = channel == 0 || channel == _graph.Layers.Length;
        if (outside && _channels[channel].Count == 0) return 0;
        return LabelBand + (Math.Max(0, tracks - 1) * TrackGap) + (2 * ChannelMargin);
    }

    private List<Point> Lead(int arrow, Rectangle[] places, double[] channelTops)
    {
        (int from, int to, _) = _graph.Arrows[arrow];
        Bundle bundle = _graph.BundleOf[arrow];
        int layer = _graph.LayerOf(from), target = _graph.LayerOf(to);
        var corners = new List<Point> { new(_leaves[arrow], places[from].Bottom) };
        double x = _leaves[arrow];
        if (bundle.IsUpward)
        {
            Turn(layer + 1, _middles[bundle.BendIn(layer)]);
            for (int channel = layer; channel > target; channel--) Turn(channel, _middles[bundle.BendIn(channel - 1)]);
        }
        else
        {
            for (int channel = layer + 1; channel < target; channel++) Turn(channel, _middles[bundle.BendIn(channel)]);
        }

        Turn(target, _enters[bundle]);
        corners.Add(new Point(x, places[to].Y));
        return corners;

        void Turn(int channel, double next)
        {
            if (next == x) return;
            double y = channelTops[channel] + LabelBand + ChannelMargin + (_channels[channel][bundle].Track * TrackGap);
            corners.Add(new Point(x, y));
            corners.Add(new Point(next, y));
            x = next;
        }
    }
}
