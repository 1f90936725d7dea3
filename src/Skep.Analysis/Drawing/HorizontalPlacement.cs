namespace Skep.Analysis.Drawing;

/// <summary>
/// Where items stand in their layers: the method of Brandes and Köpf (Fast and Simple Horizontal Coordinate Assignment, 2001). Items
/// are aligned with the median of their neighbours in four ways, each is made compact, and the middle of the four is taken.
/// Trunks stay straight.
/// </summary>
internal sealed class HorizontalPlacement
{
    private readonly LayeredGraph _graph;
    private readonly Func<int, int, double> _separation;
    private readonly int[] _place;
    private readonly HashSet<(int Upper, int Lower)> _conflicts = [];

    private HorizontalPlacement(LayeredGraph graph, Func<int, int, double> separation)
    {
        _graph = graph;
        _separation = separation;
        _place = new int[graph.ItemCount];
    }

    /// <summary>The middle of each item, in pixels.</summary>
    /// <param name="graph">The items, in order.</param>
    /// <param name="separation">How far the middles of two neighbours in a layer are apart at least.</param>
    public static double[] Of(LayeredGraph graph, Func<int, int, double> separation) => new HorizontalPlacement(graph, separation).Place();

    private double[] Place()
    {
        foreach (int[] layer in _graph.Layers) Number(layer);
        for (int i = 1; i < _graph.Layers.Length; i++) FindConflicts(_graph.Layers[i - 1], _graph.Layers[i]);
        var ways = new double[4][];
        for (int way = 0; way < ways.Length; way++) ways[way] = PlaceOneWay(upwards: way >= 2, fromRight: way % 2 == 1);
        AlignWays(ways);
        var middle = new double[_graph.ItemCount];
        Span<double> places = stackalloc double[4];
        for (int item = 0; item < middle.Length; item++)
        {
            for (int way = 0; way < ways.Length; way++) places[way] = ways[way][item];
            places.Sort();
            middle[item] = (places[1] + places[2]) / 2;
        }

        return middle;
    }

    private void Number(int[] layer)
    {
        for (int i = 0; i < layer.Length; i++) _place[layer[i]] = i;
    }

    // A link that crosses a trunk gives way to it.
    private void FindConflicts(int[] upper, int[] lower)
    {
        int from = 0, scanned = 0;
        for (int i = 0; i < lower.Length; i++)
        {
            int trunk = _graph.IsBend(lower[i]) ? _graph.Above(lower[i]).FirstOrDefault(_graph.IsBend, -1) : -1;
            if (trunk < 0 && i != lower.Length - 1) continue;
            int to = trunk < 0 ? upper.Length : _place[trunk];
            for (; scanned <= i; scanned++)
            {
                foreach (int above in _graph.Above(lower[scanned]))
                {
                    bool isTrunk = _graph.IsBend(above) && _graph.IsBend(lower[scanned]);
                    if (!isTrunk && (_place[above] < from || _place[above] > to)) _conflicts.Add((above, lower[scanned]));
                }
            }

            from = to;
        }
    }

    private double[] PlaceOneWay(bool upwards, bool fromRight)
    {
        IEnumerable<int[]> ordered = upwards ? _graph.Layers.Reverse() : _graph.Layers;
        int[][] layers = [.. fromRight ? ordered.Select(layer => Enumerable.Reverse(layer).ToArray()) : ordered];
        foreach (int[] layer in layers) Number(layer);
        int[] root = Align(layers, upwards);
        double[] places = Compact(layers, root, fromRight);
        if (fromRight)
            for (int i = 0; i < places.Length; i++) places[i] = -places[i];
        return places;
    }

    private int[] Align(int[][] layers, bool upwards)
    {
        int[] root = [.. Enumerable.Range(0, _graph.ItemCount)], next = [.. root];
        var near = new List<int>();
        foreach (int[] layer in layers)
        {
            int last = -1;
            foreach (int item in layer)
            {
                near.Clear();
                IReadOnlyList<int> neighbours = upwards ? _graph.Below(item) : _graph.Above(item);
                if (_graph.IsBend(item)) near.AddRange(neighbours.Where(_graph.IsBend));
                if (near.Count == 0) near.AddRange(neighbours);
                if (near.Count == 0) continue;
                near.Sort((a, b) => _place[a].CompareTo(_place[b]));
                for (int i = (near.Count - 1) / 2; i <= near.Count / 2; i++)
                {
                    int neighbour = near[i];
                    (int, int) link = upwards ? (item, neighbour) : (neighbour, item);
                    if (next[item] != item || last >= _place[neighbour] || _conflicts.Contains(link)) continue;
                    next[neighbour] = item;
                    next[item] = root[item] = root[neighbour];
                    last = _place[neighbour];
                }
            }
        }

        return root;
    }

    // Aligned items move together: first as far left as they can, then right again to what is beside them.
    private double[] Compact(int[][] layers, int[] root, bool fromRight)
    {
        int count = _graph.ItemCount;
        var after = new Dictionary<int, double>[count];
        var waiting = new int[count];
        foreach (int[] layer in layers)
        {
            for (int i = 1; i < layer.Length; i++)
            {
                int left = root[layer[i - 1]], right = root[layer[i]];
                double gap = fromRight ? _separation(layer[i], layer[i - 1]) : _separation(layer[i - 1], layer[i]);
                Dictionary<int, double> gaps = after[left] ??= [];
                if (!gaps.TryGetValue(right, out double known)) waiting[right]++;
                gaps[right] = Math.Max(known, gap);
            }
        }

        var places = new double[count];
        var order = new List<int>(count);
        for (int item = 0; item < count; item++)
            if (root[item] == item && waiting[item] == 0) order.Add(item);
        for (int i = 0; i < order.Count; i++)
        {
            if (after[order[i]] is not { } gaps) continue;
            foreach ((int right, double gap) in gaps)
            {
                places[right] = Math.Max(places[right], places[order[i]] + gap);
                if (--waiting[right] == 0) order.Add(right);
            }
        }

        for (int i = order.Count - 1; i >= 0; i--)
        {
            if (after[order[i]] is not { Count: > 0 } gaps) continue;
            double room = double.PositiveInfinity;
            foreach ((int right, double gap) in gaps) room = Math.Min(room, places[right] - gap);
            places[order[i]] = Math.Max(places[order[i]], room);
        }

        for (int item = 0; item < count; item++) places[item] = places[root[item]];
        return places;
    }

    // The narrowest way stays where it is; ways from the left are moved to its left side, those from the right to its right side.
    private static void AlignWays(double[][] ways)
    {
        double[] narrowest = ways.MinBy(way => way.Max() - way.Min())!;
        double left = narrowest.Min(), right = narrowest.Max();
        for (int way = 0; way < ways.Length; way++)
        {
            double shift = way % 2 == 0 ? left - ways[way].Min() : right - ways[way].Max();
            for (int item = 0; item < ways[way].Length; item++) ways[way][item] += shift;
        }
    }
}
