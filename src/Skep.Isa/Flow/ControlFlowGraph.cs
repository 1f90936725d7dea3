namespace Skep.Isa;

/// <summary>
/// The blocks of a program, the edges between them and its functions. Made of any slots: what cannot be followed is a
/// <see cref="FlowFault"/>.
/// </summary>
public sealed class ControlFlowGraph
{
    private readonly BasicBlock[] _blocks;
    private readonly FlowEdge[] _edges;
    private readonly int[] _firstEdge;
    private readonly FlowFunction[] _functions;
    private readonly FlowCall[] _calls;
    private readonly FlowFault[] _faults;

    internal ControlFlowGraph(BasicBlock[] blocks, FlowEdge[] edges, FlowFunction[] functions, FlowCall[] calls, FlowFault[] faults)
    {
        (_blocks, _edges, _functions, _calls, _faults) = (blocks, edges, functions, calls, faults);
        _firstEdge = new int[blocks.Length + 1];
        foreach (var edge in edges)
            _firstEdge[edge.From + 1]++;
        for (var i = 0; i < blocks.Length; i++)
            _firstEdge[i + 1] += _firstEdge[i];
    }

    /// <summary>All blocks in order of slots.</summary>
    public ReadOnlySpan<BasicBlock> Blocks => _blocks;

    /// <summary>All edges, ordered by the block that they come from; of one block, the fall-through first.</summary>
    public ReadOnlySpan<FlowEdge> Edges => _edges;

    /// <summary>All functions in order of slots.</summary>
    public ReadOnlySpan<FlowFunction> Functions => _functions;

    /// <summary>All calls of the program's own functions in order of slots.</summary>
    public ReadOnlySpan<FlowCall> Calls => _calls;

    /// <summary>What is wrong, in order of slots; empty for a program that the verifier accepts.</summary>
    public ReadOnlySpan<FlowFault> Faults => _faults;

    /// <summary>The graph of a program.</summary>
    /// <param name="program">All slots.</param>
    /// <param name="form">Whose view of the program it is.</param>
    public static ControlFlowGraph Build(ReadOnlySpan<Instruction> program, ProgramForm form = ProgramForm.Loaded) =>
        new FlowBuilder(program, form).Build();

    /// <summary>The edges that leave a block.</summary>
    /// <exception cref="IndexOutOfRangeException">There is no such block.</exception>
    public ReadOnlySpan<FlowEdge> EdgesFrom(int block) => _edges.AsSpan(_firstEdge[block].._firstEdge[block + 1]);

    /// <summary>Number of the block that has a slot.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The program has no such slot.</exception>
    public int BlockAt(int slot)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(slot);
        int low = 0, high = _blocks.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (slot < _blocks[middle].Start)
                high = middle - 1;
            else if (slot >= _blocks[middle].End)
                low = middle + 1;
            else
                return middle;
        }

        throw new ArgumentOutOfRangeException(nameof(slot), slot, "the program has no such slot");
    }
}
