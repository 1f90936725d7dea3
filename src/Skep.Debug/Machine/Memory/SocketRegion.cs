namespace Skep.Debug.Machine.Memory;

/// <summary>A socket as programs see it (<c>struct bpf_sock</c> of include/uapi/linux/bpf.h).</summary>
internal sealed class SocketRegion : Region
{
    public const int Size = 80;

    /// <summary>Where the port of the other end is: two bytes.</summary>
    public const short PortAt = 48;

    // What only a full socket has: type to priority.
    private const int FullFrom = 8, FullTo = 24;

    /// <param name="id">Its number.</param>
    /// <param name="block">Its bytes.</param>
    /// <param name="isFull">Whether it is a full socket: else it may be <c>struct sock_common</c> only.</param>
    public SocketRegion(int id, Block block, bool isFull)
        : base(id, RegionKind.Object, "socket", block)
    {
        if (!isFull) Written = new byte[Size];
        SetBounds(0, Size);
        MarkWritten(0, FullFrom);
        if (isFull) MarkWritten(FullFrom, FullTo - FullFrom);
        MarkWritten(FullTo, Size - FullTo);
    }

    /// <summary>The offsets of the words that a program may read, but for that port.</summary>
    public static IEnumerable<short> Words(bool isFull)
    {
        for (short at = 0; at < Size; at += sizeof(uint))
            if (at != PortAt && (isFull || at is < FullFrom or >= FullTo)) yield return at;
    }

    /// <summary>Whether a call gives what need not be a full socket.</summary>
    public static bool IsCommon(string call) => call == "bpf_skc_lookup_tcp";
}
