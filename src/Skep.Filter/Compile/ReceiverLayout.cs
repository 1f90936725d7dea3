namespace Skep.Filter.Compile;

/// <summary>
/// Where the running kernel keeps the Ethernet address of the device that a packet came in by: offsets on the way from the context of XDP.
/// </summary>
/// <param name="Queue"><c>rxq</c> in <c>struct xdp_buff</c>.</param>
/// <param name="Device"><c>dev</c> in <c>struct xdp_rxq_info</c>.</param>
/// <param name="Address"><c>dev_addr</c> in <c>struct net_device</c>.</param>
public readonly record struct ReceiverLayout(int Queue, int Device, int Address)
{
    /// <summary>
    /// The id in BTF of the kernel function <c>bpf_cast_to_kern_ctx</c> (Linux 6.2), by which the way is loads; 0 where each step is a
    /// call.
    /// </summary>
    public int Cast { get; init; }
}

/// <summary>What a table knows of each device that packets come in by, as of when it was applied.</summary>
internal static class Receivers
{
    internal const int Bytes = 16;

    /// <summary>Its Ethernet address, in the low bytes of eight.</summary>
    internal const short Address = 0;

    /// <summary>The longest packets that are forwarded, by family.</summary>
    internal const short LongestIp = 8, LongestIp6 = 12;
}
