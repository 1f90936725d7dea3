namespace Skep.Debug.Machine.State;

/// <summary>Who called a frame's function.</summary>
internal enum CallerKind : byte
{
    /// <summary>An instruction, or nobody.</summary>
    Program,

    /// <summary><c>bpf_loop</c>.</summary>
    Loop,

    /// <summary><c>bpf_for_each_map_elem</c>.</summary>
    ForEach,

    /// <summary><c>bpf_rbtree_add</c>.</summary>
    TreeAdd,
}

/// <summary>A call that has not returned.</summary>
internal struct Frame
{
    /// <summary>The place that its function begins at.</summary>
    public int Function;

    /// <summary>The place that it returns to.</summary>
    public int ReturnTo;

    public CallerKind Caller;

    /// <summary>The depth that the program of this frame began at: another one than 0 after a tail call of a function.</summary>
    public int Beginning;

    /// <summary>By bit: the caller's registers that are written.</summary>
    public ushort Initialized;

    public ulong R6;

    public ulong R7;

    public ulong R8;

    public ulong R9;

    /// <summary>Iterations that <c>may_goto</c> still grants.</summary>
    public int Budget;

    /// <summary>Of a callback: what it is given, the iteration, how many there are, the map that is walked, a region for keys.</summary>
    public ulong Argument;

    public long Index;

    public long Count;

    public ulong Map;

    public int Slot;

    public int KeyRegion;

    /// <summary>Of a comparison: the tree, the node that is put into it, the node that it is compared with.</summary>
    public ulong Root;

    public ulong Node;

    public ulong Other;

    /// <summary>Whether the node was before all others up to here.</summary>
    public bool IsFirst;
}
