using Skep.Bpf;
using Skep.Guard.Model;
using Skep.Guard.Test;
using Skep.Linux.Errors;
using Skep.Linux.Processes;
using Skep.Watch.Events;

namespace Skep.Guard.Kernel;

/// <summary>What is done about what policies deny, after it was done.</summary>
/// <param name="signal">The signal that the process gets, one of <see cref="ProcessSignal.Names"/>; null for none.</param>
/// <param name="detaches">Whether links are detached, also those of programs whose load is denied.</param>
public sealed class GuardReaction(string? signal, bool detaches)
{
    private const int MostDenied = 1 << 16;

    private readonly HashSet<uint> _denied = [];
    private readonly Queue<uint> _oldest = new();

    /// <summary>Reacts to an event.</summary>
    /// <param name="e">The event.</param>
    /// <param name="tested">What policies decide of it.</param>
    /// <returns>What was done, in words; null for nothing.</returns>
    public string? To(BpfEvent e, TestedEvent tested)
    {
        ArgumentNullException.ThrowIfNull(e);
        ArgumentNullException.ThrowIfNull(tested);
        bool isDenied = tested.Decision.Action == GuardAction.Deny && !e.Failed;
        if (isDenied && e.Command == "prog_load" && e.Program?.Id is { } loaded) Remember(loaded);
        // Whoever opens the link later does nothing that is denied.
        bool makesLink = e is { Failed: false, Command: "link_create" or "link_update" or "raw_tracepoint_open" };
        bool isOfDenied = makesLink && e.Link?.ProgramId is { } program && _denied.Contains(program);
        if (!isDenied && !isOfDenied) return null;
        string?[] done =
            [detaches && e.Link?.Id is { } link ? Detach(link) : null, isDenied && signal is not null ? Send(e.Process) : null];
        return done.Any(one => one is not null) ? string.Join(", ", done.Where(one => one is not null)) : null;
    }

    private void Remember(uint program)
    {
        if (_denied.Add(program)) _oldest.Enqueue(program);
        if (_oldest.Count > MostDenied) _denied.Remove(_oldest.Dequeue());
    }

    private static string Detach(uint id)
    {
        try
        {
            using BpfLink? link = BpfLink.TryOpenById(id, out _);
            if (link is null) return $"link {id} is gone";
            link.Detach();
            return $"link {id} detached";
        }
        catch (KernelException e)
        {
            return $"link {id} not detached: {e.Error}";
        }
    }

    private string Send(ProcessIdentity process)
    {
        try
        {
            bool sent = ProcessSignal.Send(process.Pid, signal!, () => process.Exe is { } exe && ProcessFiles.Exe(process.Pid) == exe);
            return sent ? $"SIG{signal} sent to process {process.Pid}" : $"process {process.Pid} is gone";
        }
        catch (KernelException e)
        {
            return $"no SIG{signal} for process {process.Pid}: {e.Error}";
        }
    }
}
