using Skep.Analysis.Explain;
using Skep.Bpf;
using Skep.Linux.Errors;
using Skep.Maps.Dump;

namespace Skep.Debug.Replay;

/// <summary>
/// Runs a program in the kernel on given packets or contexts, and looks at what it changed. A program that is loaded runs with its own
/// maps.
/// </summary>
public sealed class ProgramReplay : IDisposable
{
    // Room for what a program adds in front and behind (bpf_xdp_adjust_head, bpf_skb_change_tail).
    private const int MostGrowth = 4096;

    // A map is read before and after each run.
    private const long MostMapBytes = 16 << 20;

    private const int LinkHeader = 14;

    private readonly BpfProgram _program;
    private readonly BpfProgramInfo _info;
    private readonly BpfAttachType? _attachType;
    private readonly List<MapRecorder> _maps = [];
    private readonly List<(BpfMapInfo Info, Func<RingBufferHandler, int> Read, IDisposable Ring)> _rings = [];
    private readonly bool _isAlone;
    private readonly List<string> _unseen = [];
    private int _number;

    /// <summary>Prepares to run a program.</summary>
    /// <param name="program">The program; not disposed.</param>
    /// <param name="attachType">Where it expects to be attached; null where it is not known.</param>
    /// <param name="isAlone">
    /// Whether nobody else uses its maps: records of ring buffers are taken out then, and only looked at else.
    /// </param>
    /// <param name="types">The kernel's types.</param>
    /// <exception cref="KernelException">Its maps may not be read.</exception>
    public ProgramReplay(BpfProgram program, BpfAttachType? attachType, bool isAlone, KernelTypes types)
    {
        ArgumentNullException.ThrowIfNull(program);
        (_program, _attachType, _isAlone) = (program, attachType, isAlone);
        _info = program.GetInfo();
        try
        {
            foreach (uint id in program.GetMapIds()) Follow(BpfMap.OpenById(id), types);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The maps whose changes are not seen, with the reason.</summary>
    public IReadOnlyList<string> Unseen => _unseen;

    /// <summary>Whether programs of its type are given a packet, and not a context alone.</summary>
    public bool TakesPacket => _info.Type is BpfProgramType.SocketFilter or BpfProgramType.SchedCls or BpfProgramType.SchedAct
        or BpfProgramType.Xdp or BpfProgramType.CgroupSkb or BpfProgramType.LwtIn or BpfProgramType.LwtOut or BpfProgramType.LwtXmit
        or BpfProgramType.LwtSeg6local or BpfProgramType.SkSkb or BpfProgramType.FlowDissector or BpfProgramType.Netfilter;

    private bool HasLinkHeader => _info.Type is not (BpfProgramType.CgroupSkb or BpfProgramType.LwtIn or BpfProgramType.LwtOut
        or BpfProgramType.LwtXmit or BpfProgramType.LwtSeg6local);

    /// <summary>Whether the kernel runs programs of its type on a context alone; of others it has no test run at all.</summary>
    public bool TakesContext => _info.Type is BpfProgramType.RawTracepoint or BpfProgramType.RawTracepointWritable or BpfProgramType.Tracing
        or BpfProgramType.Syscall or BpfProgramType.SkLookup or BpfProgramType.StructOps;

    /// <summary>Runs the program on a packet.</summary>
    /// <param name="packet">From the Ethernet header on.</param>
    /// <param name="context">The context beside it (<c>struct xdp_md</c>, <c>struct __sk_buff</c>); empty for none.</param>
    /// <param name="repeat">How often.</param>
    /// <exception cref="KernelException">The kernel does not run programs of this type, or refuses the packet.</exception>
    public ReplayedRun RunPacket(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> context, int repeat)
    {
        var output = new byte[packet.Length + MostGrowth];
        BpfRunResult result = _program.Run(new BpfRun
        {
            Data = packet, DataOut = output, Context = context.ToArray(), Repeat = repeat,
        });
        Span<byte> left = output.AsSpan(0, Math.Min(result.DataLength, output.Length));

        // A flow dissector gives struct bpf_flow_keys. Of types without a link header the kernel gives zeros in its place.
        if (_info.Type == BpfProgramType.FlowDissector) return Result(packet, packet, true, result);
        if (!HasLinkHeader && left.Length >= LinkHeader && packet.Length >= LinkHeader && !left[..LinkHeader].ContainsAnyExcept((byte)0))
            packet[..LinkHeader].CopyTo(left);
        return Result(packet, left, true, result);
    }

    /// <summary>Runs the program on a context alone.</summary>
    /// <param name="context">The bytes of the context: arguments of a raw tracepoint, of a syscall program.</param>
    /// <exception cref="KernelException">The kernel does not run programs of this type, or refuses the context.</exception>
    public ReplayedRun RunContext(ReadOnlySpan<byte> context)
    {
        byte[] given = context.ToArray();
        BpfRunResult result = _program.Run(new BpfRun { Context = given });
        return Result(context, _info.Type == BpfProgramType.Syscall ? given : context, false, result);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (MapRecorder map in _maps) map.Dispose();
        foreach ((_, _, IDisposable ring) in _rings) ring.Dispose();
    }

    private ReplayedRun Result(ReadOnlySpan<byte> input, ReadOnlySpan<byte> output, bool isPacket, BpfRunResult result)
    {
        var records = new List<(string, uint, byte[])>();
        foreach ((BpfMapInfo info, Func<RingBufferHandler, int> read, _) in _rings)
            read(record => records.Add((info.Name, info.Id, record.ToArray())));

        return new ReplayedRun
        {
            Number = ++_number,
            Input = input.ToArray(),
            IsPacket = isPacket,
            ReturnValue = result.ReturnValue,
            ReturnName = ReturnMeaning.Name(_info.Type, _attachType, unchecked((int)result.ReturnValue)),
            DurationNs = result.DurationNs,
            Output = output.ToArray(),
            Records = records,
            Maps = [.. _maps.Select(map => (map.Info.Name, map.Info.Id, map.Changes())).Where(one => one.Item3.Count > 0)],
        };
    }

    private void Follow(BpfMapInfo info, BpfMap map)
    {
        if (_isAlone)
        {
            var ring = new RingBuffer(map);
            _rings.Add((info, handler => ring.Consume(handler), ring));
        }
        else
        {
            // What waits there was sent before.
            var tap = new RingBufferTap(map);
            tap.Read(static _ => { });
            _rings.Add((info, tap.Read, tap));
        }
    }

    private void Follow(BpfMap map, KernelTypes types)
    {
        BpfMapInfo info = map.Info;
        bool isKept = false;
        try
        {
            if (info.Type == BpfMapType.Ringbuf)
            {
                Follow(info, map);
                return;
            }

            if (info.Type == BpfMapType.PerfEventArray)
            {
                _unseen.Add($"map {info.Id} ({info.Name}): what is sent to perf events is not read");
                return;
            }

            if ((long)info.MaxEntries * (info.KeySize + info.ValueSize) > MostMapBytes)
            {
                _unseen.Add($"map {info.Id} ({info.Name}): it may hold more than 16 MiB");
                return;
            }

            _maps.Add(new MapRecorder(map, types));
            isKept = true;
        }
        catch (Exception e) when (e is KernelException or NotSupportedException)
        {
            _unseen.Add($"map {info.Id} ({info.Name}): {e.Message}");
        }
        finally
        {
            if (!isKept) map.Dispose();
        }
    }
}
