using System;
using Skep.Bpf;
using Skep.Linux.Containers;
using Skep.Linux.Errors;
using Skep.Linux.Processes;
using Skep.Linux.Time;
using Skep.Watch.Capture;
using Skep.Watch.Events;

namespace Skep.Watch.Decode;

/// <summary>
/// The kernel's own record of each load (<c>PERF_RECORD_BPF_EVENT</c>), compared with the loads that were captured: what no system call
/// was seen for is reported as well. It stands beside every capture backend.
/// </summary>
internal sealed class LoadAudit : IDisposable
{
    /// <summary>Beside those of the capture backends, 1 to 3.</summary>
    public const int Number = CaptureBackends.AuditNumber;

    // The perf record comes before the system call ends, its event after.
    private const long PatienceMs = 2_000, MemoryMs = 60_000;

    // While events are lost, loads stay open until all that was captured is read.
    private const int MostOpen = 16_384;

    private readonly ProgramEvents _events;
    private readonly KernelClock _clock;
    private readonly Dictionary<uint, long> _captured = [];
    private readonly Dictionary<uint, (ProgramEvent Record, ProcessIdentity Process, long CameMs)> _open = [];

    // Of one reading: many loads are one process's.
    private readonly Dictionary<uint, ProcessIdentity> _processes = [];
    private readonly ContainerResolver _containers;
    private bool _isClosed;

    private LoadAudit(ProgramEvents events, KernelClock clock, ContainerResolver containers) =>
        (_events, _clock, _containers) = (events, clock, containers);

    /// <summary>Opens the kernel's record; null when it may not be read.</summary>
    public static LoadAudit? TryOpen(KernelClock clock, ContainerResolver containers)
    {
        try
        {
            return new LoadAudit(new ProgramEvents(), clock, containers);
        }
        catch (KernelException)
        {
            return null;
        }
    }

    /// <summary>Takes note of a load that was captured.</summary>
    public void Captured(uint id) => _captured[id] = Environment.TickCount64;

    /// <summary>A thread's call had not ended when capturing did: what it loaded is no load that no system call made.</summary>
    public void Unfinished(uint tid)
    {
        foreach ((uint id, var load) in _open)
            if (load.Process.Tid == tid) _open.Remove(id);
    }

    /// <summary>Reads for the last time: what is loaded when capturing has ended is nobody's to see.</summary>
    public void Close()
    {
        Read();
        _isClosed = true;
    }

    /// <summary>Records of the kernel that were not compared: there were too many.</summary>
    public ulong Lost { get; private set; }

    /// <summary>Reads what has come. To be called often: who loaded is looked up by process id, before the process ends.</summary>
    public void Read()
    {
        if (_isClosed) return;
        _processes.Clear();
        _events.Read(Take);
    }

    /// <summary>Loads that no system call was seen for.</summary>
    /// <param name="readToEndMs">
    /// When the capture backend last had no more records, as <see cref="Environment.TickCount64"/>: what waits there behind others, for
    /// however long, is not taken for unseen.
    /// </param>
    /// <param name="last">Whether all that was captured has been reported: then there is nothing to wait for.</param>
    public IEnumerable<BpfEvent> Take(long readToEndMs, bool last)
    {
        Read();
        foreach ((uint id, var load) in _open)
        {
            if (_captured.ContainsKey(id)) _open.Remove(id);
            else if ((last || readToEndMs - load.CameMs > PatienceMs) && _open.Remove(id)) yield return Event(load.Record, load.Process);
        }

        long now = Environment.TickCount64;
        foreach ((uint id, long when) in _captured)
            if (now - when > MemoryMs) _captured.Remove(id);
    }

    /// <inheritdoc/>
    public void Dispose() => _events.Dispose();

    private void Take(ProgramEvent record)
    {
        if (record.Kind == ProgramEventKind.Lost) Lost += record.Lost;
        if (record.Kind != ProgramEventKind.Load || record.Pid == Environment.ProcessId) return;
        if (_captured.ContainsKey(record.ProgramId)) return;
        if (_open.Count >= MostOpen) Lost++;
        else _open[record.ProgramId] = (record, Identify(record), Environment.TickCount64);
    }

    private BpfEvent Event(in ProgramEvent record, ProcessIdentity process) => new()
    {
        TimeNs = _clock.ToUnixNs(record.TimeNs),
        Syscall = BpfEvent.NoSyscall,
        Command = BpfCommand.ProgLoad.Name(),
        Process = process,
        Backend = Number,
        Program = Describe(record),
        Note = "known from the kernel's own record only: loaded by a BPF program (a light skeleton) or through io_uring, "
            + "or its event was lost",
    };

    private static ProgramDetails Describe(in ProgramEvent record)
    {
        var details = new ProgramDetails { Id = record.ProgramId, Tag = record.Tag };
        try
        {
            using BpfProgram? program = BpfProgram.TryOpenById(record.ProgramId, out _);
            if (program is null) return details;
            BpfProgramInfo info = program.GetInfo();
            return details with
            {
                Type = info.Type.Name(),
                Name = info.Name,
                GplCompatible = info.GplCompatible,
                MapIds = program.GetMapIds(),
                VerifiedInsns = info.VerifiedInstructions,
                BytesXlated = info.XlatedLength,
            };
        }
        catch (KernelException)
        {
            // What it is may not be asked; that it was loaded is known.
            return details;
        }
    }

    private ProcessIdentity Identify(in ProgramEvent record)
    {
        if (!_processes.TryGetValue(record.Pid, out ProcessIdentity? process))
            _processes[record.Pid] = process = Read(record.Pid);
        return process with { Tid = record.Tid };
    }

    private ProcessIdentity Read(uint process)
    {
        uint? parent = ProcessFiles.Parent(process);
        string? cgroup = ProcessFiles.Cgroup(process);
        return ProcessIdentity.Unknown(process) with
        {
            Comm = ProcessFiles.Comm(process) ?? "",
            Exe = ProcessFiles.Exe(process),
            ParentPid = parent,
            ParentComm = parent is { } pid ? ProcessFiles.Comm(pid) : null,
            LoginUid = ProcessFiles.LoginUid(process),
            Cgroup = cgroup,
            Unit = cgroup is null ? null : CgroupPath.Unit(cgroup),
            Container = cgroup is null ? null : CgroupPath.Container(cgroup),
            InContainer = _containers.Of(cgroup),
        };
    }
}
