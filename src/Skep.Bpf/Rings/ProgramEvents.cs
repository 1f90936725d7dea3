using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Skep.Linux.Events;
using Skep.Linux.Handles;
using Skep.Linux.Interop;
using Skep.Linux.Kernel;

namespace Skep.Bpf;

/// <summary>What <see cref="ProgramEvents"/> tells.</summary>
public enum ProgramEventKind
{
    /// <summary>A program has been loaded: by any path, a light skeleton and io_uring included.</summary>
    Load = 1,

    /// <summary>A program has gone.</summary>
    Unload = 2,

    /// <summary>The kernel had no room for some records.</summary>
    Lost = 3,
}

/// <summary>One record of the kernel's load and unload events.</summary>
/// <param name="Kind">What it tells.</param>
/// <param name="ProgramId">The program.</param>
/// <param name="Tag">Its tag: 16 hex digits.</param>
/// <param name="Pid">
/// The process in which it happened, seen from the first pid namespace that holds this one; an unload is often a kernel thread's.
/// </param>
/// <param name="Tid">The thread.</param>
/// <param name="TimeNs">Nanoseconds of CLOCK_MONOTONIC.</param>
/// <param name="Lost">How many records were lost.</param>
public readonly record struct ProgramEvent(ProgramEventKind Kind, uint ProgramId, string Tag, uint Pid, uint Tid, ulong TimeNs, ulong Lost);

/// <summary>
/// The kernel's own record of each program's load and unload (<c>PERF_RECORD_BPF_EVENT</c>, Linux 5.1), read from perf rings, one per
/// online CPU. Needs CAP_PERFMON. CPUs that come online later are not seen. Not for use by several threads at once.
/// </summary>
public sealed unsafe partial class ProgramEvents : IDisposable
{
    private const uint RecordLost = 2, RecordBpfEvent = 18;

    private readonly List<PerfRing> _rings = [];
    private readonly EventPoll _poll = new();

    /// <summary>Opens a ring on each online CPU.</summary>
    /// <param name="pagesPerCpu">A power of two: the kernel's room for records.</param>
    /// <exception cref="BpfException">Perf events are not permitted, or a CPU went offline.</exception>
    public ProgramEvents(int pagesPerCpu = 16)
    {
        try
        {
            foreach (int cpu in PossibleCpus.Online())
            {
                FileHandle file = Open(cpu);
                try
                {
                    _rings.Add(new PerfRing(file, pagesPerCpu));
                }
                catch
                {
                    file.Dispose();
                    throw;
                }

                _poll.Add(file, (ulong)cpu);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Waits for records.</summary>
    /// <param name="timeout">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <returns>False when time is up, or after <see cref="Wake"/>.</returns>
    public bool Poll(TimeSpan timeout)
    {
        Span<ulong> ready = stackalloc ulong[1];
        return _poll.Wait(timeout, ready) > 0;
    }

    /// <summary>Ends the current <see cref="Poll"/>, or the next one, from any thread.</summary>
    public void Wake() => _poll.Wake();

    /// <summary>
    /// Gives the records that are ready to a handler: in order for each CPU, not over all. What comes meanwhile is left to the next call.
    /// </summary>
    /// <returns>How many there were.</returns>
    public int Read(Action<ProgramEvent> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        int count = 0;
        foreach (PerfRing ring in _rings)
        {
            ulong end = ring.Head;
            while (ring.TryRead(end, out ReadOnlySpan<byte> record))
            {
                ProgramEvent? read = Parse(record);
                ring.Advance();
                if (read is not { } one) continue;
                count++;
                handler(one);
            }
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PerfRing ring in _rings) ring.Dispose();
        _rings.Clear();
        _poll.Dispose();
    }

    /// <summary>Reads a record with its header (include/uapi/linux/perf_event.h); null for one of another kind.</summary>
    internal static ProgramEvent? Parse(ReadOnlySpan<byte> record)
    {
        const int header = 8, content = 16, sampleId = 16;
        uint type = MemoryMarshal.Read<uint>(record);
        if (type == RecordLost && record.Length >= header + 16)
            return new ProgramEvent(ProgramEventKind.Lost, 0, "", 0, 0, 0, MemoryMarshal.Read<ulong>(record[(header + 8)..]));
        if (type != RecordBpfEvent || record.Length < header + content + sampleId) return null;
        ReadOnlySpan<byte> body = record[header..];
        ushort kind = MemoryMarshal.Read<ushort>(body);
        if (kind is not ((ushort)ProgramEventKind.Load or (ushort)ProgramEventKind.Unload)) return null;

        // struct sample_id: pid, tid, time. It is not always at the record's end: where several have such events open, the kernel adds the
        // size of its sample_id to the record's once for each of them (perf_event_bpf_output does not restore it), and writes one.
        ReadOnlySpan<byte> sample = record.Slice(header + content, sampleId);
        return new ProgramEvent(
            (ProgramEventKind)kind,
            MemoryMarshal.Read<uint>(body[4..]),
            BinaryPrimitives.ReadUInt64BigEndian(body[8..]).ToString("x16", CultureInfo.InvariantCulture),
            MemoryMarshal.Read<uint>(sample),
            MemoryMarshal.Read<uint>(sample[4..]),
            MemoryMarshal.Read<ulong>(sample[8..]),
            0);
    }

    private static FileHandle Open(int cpu)
    {
        const int software = 1, dummy = 9, allProcesses = -1, noGroup = -1, closeOnExec = 8;
        const uint sampleTid = 1 << 1, sampleTime = 1 << 2;
        const ulong watermark = 1ul << 14, sampleIdAll = 1ul << 18, useClock = 1ul << 25, bpfEvent = 1ul << 30;
        const int clockMonotonic = 1;
        var attr = new perf_event_attr
        {
            type = software,
            size = (uint)sizeof(perf_event_attr),
            config = dummy,
            sample_type = sampleTid | sampleTime,
            flags = watermark | sampleIdAll | useClock | bpfEvent,
            wakeup_watermark = 1,
            clockid = clockMonotonic,
        };
        return FileHandle.Own(
            (int)Libc.syscall(Processor.This.PerfEventOpen, (nint)(&attr), allProcesses, cpu, noGroup, closeOnExec),
            $"open the program load events of CPU {cpu}");
    }

    /// <summary><c>struct perf_event_attr</c> up to clockid (PERF_ATTR_SIZE_VER4 and 3).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 96)]
    internal struct perf_event_attr
    {
        [FieldOffset(0)] public uint type;
        [FieldOffset(4)] public uint size;
        [FieldOffset(8)] public ulong config;
        [FieldOffset(24)] public ulong sample_type;
        [FieldOffset(40)] public ulong flags;
        [FieldOffset(48)] public uint wakeup_watermark;
        [FieldOffset(92)] public int clockid;
    }
}
