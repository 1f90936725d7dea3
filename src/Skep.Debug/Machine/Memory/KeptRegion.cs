namespace Skep.Debug.Machine.Memory;

/// <summary>A region that outlives the run that made it, as maps do. It is there for as long as it has bytes.</summary>
internal abstract class KeptRegion : Region
{
    /// <param name="id">Its number.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="block">Its bytes.</param>
    /// <param name="more">What else a checkpoint holds of it.</param>
    protected KeptRegion(int id, RegionKind kind, string name, Block block, params Block[] more)
        : base(id, kind, name, block) => Blocks = [block, .. more];

    public bool IsLive => Extent > 0;

    public IReadOnlyList<Block> Blocks { get; }

    public void End() => SetBounds(0, 0);
}
