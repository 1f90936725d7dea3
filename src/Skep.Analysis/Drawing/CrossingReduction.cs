namespace Skep.Analysis.Drawing;

/// <summary>
/// Orders the items of each layer so that few links cross: sweeps down and up that sort by the mean place of the neighbours.
/// </summary>
internal sealed class CrossingReduction
{
    private const int Sweeps = 24, Patience = 6;

    private readonly LayeredGraph _graph;
    private readonly double[] _place;
    private readonly double[] _mean;

    // Of the ends of upward trunks, the blocks beside which they are wanted.
    private readonly Dictionary<int, int> _besideFromAbove = [], _besideFromBelow = [];

    private CrossingReduction(LayeredGraph graph)
    {
        _graph = graph;
        _place = new double[graph.ItemCount];
        _mean = new double[graph.ItemCount];
        foreach (Bundle bundle in graph.Bundles.Where(b => b.IsUpward))
        {
            _besideFromAbove[bundle.Trunk[0]] = bundle.Target;
            int last = bundle.FirstLayer + bundle.Trunk.Length - 1;
            _besideFromBelow[bundle.Trunk[^1]] =
                bundle.Arrows.Select(a => graph.Arrows[a].From).First(block => graph.LayerOf(block) == last);
        }
    }

    /// <summary>Orders the layers in place.</summary>
    public static void Apply(LayeredGraph graph) => new CrossingReduction(graph).Run();

    /// <summary>How many pairs of links between two layers cross.</summary>
    public static long Count(LayeredGraph graph)
    {
        var place = new double[graph.ItemCount];
        foreach (int[] layer in graph.Layers)
            for (int i = 0; i < layer.Length; i++) place[layer[i]] = i;
        return Enumerable.Range(1, Math.Max(0, graph.Layers.Length - 1)).Sum(i => Count(graph, i, place));
    }

    private void Run()
    {
        int[][] layers = _graph.Layers;
        foreach (int[] layer in layers) Number(layer);
        int[][] best = Copy(layers);
        long fewest = Total(), idle = 0;
        for (int sweep = 0; sweep < Sweeps && fewest > 0 && idle < Patience; sweep++)
        {
            if (sweep % 2 == 0)
                for (int i = 0; i < layers.Length; i++) Sort(layers[i], _graph.Above, _besideFromAbove);
            else
                for (int i = layers.Length - 1; i >= 0; i--) Sort(layers[i], _graph.Below, _besideFromBelow);
            long crossings = Total();
            idle = crossings < fewest ? 0 : idle + 1;
            if (crossings >= fewest) continue;
            fewest = crossings;
            best = Copy(layers);
        }

        for (int i = 0; i < layers.Length; i++) best[i].CopyTo(layers[i], 0);
    }

    private static int[][] Copy(int[][] layers) => [.. layers.Select(layer => layer.ToArray())];

    private void Number(int[] layer)
    {
        for (int i = 0; i < layer.Length; i++) _place[layer[i]] = i;
    }

    private long Total() => Enumerable.Range(1, Math.Max(0, _graph.Layers.Length - 1)).Sum(i => Count(_graph, i, _place));

    // What has no neighbours keeps its place; ends of upward trunks go to the right of their blocks.
    private void Sort(int[] layer, Func<int, IReadOnlyList<int>> neighbours, Dictionary<int, int> beside)
    {
        foreach (int item in layer)
        {
            IReadOnlyList<int> near = neighbours(item);
            double sum = 0;
            for (int i = 0; i < near.Count; i++) sum += _place[near[i]];
            _mean[item] = near.Count == 0 ? _place[item] : sum / near.Count;
        }

        foreach (int item in layer)
            if (beside.TryGetValue(item, out int block)) _mean[item] = _mean[block] + 0.01;
        Array.Sort(layer, (a, b) => _mean[a] != _mean[b] ? _mean[a].CompareTo(_mean[b]) : _place[a].CompareTo(_place[b]));
        Number(layer);
    }

    // Barth, Mutzel, Jünger: crossings are inversions, counted by a tree of sums.
    private static long Count(LayeredGraph graph, int layer, double[] place)
    {
        int width = graph.Layers[layer].Length;
        var tree = new int[width + 1];
        long crossings = 0;
        int seen = 0;
        var ends = new List<int>();
        foreach (int upper in graph.Layers[layer - 1])
        {
            ends.Clear();
            foreach (int lower in graph.Below(upper)) ends.Add((int)place[lower]);
            foreach (int end in ends)
            {
                int before = 0;
                for (int i = end + 1; i > 0; i -= i & -i) before += tree[i];
                crossings += seen - before;
            }

            foreach (int end in ends)
            {
                for (int i = end + 1; i <= width; i += i & -i) tree[i]++;
                seen++;
            }
        }

        return crossings;
    }
}
