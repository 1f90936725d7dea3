using System;
using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Linux.Kernel;
using Skep.Watch.Capture;
using Skep.Watch.Events;
using Skep.Watch.Processes;

namespace Skep.Watch.Decode;

/// <summary>Element operations by map, command and process: what was added since the last look.</summary>
internal sealed class ElementCounter(ICaptureBackend backend, ProcessTable processes)
{
    // A map has 16,384 counters: those of maps and processes that are no longer busy make room.
    private const int IdleLooks = 60;

    // The counters are read ahead of the ring buffer, in which the record of a new process may still wait.
    private const int LooksForProcess = 2;

    private readonly Dictionary<ElementKeyRecord, (ulong Calls, ulong Errors, int Idle)> _seen = [];
    private ulong _made;
    private long _readToEndMs;

    /// <summary>Counts since the last call, one event each.</summary>
    /// <param name="made">The kernel side's count of all element operations.</param>
    /// <param name="timeNs">Now: nanoseconds since the epoch.</param>
    /// <param name="readToEndMs">When the ring buffer last had no more records, as <see cref="Environment.TickCount64"/>.</param>
    /// <param name="last">No record comes after this: what waits for that of its process is reported without.</param>
    public IEnumerable<BpfEvent> Take(ulong made, long timeNs, long readToEndMs, bool last)
    {
        if (backend.Elements is not { } elements || (made == _made && _seen.Count == 0)) yield break;
        _made = made;
        int read = readToEndMs == _readToEndMs ? 0 : 1;
        _readToEndMs = readToEndMs;
        foreach ((ElementKeyRecord key, ElementCountRecord now) in elements.Read())
        {
            _seen.TryGetValue(key, out var before);
            ulong calls = now.Calls - before.Calls, errors = now.Errors - before.Errors;
            if (calls == 0 && errors == 0)
            {
                Rest(elements, key, now, before.Idle + 1);
                continue;
            }

            ProcessIdentity? process = processes.Find(key.Pid, now.ProcessStart);
            if (process is null && !last && before.Idle < LooksForProcess)
            {
                _seen[key] = (before.Calls, before.Errors, before.Idle + read);
                continue;
            }

            _seen[key] = (now.Calls, now.Errors, 0);
            yield return Event(key, now, process ?? ProcessIdentity.Unknown(key.Pid), calls, errors, timeNs);
        }
    }

    private void Rest(ElementMap elements, in ElementKeyRecord key, in ElementCountRecord now, int idle)
    {
        _seen[key] = (now.Calls, now.Errors, idle);
        if (idle < IdleLooks) return;
        if (elements.Remove(key)) _seen.Remove(key);
    }

    private BpfEvent Event(
        in ElementKeyRecord key, in ElementCountRecord count, ProcessIdentity process, ulong calls, ulong errors, long timeNs)
    {
        string comm = KernelText.Read(count.Comm), map = KernelText.Read(count.MapName);
        return new BpfEvent
        {
            TimeNs = timeNs,
            Syscall = "bpf",
            Command = ((BpfCommand)key.Cmd).Name(),
            Backend = backend.Number,
            Process = process with { Uid = count.Uid, Comm = comm },
            Map = key.MapId == 0 ? null : new MapDetails { Id = key.MapId, Type = ((BpfMapType)count.MapType).Name(), Name = map },
            Count = (calls, errors),
        };
    }
}
