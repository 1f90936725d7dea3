namespace Skep.Analysis.Drawing;

/// <summary>Arrows of one kind that go to one block: they share a trunk, one bend in each layer that they pass.</summary>
/// <param name="Target">The block.</param>
/// <param name="IsUpward">Whether the arrows go up.</param>
internal sealed record Bundle(int Target, bool IsUpward)
{
    /// <summary>Numbers of the arrows.</summary>
    public List<int> Arrows { get; } = [];

    /// <summary>The layer of the first bend.</summary>
    public int FirstLayer { get; set; }

    /// <summary>The bends, one a layer.</summary>
    public int[] Trunk { get; set; } = [];

    /// <summary>The bend in a layer, or -1.</summary>
    public int BendIn(int layer) => layer < FirstLayer || layer >= FirstLayer + Trunk.Length ? -1 : Trunk[layer - FirstLayer];
}

/// <summary>
/// Blocks and bends in layers. Items below <see cref="BlockCount"/> are blocks, the others bends: the places where a trunk passes
/// a layer. Links join items of neighbouring layers.
/// </summary>
internal sealed class LayeredGraph
{
    private const int MaxBends = 1_000_000;

    private readonly List<int> _layerOf = [];
    private readonly List<List<int>> _above = [], _below = [];

    public LayeredGraph(int blocks, IReadOnlyList<GraphArrow> arrows)
    {
        BlockCount = blocks;
        Arrows = arrows;
        LayerAssignment assignment = LayerAssignment.Of(blocks, arrows);
        for (int block = 0; block < blocks; block++) Add(assignment.Layers[block]);
        BundleOf = new Bundle[arrows.Count];
        Bundles = MakeBundles(assignment.IsUpward);
        foreach (Bundle bundle in Bundles) MakeTrunk(bundle);
        Layers = InDepthOrder();
    }

    public int BlockCount { get; }

    public int ItemCount => _layerOf.Count;

    public IReadOnlyList<GraphArrow> Arrows { get; }

    /// <summary>Of each arrow, its bundle.</summary>
    public Bundle[] BundleOf { get; }

    public IReadOnlyList<Bundle> Bundles { get; }

    /// <summary>The items of each layer from left to right.</summary>
    public int[][] Layers { get; }

    public bool IsBend(int item) => item >= BlockCount;

    public int LayerOf(int item) => _layerOf[item];

    public IReadOnlyList<int> Above(int item) => _above[item];

    public IReadOnlyList<int> Below(int item) => _below[item];

    private int Add(int layer)
    {
        if (_layerOf.Count - BlockCount >= MaxBends)
            throw new InvalidDataException(
                $"drawing {BlockCount} blocks: their arrows pass {MaxBends} layers and more in all (skep prog cfg --dot writes them for "
                + $"Graphviz)");
        _layerOf.Add(layer);
        _above.Add([]);
        _below.Add([]);
        return _layerOf.Count - 1;
    }

    private void Link(int upper, int lower)
    {
        _below[upper].Add(lower);
        _above[lower].Add(upper);
    }

    private List<Bundle> MakeBundles(bool[] isUpward)
    {
        var bundles = new List<Bundle>();
        var known = new Dictionary<(int, int, bool), Bundle>();
        for (int i = 0; i < Arrows.Count; i++)
        {
            (int To, int Kind, bool) key = (Arrows[i].To, Arrows[i].Kind, isUpward[i]);
            if (!known.TryGetValue(key, out Bundle? bundle)) bundles.Add(known[key] = bundle = new Bundle(key.To, isUpward[i]));
            bundle.Arrows.Add(i);
            BundleOf[i] = bundle;
        }

        return bundles;
    }

    private void MakeTrunk(Bundle bundle)
    {
        int target = _layerOf[bundle.Target];
        IEnumerable<int> sources = bundle.Arrows.Select(arrow => _layerOf[Arrows[arrow].From]);
        bundle.FirstLayer = bundle.IsUpward ? target : sources.Min() + 1;
        int end = bundle.IsUpward ? sources.Max() + 1 : target;
        bundle.Trunk = [.. Enumerable.Range(bundle.FirstLayer, end - bundle.FirstLayer).Select(Add)];
        for (int i = 1; i < bundle.Trunk.Length; i++) Link(bundle.Trunk[i - 1], bundle.Trunk[i]);
        if (bundle.IsUpward) return;
        foreach (int arrow in bundle.Arrows)
        {
            int from = Arrows[arrow].From, bend = bundle.BendIn(_layerOf[from] + 1);
            Link(from, bend < 0 ? bundle.Target : bend);
        }

        if (bundle.Trunk.Length > 0) Link(bundle.Trunk[^1], bundle.Target);
    }

    // A search in depth puts what belongs together side by side; crossing reduction starts from it.
    private int[][] InDepthOrder()
    {
        var layers = new List<int>[_layerOf.Max() + 1];
        for (int i = 0; i < layers.Length; i++) layers[i] = [];
        var seen = new bool[ItemCount];
        var pending = new Stack<int>();
        for (int start = 0; start < ItemCount; start++)
        {
            pending.Push(start);
            while (pending.TryPop(out int item))
            {
                if (seen[item]) continue;
                seen[item] = true;
                layers[_layerOf[item]].Add(item);
                for (int i = _below[item].Count - 1; i >= 0; i--) pending.Push(_below[item][i]);
            }
        }

        return [.. layers.Select(layer => layer.ToArray())];
    }
}
