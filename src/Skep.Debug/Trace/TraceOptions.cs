namespace Skep.Debug.Trace;

/// <summary>What a trace sends beside calls.</summary>
public sealed record TraceOptions
{
    // Enough for the headers of a line.
    private const int HeaderBytes = 256;

    // A frame of XDP in one piece has at most a page.
    private const int WholeBytes = 4096;

    /// <summary>Whether the kernel's stack is wanted.</summary>
    public bool Stack { get; init; }

    /// <summary>Whether packets are wanted whole, or contexts that are no packets.</summary>
    public bool Whole { get; init; }

    /// <summary>Whether what the program prints is wanted.</summary>
    public bool Output { get; init; }

    internal uint Room => (uint)(Whole ? WholeBytes : HeaderBytes);

    internal uint StackRoom => Stack ? TraceLayout.MostFrames * (uint)sizeof(ulong) : 0;
}
