using Skep.Linux.Containers;
using Skep.Watch.Events;

namespace Skep.Watch.Processes;

/// <summary>
/// The processes that the kernel side has sent. It sends each once and then remembers the last 8,192 (an LRU map), so this
/// remembers twice as many, by the same rule.
/// </summary>
/// <param name="containers">Names their containers.</param>
internal sealed class ProcessTable(ContainerResolver containers)
{
    private const int Capacity = 16384;

    private readonly Dictionary<(uint Pid, ulong Start), LinkedListNode<((uint, ulong) Key, ProcessIdentity Process)>> _known = [];
    private readonly LinkedList<((uint, ulong) Key, ProcessIdentity Process)> _byUse = new();

    /// <summary>Takes a record; false if its lengths do not fit.</summary>
    public bool Add(in ProcessRecord record, ReadOnlySpan<byte> rest)
    {
        if (ProcessIdentity.Of(record, rest) is not { } process) return false;
        var key = (record.Pid, record.ProcessStart);
        if (_known.Remove(key, out var old)) _byUse.Remove(old);
        _known[key] = _byUse.AddFirst((key, process));
        if (_known.Count > Capacity)
        {
            _known.Remove(_byUse.Last!.Value.Key);
            _byUse.RemoveLast();
        }

        return true;
    }

    /// <summary>What is known of a process, besides what each call carries; null when its record was lost.</summary>
    public ProcessIdentity? Find(uint pid, ulong start)
    {
        if (!_known.TryGetValue((pid, start), out var node)) return null;
        if (node.Previous is not null)
        {
            _byUse.Remove(node);
            _byUse.AddFirst(node);
        }

        // Now, and not when its record came: a runtime may write its files after it has begun the container.
        ProcessIdentity process = node.Value.Process;
        return process.Container is null ? process : process with { InContainer = containers.Of(process.Cgroup) };
    }
}
