using Skep.Packets.Headers;

namespace Skep.Debug.Trace;

/// <summary>A packet as it was at one moment of a call.</summary>
/// <param name="Bytes">Its first bytes, behind XDP's metadata.</param>
/// <param name="Length">How long it was.</param>
/// <param name="Metadata">XDP's metadata before it.</param>
public sealed record TracedPacket(byte[] Bytes, int Length, byte[] Metadata);

/// <summary>Where a packet came in.</summary>
/// <param name="Name">The device's name in its network namespace.</param>
/// <param name="Index">Its index there.</param>
/// <param name="Queue">The receive queue.</param>
public sealed record TracedDevice(string Name, uint Index, uint Queue);

/// <summary>Who ran when something happened: for programs of the network mostly whom they interrupted.</summary>
/// <param name="UnixNs">When, in nanoseconds of Unix time.</param>
/// <param name="Cpu">The CPU.</param>
/// <param name="Pid">The process.</param>
/// <param name="Tid">The thread.</param>
/// <param name="Comm">The thread's name.</param>
public sealed record TracedTask(long UnixNs, uint Cpu, uint Pid, uint Tid, string Comm);

/// <summary>A call that came to its end.</summary>
public sealed record TraceCall
{
    /// <summary>The function.</summary>
    public required TraceTarget Target { get; init; }

    /// <summary>When it ended, and who ran.</summary>
    public required TracedTask Task { get; init; }

    /// <summary>From its beginning to its end, in nanoseconds.</summary>
    public required ulong DurationNs { get; init; }

    /// <summary>When it began, in nanoseconds of CLOCK_MONOTONIC.</summary>
    public ulong BeganNs { get; init; }

    /// <summary>The register of its result.</summary>
    public required ulong Result { get; init; }

    /// <summary>The registers of its arguments.</summary>
    public IReadOnlyList<ulong> Arguments { get; init; } = [];

    /// <summary>The packet before the call; null where it was lost, or there is none.</summary>
    public TracedPacket? Before { get; init; }

    /// <summary>The packet after the call.</summary>
    public TracedPacket? After { get; init; }

    /// <summary>What the packet begins with.</summary>
    public PacketStart Start { get; init; }

    /// <summary>The device of the packet.</summary>
    public TracedDevice? Device { get; init; }

    /// <summary>The context as a test run takes it (<c>struct xdp_md</c>, <c>struct __sk_buff</c>), or its bytes.</summary>
    public byte[] Context { get; init; } = [];

    /// <summary>Return addresses of the kernel, the innermost first.</summary>
    public IReadOnlyList<ulong> Stack { get; init; } = [];

    /// <summary>Whether the call changed the packet, as far as its bytes were read.</summary>
    public bool IsChanged => Before is { } before && After is { } after
        && (before.Length != after.Length || !before.Bytes.AsSpan().SequenceEqual(after.Bytes)
            || !before.Metadata.AsSpan().SequenceEqual(after.Metadata));
}

/// <summary>Text that the program printed.</summary>
/// <param name="Target">The function that is traced.</param>
/// <param name="Task">When, and who ran; null for text of a stream, of which the kernel does not keep that.</param>
/// <param name="Origin">Where to: <c>printk</c>, <c>stdout</c>, <c>stderr</c>.</param>
/// <param name="Text">The text.</param>
public sealed record TracePrint(TraceTarget Target, TracedTask? Task, string Origin, string Text);

/// <summary>Takes what a trace finds.</summary>
public interface ITraceSink
{
    /// <summary>Takes a call.</summary>
    void Write(TraceCall call);

    /// <summary>Takes text of the program.</summary>
    void Write(TracePrint print);

    /// <summary>Hands on what was written.</summary>
    void Flush();
}
