namespace Skep.Packets.Captures;

/// <summary>A packet of a capture.</summary>
/// <param name="Nanoseconds">When it was captured, from 1970 on.</param>
/// <param name="Bytes">The captured bytes, from the link-layer header on.</param>
/// <param name="OriginalLength">The packet's length on the wire; more than captured where the capture cut it.</param>
/// <param name="LinkType">The link layer (www.tcpdump.org/linktypes.html); 1 is Ethernet.</param>
/// <param name="Comment">A note on the packet, in formats that have them.</param>
public sealed record CapturedPacket(ulong Nanoseconds, byte[] Bytes, int OriginalLength, int LinkType = 1, string? Comment = null)
{
    /// <summary>The device that it came in by, or null; written in pcapng.</summary>
    public string? Device { get; init; }

    /// <summary>The device's receive queue, or null; written in pcapng.</summary>
    public uint? Queue { get; init; }

    /// <summary>What XDP did (<c>enum xdp_action</c>), or null; written in pcapng.</summary>
    public uint? Action { get; init; }
}
