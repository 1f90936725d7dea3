using System;
using Skep.Linux.Kernel;
using Skep.Linux.Processes;
using Skep.Watch.Capture;

namespace Skep.Watch.Processes;

/// <summary>What was told of a process, besides what each call tells.</summary>
internal sealed record ProcessFacts(string Exe, string Cgroup, string? Unit, string? Container);

/// <summary>
/// The processes that the kernel side has told of. It tells once and then remembers the last 8,192 (an LRU map), so this
/// remembers twice as many, by the same rule.
/// </summary>
internal sealed class ProcessTable
{
    private const int Capacity = 16384;

    private readonly Dictionary<(uint Pid, ulong Start), LinkedListNode<((uint, ulong) Key, ProcessFacts Facts)>> _known = [];
    private readonly LinkedList<((uint, ulong) Key, ProcessFacts Facts)> _byUse = new();

    /// <summary>Takes a record; false if its lengths do not fit.</summary>
    public bool Add(in ProcessHeader header, ReadOnlySpan<byte> paths)
    {
        if ((ulong)header.ExeLength + header.CgroupLength > (ulong)paths.Length) return false;
        string exe = header.ExeLength == 0 ? "" : KernelText.ReadReversedPath(paths[..(int)header.ExeLength]);
        if (header.ExeDeleted != 0) exe += " (deleted)";
        string cgroup = KernelText.ReadReversedPath(paths.Slice((int)header.ExeLength, (int)header.CgroupLength));
        var key = (header.Pid, header.Start);
        var facts = new ProcessFacts(exe, cgroup, CgroupPath.Unit(cgroup), CgroupPath.Container(cgroup));
        if (_known.Remove(key, out var old)) _byUse.Remove(old);
        _known[key] = _byUse.AddFirst((key, facts));
        if (_known.Count > Capacity)
        {
            _known.Remove(_byUse.Last!.Value.Key);
            _byUse.RemoveLast();
        }

        return true;
    }

    /// <summary>What is known of a process; null when its record was lost.</summary>
    public ProcessFacts? Find(uint pid, ulong start)
    {
        if (!_known.TryGetValue((pid, start), out var node)) return null;
        if (node.Previous is not null)
        {
            _byUse.Remove(node);
            _byUse.AddFirst(node);
        }

        return node.Value.Facts;
    }
}
