using System.Numerics;
using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Inventory.Objects;
using Skep.Linux.Errors;
using Skep.Linux.Files;
using Skep.Linux.Kernel;

namespace Skep.Maps.Tap;

/// <summary>A perf event that a map's slot holds, and whose ring a process reads.</summary>
/// <param name="Slot">The slot: programs send to that of their CPU.</param>
/// <param name="Owner">A process that holds it.</param>
/// <param name="Fd">Its descriptor.</param>
/// <param name="Pages">Pages of the ring.</param>
/// <param name="RawOffset">Bytes of a sample before what the program wrote.</param>
internal readonly record struct PerfOutput(int Slot, Owner Owner, int Fd, int Pages, int RawOffset);

/// <summary>
/// Finds the rings behind a <c>perf_event_array</c>, by an iterator over the descriptors of all tasks (bpf/perf_outputs.bpf.c).
/// </summary>
internal static class PerfOutputs
{
    private const string ObjectName = "perf_outputs.bpf.o", ProgramName = "skep_perf_outputs", TargetVariable = "target_map";

    // PERF_SAMPLE_* (include/uapi/linux/perf_event.h): 8 bytes each before the raw part, and those whose length varies.
    private const ulong SampleRaw = 1 << 10,
        SampleFixed = (1 << 0) | (1 << 1) | (1 << 2) | (1 << 3) | (1 << 6) | (1 << 7) | (1 << 8) | (1 << 9) | (1 << 16);

    /// <summary>The rings that can be followed, by slot.</summary>
    /// <param name="map">The map; this process must hold it.</param>
    /// <param name="unseen">Why others cannot be, in words; null when all can.</param>
    /// <exception cref="KernelException">The kernel refused the iterator.</exception>
    public static List<PerfOutput> Find(BpfMap map, out string? unseen)
    {
        var holders = new Dictionary<ulong, PerfOutputRecord>();
        var slots = new SortedDictionary<uint, ulong>();
        foreach (ref readonly PerfOutputRecord record in MemoryMarshal.Cast<byte, PerfOutputRecord>(ReadRecords(map.Info.Id)))
        {
            if (record.Kind == PerfOutputKind.Slot) slots[record.Slot] = record.Event;
            else holders.TryAdd(record.Event, record);
        }

        var found = new List<PerfOutput>();
        var reasons = new List<string>();
        foreach ((uint slot, ulong address) in slots)
        {
            string? reason = null;
            if (!holders.TryGetValue(address, out PerfOutputRecord holder)) reason = "no process holds its event by a descriptor";
            else if (holder.Pages == 0) reason = "nobody has mapped its ring";
            else if (holder.Overwrite != 0) reason = "its ring overwrites what was not read";
            else if ((holder.SampleType & SampleRaw) == 0 || (holder.SampleType & ~(SampleRaw | SampleFixed)) != 0)
                reason = $"its samples are not plain (sample_type 0x{holder.SampleType:x})";
            if (reason is null)
            {
                found.Add(new PerfOutput(
                    (int)slot, new Owner(holder.Pid, KernelText.Read(holder.Comm)), (int)holder.Fd, (int)holder.Pages,
                    BitOperations.PopCount(holder.SampleType & SampleFixed) * sizeof(ulong)));
            }
            else
            {
                reasons.Add($"cpu {slot}: {reason}");
            }
        }

        unseen = reasons.Count == 0 ? null : string.Join("; ", reasons);
        return found;
    }

    private static byte[] ReadRecords(uint mapId)
    {
        using BpfObject bpf = BpfObject.Open(EmbeddedObject.Read(typeof(PerfOutputs).Assembly, ObjectName), "skep_perf");
        bpf.SetVariable(TargetVariable, mapId);
        bpf.Load();
        using BpfProgram program = bpf.Program(ProgramName).Open();
        using BpfLink link = BpfLink.AttachIterator(program);
        using Stream pass = link.OpenIterator();
        using var records = new MemoryStream();
        pass.CopyTo(records, 1 << 16);
        return records.ToArray();
    }
}
