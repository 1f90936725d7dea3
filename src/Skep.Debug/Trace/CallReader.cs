using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Skep.Linux.Kernel;
using Skep.Linux.Time;
using Skep.Packets.Headers;

namespace Skep.Debug.Trace;

/// <summary>Makes calls of the records of the kernel side (bpf/trace).</summary>
/// <param name="targets">The functions, by their numbers.</param>
/// <param name="stackRoom">Bytes of a record that are kept for the stack.</param>
internal sealed class CallReader(IReadOnlyList<TraceTarget> targets, int stackRoom)
{
    // Calls whose end was lost do not stay for ever.
    private const int MostOpen = 16384;

    // ARPHRD_ETHER, ARPHRD_LOOPBACK: devices whose packets have an Ethernet header.
    private const uint Ethernet = 1, Loopback = 772;
    private const int XdpContextSize = 24, SkbContextSize = 192;

    private readonly KernelClock _clock = new();
    private readonly Dictionary<ulong, Entry> _open = [];

    private readonly record struct Entry(TracedPacket? Packet, byte[] Context);

    /// <summary>Reads a record: a call that ended, or text; neither for the beginning of a call.</summary>
    public (TraceCall? Call, TracePrint? Print) Read(ReadOnlySpan<byte> record)
    {
        ref readonly TracedRecord head = ref MemoryMarshal.AsRef<TracedRecord>(record);
        ReadOnlySpan<byte> rest = record[Unsafe.SizeOf<TracedRecord>()..];
        TraceTarget target = targets[(int)head.Function];
        switch (head.Kind)
        {
            case TraceKind.Entry:
                if (_open.Count >= MostOpen) _open.Clear();
                ReadOnlySpan<byte> data = rest[..(int)head.DataBytes];
                bool isPacket = target.Start is not null;
                _open[head.Call] = new Entry(
                    isPacket ? PacketOf(in head.Packet, data) : null, isPacket ? ContextOf(target, in head.Packet) : data.ToArray());
                return default;
            case TraceKind.Exit:
                return (CallOf(target, in head, rest), null);
            default:
                string text = Encoding.UTF8.GetString(rest[..(int)head.DataBytes]).TrimEnd('\n');
                return (null, new TracePrint(target, TaskOf(in head), "printk", text));
        }
    }

    private TraceCall CallOf(TraceTarget target, in TracedRecord head, ReadOnlySpan<byte> rest)
    {
        _open.Remove(head.Call, out Entry entry);
        ReadOnlySpan<ulong> arguments = head.Args;
        return new TraceCall
        {
            Target = target,
            Task = TaskOf(in head),
            DurationNs = head.Duration,
            BeganNs = head.Time - head.Duration,
            Result = head.Result,
            Arguments = arguments[..(int)Math.Min(head.ArgCount, (uint)arguments.Length)].ToArray(),
            Before = entry.Packet,
            Context = entry.Context ?? [],
            After = target.Start is null ? null : PacketOf(in head.Packet, rest[stackRoom..][..(int)head.DataBytes]),
            Start = head.Packet.Hardware is not (Ethernet or Loopback or 0) ? PacketStart.Ip : target.Start ?? PacketStart.Ethernet,
            Device = target.Start is null
                ? null : new TracedDevice(KernelText.Read(head.Packet.Device), head.Packet.Ifindex, head.Packet.Queue),
            Stack = MemoryMarshal.Cast<byte, ulong>(rest[..(int)head.StackBytes]).ToArray(),
        };
    }

    private TracedTask TaskOf(in TracedRecord head) =>
        new(_clock.ToUnixNs(head.Time), head.Cpu, head.Pid, head.Tid, KernelText.Read(head.Comm));

    private static TracedPacket PacketOf(in TracePacketRecord packet, ReadOnlySpan<byte> data)
    {
        int metadata = (int)Math.Min(packet.Metadata, (uint)data.Length);
        return new TracedPacket(data[metadata..].ToArray(), (int)packet.Length, data[..metadata].ToArray());
    }

    // As BPF_PROG_RUN takes it: struct xdp_md with the length of the metadata in place of data, or struct __sk_buff.
    private static byte[] ContextOf(TraceTarget target, in TracePacketRecord packet)
    {
        var words = new uint[(target.Context == TraceContext.Xdp ? XdpContextSize : SkbContextSize) / sizeof(uint)];
        if (target.Context == TraceContext.Xdp)
        {
            (words[0], words[1]) = (packet.Metadata, packet.Metadata + packet.Length);
            (words[3], words[4], words[5]) = (packet.Ifindex, packet.Queue, packet.Egress);
        }
        else
        {
            // The order of struct __sk_buff (include/uapi/linux/bpf.h).
            uint hasVlan = packet.VlanProto == 0 ? 0u : 1;
            uint[] first =
            [
                packet.Length, 0, packet.Mark, packet.Queue, packet.Protocol, hasVlan, packet.VlanTci, packet.VlanProto, packet.Priority,
                packet.Ingress, packet.Ifindex, packet.TcIndex,
            ];
            first.CopyTo(words, 0);
            ((ReadOnlySpan<uint>)packet.Control).CopyTo(words.AsSpan(first.Length));
            (words[17], words[21]) = (packet.Hash, packet.Napi);
        }

        return MemoryMarshal.AsBytes(words.AsSpan()).ToArray();
    }
}
