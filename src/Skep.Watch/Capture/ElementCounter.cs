using System;
using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Linux.Kernel;
using Skep.Watch.Events;
using Skep.Watch.Processes;

namespace Skep.Watch.Capture;

/// <summary>Element operations by map, command and process: what was added since the last look.</summary>
internal sealed class ElementCounter(ICaptureTier tier, ProcessTable processes)
{
    // A map has 16,384 counters: those of maps and processes that are no longer busy make room.
    private const int IdleLooks = 60;

    private readonly Dictionary<ElementKey, (ulong Calls, ulong Errors, int Idle)> _seen = [];
    private ulong _made;

    /// <summary>Counts since the last call, one event each.</summary>
    /// <param name="made">The kernel side's count of all element operations.</param>
    /// <param name="timeNs">Now: nanoseconds since the epoch.</param>
    public IEnumerable<BpfEvent> Take(ulong made, long timeNs)
    {
        if (made == _made && _seen.Count == 0) yield break;
        _made = made;
        BpfMapEntries entries = tier.Elements.ReadAll();
        for (int i = 0; i < entries.Count; i++)
        {
            ElementKey key = MemoryMarshal.Read<ElementKey>(entries.Key(i));
            ElementCount now = MemoryMarshal.Read<ElementCount>(entries.Value(i));
            _seen.TryGetValue(key, out var before);
            ulong calls = now.Calls - before.Calls, errors = now.Errors - before.Errors;
            if (calls == 0 && errors == 0)
            {
                Rest(key, now, before.Idle + 1);
                continue;
            }

            _seen[key] = (now.Calls, now.Errors, 0);
            yield return Event(key, now, calls, errors, timeNs);
        }
    }

    private void Rest(in ElementKey key, in ElementCount now, int idle)
    {
        _seen[key] = (now.Calls, now.Errors, idle);
        if (idle < IdleLooks) return;
        if (tier.Elements.Delete(MemoryMarshal.AsBytes(new ReadOnlySpan<ElementKey>(in key)))) _seen.Remove(key);
    }

    private BpfEvent Event(in ElementKey key, in ElementCount count, ulong calls, ulong errors, long timeNs)
    {
        ProcessFacts? facts = processes.Find(key.Pid, count.ProcessStart);
        return new BpfEvent
        {
            TimeNs = timeNs,
            Syscall = "bpf",
            Command = ((BpfCommand)key.Command).Name(),
            Tier = tier.Number,
            Process = new ProcessIdentity(key.Pid, key.Pid, null, count.Uid, KernelText.Read(count.Comm), facts?.Exe, facts?.Cgroup, facts?.Unit, facts?.Container, null),
            Map = key.MapId == 0 ? null : new MapDetails { Id = key.MapId, Type = ((BpfMapType)count.MapType).Name(), Name = KernelText.Read(count.MapName) },
            Count = (calls, errors),
        };
    }
}
