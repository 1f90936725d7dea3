using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Linux.Kernel;

namespace Skep.Filter.Runtime.Maps;

/// <summary>Reads the counters of a filter, added up over the CPUs.</summary>
internal static class FilterCounters
{
    /// <summary>What was counted at each place; nothing at a place below 0.</summary>
    internal static Counter[] ReadRules(BpfMap map, IReadOnlyList<int> slots)
    {
        var counters = new Counter[slots.Count];
        var perCpu = new Counter[PossibleCpus.Count];
        for (var i = 0; i < counters.Length; i++)
        {
            if (slots[i] < 0 || !map.TryLookupPerCpu((uint)slots[i], perCpu.AsSpan())) continue;
            foreach (var counter in perCpu) counters[i] += counter;
        }
        return counters;
    }

    /// <summary>What was counted for each action, by protocol.</summary>
    internal static Counter[][] ReadTotals(BpfMap map)
    {
        var totals = new Counter[XdpAction.Count][];
        var stride = map.Info.PerCpuStride;
        var values = new byte[map.Info.UserValueSize];
        for (uint action = 0; action < totals.Length; action++)
        {
            totals[action] = new Counter[Protocols.Count];
            if (!map.TryLookup(BitConverter.GetBytes(action), values)) continue;
            for (var at = 0; at < values.Length; at += stride)
            {
                for (var protocol = 0; protocol < Protocols.Count; protocol++)
                {
                    totals[action][protocol] += new Counter(
                        BitConverter.ToUInt64(values, at + 16 * protocol), BitConverter.ToUInt64(values, at + 16 * protocol + 8));
                }
            }
        }
        return totals;
    }
}
