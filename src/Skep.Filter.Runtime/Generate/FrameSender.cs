using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Linux.Errors;

namespace Skep.Filter.Runtime.Generate;

/// <summary>What was sent since the start.</summary>
/// <param name="Tried">Packets handed to the device.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Sent">Those that the device took.</param>
public readonly record struct SentPackets(long Tried, long Bytes, long Sent)
{
    /// <summary>Packets that the device, or the kernel before it, dropped.</summary>
    public long Errors => Tried - Sent;
}

/// <summary>
/// Sends frames out of a device by BPF_PROG_RUN with BPF_F_TEST_XDP_LIVE_FRAMES (Linux 5.18): a program fills each frame with one of those
/// in a map and redirects it to the device. The tracepoint xdp_devmap_xmit tells how many the device took.
/// </summary>
public sealed class FrameSender : IDisposable
{
    /// <summary>The longest frame, and the shortest: what a page holds beside the kernel's own data, and an Ethernet header.</summary>
    public const int MostBytes = 3520, LeastBytes = 14;

    private readonly BpfMap _frames;
    private readonly BpfMap _state;
    private readonly BpfProgram _send;
    private readonly BpfProgram _count;
    private readonly BpfLink _link;
    private readonly byte[] _longest;
    private readonly byte[] _read = new byte[FramePrograms.StateBytes];
    private SentPackets _total;
    private int _next;

    /// <summary>Loads the programs.</summary>
    /// <param name="device">The index of the device, in this thread's network namespace.</param>
    /// <param name="longest">The length of the longest frame.</param>
    /// <param name="most">How many frames it holds at most.</param>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public FrameSender(uint device, int longest, int most)
    {
        _longest = new byte[longest];
        Buffer = new(longest, most);
        _frames = BpfMap.Create(new(BpfMapType.Array, 4, (uint)Buffer.Stride, (uint)most));
        _state = BpfMap.Create(new(BpfMapType.Array, 4, FramePrograms.StateBytes, 1));
        _send = Load(BpfProgramType.Xdp, FramePrograms.Send(device, longest), [_frames, _state]);
        _count = Load(BpfProgramType.RawTracepoint, FramePrograms.Count(), [_state]);
        _link = BpfLink.AttachRawTracepoint(_count, "xdp_devmap_xmit");
    }

    /// <summary>The frames that are sent; <see cref="Load()"/> takes them over.</summary>
    public FrameBuffer Buffer { get; }

    /// <summary>Takes over what is in the buffer; the first of it is the next to be sent.</summary>
    public void Load()
    {
        _frames.UpdateBatch(Buffer.Keys, Buffer.Values);
        _next = 0;
    }

    /// <summary>Sends frames of the buffer, from the one after the last sent on, in turn.</summary>
    /// <param name="count">How many.</param>
    /// <returns>What was sent since the start: a signal may have ended it early.</returns>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public SentPackets Send(int count)
    {
        Span<byte> state = stackalloc byte[FramePrograms.StateBytes];
        state.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(state[FramePrograms.Next..], _next);
        BinaryPrimitives.WriteInt64LittleEndian(state[FramePrograms.Frames..], Buffer.Count);
        _state.Update([0, 0, 0, 0], state);
        try
        {
            _send.Run(new BpfRun { Data = _longest, Repeat = count, Flags = BpfRunFlags.XdpLiveFrames });
        }
        catch (KernelException e) when (e.Error.Name == "EINTR")
        {
            // A signal of the runtime's own, or one that ends the command: the counters tell how far it came.
        }
        _state.TryLookup([0, 0, 0, 0], _read);
        _next = (int)Read(FramePrograms.Next);
        return _total = new(
            _total.Tried + Read(FramePrograms.Tried), _total.Bytes + Read(FramePrograms.Bytes), _total.Sent + Read(FramePrograms.Sent));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _link.Dispose();
        _count.Dispose();
        _send.Dispose();
        _state.Dispose();
        _frames.Dispose();
    }

    private long Read(int offset) => BinaryPrimitives.ReadInt64LittleEndian(_read.AsSpan(offset));

    private static BpfProgram Load(BpfProgramType type, Isa.Instruction[] code, IReadOnlyList<BpfMap> maps) =>
        BpfProgram.Load(type, MemoryMarshal.Cast<Isa.Instruction, ulong>(code), new ProgramLoadOptions { Name = "skep_gen", Maps = maps });
}
