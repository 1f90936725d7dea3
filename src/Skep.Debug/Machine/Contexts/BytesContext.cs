using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Contexts;

/// <summary>A context of plain bytes: arguments of a tracepoint, registers, what a program of type syscall is given.</summary>
internal sealed class BytesContext : MachineContext
{
    private const int Longest = 64 * 1024;

    private readonly Block _block;

    public BytesContext(AddressSpace space, bool isWritable)
    {
        _block = space.NewBlock(Longest);
        Region = space.Add(new Region(space.NextId, RegionKind.Context, "context", _block) { IsWritable = isWritable });
    }

    public override Region Region { get; }

    public override void Start(MachineInput input)
    {
        if (input.Context.Length > Longest)
            throw new ArgumentException($"a context of {input.Context.Length} bytes is longer than {Longest}", nameof(input));
        _block.Write(0, input.Context.Span);
        Region.SetBounds(0, input.Context.Length);
    }

    public override byte[] Output() => _block.Bytes.AsSpan(0, (int)Region.Extent).ToArray();
}
