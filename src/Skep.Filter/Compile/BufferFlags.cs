namespace Skep.Filter.Compile;

/// <summary>
/// Where the running kernel keeps whether a packet has several buffers, so that a program reads it without a call
/// (Linux 6.2: <c>bpf_cast_to_kern_ctx</c>).
/// </summary>
/// <param name="Cast">The id in BTF of that kernel function.</param>
/// <param name="Offset"><c>flags</c> in <c>struct xdp_buff</c>.</param>
/// <param name="Several">The bit <c>XDP_FLAGS_HAS_FRAGS</c>.</param>
public readonly record struct BufferFlags(int Cast, int Offset, int Several);
