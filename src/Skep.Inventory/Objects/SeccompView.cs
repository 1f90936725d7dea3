using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Inventory.Passes;
using Skep.Linux.Errors;
using Skep.Linux.Kernel;

namespace Skep.Inventory.Objects;

/// <summary>A seccomp filter of a task. Tasks inherit filters: one may be of many.</summary>
/// <param name="Number">
/// The same for the same filter in all tasks of this reading, from 1 by the age of the oldest task that has it.
/// </param>
/// <param name="Instructions">
/// Classic instructions as they were given; where the kernel did not keep them, those of its own translation.
/// </param>
/// <param name="Logs">Whether its actions are logged (SECCOMP_FILTER_FLAG_LOG).</param>
/// <param name="HasListener">Whether it can ask another process (SECCOMP_FILTER_FLAG_NEW_LISTENER).</param>
/// <param name="FirstPid">The oldest process that has it: the others have it from that one, or both from one that has gone.</param>
public sealed record SeccompFilter(uint Number, uint Instructions, bool Logs, bool HasListener, uint FirstPid);

/// <summary>A process that runs under seccomp, or a thread of one whose filters are not its process's.</summary>
/// <param name="Pid">The process.</param>
/// <param name="Tid">The thread; the process's first one for all that do not differ from it.</param>
/// <param name="Comm">Its name.</param>
/// <param name="Mode"><c>strict</c>, <c>filter</c>, or <c>none</c> for a thread without, in a process that has filters.</param>
/// <param name="Count">How many filters it has.</param>
/// <param name="Filters">The filters, the newest first, which runs first; 64 at most.</param>
public sealed record SeccompTask(uint Pid, uint Tid, string Comm, string Mode, uint Count, IReadOnlyList<SeccompFilter> Filters);

/// <summary>The seccomp filters of all processes, from the kernel's iterator over tasks.</summary>
public static class SeccompView
{
    private const uint LogsFlag = 1, ListenerFlag = 2;

    private static readonly string[] Modes = ["none", "strict", "filter"];

    /// <summary>Reads the filters of this moment.</summary>
    /// <param name="types">The kernel's.</param>
    /// <param name="reason">Why they cannot be told; null when they can.</param>
    public static IReadOnlyList<SeccompTask> Read(KernelTypes types, out string? reason)
    {
        reason = null;
        try
        {
            return Of(IteratorPass.Read(types, IteratorPass.Tasks)[0]);
        }
        catch (Exception e) when (e is KernelException or IOException or NotSupportedException)
        {
            reason = e.Message;
            return [];
        }
    }

    /// <summary>The tasks that the iterator has written, by process and thread.</summary>
    internal static IReadOnlyList<SeccompTask> Of(ReadOnlySpan<byte> records)
    {
        var tasks = new List<(SeccompRecord Task, List<SeccompRecord> Filters)>();
        foreach (ref readonly SeccompRecord record in MemoryMarshal.Cast<byte, SeccompRecord>(records))
        {
            if (record.Kind == SeccompKind.Task) tasks.Add((record, []));
            else if (tasks.Count > 0) tasks[^1].Filters.Add(record);
        }

        // A filter is older than all that came after it, in any task: the oldest task's oldest filter is the first.
        var first = new Dictionary<ulong, (uint Number, uint Pid)>();
        foreach ((SeccompRecord task, List<SeccompRecord> filters) in tasks.OrderBy(entry => entry.Task.Start))
            foreach (SeccompRecord filter in Enumerable.Reverse(filters))
                first.TryAdd(filter.Filter, ((uint)first.Count + 1, task.Pid));
        return [
            .. tasks.OrderBy(entry => entry.Task.Pid).ThenBy(entry => entry.Task.Tid)
                .Select(entry => Describe(entry.Task, entry.Filters, first))];
    }

    private static SeccompTask Describe(in SeccompRecord task, List<SeccompRecord> filters,
        Dictionary<ulong, (uint Number, uint Pid)> first) => new(
        task.Pid,
        task.Tid,
        KernelText.Read(task.Comm),
        task.Mode < Modes.Length ? Modes[task.Mode] : $"mode {task.Mode}",
        Math.Max(task.Flags, (uint)filters.Count),
        [.. filters.Select(filter => new SeccompFilter(
            first[filter.Filter].Number, filter.Insns, (filter.Flags & LogsFlag) != 0, (filter.Flags & ListenerFlag) != 0,
            first[filter.Filter].Pid))]);
}
