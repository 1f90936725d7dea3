namespace Skep.Debug.Machine.Contexts;

/// <summary>What a run is given, as BPF_PROG_RUN takes it.</summary>
public sealed record MachineInput
{
    /// <summary>The packet, from its Ethernet header; of XDP with its metadata before it.</summary>
    public ReadOnlyMemory<byte> Packet { get; init; }

    /// <summary>
    /// The context: <c>struct xdp_md</c>, whose <c>data</c> is the length of the metadata; <c>struct __sk_buff</c>; or the bytes that a
    /// program of another type is given. Empty for the defaults.
    /// </summary>
    public ReadOnlyMemory<byte> Context { get; init; }

    /// <summary>A frame that XDP is given.</summary>
    /// <param name="packet">The frame.</param>
    /// <param name="device">The index of the device that it came in by.</param>
    public static MachineInput OfFrame(ReadOnlyMemory<byte> packet, uint device) => new()
    {
        Packet = packet, Context = XdpContext.Given(packet.Length, device),
    };

    /// <summary>The time at the start, in nanoseconds since boot; null for that of the options.</summary>
    public ulong? Time { get; init; }
}
